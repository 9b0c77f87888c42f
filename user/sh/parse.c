/*
 * Parsing: recursive descent, one function a level of the grammar.
 *
 *	list:     and_or { (; | & | newline) and_or }
 *	and_or:   pipeline { (&& | ||) pipeline }
 *	pipeline: [!] command { | command }
 *	command:  words and redirections, ( list ), { list }, if, while, for
 *
 * Words keep their quotes: expand.c removes them when the command runs.
 */
#include "token.h"

#define DEPTH_MAX	16		/* compound commands in each other */

static struct node *parse_list(bool top);

static struct node *
node_make(enum node_type type)
{
	struct node *node = arena_alloc(sizeof(*node));

	memset(node, 0, sizeof(*node));
	node->type = type;
	return node;
}

static struct word **
parse_word(struct word **link)
{
	struct word *word = arena_alloc(sizeof(*word));

	word->text = token_text();
	word->next = NULL;
	*link = word;
	return &word->next;
}

static struct redirect **
parse_redirect(struct redirect **link)
{
	struct redirect *redirect = arena_alloc(sizeof(*redirect));

	redirect->type = parser.redirect;
	redirect->fd = parser.fd;
	redirect->next = NULL;
	token_next();
	if (parser.type != TOKEN_WORD) {
		token_fail();
		return link;
	}
	redirect->target = token_text();
	*link = redirect;
	return &redirect->next;
}

static struct node *
parse_simple(void)
{
	struct node *node = node_make(NODE_COMMAND);
	struct word **word = &node->words;
	struct redirect **redirect = &node->redirects;

	for (;;) {
		if (parser.type == TOKEN_WORD)
			word = parse_word(word);
		else if (parser.type == TOKEN_REDIRECT)
			redirect = parse_redirect(redirect);
		else
			break;
	}
	if (node->words == NULL && node->redirects == NULL)
		token_fail();
	return node;
}

/* Behind "if" or "elif". */
static struct node *
parse_if(void)
{
	struct node *node = node_make(NODE_IF), *first = node;

	for (;;) {
		node->left = parse_list(false);
		token_expect(TOKEN_WORD, "then");
		node->right = parse_list(false);
		if (!token_accept(TOKEN_WORD, "elif"))
			break;
		node->other = node_make(NODE_ELIF);
		node = node->other;
	}
	if (token_accept(TOKEN_WORD, "else"))
		node->other = parse_list(false);
	token_expect(TOKEN_WORD, "fi");
	return first;
}

static struct node *
parse_loop(struct node *node)
{
	token_expect(TOKEN_WORD, "do");
	node->right = parse_list(false);
	token_expect(TOKEN_WORD, "done");
	return node;
}

/* Behind "for". */
static struct node *
parse_for(void)
{
	struct node *node = node_make(NODE_FOR);
	struct word **word = &node->words;

	if (parser.type != TOKEN_WORD || !is_name(*parser.start, true))
		token_fail();
	else
		word = parse_word(word);
	token_skip_newlines();
	token_expect(TOKEN_WORD, "in");
	while (parser.type == TOKEN_WORD)
		word = parse_word(word);
	if (!token_accept(TOKEN_OPERATOR, ";") && parser.type != TOKEN_NEWLINE)
		token_fail();
	token_skip_newlines();
	return parse_loop(node);
}

static struct node *
parse_bracketed(enum node_type type, enum token_type token, const char *end)
{
	struct node *node = node_make(type);

	node->left = parse_list(false);
	token_expect(token, end);
	return node;
}

/* returns: NULL if no compound command begins here */
static struct node *
parse_compound(void)
{
	struct node *node;

	if (token_accept(TOKEN_OPERATOR, "("))
		return parse_bracketed(NODE_SUBSHELL, TOKEN_OPERATOR, ")");
	if (token_accept(TOKEN_WORD, "{"))
		return parse_bracketed(NODE_GROUP, TOKEN_WORD, "}");
	if (token_accept(TOKEN_WORD, "if"))
		return parse_if();
	if (token_accept(TOKEN_WORD, "for"))
		return parse_for();
	if (token_is(TOKEN_WORD, "while") || token_is(TOKEN_WORD, "until")) {
		node = node_make(*parser.start == 'w' ? NODE_WHILE :
		    NODE_UNTIL);
		token_next();
		node->left = parse_list(false);
		return parse_loop(node);
	}
	return NULL;
}

static bool
at_closing_word(void)
{
	static const char *const words[] = {
		"then", "elif", "else", "fi", "do", "done", "}",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (token_is(TOKEN_WORD, words[i]))
			return true;
	}
	return false;
}

static struct node *
parse_command(void)
{
	struct redirect **redirect;
	struct node *node;

	if (parser.depth == DEPTH_MAX) {
		fprintf(2, "sh: commands are nested too deeply\n");
		parser_fail(PARSE_ERROR);
	}
	if (at_closing_word())
		token_fail();
	parser.depth++;
	node = parse_compound();
	parser.depth--;
	if (node == NULL)
		return parse_simple();
	redirect = &node->redirects;
	while (parser.type == TOKEN_REDIRECT)
		redirect = parse_redirect(redirect);
	return node;
}

/* A node whose left is `left`, its right still to come. */
static struct node *
parse_join(enum node_type type, struct node *left)
{
	struct node *node = node_make(type);

	node->left = left;
	token_next();
	token_skip_newlines();
	return node;
}

static struct node *
parse_pipeline(void)
{
	bool negate = token_accept(TOKEN_WORD, "!");
	struct node *first = parse_command(), **link = &first, *not;

	/* Right-leaning: a | (b | c). */
	while (token_is(TOKEN_OPERATOR, "|")) {
		*link = parse_join(NODE_PIPE, *link);
		(*link)->right = parse_command();
		link = &(*link)->right;
	}
	if (!negate)
		return first;
	not = node_make(NODE_NOT);
	not->left = first;
	return not;
}

static struct node *
parse_and_or(void)
{
	struct node *node = parse_pipeline();

	for (;;) {
		if (token_is(TOKEN_OPERATOR, "&&"))
			node = parse_join(NODE_AND, node);
		else if (token_is(TOKEN_OPERATOR, "||"))
			node = parse_join(NODE_OR, node);
		else
			return node;
		node->right = parse_pipeline();
	}
}

/* top: ends at the end of the line */
static struct node *
parse_list(bool top)
{
	struct node *first = NULL, **link = &first;

	for (;;) {
		if (!top)
			token_skip_newlines();
		if (parser.type == TOKEN_END ||
		    (top && parser.type == TOKEN_NEWLINE) ||
		    token_is(TOKEN_OPERATOR, ")") || at_closing_word())
			break;
		*link = parse_and_or();
		(*link)->background = token_is(TOKEN_OPERATOR, "&");
		link = &(*link)->next;
		if (!token_accept(TOKEN_OPERATOR, "&") &&
		    !token_accept(TOKEN_OPERATOR, ";") &&
		    parser.type != TOKEN_NEWLINE)
			break;
	}
	if (first == NULL && !top)
		token_fail();
	return first;
}

enum parse_result
parse(const char *text, struct node **out, const char **rest)
{
	memset(&parser, 0, sizeof(parser));
	parser.at = text;
	token_next();
	*out = parse_list(true);
	if (parser.type != TOKEN_END && parser.type != TOKEN_NEWLINE)
		token_fail();
	*rest = parser.at;
	return parser.result;
}
