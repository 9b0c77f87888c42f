/*
 * Rows of fork: of a small process, and of one whose memory grows from row to
 * row, for filling it takes longest.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM		"/true"		/* what is run to do nothing */
#define IDLE_CHILDREN	64		/* so that caches of Linux's even out */
#define SETTLE_US	300000		/* for what is freed later, or counted */
#define FORKS		9
#define FORKS_FEW	3

static char *resident;
static size_t resident_bytes;		/* filled so far */

int
fork_or_fail(void)
{
	int pid = row_now->libc ? fork() :
	    (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid < 0)
		row_fail("fork", errno);
	return pid;
}

void
wait_or_fail(int pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		row_fail("wait", errno);
	if (status != 0)
		row_fail("the child failed", 0);
}

void
idle_begin(struct idle *idle, int count)
{
	int go[2], ready[2];
	char byte = 0;

	if (pipe(go) < 0 || pipe(ready) < 0)
		row_fail("pipe", errno);
	for (int i = 0; i < count; i++) {
		if (fork_or_fail() != 0)
			continue;
		close(go[1]);
		if (write(ready[1], &byte, 1) != 1)
			_exit(1);
		_exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
	}
	for (int i = 0; i < count; i++) {
		if (read(ready[0], &byte, 1) != 1)
			row_fail("a child ended early", errno);
	}
	/* Those that have written are about to sleep. */
	usleep(10000);
	close(ready[0]);
	close(ready[1]);
	close(go[0]);
	*idle = (struct idle) { .go = go[1], .count = count };
}

void
idle_end(struct idle *idle)
{
	close(idle->go);
	for (int i = 0; i < idle->count; i++)
		wait_or_fail(-1);
}

/* Have `bytes` of memory that was written to. */
static void
resident_grow(size_t bytes)
{
	if (resident == NULL)
		resident = memory_map(8 * GIB);
	if (bytes <= resident_bytes)
		return;
	memory_write(resident + resident_bytes, bytes - resident_bytes);
	resident_bytes = bytes;
}

/* Whether this process, not its children, goes before all others: else one
 * that takes long to fork is told what its child did, too.  Where the kernel
 * refuses, so be it. */
static void
set_first(bool first)
{
	struct sched_param param = { .sched_priority = first ? 1 : 0 };

	sched_setscheduler(0, first ? SCHED_FIFO | SCHED_RESET_ON_FORK :
	    SCHED_OTHER, &param);
}

double
fork_cost(void)
{
	uint64_t start;
	double cost;
	int pid;

	set_first(true);
	start = counter_read();
	pid = fork_or_fail();
	if (pid == 0)
		_exit(0);
	cost = counter_since(start);
	set_first(false);
	wait_or_fail(pid);
	return cost;
}

static double
measure_fork(const struct row *row)
{
	resident_grow(row->bytes);
	return fork_cost();
}

static double
measure_fork_wait(const struct row *row)
{
	uint64_t start;
	int pid;

	resident_grow(row->bytes);
	start = counter_read();
	pid = fork_or_fail();
	if (pid == 0)
		_exit(0);
	wait_or_fail(pid);
	return counter_since(start);
}

static double
measure_fork_exec(const struct row *row)
{
	char *const argv[] = { PROGRAM, NULL };
	uint64_t start = counter_read();
	int pid = fork_or_fail();

	(void)row;
	if (pid == 0) {
		execve(PROGRAM, argv, argv + 1);
		_exit(127);
	}
	wait_or_fail(pid);
	return counter_since(start);
}

/* What `measure` finds in a child of a process with memory. */
static double
measured_by_child(const struct row *row, double (*measure)(void))
{
	volatile double *cost = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double value;
	int pid;

	if (cost == MAP_FAILED)
		row_fail("mmap", errno);
	resident_grow(row->bytes);
	*cost = 0;
	pid = fork_or_fail();
	if (pid == 0) {
		*cost = measure();
		_exit(0);
	}
	wait_or_fail(pid);
	value = *cost;
	munmap((void *)cost, PAGE);
	return value;
}

static double
first_write(void)
{
	volatile char *at = resident + resident_bytes / 2;
	uint64_t start = counter_read();

	*at = 2;
	return counter_since(start);
}

static double
measure_first_write(const struct row *row)
{
	return measured_by_child(row, first_write);
}

static double
read_all(void)
{
	uint64_t start = counter_read();

	memory_read(resident, resident_bytes);
	return counter_since(start) / (double)(resident_bytes / PAGE);
}

static double
measure_child_read(const struct row *row)
{
	return measured_by_child(row, read_all);
}

/* How much less memory is free for an idle child. */
static double
measure_idle_memory(const struct row *row)
{
	struct idle idle;
	uint64_t before, after;

	resident_grow(row->bytes);
	usleep(SETTLE_US);
	before = meminfo_bytes("MemFree:");
	idle_begin(&idle, IDLE_CHILDREN);
	usleep(SETTLE_US);
	after = meminfo_bytes("MemFree:");
	idle_end(&idle);
	return ((double)before - (double)after) / IDLE_CHILDREN;
}

static double
measure_tables(const struct row *row)
{
	struct idle idle;
	uint64_t before, after;

	resident_grow(row->bytes);
	before = meminfo_bytes("PageTables:");
	idle_begin(&idle, 1);
	after = meminfo_bytes("PageTables:");
	idle_end(&idle);
	return (double)after - (double)before;
}

const struct row fork_rows[] = {
	{ "fork", measure_fork, FORKS, 0 },
	{ "fork-libc", measure_fork, FORKS, 0, .libc = true },
	{ "fork-wait", measure_fork_wait, FORKS, 0 },
	{ "fork-wait-libc", measure_fork_wait, FORKS, 0, .libc = true },
	{ "fork-exec", measure_fork_exec, FORKS, 0 },
	{ "fork-exec-libc", measure_fork_exec, FORKS, 0, .libc = true },
	{ 0 }
};

/* By size: memory grows, and never shrinks. */
const struct row resident_rows[] = {
	{ "fork-1m", measure_fork, FORKS, MIB },
	{ "fork-4m", measure_fork, FORKS, 4 * MIB },
	{ "fork-16m", measure_fork, FORKS, 16 * MIB },
	{ "fork-64m", measure_fork, FORKS, 64 * MIB },
	{ "fork-wait-64m", measure_fork_wait, FORKS, 64 * MIB },
	{ "idle-memory", measure_idle_memory, 1, 64 * MIB },
	{ "fork-256m", measure_fork, FORKS, 256 * MIB },
	{ "fork-1g", measure_fork, FORKS_FEW, GIB },
	{ "fork-wait-1g", measure_fork_wait, FORKS_FEW, GIB },
	{ "first-write", measure_first_write, FORKS_FEW, GIB },
	{ "child-read", measure_child_read, FORKS_FEW, GIB },
	{ "tables-1g", measure_tables, 1, GIB },
	{ "tables-1g-libc", measure_tables, 1, GIB, .libc = true },
	{ 0 }
};

/* Only where there is more memory. */
const struct row large_rows[] = {
	{ "fork-4g", measure_fork, FORKS_FEW, 4 * GIB },
	{ "fork-wait-4g", measure_fork_wait, FORKS_FEW, 4 * GIB },
	{ "tables-4g", measure_tables, 1, 4 * GIB },
	{ 0 }
};
