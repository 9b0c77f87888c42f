/*
 * Rows of write faults on several harts at once: a worker each, all of them
 * threads of one process, or processes of their own.
 *
 *	worker --ready--> waits for `go` --touches its own span--> `done`
 *
 * What is told is the time from `go` to the last that is done, by the pages of
 * all of them: on two harts, half as much as on one were perfect.  Not for
 * -icount, where QEMU runs the harts in turns.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPAN		(16 * MIB)	/* of each worker */
#define WORKERS_MAX	8

/* What all workers share; in shared memory, for there may be no other. */
struct start {
	atomic_int ready, done;
	atomic_bool go;
	uint64_t ended;		/* by the last that is done */
	int count;
};

struct worker {
	struct start *start;
	char *memory;
	int hart;
};

static void
work(const struct worker *worker)
{
	struct start *start = worker->start;
	cpu_set_t harts;

	/* Where this is refused, the scheduler is trusted. */
	CPU_ZERO(&harts);
	CPU_SET(worker->hart, &harts);
	sched_setaffinity(0, sizeof(harts), &harts);
	atomic_fetch_add(&start->ready, 1);
	while (!atomic_load(&start->go))
		sched_yield();
	memory_write(worker->memory, SPAN);
	if (atomic_fetch_add(&start->done, 1) == start->count - 1)
		start->ended = counter_read();
}

static void *
work_as_thread(void *worker)
{
	work(worker);
	return NULL;
}

static struct start *
start_map(int count)
{
	struct start *start = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		row_fail("mmap", errno);
	start->count = count;
	return start;
}

/* Start them together.  returns: when they were, as counter_read() says */
static uint64_t
start_all(struct start *start)
{
	uint64_t began;

	while (atomic_load(&start->ready) < start->count)
		usleep(1000);
	began = counter_read();
	atomic_store(&start->go, true);
	return began;
}

/* returns: what a page cost; all are gone by now */
static double
start_cost(const struct start *start, uint64_t began)
{
	return (counter_since(began) - counter_since(start->ended)) /
	    ((double)start->count * (SPAN / PAGE));
}

static double
measure_one_space(const struct row *row)
{
	struct start *start = start_map(row->count);
	struct worker workers[WORKERS_MAX];
	pthread_t threads[WORKERS_MAX];
	char *memory = memory_map(row->count * SPAN);
	uint64_t began;
	double cost;

	for (int i = 0; i < row->count; i++) {
		workers[i] = (struct worker) { start, memory + i * SPAN, i };
		if (pthread_create(&threads[i], NULL, work_as_thread,
		    &workers[i]) != 0)
			row_fail("pthread_create", errno);
	}
	began = start_all(start);
	for (int i = 0; i < row->count; i++)
		pthread_join(threads[i], NULL);
	cost = start_cost(start, began);
	memory_unmap(memory, row->count * SPAN);
	munmap(start, PAGE);
	return cost;
}

static double
measure_spaces(const struct row *row)
{
	struct start *start = start_map(row->count);
	uint64_t began;
	double cost;

	for (int i = 0; i < row->count; i++) {
		if (fork_or_fail() == 0) {
			work(&(struct worker) { start, memory_map(SPAN), i });
			_exit(0);
		}
	}
	began = start_all(start);
	for (int i = 0; i < row->count; i++)
		wait_or_fail(-1);
	cost = start_cost(start, began);
	munmap(start, PAGE);
	return cost;
}

const struct row faults_rows[] = {
	{ "space-1", measure_one_space, 9, 0, 1 },
	{ "space-2", measure_one_space, 9, 0, 2 },
	{ "space-4", measure_one_space, 9, 0, 4 },
	{ "spaces-1", measure_spaces, 9, 0, 1 },
	{ "spaces-2", measure_spaces, 9, 0, 2 },
	{ "spaces-4", measure_spaces, 9, 0, 4 },
	{ 0 }
};
