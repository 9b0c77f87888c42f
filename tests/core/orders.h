/* Explaining what several harts did at once by some order of it. */
#pragma once

#include "world.h"

#define OPS_PER_HART	2

/* What each hart was to do, and what came out. */
struct parallel {
	uint32_t nharts, nops;
	struct op ops[HARTS_MAX][OPS_PER_HART];
	struct result results[HARTS_MAX][OPS_PER_HART];
};

/*
 * Run all harts at once, fibers chosen by `choose`; then find an order of the
 * operations, each hart's own kept, under which the model has the same
 * results and the kernel's views.  Fails if there is none; checks everything.
 */
void parallel_run(struct parallel *parallel,
    uint32_t (*choose)(uint32_t ready, const char *what));
void parallel_print(const struct parallel *parallel);
