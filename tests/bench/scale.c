/*
 * Rows by the number of children alive: what a fork costs while they sleep,
 * and what memory each of them takes.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <unistd.h>

#define FORKS		9
#define SETTLE_US	300000		/* for what is freed later, or counted */

static double
measure_alive(const struct row *row)
{
	struct idle idle;
	double least = 0, cost;

	idle_begin(&idle, row->count);
	for (int i = 0; i < FORKS; i++) {
		cost = fork_cost();
		if (i == 0 || cost < least)
			least = cost;
	}
	idle_end(&idle);
	return least;
}

/* Of a child of a small process. */
static double
measure_child_memory(const struct row *row)
{
	struct idle idle;
	uint64_t before, after;

	usleep(SETTLE_US);
	before = meminfo_bytes("MemFree:");
	idle_begin(&idle, row->count);
	usleep(SETTLE_US);
	after = meminfo_bytes("MemFree:");
	idle_end(&idle);
	return ((double)before - (double)after) / row->count;
}

const struct row alive_rows[] = {
	{ "alive-1", measure_alive, 1, 0, 1 },
	{ "alive-10", measure_alive, 1, 0, 10 },
	{ "alive-100", measure_alive, 1, 0, 100 },
	{ "alive-1000", measure_alive, 1, 0, 1000 },
	{ "alive-10000", measure_alive, 1, 0, 10000 },
	{ "child-memory", measure_child_memory, 1, 0, 1000 },
	{ 0 }
};
