/*
 * A fork server as fuzzers have one: a process with much memory that forks for
 * each input it is sent, and tells how the child ended.
 *
 *	fuzzer --a byte--> server --fork--> child: writes to some pages, ends
 *	       <--its status------ wait
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS		40
#define PAGES_WRITTEN	16		/* by each child */

static void
run_child(char *memory, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += bytes / PAGES_WRITTEN)
		*(volatile char *)(memory + at) = 2;
	_exit(0);
}

/* Serve until nobody asks any more. */
static void
serve(int requests, int replies, size_t bytes, bool huge)
{
	char *memory = memory_map(bytes), byte = 0;
	int pid, status = 0;

	/* As a program gets them that says nothing about it. */
	if (huge)
		madvise(memory, bytes, MADV_HUGEPAGE);
	memory_write(memory, bytes);
	write(replies, &status, sizeof(status));
	while (read(requests, &byte, 1) == 1) {
		pid = fork_or_fail();
		if (pid == 0)
			run_child(memory, bytes);
		if (waitpid(pid, &status, 0) < 0)
			row_fail("wait", errno);
		write(replies, &status, sizeof(status));
	}
	_exit(0);
}

static void
ask(int requests, int replies)
{
	int status;

	if (write(requests, "", 1) != 1 ||
	    read(replies, &status, sizeof(status)) != sizeof(status))
		row_fail("the fork server does not answer", errno);
	if (status != 0)
		row_fail("the fork server's child failed", 0);
}

static double
measure_server(const struct row *row)
{
	int requests[2], replies[2], pid, status;
	uint64_t start;
	double cost;

	if (pipe(requests) < 0 || pipe(replies) < 0)
		row_fail("pipe", errno);
	pid = fork_or_fail();
	if (pid == 0) {
		close(requests[1]);
		serve(requests[0], replies[1], row->bytes, row->count > 0);
	}
	close(requests[0]);
	close(replies[1]);
	if (read(replies[0], &status, sizeof(status)) != sizeof(status))
		row_fail("the fork server did not start", errno);
	ask(requests[1], replies[0]);
	start = counter_read();
	for (int i = 0; i < RUNS; i++)
		ask(requests[1], replies[0]);
	cost = counter_since(start) / RUNS;
	close(requests[1]);
	close(replies[0]);
	wait_or_fail(pid);
	return cost;
}

const struct row server_rows[] = {
	{ "fork-server", measure_server, 1, 256 * MIB, .libc = true },
	{ "fork-server-huge", measure_server, 1, 256 * MIB, 1, .libc = true },
	{ 0 }
};
