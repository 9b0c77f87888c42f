/*
 * A small world, explored: 8 entries a node, 256 pages, three spaces, two harts.
 *
 *	explore [-d DEPTH]
 *
 * First every sequence of the operations in `alphabet` up to DEPTH, from a
 * space that holds promised memory and an object: a state that was seen before
 * (up to the names of frames) is not continued.  Each state is reached by
 * performing its operations again on a fresh machine.
 *
 * Then, from a few of these states, every pair of operations on two harts at
 * once, under every schedule that changes harts at most twice before one is
 * done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/vm/space_tree.h"
#include "fake/fibers.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "orders.h"
#include "world.h"

#define DEPTH_MAX	8
#define STATES_MAX	(1u << 22)	/* a power of two */

#define STORE(h, c)	{ .kind = OP_STORE, .hart = (h), .cell = (c), \
	.number = (h) + 1 }
#define LOAD(h, c)	{ .kind = OP_LOAD, .hart = (h), .cell = (c) }
#define FORK(s, o)	{ .kind = OP_FORK, .space = (s), .other = (o) }
#define FORK_AT(s, o, c) { .kind = OP_FORK, .space = (s), .other = (o), \
	.cell = (c), .last = (c), .number = 3 }
#define ENTER(h, s)	{ .kind = OP_ENTER, .hart = (h), .space = (s), \
	.number = 1 }
#define UNMAP(h, s, a, b) { .kind = OP_UNMAP, .hart = (h), .space = (s), \
	.cell = (a), .last = (b) }

/* What UNMAP(0, 0, 1, 9) has given back. */
#define MAP_AGAIN { .kind = OP_MAP_ANON, .cell = 1, .last = 9, .prot = 3 }

static const struct op alphabet[] = {
	STORE(0, 0), STORE(0, 8), STORE(1, 0), STORE(1, 1), STORE(1, 16),
	LOAD(0, 0), LOAD(1, 0), LOAD(1, 8), LOAD(1, 17),
	FORK(0, 1), FORK(1, 2), FORK_AT(0, 2, 0),
	ENTER(1, 1), ENTER(1, 0), ENTER(0, 2),
	{ .kind = OP_DESTROY, .space = 1 }, { .kind = OP_DESTROY, .space = 0 },
	UNMAP(0, 0, 0, 0), UNMAP(0, 0, 1, 9), UNMAP(1, 1, 0, 7),
	{ .kind = OP_MAP_ANON, .space = 0, .cell = 0, .last = 7, .prot = 3 },
	MAP_AGAIN, { .kind = OP_DRAIN },
};

static const struct op beginning[] = {
	{ .kind = OP_CREATE },
	{ .kind = OP_OBJECT_CREATE, .number = 3 },
	{ .kind = OP_MAP_ANON, .cell = 0, .last = 9, .prot = 3 },
	{ .kind = OP_MAP_OBJECT, .cell = 16, .last = 17, .prot = 3 },
	ENTER(0, 0), ENTER(1, 0),
};

struct node_path {
	uint8_t steps[DEPTH_MAX];
};

static uint64_t *seen;
static uint32_t nseen;

/* telling states apart */
static uint32_t *names;		/* of frames, in the order they are met */
static uint32_t nnames;

static uint64_t
mix(uint64_t hash, uint64_t value)
{
	uint64_t state = hash ^ value * 0xff51afd7ed558ccdu;

	return random_next(&state);
}

static uint64_t
hash_entry(uint64_t hash, uint64_t e);

static uint64_t
hash_frame(uint64_t hash, const struct frame *frame)
{
	uint32_t *name = &names[frame_number(frame)];
	const uint64_t *words = frame_data(frame);

	if (*name != 0)
		return mix(hash, *name);
	*name = ++nnames;
	hash = mix(hash, frame->kind | frame->refs << 8);
	if (frame->kind == FRAME_NODE) {
		hash = mix(hash, frame->unsealed);
		if (frame->lender != 0)
			hash = hash_frame(hash, frame_at(frame->lender));
		for (uint32_t i = 0; i < node_fanout(frame->level); i++)
			hash = hash_entry(hash, words[i]);
		return hash;
	}
	/* The bytes the alphabet writes. */
	return mix(hash, words[0] & 0xff);
}

static uint64_t
hash_entry(uint64_t hash, uint64_t e)
{
	if (e == 0 || entry_is_mark(e))
		return mix(hash, e);
	return hash_frame(mix(hash, e & ~PTE_PPN_MASK), entry_frame(e));
}

static uint64_t
hash_vacancy(uint64_t hash, const struct vacancy *vacancy)
{
	if (vacancy->len == 0)
		return hash;
	hash = mix(hash, vacancy->start);
	hash = mix(hash, vacancy->len);
	hash = mix(hash, vacancy->mark);
	for (uint32_t i = 0; i < vacancy->rows.nrows; i++)
		hash = hash_frame(hash, vacancy->rows.row[i].node);
	return hash;
}

static uint64_t cached_sum;

static void
hash_cached(void *context, uint32_t level, vaddr_t addr, uint64_t pte)
{
	uint32_t hart = *(uint32_t *)context;
	uint64_t one = mix(level * 8 + hart, addr);

	one = mix(one, pte & ~PTE_PPN_MASK);
	if (pte & PTE_V)
		one = mix(one, names[frame_number(entry_frame(pte))]);
	cached_sum += one;	/* in any order */
}

static uint64_t
state_hash(void)
{
	uint64_t hash = 1;

	memset(names, 0, frame_count() * sizeof(names[0]));
	nnames = 0;
	for (uint32_t s = 0; s < SPACES; s++) {
		const struct space *space = world.spaces[s];

		hash = mix(hash, s);
		if (space == NULL)
			continue;
		hash = hash_frame(hash, space->root);
		hash = hash_vacancy(hash, &space->vacancy);
		hash = mix(hash, space->seen | space->stale << 8 |
		    space->active << 16 | (uint64_t)(space->asid != 0) << 32);
	}
	for (struct frame *node = node_queue_next(NULL); node != NULL;
	    node = node_queue_next(node))
		hash = hash_frame(hash, node);
	for (uint32_t h = 0; h < harts_count(); h++) {
		hash = mix(hash, (uint64_t)model.runs[h]);
		for (uint32_t s = 0; s < SPACES; s++) {
			cached_sum = 0;
			if (world.spaces[s] != NULL && world.spaces[s]->asid)
				mmu_cached(h, world.spaces[s]->asid,
				    hash_cached, &h);
			hash = mix(hash, cached_sum);
		}
	}
	return hash | 1;
}

/* returns: whether the state is new */
static bool
state_add(uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 20) & (STATES_MAX - 1);

	while (seen[at] != 0) {
		if (seen[at] == hash)
			return false;
		at = (at + 1) & (STATES_MAX - 1);
	}
	CHECK(++nseen < STATES_MAX / 4 * 3, "too many states");
	seen[at] = hash;
	return true;
}

/* sequences */
static struct node_path current;
static uint32_t current_depth;

static void
perform(const struct op *op)
{
	struct result result;

	for (uint32_t i = 0; i < harts_count(); i++)
		mmu_settle(i);
	if (op->kind == OP_OBJECT_CREATE)
		model_reap(&model);
	op_run(op, &result);
	CHECK(model_apply(&model, op, &result), "the model does not agree: "
	    "err %lld, data %u", (long long)result.err, result.data[0]);
}

static void
path_print(void)
{
	printf("explore: after:\n");
	for (uint32_t i = 0; i < current_depth; i++)
		op_print(&alphabet[current.steps[i]]);
}

static void
state_reach(const struct node_path *path, uint32_t depth)
{
	mmu_reset();
	fence_reset();
	for (uint32_t i = 0; i < ARRAY_LEN(beginning); i++)
		perform(&beginning[i]);
	current = *path;
	current_depth = depth;
	for (uint32_t i = 0; i < depth; i++)
		perform(&alphabet[path->steps[i]]);
}

static void
state_leave(void)
{
	static const struct op end[] = {
		{ .kind = OP_DESTROY, .space = 0 },
		{ .kind = OP_DESTROY, .space = 1 },
		{ .kind = OP_DESTROY, .space = 2 },
		{ .kind = OP_OBJECT_PUT, .other = 0 },
		{ .kind = OP_RECLAIM },
	};

	for (uint32_t i = 0; i < ARRAY_LEN(end); i++)
		perform(&end[i]);
}

/* All states one step from those in `from`.  gives: the new ones, in *to */
static uint32_t
states_continue(const struct node_path *from, uint32_t nfrom, uint32_t depth,
    struct node_path **to, uint64_t *sequences)
{
	uint32_t nto = 0, room = 1024;

	*to = malloc(room * sizeof(**to));
	for (uint32_t i = 0; i < nfrom; i++)
		for (uint32_t k = 0; k < ARRAY_LEN(alphabet); k++) {
			struct node_path path = from[i];

			path.steps[depth] = (uint8_t)k;
			state_reach(&path, depth + 1);
			check_counts();
			check_views(&model);
			check_tlbs(&model);
			++*sequences;
			if (state_add(state_hash())) {
				if (nto == room)
					*to = realloc(*to, (room *= 2) *
					    sizeof(**to));
				(*to)[nto++] = path;
			}
			state_leave();
		}
	return nto;
}

/* pairs */
/* Change to the other hart at the points numbered so, and at no other. */
static uint32_t point_at, change_at[2], last_hart;

static uint32_t
choose(uint32_t ready, const char *what)
{
	bool waits = strcmp(what, "done") == 0 || !(ready >> last_hart & 1);

	if (strcmp(what, "start") == 0)
		return last_hart;
	point_at++;
	if (waits || point_at == change_at[0] || point_at == change_at[1])
		if (ready >> !last_hart & 1)
			last_hart = !last_hart;
	return last_hart;
}

/* One pair from one state, under every schedule.  returns: how many */
static uint32_t
pair_run(const struct node_path *path, uint32_t depth, const struct op *a,
    const struct op *b)
{
	static struct parallel pair;
	uint32_t count = 0, points = 1;

	for (uint32_t first = 0; first < 2; first++)
		for (uint32_t i = 1; i <= points; i++)
			for (uint32_t k = i; k <= points; k += 1 + k / 24) {
				state_reach(path, depth);
				pair = (struct parallel){ 2, 1, { { *a }, { *b } },
				    { { { 0 } } } };
				last_hart = first;
				point_at = 0;
				change_at[0] = i;
				change_at[1] = k == i ? 0 : k;
				parallel_run(&pair, choose);
				points = MAX(points, MIN(point_at, 60));
				state_leave();
				count++;
			}
	return count;
}

static const struct {
	uint32_t depth;
	struct node_path path;
} pair_states[] = {
	{ 1, { { 0 } } },			/* 0 wrote cell 0 */
	{ 2, { { 0, 9 } } },			/* ... and forked */
	{ 4, { { 0, 3, 9, 12 } } },		/* hart 1 runs the child */
	{ 5, { { 0, 3, 9, 12, 6 } } },		/* ... and has read */
	{ 4, { { 0, 3, 9, 6 } } },		/* both run the parent */
	{ 3, { { 0, 18, 21 } } },		/* gave back, promised again */
};

static uint64_t
pairs_run(uint32_t nstates)
{
	static const struct op beside0[] = {
		STORE(0, 0), LOAD(0, 0), STORE(0, 16), FORK(0, 2),
		UNMAP(0, 0, 0, 0), UNMAP(0, 0, 0, 9), MAP_AGAIN,
	};
	static const struct op beside1[] = {
		STORE(1, 0), STORE(1, 1), LOAD(1, 0), STORE(1, 16), LOAD(1, 16),
		{ .kind = OP_FORK, .hart = 1, .space = 0, .other = 3 },
		{ .kind = OP_UNMAP, .hart = 1, .space = 0, .last = 7 },
		{ .kind = OP_UNMAP, .hart = 1, .space = 1, .last = 7 },
		UNMAP(1, 0, 1, 9),
		{ .kind = OP_DRAIN, .hart = 1 },
	};
	uint64_t count = 0;

	for (uint32_t s = 0; s < nstates; s++)
		for (uint32_t i = 0; i < ARRAY_LEN(beside0); i++)
			for (uint32_t k = 0; k < ARRAY_LEN(beside1); k++)
				count += pair_run(&pair_states[s].path,
				    pair_states[s].depth, &beside0[i],
				    &beside1[k]);
	return count;
}

int
main(int argc, char **argv)
{
	struct node_path *from = calloc(1, sizeof(*from)), *to;
	uint32_t nfrom = 1, depth, deepest = 6;
	uint64_t sequences = 0, pairs;

	if (argc == 3 && strcmp(argv[1], "-d") == 0)
		deepest = MIN((uint32_t)atoi(argv[2]), DEPTH_MAX);
	world_start(700, 2);
	machine_at_panic = path_print;
	names = calloc(frame_count(), sizeof(*names));
	seen = calloc(STATES_MAX, sizeof(*seen));
	for (depth = 0; depth < deepest; depth++) {
		nfrom = states_continue(from, nfrom, depth, &to, &sequences);
		free(from);
		from = to;
		printf("explore: depth %u: %u new states\n", depth + 1, nfrom);
		fflush(stdout);
	}
	free(from);
	pairs = pairs_run(deepest < 5 ? 1 : ARRAY_LEN(pair_states));
	printf("explore: depth %u with %zu operations: %llu sequences, %u "
	    "states; %llu schedules of pairs\n", deepest, ARRAY_LEN(alphabet),
	    (unsigned long long)sequences, nseen, (unsigned long long)pairs);
	return 0;
}
