/* What was found about forks; found.h names them. */
#include "found.h"

#include "check.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "words.h"

#define STACK	(64 * PAGE_BYTES)
#define BESIDE	(66 * PAGE_BYTES)

/* A space that hart 0 runs, of `npages` from 0 on. */
static struct space *
entered(uint64_t npages)
{
	struct space *space;

	CHECK(space_create(0, &space) == 0, "create");
	CHECK(space_map_anon(space, 0, npages * PAGE_BYTES,
	    PROT_READ | PROT_WRITE, 0) == 0, "map");
	run_on_hart_0(space);
	return space;
}

/* What a fork makes writable in the two nodes of a stack is in no sealed line. */
void
a_stack_that_parts_is_written_in_open_nodes(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		struct space *space = entered(128), *child;

		CHECK(mmu_store(STACK, 1) == 0, "store");
		CHECK(space_fork(space, USER_END, STACK, &child) == 0, "fork");
		expect_clean(__func__);
		space_put(child);
		end_run(space, NULL);
	}
}

/* Whether `space` has what was written to the stack first. */
static void
expect_first_stack(struct space *space)
{
	uint8_t byte;

	thread_set_space(space);
	CHECK(mmu_load(STACK, ACCESS_READ, &byte) == 0 && byte == 1,
	    "the first child sees %u", byte);
	thread_set_space(NULL);
}

/* Where the nodes on the way to a stack are an earlier child's, too, a fork does
 * not open them for the parent. */
void
a_way_that_others_have_is_left_to_faults(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		struct space *space, *first, *next;

		space = entered(128);
		CHECK(mmu_store(STACK, 1) == 0, "store");
		CHECK(space_fork(space, NOWHERE, &first) == 0, "fork");
		CHECK(space_fork(space, USER_END, STACK, &next) == 0, "fork");
		CHECK(mmu_store(STACK, 3) == 0, "store");
		expect_first_stack(first);
		space_put(first);
		space_put(next);
		space_put(space);
		reclaim_all();
	}
}

/* What a child reads by a node that a fork let it enter is sealed first, though
 * that node alone leads to it. */
void
what_is_read_by_a_shared_node_is_sealed(void)
{
	const vaddr_t other = (SV39_FANOUT + 1) * PAGE_BYTES;
	struct space *space, *child;
	uint8_t byte;

	space = entered(2 * SV39_FANOUT - 1);
	CHECK(mmu_store(0, 1) == 0 && mmu_store(other, 1) == 0, "store");
	CHECK(space_fork(space, 0, USER_END, &child) == 0, "fork");
	thread_set_space(child);
	CHECK(mmu_load(0, ACCESS_EXECUTE, &byte) != 0, "execute");
	CHECK(mmu_load(other, ACCESS_READ, &byte) == 0 && byte == 1, "load");
	thread_set_space(space);
	CHECK(mmu_store(other, 2) == 0, "store");
	thread_set_space(child);
	CHECK(mmu_load(other, ACCESS_READ, &byte) == 0 && byte == 1,
	    "the child sees %u", byte);
	thread_set_space(NULL);
	space_put(child);
	end_run(space, NULL);
}

/* Of a page that an earlier child still has, a fork makes no copy for the next,
 * leaving it to the parent: what the parent writes then is nobody else's. */
void
a_stack_that_others_have_is_left_to_faults(void)
{
	struct space *space, *first, *next;

	space = entered(128);
	CHECK(mmu_store(STACK, 1) == 0 && mmu_store(BESIDE, 1) == 0, "store");
	CHECK(space_fork(space, NOWHERE, &first) == 0, "fork");
	/* Its own node, but not yet its own stack.  What a fork needs is there
	 * every other time only. */
	CHECK(mmu_store(BESIDE, 2) == 0, "store");
	for (uint32_t i = 0; i < 16; i++) {
		CHECK(space_fork(space, USER_END, STACK, &next) == 0, "fork");
		space_put(next);
		reclaim_all();
		CHECK(mmu_store(BESIDE, 2) == 0, "store");
	}
	CHECK(mmu_store(STACK, 3) == 0, "store");
	expect_first_stack(first);
	space_put(first);
	space_put(space);
	reclaim_all();
}

/* Another thread of who forks, on another hart, that has not heard of it. */
static void
store_before_fence(const char *what)
{
	if (strcmp(what, "fence") != 0)
		return;
	machine_at_point = NULL;
	machine_run_on(1);
	CHECK(mmu_store(STACK, 2) == 0 && mmu_store(BESIDE, 2) == 0, "store");
	machine_run_on(0);
}

static void
fork_beside_a_store(void)
{
	struct space *space, *child;
	uint8_t stack, beside;

	CHECK(space_create(0, &space) == 0, "create");
	CHECK(space_map_anon(space, STACK, 16 * PAGE_BYTES, PROT_READ |
	    PROT_WRITE, 0) == 0, "map");
	for (uint32_t i = 2; i-- > 0; ) {
		machine_run_on(i);
		thread_set_space(space);
		CHECK(mmu_store(STACK, 1) == 0 && mmu_store(BESIDE, 1) == 0,
		    "store");
	}
	machine_at_point = store_before_fence;
	CHECK(space_fork(space, USER_END, STACK, &child) == 0, "fork");
	thread_set_space(child);
	CHECK(mmu_load(STACK, ACCESS_READ, &stack) == 0 &&
	    mmu_load(BESIDE, ACCESS_READ, &beside) == 0, "load");
	CHECK(stack >= beside, "only what was written last is there");
	for (uint32_t i = 2; i-- > 0; ) {
		machine_run_on(i);
		thread_set_space(NULL);
	}
	space_put(child);
	space_put(space);
	reclaim_all();
}

void
a_fork_is_one_moment_for_all_harts(void)
{
	/* Every other time a frame is at hand (fail.c). */
	fork_beside_a_store();
	fork_beside_a_store();
}
