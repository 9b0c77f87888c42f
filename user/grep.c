/*
 * grep: print the lines in which a pattern is found.
 *
 * A pattern is a chain of atoms (a character, . or [...], perhaps starred);
 * one pass over the line keeps the set of atoms that may come next:
 *
 *	ab*c	atoms a, b*, c; behind "a": { b*, c }
 *
 * so no pattern takes more than its length for each character.
 */
#include "cowslip.h"

#define ATOMS_MAX	256

#define INVERT		1u		/* -v */
#define NUMBER		2u		/* -n */
#define IGNORE_CASE	4u		/* -i */
#define COUNT		8u		/* -c */
#define QUIET		16u		/* -q */

#define STATUS_FOUND	0
#define STATUS_NOT_FOUND 1
#define STATUS_ERROR	2

struct atom {
	uint64_t set[4];		/* the characters it stands for */
	bool star;
};

static struct atom atoms[ATOMS_MAX];
static int natoms;
static bool anchored_start, anchored_end;
static unsigned options;

/* Which atoms may come next; the one behind the last: found. */
static bool states[2][ATOMS_MAX + 1];

static void
atom_add(struct atom *atom, unsigned char c)
{
	atom->set[c / 64] |= 1ul << (c % 64);
	if (!(options & IGNORE_CASE))
		return;
	if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
		atom->set[(c ^ 0x20) / 64] |= 1ul << ((c ^ 0x20) % 64);
}

static bool
atom_has(const struct atom *atom, unsigned char c)
{
	return atom->set[c / 64] >> (c % 64) & 1;
}

static void
atom_negate(struct atom *atom)
{
	int i;

	for (i = 0; i < 4; i++)
		atom->set[i] = ~atom->set[i];
}

/* Behind '['.  returns: what follows the set, NULL if it does not end */
static const char *
compile_set(const char *p, struct atom *atom)
{
	bool negate = *p == '^', first = true;
	int c, last;

	if (negate)
		p++;
	for (; *p != ']' || first; first = false) {
		if (*p == '\0')
			return NULL;
		c = last = (unsigned char)*p++;
		if (p[0] == '-' && p[1] != ']' && p[1] != '\0') {
			last = (unsigned char)p[1];
			p += 2;
		}
		for (; c <= last; c++)
			atom_add(atom, (unsigned char)c);
	}
	if (negate)
		atom_negate(atom);
	return p + 1;
}

/* returns: what follows the atom, NULL if the pattern is wrong */
static const char *
compile_atom(const char *p, struct atom *atom)
{
	if (*p == '[')
		return compile_set(p + 1, atom);
	if (*p == '.') {
		atom_negate(atom);
		return p + 1;
	}
	if (*p == '\\' && *++p == '\0')
		return NULL;
	atom_add(atom, (unsigned char)*p);
	return p + 1;
}

/* returns: 0, or -1 if the pattern is wrong or too long */
static int
compile(const char *p)
{
	if (*p == '^') {
		anchored_start = true;
		p++;
	}
	while (*p != '\0') {
		if (p[0] == '$' && p[1] == '\0') {
			anchored_end = true;
			break;
		}
		if (natoms == ATOMS_MAX)
			return -1;
		p = compile_atom(p, &atoms[natoms]);
		if (p == NULL)
			return -1;
		if (*p == '*') {
			atoms[natoms].star = true;
			p++;
		}
		natoms++;
	}
	return 0;
}

/* A starred atom may also be left out.  returns: whether any is left */
static bool
close_states(bool *state)
{
	bool any = false;
	int i;

	for (i = 0; i < natoms; i++) {
		if (state[i] && atoms[i].star)
			state[i + 1] = true;
		any |= state[i];
	}
	return any || state[natoms];
}

static bool
matches(const char *line, int len)
{
	bool *now = states[0], *then = states[1], *swap;
	int at, i;

	memset(states, 0, sizeof(states));
	for (at = 0;; at++) {
		now[0] |= at == 0 || !anchored_start;
		if (!close_states(now))
			return false;
		if (now[natoms] && (!anchored_end || at == len))
			return true;
		if (at == len)
			return false;
		memset(then, 0, sizeof(states[0]));
		for (i = 0; i < natoms; i++) {
			if (now[i] && atom_has(&atoms[i], (unsigned char)line[at]))
				then[atoms[i].star ? i : i + 1] = true;
		}
		swap = now;
		now = then;
		then = swap;
	}
}

static void
print_line(const char *name, long number, char *line, int len)
{
	if (name != NULL)
		printf("%s:", name);
	if (options & NUMBER)
		printf("%ld:", number);
	line[len] = '\n';
	if (write_all(1, line, len + 1) < 0) {
		fprintf(2, "grep: cannot write\n");
		exit(STATUS_ERROR);
	}
}

/* name: to print before lines; or NULL.  returns: a STATUS_ */
static int
search(int fd, const char *name)
{
	struct reader reader = { .fd = fd };
	long number = 0, found = 0;
	bool failed;
	char *line;
	int len;

	while ((len = reader_line(&reader, &line)) >= 0) {
		number++;
		if (matches(line, len) == !!(options & INVERT))
			continue;
		found++;
		if (options & QUIET)
			break;
		if (!(options & COUNT))
			print_line(name, number, line, len);
	}
	failed = reader.failed;
	reader_free(&reader);
	if ((options & COUNT) && !(options & QUIET))
		printf("%s%s%ld\n", name == NULL ? "" : name,
		    name == NULL ? "" : ":", found);
	if (failed)
		fprintf(2, "grep: cannot read: %s\n",
		    name == NULL ? "input" : name);
	if (failed || print_failed())
		return STATUS_ERROR;
	return found > 0 ? STATUS_FOUND : STATUS_NOT_FOUND;
}

int
main(int argc, char **argv)
{
	static const char text[] = "[-vnicq] PATTERN [FILE]...";
	int i, fd, result, status = STATUS_NOT_FOUND;
	bool names, error = false;

	options = parse_options(argc, argv, "vnicq", text, &i);
	if (i == argc)
		usage(text);
	if (compile(argv[i++]) < 0) {
		fprintf(2, "grep: wrong pattern: %s\n", argv[i - 1]);
		return STATUS_ERROR;
	}
	if (i == argc)
		return search(0, NULL);
	names = argc - i > 1;
	for (; i < argc; i++) {
		fd = open(argv[i], XV6_O_RDONLY);
		if (fd < 0) {
			fprintf(2, "grep: cannot open: %s\n", argv[i]);
			error = true;
			continue;
		}
		result = search(fd, names ? argv[i] : NULL);
		close(fd);
		error |= result == STATUS_ERROR;
		if (result == STATUS_FOUND)
			status = STATUS_FOUND;
	}
	return error ? STATUS_ERROR : status;
}
