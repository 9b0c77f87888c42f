/*
 * Every allocation of every kind of operation made to fail in turn, in states
 * that need the most of them: the error is clean, every view, every count and
 * the number of free frames are as before, and the next try succeeds.
 */
#include <stdio.h>

#include "check.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/mem/frame.h"
#include "core/vm/node.h"
#include "core/vm/object_entry.h"
#include "core/vm/reclaim.h"
#include "core/vm/space.h"
#include "fake/machine.h"
#include "world.h"

/* One state: spaces 0 and 1 share what 0 touched, 2 stands apart. */
static const struct op states[][14] = {
	{	/* marks at every level, nothing touched, nothing shared */
		{ .kind = OP_MAP_ANON, .cell = 3, .last = 140, .prot = 3 },
		{ .kind = OP_MAP_OBJECT, .cell = 150, .last = 158, .prot = 7 },
	},
	{	/* touched here and there, then shared with a child */
		{ .kind = OP_MAP_ANON, .cell = 3, .last = 140, .prot = 7 },
		{ .kind = OP_MAP_OBJECT, .cell = 150, .last = 158, .prot = 7 },
		{ .kind = OP_STORE, .cell = 4, .number = 1 },
		{ .kind = OP_STORE, .cell = 12, .number = 2 },
		{ .kind = OP_STORE, .cell = 70, .number = 3 },
		{ .kind = OP_LOAD, .cell = 151 },
		{ .kind = OP_FORK, .other = 1 },
	},
	{	/* ... and the child has copied the upper path, not the leaves */
		{ .kind = OP_MAP_ANON, .cell = 3, .last = 140, .prot = 7 },
		{ .kind = OP_MAP_OBJECT, .cell = 150, .last = 158, .prot = 7 },
		{ .kind = OP_STORE, .cell = 4, .number = 1 },
		{ .kind = OP_STORE, .cell = 12, .number = 2 },
		{ .kind = OP_STORE, .cell = 152, .number = 3 },
		{ .kind = OP_FORK, .other = 1 },
		{ .kind = OP_ENTER, .hart = 1, .space = 1, .number = 1 },
		{ .kind = OP_LOAD, .hart = 1, .cell = 4 },
		{ .kind = OP_FORK, .space = 1, .other = 2 },
		{ .kind = OP_LOAD, .cell = 12 },
	},
};

/* What is tried in each state. */
static const struct op tries[] = {
	{ .kind = OP_STORE, .cell = 4, .number = 9 },
	{ .kind = OP_STORE, .cell = 5, .number = 9 },
	{ .kind = OP_STORE, .cell = 100, .number = 9 },
	{ .kind = OP_STORE, .cell = 153, .number = 9 },
	{ .kind = OP_LOAD, .cell = 4 },
	{ .kind = OP_LOAD, .cell = 13 },
	{ .kind = OP_LOAD, .cell = 154 },
	{ .kind = OP_EXECUTE, .cell = 151 },
	{ .kind = OP_EXECUTE, .cell = 60 },
	{ .kind = OP_FORK, .other = 3 },
	{ .kind = OP_CREATE, .space = 3 },
	{ .kind = OP_MAP_ANON, .cell = 0, .last = 2, .prot = 3 },
	{ .kind = OP_MAP_ANON, .cell = 165, .last = 250, .prot = 3 },
	{ .kind = OP_MAP_OBJECT, .cell = 165, .last = 201, .prot = 3 },
	{ .kind = OP_UNMAP, .cell = 4, .last = 4 },
	{ .kind = OP_UNMAP, .cell = 13, .last = 77 },
	{ .kind = OP_UNMAP, .cell = 0, .last = 255 },
	{ .kind = OP_UNMAP, .cell = 155, .last = 156 },
	{ .kind = OP_MAP_ANON, .cell = 4, .last = 80, .prot = 3, .value = 0x30 },
	{ .kind = OP_PROTECT, .cell = 4, .last = 4, .prot = 1 },
	{ .kind = OP_PROTECT, .cell = 5, .last = 99, .prot = 0 },
	{ .kind = OP_PROTECT, .cell = 151, .last = 153, .prot = 7 },
	{ .kind = OP_MOVE, .cell = 4, .last = 20, .number = 164 },
	{ .kind = OP_MOVE, .cell = 5, .last = 77, .number = 166 },
	{ .kind = OP_MOVE, .cell = 150, .last = 158, .number = 200 },
	{ .kind = OP_DISCARD, .cell = 4, .last = 100 },
	{ .kind = OP_DISCARD, .cell = 150, .last = 158 },
	{ .kind = OP_POPULATE, .cell = 4, .last = 24, .value = 1 },
	{ .kind = OP_REMOTE_WRITE, .cell = 6, .value = 40, .number = 190 },
	{ .kind = OP_USER_WRITE, .cell = 6, .value = 40, .number = 190 },
	{ .kind = OP_USER_READ, .cell = 14, .value = 40, .number = 190 },
	{ .kind = OP_USER_STRING, .cell = 153, .value = 40, .number = 190 },
	{ .kind = OP_OBJECT_CREATE, .other = 5, .number = 3 },
};

static uint32_t ntries, nfailures;

static uint32_t
pages_cached(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < frame_count(); i++)
		count += frame_at(i)->kind == FRAME_PAGE &&
		    page_object(frame_at(i)) != 0;
	return count;
}

static bool
is_copy(const struct op *op)
{
	return op->kind == OP_USER_WRITE || op->kind == OP_USER_READ ||
	    op->kind == OP_USER_STRING || op->kind == OP_REMOTE_WRITE ||
	    op->kind == OP_POPULATE;
}

/* Frames in use, but for those that cache an object's page: they are no loss. */
static uint32_t
frames_used(void)
{
	return frame_count() - frame_free_count() - pages_cached();
}

static void
state_make(uint32_t state)
{
	static const struct op start[] = {
		{ .kind = OP_CREATE },
		{ .kind = OP_ENTER, .number = 1 },
		{ .kind = OP_OBJECT_CREATE, .number = OBJECT_PAGES - 1 },
	};

	for (uint32_t i = 0; i < ARRAY_LEN(start); i++)
		op_step(&start[i]);
	for (uint32_t i = 0; i < ARRAY_LEN(states[state]); i++)
		if (memcmp(&states[state][i], &(struct op){ 0 },
		    sizeof(struct op)) != 0)
			op_step(&states[state][i]);
}

/* Fail the n-th allocation of `op`.  returns: whether there was an n-th */
static bool
try_fails(const struct op *op, uint32_t n, bool once)
{
	struct result result;
	uint32_t used;

	reclaim_all();
	used = frames_used();
	alloc_fail(n, once);
	op_run(op, &result);
	/* op_run has switched failing off, not forgotten it. */
	CHECK(result.ran, "nothing was tried");
	CHECK(model_apply(&model, op, &result), "err %lld", (long long)result.err);
	check_counts();
	check_views(&model);
	check_tlbs(&model);
	if (result.err == 0 || !result.excused)
		return false;
	nfailures++;
	if (!is_copy(op)) {
		CHECK(result.err == -ENOMEM || result.err == -EAGAIN, "err %lld",
		    (long long)result.err);
		CHECK(frames_used() == used && node_queued() == 0,
		    "%u frames are used, %u were", frames_used(), used);
	}
	return true;
}

int
main(void)
{
	world_start(900, 3);
	machine_at_point = check_speculate;
	for (uint32_t state = 0; state < ARRAY_LEN(states); state++)
		for (uint32_t i = 0; i < ARRAY_LEN(tries); i++)
			for (int once = 0; once < 2; once++) {
				uint32_t n = 1;

				state_make(state);
				machine_run_on(0);
				while (try_fails(&tries[i], n, once))
					CHECK(++n < 40, "fails for ever");
				ntries++;
				world_end();
			}
	CHECK(nfailures > ntries, "only %u failures", nfailures);
	printf("failnth: %u tries in %zu states, %u allocations failed: views and "
	    "counts as before\n", ntries, ARRAY_LEN(states), nfailures);
	return 0;
}
