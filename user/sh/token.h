/* Tokens: what parse.c sees of a text.  One text is parsed at a time. */
#pragma once

#include "sh.h"

enum token_type {
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_REDIRECT,
	TOKEN_OPERATOR,			/* its text says which */
};

struct parser {
	const char *at;			/* behind the token */
	enum token_type type;
	const char *start;		/* of the token */
	size_t len;
	enum redirect_type redirect;
	int fd;				/* of a redirection */
	enum parse_result result;
	int depth;
};

extern struct parser parser;

/* Step to the next token. */
void token_next(void);
bool token_is(enum token_type type, const char *text);
/* Step over an operator or a reserved word, if it is there. */
bool token_accept(enum token_type type, const char *text);
void token_expect(enum token_type type, const char *text);
void token_skip_newlines(void);
/* A copy of the token, in the arena; and step over it. */
const char *token_text(void);
/* The token is not what it should be: say so, and end the parsing. */
void token_fail(void);
/* From here on there is only TOKEN_END. */
void parser_fail(enum parse_result result);
