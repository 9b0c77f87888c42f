/*
 * Chooses rows, runs each, and prints what it found; see bench.h.
 *
 * usage: bench [-t] KEY...		-t: measure by time
 *
 * What is printed is relayed by another process, which is let finish before
 * the next row begins.
 */
#include "bench.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define QUIET_US	20000	/* for others to do what they put off */
#define SAID_US		200000
#define TICK_NS		100.0	/* of QEMU's clock */
#define READINGS	100

static bool by_time;
static double reading_cost;	/* of two readings, in instructions */
const struct row *row_now;
static sigjmp_buf no_counter;

uint64_t
counter_read(void)
{
	uint64_t value;

	if (by_time)
		__asm__ volatile ("rdtime %0" : "=r" (value) : : "memory");
	else
		__asm__ volatile ("rdinstret %0" : "=r" (value) : : "memory");
	return value;
}

double
counter_since(uint64_t start)
{
	double cost = (double)(counter_read() - start);

	if (by_time)
		return cost * TICK_NS;
	return cost > reading_cost ? cost - reading_cost : 0;
}

static void
on_illegal(int signal)
{
	(void)signal;
	siglongjmp(no_counter, 1);
}

static void
find_counter(void)
{
	struct sigaction action = { .sa_handler = on_illegal }, old;
	double least = 1e9, cost;

	sigaction(SIGILL, &action, &old);
	/* Linux keeps the count of instructions for those it lets profile. */
	if (sigsetjmp(no_counter, 1) != 0)
		by_time = true;
	for (int i = 0; i < READINGS; i++) {
		cost = counter_since(counter_read());
		if (cost < least)
			least = cost;
	}
	reading_cost = by_time ? 0 : least;
	sigaction(SIGILL, &old, NULL);
}

void
row_fail(const char *why, int error)
{
	printf("fail %s %s%s%s\n", row_now->key, why, error != 0 ? ": " : "",
	    error != 0 ? strerror(error) : "");
	fflush(stdout);
	_exit(1);
}

static void
run_row(const struct row *row)
{
	double least = 0, value;

	row_now = row;
	for (int i = 0; i < row->repeats; i++) {
		value = row->measure(row);
		if (i == 0 || value < least)
			least = value;
	}
	printf("row %s %.1f\n", row->key, least);
	fflush(stdout);
	usleep(QUIET_US);
}

static bool
wanted(const struct row *row, char **keys)
{
	for (; *keys != NULL; keys++) {
		if (strcmp(*keys, row->key) == 0)
			return true;
	}
	return false;
}

/* What a process is to have done for it: several rows, if they share memory
 * that takes long to fill. */
static void
run_apart(const struct row *rows, int count, char **keys)
{
	pid_t pid = fork();
	int status;

	row_now = rows;
	if (pid < 0)
		row_fail("cannot fork", errno);
	if (pid == 0) {
		for (int i = 0; i < count; i++) {
			if (wanted(&rows[i], keys))
				run_row(&rows[i]);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status)) {
		printf("fail %s %s\n", rows->key, strsignal(WTERMSIG(status)));
		fflush(stdout);
	}
	usleep(QUIET_US);
}

static void
run_rows(const struct row *rows, bool together, char **keys)
{
	bool any = false;
	int count = 0;

	while (rows[count].key != NULL)
		any |= wanted(&rows[count++], keys);
	if (!any)
		return;
	if (together) {
		run_apart(rows, count, keys);
		return;
	}
	for (int i = 0; i < count; i++) {
		if (wanted(&rows[i], keys))
			run_apart(&rows[i], 1, keys);
	}
}

int
main(int argc, char **argv)
{
	char **keys = argv + 1;

	if (argc > 1 && strcmp(argv[1], "-t") == 0) {
		by_time = true;
		keys++;
	}
	find_counter();
	printf("counter %s\n", by_time ? "time" : "instret");
	fflush(stdout);
	usleep(QUIET_US);
	run_rows(call_rows, false, keys);
	run_rows(memory_rows, false, keys);
	run_rows(fork_rows, false, keys);
	run_rows(resident_rows, true, keys);
	run_rows(large_rows, true, keys);
	run_rows(alive_rows, false, keys);
	run_rows(faults_rows, false, keys);
	run_rows(program_rows, false, keys);
	run_rows(server_rows, false, keys);
	run_rows(redis_rows, true, keys);
	printf("done\n");
	fflush(stdout);
	/* Linux powers off with words still on their way to the console. */
	usleep(SAID_US);
	return 0;
}
