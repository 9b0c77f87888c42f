/*
 * Redirections, and finding the program of a command: as it is named, then
 * in the root folder, where all programs are.
 */
#include "exec.h"

#define PROBE_BYTES	128		/* of a file, to tell text from others */

int
move_fd(int from, int to)
{
	int low[XV6_NOFILE], nlow = 0, fd;

	if (from == to)
		return 0;
	close(to);
	/* dup gives the lowest that is free: occupy those below `to`. */
	while ((fd = dup(from)) >= 0 && fd < to && nlow < XV6_NOFILE)
		low[nlow++] = fd;
	while (nlow > 0)
		close(low[--nlow]);
	return fd == to ? 0 : -1;
}

/* Go to the end of a file by reading it: there is no seek in this door. */
static void
skip_to_end(int fd)
{
	static char buffer[4096];
	struct xv6_stat status;

	if (fstat(fd, &status) < 0 || status.type != XV6_T_FILE)
		return;
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
}

static int
redirect_copy(const struct redirect *redirect, const char *target)
{
	long from;

	if (strcmp(target, "-") == 0) {
		close(redirect->fd);
		return 0;
	}
	if (parse_number(target, &from) < 0 || from < 0 || from >= XV6_NOFILE)
		return -1;
	return move_fd((int)from, redirect->fd);
}

static int
redirect_one(const struct redirect *redirect, const char *target)
{
	static const int flags[] = {
		[REDIRECT_IN] = XV6_O_RDONLY,
		[REDIRECT_OUT] = XV6_O_WRONLY | XV6_O_CREATE | XV6_O_TRUNC,
		[REDIRECT_APPEND] = XV6_O_RDWR | XV6_O_CREATE,
	};
	int fd, error;

	if (redirect->type == REDIRECT_COPY)
		return redirect_copy(redirect, target);
	fd = open(target, flags[redirect->type]);
	if (fd < 0)
		return -1;
	if (redirect->type == REDIRECT_APPEND)
		skip_to_end(fd);
	if (fd == redirect->fd)
		return 0;
	error = move_fd(fd, redirect->fd);
	close(fd);
	return error;
}

int
redirect(const struct redirect *redirects)
{
	const char *target;

	for (; redirects != NULL; redirects = redirects->next) {
		target = expand_text(redirects->target);
		if (redirect_one(redirects, target) < 0) {
			fprintf(2, "sh: cannot open: %s\n", target);
			return -1;
		}
	}
	return 0;
}

/* Text: no NUL among its first bytes (an ELF file has several). */
static bool
is_text(const char *path)
{
	char bytes[PROBE_BYTES];
	struct xv6_stat status;
	bool text = false;
	int fd, n, i;

	fd = open(path, XV6_O_RDONLY);
	if (fd < 0)
		return false;
	if (fstat(fd, &status) == 0 && status.type == XV6_T_FILE) {
		n = read(fd, bytes, sizeof(bytes));
		for (i = 0; i < n && bytes[i] != '\0'; i++)
			;
		text = n >= 0 && i == n;
	}
	close(fd);
	return text;
}

/* Become the program at `path`, or the shell of the script there; come back
 * if it is neither. */
static void
try_path(const char *path, int argc, char **argv)
{
	char *text;

	exec(path, argv);
	if (!is_text(path))
		return;
	text = file_load(path);
	if (text == NULL)
		return;
	parameters = argv;
	nparameters = argc;
	run_text_and_exit(text);
}

static bool
exists(const char *path)
{
	struct xv6_stat status;

	return stat(path, &status) == 0;
}

_Noreturn void
exec_command(int argc, char **argv)
{
	static char rooted[XV6_MAXPATH];
	size_t bytes = 0;
	int i;

	for (i = 0; i < argc; i++)
		bytes += strlen(argv[i]) + 1 + sizeof(char *);
	if (argc > XV6_MAXARG - 1 || bytes > XV6_PAGE - sizeof(char *)) {
		fprintf(2, "sh: %s: too many arguments (%d, %lu bytes; at most "
		    "%d and %d)\n", argv[0], argc, bytes, XV6_MAXARG - 1,
		    XV6_PAGE);
		exit(STATUS_CANNOT_RUN);
	}
	try_path(argv[0], argc, argv);
	if (strchr(argv[0], '/') == NULL &&
	    join_path(rooted, sizeof(rooted), "/", argv[0]) == 0)
		try_path(rooted, argc, argv);
	if (argv[0][0] != '\0' && (exists(argv[0]) ||
	    (rooted[0] != '\0' && exists(rooted)))) {
		fprintf(2, "sh: %s: cannot run\n", argv[0]);
		exit(STATUS_CANNOT_RUN);
	}
	fprintf(2, "sh: %s: not found\n", argv[0]);
	exit(STATUS_NOT_FOUND);
}
