/*
 * Operations of several harts at the same time, interleaved at every lock,
 * fence, load, fill and allocation.
 *
 *	races [-s SEED] [-n ROUNDS] [-a ASIDS] [-q]
 *
 * A round first performs some random operations one after another, then lets
 * two or three harts perform one or two each at once.  Afterwards some order
 * of all operations must explain every result and every view; counts and TLBs
 * are checked as ever.  The round's seed decides everything in it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "core/vm/object.h"
#include "core/vm/space.h"
#include "fake/host.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "generate.h"
#include "orders.h"
#include "world.h"

#define ROUNDS_PER_CHILD 200

static uint64_t schedule;	/* random numbers of the interleaving */
static uint32_t eagerness;	/* how often another hart goes on, of 8 */
static uint32_t last_chosen;
static struct parallel beside;

/* Shared with the child: where it is. */
static struct { uint64_t seed; } *progress;

static uint32_t
choose(uint32_t ready, const char *what)
{
	(void)what;
	if ((ready >> last_chosen & 1) &&
	    random_below(&schedule, 8) >= eagerness)
		return last_chosen;
	do
		last_chosen = random_below(&schedule, HARTS_MAX);
	while (!(ready >> last_chosen & 1));
	return last_chosen;
}

/* An operation that may run beside others.  Those that end a space, or name
 * what another may just be making, are kept out. */
static struct op
random_beside(uint64_t *rng, uint32_t hart)
{
	static const uint8_t kinds[] = {
		OP_LOAD, OP_LOAD, OP_STORE, OP_STORE, OP_STORE, OP_STORE,
		OP_FORK, OP_FORK, OP_UNMAP, OP_UNMAP, OP_MAP_ANON,
		OP_MAP_OBJECT, OP_DRAIN, OP_REAP, OP_RECLAIM, OP_ENTER,
		OP_ENTER, OP_ENTER, OP_PROTECT, OP_PROTECT, OP_MOVE,
		OP_DISCARD, OP_DISCARD, OP_RESIZE, OP_RESIZE, OP_WRITE_BACK,
		OP_EVICT, OP_REMOTE_WRITE,
	};
	struct op op = generate_op(rng);

	op.kind = kinds[random_below(rng, ARRAY_LEN(kinds))];
	op.hart = (uint8_t)hart;
	/* Few places, so that they meet; each hart forks to a slot of its own. */
	op.cell = (uint16_t)random_below(rng, 10);
	op.last = (uint16_t)(op.cell + random_below(rng, 10));
	op.other = (uint8_t)(op.kind == OP_FORK ? 3 - hart :
	    random_below(rng, OBJECTS));
	/* Within a page: copies of more are cut up by others. */
	if (op.kind == OP_REMOTE_WRITE) {
		op.value = 0;
		op.number %= CELL_BYTES / 2;
	}
	/* The object that is mapped. */
	if (op.kind == OP_RESIZE || op.kind == OP_WRITE_BACK)
		op.other = 0;
	return op_normal(op);
}

/* What a hart gave back it promises again; else anything. */
static struct op
next_beside(uint64_t *rng, const struct op *before)
{
	return before->kind == OP_UNMAP ? promise_again(before) :
	    random_beside(rng, before->hart);
}

static void
setup(uint64_t *rng)
{
	struct op op = { .kind = OP_CREATE, .value = (uint8_t)random_below(rng, 2) };
	uint32_t count = random_below(rng, 14);

	op_step(&op);
	op = (struct op){ .kind = OP_OBJECT_CREATE, .number = 9,
	    .value = (uint8_t)random_below(rng, 4) };
	op_step(&op);
	op = (struct op){ .kind = OP_MAP_ANON, .last = 9, .prot = 3 };
	op.cell = (uint16_t)random_below(rng, 8);
	op_step(&op);
	op = (struct op){ .kind = OP_MAP_OBJECT, .cell = 10, .last = 16,
	    .prot = 3, .value = (uint8_t)random_below(rng, 2) };
	op_step(&op);
	for (uint32_t h = 0; h < harts_count(); h++) {
		op = (struct op){ .kind = OP_ENTER, .hart = (uint8_t)h,
		    .number = 1 };
		op_step(&op);
	}
	while (count-- > 0) {
		op = generate_op(rng);
		if (op.kind == OP_FAIL_ALLOC || op.kind == OP_FAIL_FILL ||
		    op.kind == OP_SQUEEZE)
			op.kind = OP_STORE;
		op.cell %= 20;
		op.last = (uint16_t)(op.cell + op.last % 12);
		op_step(&op);
	}
	/* Slots the harts may fork to. */
	op = (struct op){ .kind = OP_DESTROY, .space = 3 };
	op_step(&op);
	op.space = 2;
	op_step(&op);
}

/* What was given back last may be promised again when the harts begin. */
static void
setup_vacancy(uint64_t *rng)
{
	struct op op = { .kind = OP_UNMAP };
	uint32_t draw = random_below(rng, 4);

	if (draw == 0)
		return;
	op.cell = (uint16_t)random_below(rng, 8);
	op.last = (uint16_t)(op.cell + random_below(rng, 8));
	op_step(&op);
	op = promise_again(&op);
	if (draw > 1)
		op_step(&op);
}

static void
round_run(uint64_t seed)
{
	uint64_t rng = seed;

	progress->seed = seed;
	beside.nharts = 0;
	generate_begin();
	setup(&rng);
	setup_vacancy(&rng);
	beside.nharts = 2 + random_below(&rng, 2);
	beside.nops = beside.nharts == 2 ? 2 : 1;
	for (uint32_t h = 0; h < beside.nharts; h++)
		for (uint32_t i = 0; i < beside.nops; i++)
			beside.ops[h][i] = i > 0 && random_below(&rng, 2) ?
			    next_beside(&rng, &beside.ops[h][i - 1]) :
			    random_beside(&rng, h);
	eagerness = 1 + random_below(&rng, 7);
	schedule = random_next(&rng);
	parallel_run(&beside, choose);
	world_end();
}

static void
rounds_run(uint64_t seed, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		round_run(seed + i);
}

/* returns: whether they failed */
static bool
rounds_fail(uint64_t seed, uint64_t count, bool quiet)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		machine_quiet = quiet;
		alarm(60);
		rounds_run(seed, count);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status != 0;
}

static void
failure_print(void)
{
	if (!machine_quiet) {
		printf("races: round of seed %llu:\n",
		    (unsigned long long)progress->seed);
		parallel_print(&beside);
	}
}

int
main(int argc, char **argv)
{
	uint64_t seed = 1, rounds = 40000, done = 0;
	bool quiet = false;
	int option;

	while ((option = getopt(argc, argv, "s:n:a:q")) != -1) {
		switch (option) {
		case 's': seed = strtoull(optarg, NULL, 0); break;
		case 'n': rounds = strtoull(optarg, NULL, 0); break;
		case 'a': mmu_asid_max = (uint32_t)atoi(optarg); break;
		case 'q': quiet = true; break;
		default: return 2;
		}
	}
	progress = host_shared_memory(sizeof(*progress));
	world_start(760, 3);
	machine_at_point = check_speculate;
	machine_at_panic = failure_print;
	while (done < rounds) {
		uint64_t count = MIN(ROUNDS_PER_CHILD, rounds - done);

		if (rounds_fail(seed + done, count, true)) {
			printf("races: seed %llu fails (-s %llu -n 1)\n",
			    (unsigned long long)progress->seed,
			    (unsigned long long)progress->seed);
			if (quiet)
				printf("after %llu rounds\n", (unsigned long
				    long)(progress->seed - seed + 1));
			else if (!rounds_fail(progress->seed, 1, false))
				rounds_fail(seed + done, count, false);
			return 1;
		}
		done += count;
	}
	printf("races: %llu rounds of 2 and 3 harts, seed %llu: every one has "
	    "an order\n", (unsigned long long)done, (unsigned long long)seed);
	return 0;
}
