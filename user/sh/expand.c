/*
 * Expansion: from a word as it is written to the arguments it stands for.
 *
 *	"$x"*'.c'  ->  x's value, quoted; * not; .c quoted  ->  names that match
 *
 * A word is built up in one buffer.  Each quoted character stands behind a
 * QUOTED byte there, so that glob.c can tell which stars are meant.
 */
#include "sh.h"

#define WORD_MAX	8192		/* twice what exec can take */
#define CAPTURE_BYTES	1024		/* of a substitution, to begin with */

struct variable {
	struct variable *next;
	char *value;
	char name[];
};

bool captured;

static struct variable *variables;

static struct {
	char text[WORD_MAX];
	size_t len;
	bool started;			/* there is a field, if only "" */
	bool whole;			/* do not split, do not match */
	bool failed;
	struct fields *out;
} word;

static struct variable *
variable_find(const char *name, size_t len)
{
	struct variable *variable;

	for (variable = variables; variable != NULL; variable = variable->next) {
		if (strlen(variable->name) == len &&
		    memcmp(variable->name, name, len) == 0)
			break;
	}
	return variable;
}

void
variable_set(const char *name, size_t len, const char *value)
{
	struct variable *variable = variable_find(name, len);
	char *copy = malloc(strlen(value) + 1);

	if (variable == NULL) {
		variable = malloc(sizeof(*variable) + len + 1);
		if (variable == NULL || copy == NULL)
			die("out of memory");
		memcpy(variable->name, name, len);
		variable->name[len] = '\0';
		variable->next = variables;
		variable->value = NULL;
		variables = variable;
	}
	if (copy == NULL)
		die("out of memory");
	free(variable->value);
	variable->value = strcpy(copy, value);
}

void
fields_add(struct fields *fields, char *item)
{
	char **larger;

	if (fields->count + 1 >= fields->room) {
		fields->room = fields->room == 0 ? 16 : 2 * fields->room;
		larger = arena_alloc(fields->room * sizeof(*larger));
		memcpy(larger, fields->items,
		    fields->count * sizeof(*larger));
		fields->items = larger;
	}
	fields->items[fields->count++] = item;
	fields->items[fields->count] = NULL;
}

static void
put(char c, bool quoted)
{
	word.started = true;
	if (word.len + 3 > sizeof(word.text)) {
		if (!word.failed)
			fprintf(2, "sh: a word is too long\n");
		word.failed = true;
		return;
	}
	if (quoted || c == QUOTED)
		word.text[word.len++] = QUOTED;
	word.text[word.len++] = c;
}

/* A copy of the word so far, without its QUOTED bytes. */
static char *
word_copy(void)
{
	char *copy = arena_alloc(word.len + 1), *to = copy;
	size_t i;

	for (i = 0; i < word.len; i++) {
		if (word.text[i] == QUOTED)
			i++;
		*to++ = word.text[i];
	}
	*to = '\0';
	return copy;
}

static void
end_field(void)
{
	if (!word.started)
		return;
	word.text[word.len] = '\0';
	if (glob(word.text, word.out) == 0)
		fields_add(word.out, word_copy());
	word.len = 0;
	word.started = false;
}

static void
put_value(const char *value, bool quoted)
{
	for (; *value != '\0'; value++) {
		if (!quoted && !word.whole && strchr(" \t\n", *value) != NULL)
			end_field();
		else
			put(*value, quoted);
	}
}

static void
put_parameters(bool quoted, bool separate)
{
	int i;

	if (quoted && separate && nparameters <= 1 && word.len == 0)
		word.started = false;	/* "$@" of nothing is nothing */
	for (i = 1; i < nparameters; i++) {
		if (i > 1 && separate && !word.whole)
			end_field();
		else if (i > 1)
			put_value(" ", quoted);
		word.started |= quoted;
		put_value(parameters[i], quoted);
	}
}

/* The output of the commands from `text` to `end`, without last newlines. */
static char *
capture(const char *text, const char *end)
{
	char *command = arena_alloc(end - text + 1), *output, *larger;
	size_t len = 0, size = CAPTURE_BYTES;
	int fds[2], pid, n;

	memcpy(command, text, end - text);
	command[end - text] = '\0';
	output = arena_alloc(size);
	if (pipe(fds) < 0) {
		fprintf(2, "sh: no pipe\n");
		word.failed = true;
		return "";
	}
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		if (fds[1] != 1) {
			move_fd(fds[1], 1);
			close(fds[1]);
		}
		run_text_and_exit(command);
	}
	close(fds[1]);
	while (pid > 0 && (n = read(fds[0], output + len, size - len - 1)) > 0) {
		len += n;
		if (len < size - 1)
			continue;
		larger = arena_alloc(2 * size);
		memcpy(larger, output, size);
		output = larger;
		size *= 2;
	}
	close(fds[0]);
	if (pid < 0)
		fprintf(2, "sh: cannot fork\n");
	last_status = pid < 0 ? 1 : wait_for(pid);
	captured = true;
	while (len > 0 && output[len - 1] == '\n')
		len--;
	output[len] = '\0';
	return output;
}

static void
put_number(int value, bool quoted)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", value);
	put_value(text, quoted);
}

static void
put_variable(const char *name, size_t len, bool quoted)
{
	struct variable *variable = variable_find(name, len);

	if (variable != NULL)
		put_value(variable->value, quoted);
}

/* The parameter named by one character.  returns: whether there is one */
static bool
put_special(char c, bool quoted)
{
	if (c >= '0' && c <= '9') {
		if (c - '0' < nparameters)
			put_value(parameters[c - '0'], quoted);
		return true;
	}
	switch (c) {
	case '?':
		put_number(last_status, quoted);
		return true;
	case '$':
		put_number(getpid(), quoted);
		return true;
	case '!':
		put_number(last_background, quoted);
		return true;
	case '#':
		put_number(nparameters > 0 ? nparameters - 1 : 0, quoted);
		return true;
	case '@':
	case '*':
		put_parameters(quoted, c == '@' || !quoted);
		return true;
	}
	return false;
}

/* What begins with the $ at `text`.  returns: what follows it */
static const char *
put_dollar(const char *text, bool quoted)
{
	const char *name = text + 1, *end;
	bool braces = *name == '{';

	if (*name == '(') {
		end = skip_piece(text);
		put_value(capture(name + 1, end - 1), quoted);
		return end;
	}
	if (braces)
		name++;
	for (end = name; is_name(*end, end == name);)
		end++;
	if (end > name)
		put_variable(name, end - name, quoted);
	else if (put_special(*name, quoted))
		end++;
	else if (!braces)
		put('$', quoted);
	if (!braces)
		return end;
	if (*end != '}' || end == name) {
		fprintf(2, "sh: bad substitution: %s\n", text);
		word.failed = true;
		return text + strlen(text);
	}
	return end + 1;
}

/* Behind a backslash.  returns: what follows */
static const char *
put_escaped(const char *text, bool in_quotes)
{
	if (*text == '\n')
		return text + 1;
	if (in_quotes && strchr("$\"\\", *text) == NULL)
		put('\\', true);
	put(*text, true);
	return text + 1;
}

static void
expand(const char *text)
{
	bool in_quotes = false;

	while (*text != '\0' && !word.failed) {
		if (*text == '\'' && !in_quotes) {
			word.started = true;
			for (text++; *text != '\''; text++)
				put(*text, true);
			text++;
		} else if (*text == '"') {
			word.started |= !in_quotes;
			in_quotes = !in_quotes;
			text++;
		} else if (*text == '\\') {
			text = put_escaped(text + 1, in_quotes);
		} else if (*text == '$') {
			text = put_dollar(text, in_quotes);
		} else {
			put(*text++, in_quotes);
		}
	}
}

static void
word_begin(bool whole, struct fields *out)
{
	word.len = 0;
	word.started = word.failed = false;
	word.whole = whole;
	word.out = out;
}

int
expand_words(const struct word *words, struct fields *out)
{
	memset(out, 0, sizeof(*out));
	for (; words != NULL; words = words->next) {
		word_begin(false, out);
		expand(words->text);
		if (word.failed)
			return -1;
		end_field();
	}
	return 0;
}

char *
expand_text(const char *text)
{
	word_begin(true, NULL);
	expand(text);
	return word_copy();
}
