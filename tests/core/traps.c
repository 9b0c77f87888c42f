/*
 * Traps 18 to 30 of TRAPS.md, each by name, in the real geometry, and what else
 * was found while proving: traps [NAME].  Each runs in a child process and must
 * leave the frame count as it was.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_tree.h"
#include "core/vm/user.h"
#include "fake/fibers.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "found.h"
#include "words.h"

/* The node of `level` on the way to a cell. */
static struct frame *
node_at(uint8_t space, uint16_t cell, uint32_t level)
{
	struct frame *node = world.spaces[space]->root;

	for (uint32_t at = ROOT_LEVEL; at > level; at--)
		node = entry_frame(node_entries(node)[
		    level_index(cell_addr(cell, 0), at)]);
	return node;
}

static uint64_t schedule;

static uint32_t
choose_at_random(uint32_t ready, const char *what)
{
	uint32_t hart;

	(void)what;
	do
		hart = random_below(&schedule, HARTS_MAX);
	while (!(ready >> hart & 1));
	return hart;
}

/* the traps */
static void
trap18_leaf_node_alone_under_a_shared_parent(void)
{
	create(0);
	map(0, 0, 4, 3);
	enter(0, 0);
	store(0, 0, 11);
	store(0, 1, 12);
	fork_space(0, 0, 1);
	CHECK(frame_refs(node_at(0, 0, 0)) == 1 &&
	    frame_refs(node_at(0, 0, 1)) == 2, "not the case that was meant");
	enter(1, 1);
	store(1, 0, 21);
	load(0, 0);
	store(0, 1, 31);
	load(1, 1);
}

static void
trap19_300_children_of_one_parent(void)
{
	static struct space *children[300];
	struct frame *frame;
	uint8_t byte;

	create(0);
	map(0, 0, 4, 3);
	enter(0, 0);
	store(0, 0, 7);
	machine_at_point = NULL;
	frame = entry_frame(node_entries(node_at(0, 0, 0))[0]);
	for (int i = 0; i < 300; i++) {
		CHECK(space_fork(world.spaces[0], NOWHERE, &children[i]) == 0, "fork");
		/* Each has its own way to the one frame. */
		machine_run_on(1);
		thread_set_space(children[i]);
		CHECK(mmu_store(cell_addr(1, 0), (uint8_t)i) == 0, "store");
		CHECK(mmu_load(0, ACCESS_READ, &byte) == 0 && byte == 7, "%u",
		    byte);
	}
	CHECK(frame_refs(frame) == 301, "refs %u", frame_refs(frame));
	expect_clean(__func__);
	for (int i = 0; i < 300; i++) {
		thread_set_space(children[i]);
		CHECK(mmu_load(cell_addr(1, 0), ACCESS_READ, &byte) == 0 &&
		    byte == (uint8_t)i, "child %d reads %u", i, byte);
	}
	thread_set_space(NULL);
	for (int i = 0; i < 300; i++)
		space_put(children[i]);
	reclaim_all();
	CHECK(frame_refs(frame) == 1, "refs %u", frame_refs(frame));
}

static void
trap20_forked_again_before_it_was_touched(void)
{
	create(0);
	map(0, 0, 4, 3);
	enter(0, 0);
	store(0, 0, 1);
	fork_space(0, 0, 1);
	fork_space(0, 1, 2);
	fork_space(0, 2, 3);
	enter(1, 2);
	store(1, 0, 2);
	enter(2, 3);
	load(2, 0);
	store(2, 0, 3);
	store(0, 0, 4);
	enter(1, 1);
	load(1, 0);
}

static void
trap21_shared_pages_stay_shared_over_a_fork(void)
{
	object_make(0, false);
	create(0);
	map_object(0, 0, 4, 0, true);
	enter(0, 0);
	store(0, 0, 1);
	fork_space(0, 0, 1);
	enter(1, 1);
	store(1, 0, 2);
	load(0, 0);
	store(0, 0, 3);
	load(1, 0);
	/* Touched by one only after the fork. */
	store(1, 1, 4);
	load(0, 1);
}

static void
trap22_old_frame_is_not_read_after_a_write(void)
{
	create(0);
	map(0, 0, 4, 3);
	enter(0, 0);
	enter(1, 0);
	enter(2, 0);
	store(0, 0, 1);
	fork_space(0, 0, 1);
	/* Two threads on two harts read; the third, on hart 0, writes. */
	load(1, 0);
	load(2, 0);
	store(0, 0, 2);
	load(1, 0);
	load(2, 0);
}

/* One hart forks while another copies over three pages. */
static struct space *forked;
static char copied[200];

static void
fork_or_copy(uint32_t hart)
{
	size_t done;

	if (hart == 0)
		CHECK(space_fork(world.spaces[0], NOWHERE, &forked) == 0, "fork");
	else
		CHECK(user_write(cell_addr(0, 63), copied, sizeof(copied),
		    &done) == 0, "%zu copied", done);
}

static void
trap23_fork_while_a_thread_copies_to_user_memory(void)
{
	char seen[200];
	int mixed = 0;

	memset(copied, 'n', sizeof(copied));
	for (uint64_t seed = 1; seed <= 200; seed++) {
		schedule = seed;
		create(0);
		map(0, 0, 4, 3);
		enter(0, 0);
		enter(1, 0);
		store(0, 0, 1);
		store(0, 1, 1);
		fibers_run(2, fork_or_copy, choose_at_random);
		/* The child sees what was written before the fork: a piece
		 * from the start, not one byte more. */
		machine_run_on(2);
		thread_set_space(forked);
		CHECK(user_read(seen, cell_addr(0, 63), sizeof(seen), NULL) ==
		    0, "read");
		for (size_t i = 1; i < sizeof(seen); i++)
			CHECK(seen[i - 1] == 'n' || seen[i] != 'n',
			    "byte %zu is new, the one before is not", i);
		mixed += seen[0] == 'n' && seen[sizeof(seen) - 1] != 'n';
		thread_set_space(world.spaces[0]);
		CHECK(user_read(seen, cell_addr(0, 63), sizeof(seen), NULL) ==
		    0, "read");
		CHECK(memcmp(seen, copied, sizeof(seen)) == 0,
		    "the copy lost bytes");
		thread_set_space(NULL);
		space_put(forked);
		world.spaces[3] = NULL;
		/* The model knows nothing of the copy. */
		for (uint32_t h = 0; h < 3; h++) {
			machine_run_on(h);
			thread_set_space(NULL);
			model.runs[h] = -1;
		}
		space_put(world.spaces[0]);
		world.spaces[0] = NULL;
		model.live[0] = false;
		check_counts();
	}
	CHECK(mixed > 20, "the fork fell into the copy only %d times", mixed);
}

static void
trap24_write_only_memory_does_not_loop(void)
{
	create(0);
	map(0, 0, 1, 2);
	map(0, 3, 3, 6);
	enter(0, 0);
	CHECK(store(0, 0, 1) <= 2, "faults");
	CHECK(load(0, 0) == 0, "faults");
	CHECK(load(0, 1) <= 2, "faults");
	CHECK(store(0, 3, 1) <= 2, "faults");
}

static void
trap25_the_old_tree_goes_while_harts_walk(void)
{
	for (int i = 0; i < 200; i++) {
		create(0);
		map(0, 0, 9, 3);
		enter(0, 0);
		store(0, 0, 1);
		store(0, 8, 1);
		/* exec: a new space is made, entered, and the old one dropped;
		 * at every point the harts walk what they are loaded with. */
		create(1);
		map(1, 0, 2, 3);
		enter(0, 1);
		destroy(0);
		memory_op(OP_RECLAIM, 0);
		load(0, 0);
		load(0, 8);
		destroy(1);
	}
}

static void
trap26_one_fault_for_one_write(void)
{
	uint64_t faults;

	machine_at_point = NULL;	/* nobody caches in between */
	create(0);
	map(0, 0, 4, 3);
	enter(0, 0);
	faults = store(0, 0, 1);
	CHECK(faults == 1, "first touch: %llu", (unsigned long long)faults);
	store(0, 1, 1);
	fork_space(0, 0, 1);
	enter(1, 1);
	faults = store(0, 0, 2);
	CHECK(faults == 1, "parent: %llu", (unsigned long long)faults);
	faults = store(1, 0, 3);
	CHECK(faults == 1, "child: %llu", (unsigned long long)faults);
	faults = store(0, 0, 4) + store(1, 0, 5) + load(0, 0) + load(1, 0);
	CHECK(faults == 0, "again: %llu", (unsigned long long)faults);
	faults = load(1, 1);
	CHECK(faults == 0, "a neighbour: %llu", (unsigned long long)faults);
	faults = store(1, 1, 6);
	CHECK(faults == 1, "its copy: %llu", (unsigned long long)faults);
}

static void
trap27_nodes_wait_for_the_fence(void)
{
	for (uint16_t last = 4; last < 20; last++) {
		create(0);
		map(0, 0, 20, 3);
		for (uint8_t hart = 0; hart < 3; hart++) {
			enter(hart, 0);
			store(hart, (uint16_t)(hart * 2), 1);
		}
		/* check_before_fence looks at what hart 1 and 2 cache. */
		fork_space(0, 0, 1);
		load(1, 0);
		load(2, 2);
		unmap(0, 0, 0, last);
		load(1, 0);
		load(2, 2);
		memory_op(OP_RECLAIM, 0);
		load(1, 0);
		destroy(0);
		destroy(1);
	}
}

static void
trap28_out_of_memory_on_the_way(void)
{
	struct op op = { .kind = OP_STORE, .hart = 1, .cell = 0, .number = 9 };
	uint32_t n;

	create(0);
	map(0, 0, 4, 3);
	enter(0, 0);
	store(0, 0, 1);
	fork_space(0, 0, 1);
	enter(1, 1);
	for (n = 1; ; n++) {
		struct result result;
		uint32_t nfree = frame_free_count();

		alloc_fail(n, false);
		op_run(&op, &result);
		if (result.err == 0)
			break;
		CHECK(result.err == -ENOMEM, "%lld", (long long)result.err);
		CHECK(frame_free_count() == nfree, "%u frames are free, %u were",
		    frame_free_count(), nfree);
		check_counts();
		check_views(&model);
		load(1, 0);
		fork_space(1, 1, 2);
		destroy(2);
	}
	CHECK(n == 4, "%u allocations were needed, not 3", n - 1);
	CHECK(model_apply(&model, &op, &(struct result){ .ran = true }), "");
	check_views(&model);
	load(0, 0);
}

static struct space *racing[3];

static void
exit_and_drain(uint32_t hart)
{
	thread_set_space(NULL);
	space_put(racing[hart]);
	while (node_drain())
		;
}

static void
trap29_exits_race_for_one_subtree(void)
{
	for (uint64_t seed = 1; seed <= 300; seed++) {
		uint32_t nfree = frame_free_count();

		schedule = seed;
		machine_run_on(0);
		CHECK(space_create(0, &racing[0]) == 0, "create");
		CHECK(space_map_anon(racing[0], 0, 700 * PAGE_BYTES, 3, 0) == 0,
		    "map");
		thread_set_space(racing[0]);
		for (uint32_t i = 0; i < 700; i += 100)
			CHECK(mmu_store(i * PAGE_BYTES, 1) == 0, "store");
		for (uint32_t i = 1; i < 3; i++) {
			CHECK(space_fork(racing[0], NOWHERE, &racing[i]) == 0, "fork");
			machine_run_on(i);
			thread_set_space(racing[i]);
			CHECK(mmu_store(0, (uint8_t)i) == 0, "store");
			machine_run_on(0);
		}
		fibers_run(3, exit_and_drain, choose_at_random);
		reclaim_all();
		CHECK(frame_free_count() == nfree, "%u free, %u were",
		    frame_free_count(), nfree);
		expect_clean(__func__);
	}
}

#define STORM_SPACES	300
#define STORM_FORKS	30000

static void
trap30_fork_storm(void)
{
	static struct space *live[STORM_SPACES];
	static uint8_t value[STORM_SPACES];
	uint32_t nfree = frame_free_count(), count = 1, forks = 0;
	uint64_t rng = 30;

	machine_at_point = NULL;
	CHECK(space_create(0, &live[0]) == 0, "create");
	CHECK(space_map_anon(live[0], 0, 64 * PAGE_BYTES, 3, 0) == 0, "map");
	while (forks < STORM_FORKS) {
		uint32_t i = random_below(&rng, count);
		uint8_t byte;

		machine_run_on(random_below(&rng, 3));
		if (count < STORM_SPACES && random_below(&rng, 2)) {
			CHECK(space_fork(live[i], NOWHERE, &live[count]) == 0, "fork");
			value[count++] = value[i];
			forks++;
		} else if (count > 1 && random_below(&rng, 3)) {
			node_drain();
			space_put(live[i]);
			live[i] = live[--count];
			value[i] = value[count];
		} else {
			thread_set_space(live[i]);
			CHECK(mmu_load(0, ACCESS_READ, &byte) == 0 &&
			    byte == value[i], "reads %u, not %u", byte,
			    value[i]);
			value[i] = (uint8_t)random_next(&rng);
			CHECK(mmu_store(0, value[i]) == 0, "store");
			thread_set_space(NULL);
		}
	}
	expect_clean(__func__);
	while (count > 0)
		space_put(live[--count]);
	reclaim_all();
	CHECK(frame_free_count() == nfree, "%u free, %u were",
	    frame_free_count(), nfree);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
#define TEST(name) { #name, name }
	TEST(trap18_leaf_node_alone_under_a_shared_parent),
	TEST(trap19_300_children_of_one_parent),
	TEST(trap20_forked_again_before_it_was_touched),
	TEST(trap21_shared_pages_stay_shared_over_a_fork),
	TEST(trap22_old_frame_is_not_read_after_a_write),
	TEST(trap23_fork_while_a_thread_copies_to_user_memory),
	TEST(trap24_write_only_memory_does_not_loop),
	TEST(trap25_the_old_tree_goes_while_harts_walk),
	TEST(trap26_one_fault_for_one_write),
	TEST(trap27_nodes_wait_for_the_fence),
	TEST(trap28_out_of_memory_on_the_way),
	TEST(trap29_exits_race_for_one_subtree),
	TEST(trap30_fork_storm),
	FOUND_TESTS
};

static bool
test_passes(uint32_t i)
{
	/* None takes one, but who never ends takes all. */
	static const struct rlimit cpu_seconds = { 15, 15 };
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CPU, &cpu_seconds);
		alarm(100);
		tests[i].run();
		world_end();
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("%s: %s\n", tests[i].name, status == 0 ? "passed" : "FAILED");
	return status == 0;
}

int
main(int argc, char **argv)
{
	uint32_t failed = 0, count = 0;

	world_start(4000, 3);
	machine_at_point = check_speculate;
	for (uint32_t i = 0; i < ARRAY_LEN(tests); i++) {
		if (argc > 1 && strcmp(argv[1], tests[i].name) != 0)
			continue;
		count++;
		failed += !test_passes(i);
	}
	printf("traps: %u of %u passed\n", count - failed, count);
	return failed != 0;
}
