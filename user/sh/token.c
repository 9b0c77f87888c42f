/* Tokens: words with their quotes, operators, redirections. */
#include "token.h"

struct parser parser;

bool
is_name(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (!first && c >= '0' && c <= '9');
}

static const char *
skip_parentheses(const char *text)
{
	int depth = 0;

	do {
		if (*text == '(')
			depth++;
		if (*text == ')')
			depth--;
		text = *text == '(' || *text == ')' ? text + 1 :
		    skip_piece(text);
	} while (text != NULL && depth > 0);
	return text;
}

const char *
skip_piece(const char *text)
{
	switch (*text) {
	case '\0':
		return NULL;
	case '\\':
		return text[1] == '\0' ? NULL : text + 2;
	case '\'':
		text = strchr(text + 1, '\'');
		return text == NULL ? NULL : text + 1;
	case '"':
		for (text++; text != NULL && *text != '"';)
			text = *text == '\'' ? text + 1 : skip_piece(text);
		return text == NULL ? NULL : text + 1;
	case '$':
		return text[1] == '(' ? skip_parentheses(text + 1) : text + 1;
	default:
		return text + 1;
	}
}

void
parser_fail(enum parse_result result)
{
	/* The first failure is the one that matters. */
	if (parser.result == PARSE_OK)
		parser.result = result;
	parser.type = TOKEN_END;
}

void
token_fail(void)
{
	char text[32];
	size_t len = parser.len < sizeof(text) ? parser.len : sizeof(text) - 1;

	if (parser.result != PARSE_OK)
		return;
	if (parser.type == TOKEN_END) {
		parser_fail(PARSE_INCOMPLETE);
		return;
	}
	memcpy(text, parser.start, len);
	text[len] = '\0';
	fprintf(2, "sh: syntax error at %s\n",
	    parser.type == TOKEN_NEWLINE ? "the end of the line" : text);
	parser_fail(PARSE_ERROR);
}

static void
take(enum token_type type, size_t len)
{
	parser.type = type;
	parser.len = len;
	parser.at = parser.start + len;
}

/* [fd] < > >> >&  at `text`, behind its digits.  returns: whether it is one */
static bool
take_redirect(const char *text)
{
	size_t len = text - parser.start;

	if (*text != '<' && *text != '>')
		return false;
	parser.fd = *text == '<' ? 0 : 1;
	if (len > 0)
		parser.fd = atoi(parser.start);
	if (*text == '<') {
		parser.redirect = REDIRECT_IN;
	} else if (text[1] == '>' || text[1] == '&') {
		parser.redirect = text[1] == '>' ? REDIRECT_APPEND :
		    REDIRECT_COPY;
		len++;
	} else {
		parser.redirect = REDIRECT_OUT;
	}
	take(TOKEN_REDIRECT, len + 1);
	return true;
}

static void
take_word(void)
{
	const char *text = parser.start;

	while (*text != '\0' && strchr(" \t\r\n;&|()<>", *text) == NULL) {
		text = skip_piece(text);
		if (text == NULL) {
			parser_fail(PARSE_INCOMPLETE);
			return;
		}
	}
	take(TOKEN_WORD, text - parser.start);
}

void
token_next(void)
{
	const char *text = parser.at;

	if (parser.result != PARSE_OK)
		return;
	for (;;) {
		if (*text == ' ' || *text == '\t' || *text == '\r')
			text++;
		else if (text[0] == '\\' && text[1] == '\n')
			text += 2;
		else
			break;
	}
	if (*text == '#') {
		while (*text != '\0' && *text != '\n')
			text++;
	}
	parser.start = text;
	if (*text == '\0') {
		take(TOKEN_END, 0);
	} else if (*text == '\n') {
		take(TOKEN_NEWLINE, 1);
	} else if (strchr("&|", *text) != NULL) {
		take(TOKEN_OPERATOR, text[1] == text[0] ? 2 : 1);
	} else if (strchr(";()", *text) != NULL) {
		take(TOKEN_OPERATOR, 1);
	} else {
		while (*text >= '0' && *text <= '9')
			text++;
		if (!take_redirect(text))
			take_word();
	}
}

bool
token_is(enum token_type type, const char *text)
{
	return parser.type == type && strlen(text) == parser.len &&
	    memcmp(parser.start, text, parser.len) == 0;
}

bool
token_accept(enum token_type type, const char *text)
{
	if (!token_is(type, text))
		return false;
	token_next();
	return true;
}

void
token_expect(enum token_type type, const char *text)
{
	if (!token_accept(type, text))
		token_fail();
}

void
token_skip_newlines(void)
{
	while (parser.type == TOKEN_NEWLINE)
		token_next();
}

const char *
token_text(void)
{
	char *text = arena_alloc(parser.len + 1);

	memcpy(text, parser.start, parser.len);
	text[parser.len] = '\0';
	token_next();
	return text;
}
