/*
 * sh: the shell.
 *
 *	main.c    where commands come from: lines, a script, -c
 *	parse.c   text -> a tree of nodes
 *	expand.c  words -> arguments: quotes, variables, substitution
 *	glob.c    patterns -> names of files
 *	run.c     runs the tree
 *	builtin.c commands that are the shell's own
 *
 * What it leaves out: job control, here-documents, arithmetic, functions,
 * patterns in any but the last component of a path.  The door has no
 * environment, so variables stay in the shell, and no append mode: >> starts
 * at the end the file has when it is opened.
 */
#pragma once

#include "cowslip.h"

#define STATUS_SYNTAX	2
#define STATUS_CANNOT_RUN 126
#define STATUS_NOT_FOUND 127
#define STATUS_KILLED	137

/* Memory of one command: taken piece by piece, given back down to a mark.
 * Out of memory ends the shell. */
void *arena_alloc(size_t len);
void *arena_mark(void);
void arena_release(void *mark);

enum node_type {
	NODE_COMMAND,			/* words */
	NODE_PIPE,			/* left | right */
	NODE_AND,			/* left && right */
	NODE_OR,			/* left || right */
	NODE_NOT,			/* ! left */
	NODE_SUBSHELL,			/* ( left ) */
	NODE_GROUP,			/* { left } */
	NODE_IF,			/* if left; then right; else other */
	NODE_ELIF,			/* the same, as other of an if */
	NODE_WHILE,			/* while left; do right */
	NODE_UNTIL,			/* until left; do right */
	NODE_FOR,			/* for words[0] in words[1...]; do right */
};

enum redirect_type {
	REDIRECT_IN,			/* < */
	REDIRECT_OUT,			/* > */
	REDIRECT_APPEND,		/* >> */
	REDIRECT_COPY,			/* >& */
};

struct redirect {
	struct redirect *next;
	enum redirect_type type;
	int fd;
	const char *target;		/* a word, not yet expanded */
};

struct word {
	struct word *next;
	const char *text;		/* as written, with its quotes */
};

struct node {
	struct node *next;		/* of the list it is in */
	enum node_type type;
	bool background;		/* followed by & */
	struct node *left, *right, *other;
	struct word *words;
	struct redirect *redirects;
};

enum parse_result {
	PARSE_OK,
	PARSE_INCOMPLETE,		/* the text ends too early */
	PARSE_ERROR,			/* a message was printed */
};

/*
 * Parse one line of commands, or more if it does not end there.
 * gives: *out, in the arena, NULL for an empty line; *rest: what follows
 */
enum parse_result parse(const char *text, struct node **out,
    const char **rest);
/* The end of a quoted piece, a substitution or a plain character at `text`;
 * NULL if it does not end. */
const char *skip_piece(const char *text);
bool is_name(char c, bool first);

struct fields {
	char **items;			/* NULL after the last, in the arena */
	int count, room;
};
void fields_add(struct fields *fields, char *item);
/* Expand words to arguments.  returns: 0, or -1 with a message printed */
int expand_words(const struct word *words, struct fields *out);
/* Expand one word to exactly one string: no splitting, no patterns. */
char *expand_text(const char *word);

/* A quoted character in an expanded word stands behind this byte. */
#define QUOTED	'\001'
/* Add the names that match, in order.  returns: how many */
int glob(const char *pattern, struct fields *out);

void variable_set(const char *name, size_t len, const char *value);

int run(const struct node *list);
/* In a child, which this ends: run text and exit with its status. */
_Noreturn void run_text_and_exit(const char *text);
/* Run all commands of a text. */
void run_text(const char *text);
/* Read a file whole; NULL if that fails. */
char *file_load(const char *path);

/* Make descriptor `to` the same as `from`.  returns: 0 or -1 */
int move_fd(int from, int to);
/* Wait for a child.  returns: its status */
int wait_for(int pid);

/* returns: whether `argv` was a command of the shell's own, which has run */
bool builtin(int argc, char **argv);

extern int last_status;			/* $? */
extern bool captured;			/* set by $(...), which sets $? */
extern int last_background;		/* $! */
extern bool interactive;
extern char **parameters;		/* $0, $1, ... */
extern int nparameters;			/* with $0 */
