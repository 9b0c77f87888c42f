/*
 * The shell's beginning, its memory, and where its commands come from:
 *
 *	sh			lines of the input; with prompts on a console
 *	sh FILE [ARG]...	a script
 *	sh -c COMMAND [ARG]...	one text; $0 is "sh", $1 the first ARG
 */
#include "sh.h"

#define STACK_BYTES	(32 * 1024)	/* the kernel's page is too small for
					 * commands in each other */
#define INPUT_BYTES	8192		/* a command, with all its lines */

struct piece {
	struct piece *next;
} __attribute__((aligned(16)));

char **parameters;
int nparameters;

static struct piece *pieces;		/* the arena, youngest first */
static char input[INPUT_BYTES];
static char stack[STACK_BYTES] __attribute__((aligned(16)));

void *
arena_alloc(size_t len)
{
	struct piece *piece = malloc(sizeof(*piece) + len);

	if (piece == NULL)
		die("out of memory");
	piece->next = pieces;
	pieces = piece;
	return piece + 1;
}

void *
arena_mark(void)
{
	return pieces;
}

void
arena_release(void *mark)
{
	struct piece *piece;

	while (pieces != mark) {
		piece = pieces;
		pieces = piece->next;
		free(piece);
	}
}

void
run_text(const char *text)
{
	enum parse_result result;
	struct node *list;
	void *mark;

	while (*text != '\0') {
		mark = arena_mark();
		result = parse(text, &list, &text);
		if (result == PARSE_OK) {
			run(list);
		} else {
			last_status = STATUS_SYNTAX;
			if (result == PARSE_INCOMPLETE) {
				fprintf(2, "sh: syntax error at the end\n");
				text += strlen(text);
			}
			while (*text != '\0' && text[-1] != '\n')
				text++;
		}
		arena_release(mark);
	}
}

_Noreturn void
run_text_and_exit(const char *text)
{
	interactive = false;
	run_text(text);
	exit(last_status);
}

char *
file_load(const char *path)
{
	struct xv6_stat status;
	int fd = open(path, XV6_O_RDONLY), len = 0, n = -1;
	char *text = NULL;

	if (fd >= 0 && fstat(fd, &status) == 0 && status.type == XV6_T_FILE &&
	    status.size < INT32_MAX)
		text = malloc(status.size + 1);
	if (text != NULL) {
		while ((n = read(fd, text + len, (int)status.size - len)) > 0)
			len += n;
		text[len] = '\0';
	}
	if (fd >= 0)
		close(fd);
	if (n < 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* Whether a line ends in a backslash that is not itself quoted. */
static bool
goes_on(const char *line, int len)
{
	int n = 0;

	while (n < len && line[len - 1 - n] == '\\')
		n++;
	return n % 2 == 1;
}

/* Read a command into `input`, all lines of it.  returns: 0, -1 at the end */
static int
read_command(struct node **list)
{
	enum parse_result result = PARSE_INCOMPLETE;
	int len = 0, n;
	const char *rest;

	*list = NULL;
	while (result == PARSE_INCOMPLETE) {
		if (interactive)
			fprintf(2, len == 0 ? "$ " : "> ");
		n = read_line(0, input + len, INPUT_BYTES - 1 - len);
		if (n < 0 && len == 0)
			return -1;
		if (n < 0 || len + n >= INPUT_BYTES - 3) {
			fprintf(2, n < 0 ? "sh: syntax error at the end\n" :
			    "sh: the command is too long\n");
			result = PARSE_ERROR;
			break;
		}
		len += n;
		strcpy(input + len++, "\n");
		if (!goes_on(input + len - 1 - n, n))
			result = parse(input, list, &rest);
	}
	if (result == PARSE_ERROR) {
		*list = NULL;
		last_status = STATUS_SYNTAX;
	}
	return 0;
}

static void
run_input(void)
{
	struct xv6_stat status;
	struct node *list;
	void *mark = arena_mark();

	interactive = fstat(0, &status) == 0 && status.type == XV6_T_DEVICE;
	while (read_command(&list) == 0) {
		run(list);
		arena_release(mark);
	}
	if (interactive)
		fprintf(2, "\n");
}

static _Noreturn void
start(int argc, char **argv)
{
	char *text;

	parameters = argv;
	nparameters = 1;
	if (argc > 1 && strcmp(argv[1], "-c") == 0) {
		if (argc < 3)
			usage("[-c COMMAND | FILE] [ARGUMENT]...");
		/* The command's place becomes $0's: what follows is $1. */
		text = argv[2];
		argv[2] = argv[0];
		parameters = argv + 2;
		nparameters = argc - 2;
		run_text_and_exit(text);
	}
	if (argc > 1) {
		if (argv[1][0] == '-')
			usage("[-c COMMAND | FILE] [ARGUMENT]...");
		text = file_load(argv[1]);
		if (text == NULL) {
			fprintf(2, "sh: cannot read: %s\n", argv[1]);
			exit(STATUS_NOT_FOUND);
		}
		parameters = argv + 1;
		nparameters = argc - 1;
		run_text_and_exit(text);
	}
	run_input();
	exit(last_status);
}

/* start(argc, argv) on a stack of its own. */
int
main(int argc, char **argv)
{
	register long a0 asm("a0") = argc;
	register char **a1 asm("a1") = argv;

	asm volatile("mv sp, %[top]\n	jr %[function]"
	    : : "r"(a0), "r"(a1), [top] "r"(stack + sizeof(stack)),
	    [function] "r"(start) : "memory");
	__builtin_unreachable();
}
