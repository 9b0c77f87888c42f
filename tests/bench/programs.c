/*
 * Rows of whole programs of Debian's: from fork to the end of what a command
 * line says, its output thrown away.
 *
 *	prepare, once --> the command, again and again, the least counts
 *
 * All that they write and read lies in WORK, which is in memory on each
 * system; the first time has brought their programs into memory, too.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORK		"/dev/shm"
#define SORTED		WORK "/lines"
#define LINES		(512 * 1024)
#define SHELL(text)	{ "/bin/sh", "-c", text, NULL }

static void write_lines(void);

struct program {
	const char *key;
	void (*prepare)(void);
	const char *reset[4];		/* before each time, if there is one */
	const char *command[6];
};

static const struct program programs[] = {
	{ "sh", NULL, { NULL }, SHELL("n=0; while [ $n -lt 1000 ]; do "
	    "/usr/bin/true; n=$((n + 1)); done") },
	{ "make", NULL, SHELL("rm -rf " WORK "/project; "
	    "cp -r /project " WORK), { "/usr/bin/make", "-s", "-C",
	    WORK "/project", NULL } },
	{ "python", NULL, { NULL }, { "/usr/bin/python3", "-c", "pass",
	    NULL } },
	{ "sort", write_lines, { NULL }, { "/usr/bin/sort", "-o",
	    WORK "/sorted", SORTED, NULL } },
};

/* Lines of 64 bytes in no order, the same each time. */
static void
write_lines(void)
{
	uint64_t seed = 88172645463325252ull;
	FILE *file = fopen(SORTED, "w");

	if (file == NULL)
		row_fail(SORTED, errno);
	for (int i = 0; i < LINES; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		fprintf(file, "%016llx %046d\n", (unsigned long long)seed, i);
	}
	if (fclose(file) != 0)
		row_fail(SORTED, errno);
}

int
program_start(const char *const argv[])
{
	static char *const environment[] = { "PATH=/usr/bin", "HOME=/root",
	    "LC_ALL=C", "TMPDIR=" WORK, NULL };
	int pid = fork_or_fail(), null;

	if (pid != 0)
		return pid;
	null = open("/dev/null", O_RDWR);
	dup2(null, 0);
	dup2(null, 1);
	execve(argv[0], (char *const *)argv, environment);
	_exit(127);
}

static void
program_run(const char *const argv[])
{
	int pid = program_start(argv), status;

	if (waitpid(pid, &status, 0) < 0)
		row_fail("wait", errno);
	if (status != 0)
		row_fail(argv[0], WIFEXITED(status) &&
		    WEXITSTATUS(status) == 127 ? ENOENT : 0);
}

static double
measure_program(const struct row *row)
{
	static const struct program *prepared;
	const struct program *program = programs;
	uint64_t start;

	while (strcmp(program->key, row->key) != 0)
		program++;
	if (prepared != program && program->prepare != NULL)
		program->prepare();
	prepared = program;
	if (program->reset[0] != NULL)
		program_run(program->reset);
	start = counter_read();
	program_run(program->command);
	return counter_since(start);
}

const struct row program_rows[] = {
	{ "sh", measure_program, 2, 0 },
	{ "make", measure_program, 2, 0 },
	{ "python", measure_program, 4, 0 },
	{ "sort", measure_program, 2, 0 },
	{ 0 }
};
