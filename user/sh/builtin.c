/* Commands that must run in the shell itself. */
#include "sh.h"
#include "run.h"

#define LINE_MAX	1024

static int
change_folder(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/";

	if (argc > 2 || chdir(path) < 0) {
		fprintf(2, "cd: cannot change to: %s\n", path);
		return 1;
	}
	return 0;
}

static int
leave(int argc, char **argv)
{
	long status = last_status;

	if (argc > 2 || (argc == 2 && parse_number(argv[1], &status) < 0)) {
		fprintf(2, "usage: exit [STATUS]\n");
		return STATUS_SYNTAX;
	}
	exit((int)status & 0xff);
}

/* Without an argument: for all children. */
static int
wait_children(int argc, char **argv)
{
	int status, killed, i, result = 0;
	long pid;

	if (argc == 1) {
		while (wait_killed(&status, &killed) >= 0)
			;
		return 0;
	}
	for (i = 1; i < argc; i++) {
		if (parse_number(argv[i], &pid) < 0) {
			fprintf(2, "usage: wait [PID]...\n");
			return STATUS_SYNTAX;
		}
		result = wait_for((int)pid);
	}
	return result;
}

static int
shift(int argc, char **argv)
{
	(void)argv;
	if (argc > 1 || nparameters < 2) {
		fprintf(2, "shift: nothing to shift\n");
		return 1;
	}
	/* $0 stays. */
	parameters[1] = parameters[0];
	parameters++;
	nparameters--;
	return 0;
}

static int
leave_loop(int argc, char **argv)
{
	if (argc > 1) {
		fprintf(2, "usage: %s\n", argv[0]);
		return STATUS_SYNTAX;
	}
	run_leave_loop(strcmp(argv[0], "break") == 0);
	return 0;
}

static int
read_variable(int argc, char **argv)
{
	static char line[LINE_MAX];
	const char *p;
	int len;

	for (p = argc == 2 ? argv[1] : ""; is_name(*p, p == argv[1]);)
		p++;
	if (argc != 2 || *p != '\0' || p == argv[1]) {
		fprintf(2, "usage: read NAME\n");
		return STATUS_SYNTAX;
	}
	len = read_line(0, line, sizeof(line));
	variable_set(argv[1], strlen(argv[1]), len < 0 ? "" : line);
	return len < 0;
}

static int
nothing(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} builtins[] = {
	{ ":", nothing },
	{ "break", leave_loop },
	{ "cd", change_folder },
	{ "continue", leave_loop },
	{ "exit", leave },
	{ "read", read_variable },
	{ "shift", shift },
	{ "wait", wait_children },
};

bool
builtin(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
		if (strcmp(argv[0], builtins[i].name) == 0) {
			last_status = builtins[i].run(argc, argv);
			return true;
		}
	}
	return false;
}
