/* What was found about forks; found.h names them. */
#include "found.h"

#include "check.h"
#include "core/cpu/layout.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "world.h"

#define STACK	(64 * PAGE_BYTES)
#define BESIDE	(66 * PAGE_BYTES)

/* Of a page that an earlier child still has, a fork makes no copy for the next,
 * leaving it to the parent: what the parent writes then is nobody else's. */
void
a_stack_that_others_have_is_left_to_faults(void)
{
	struct space *space, *first, *next;
	uint8_t byte;

	CHECK(space_create(0, &space) == 0, "create");
	CHECK(space_map_anon(space, 0, 128 * PAGE_BYTES,
	    PROT_READ | PROT_WRITE, 0) == 0, "map");
	machine_run_on(0);
	thread_set_space(space);
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
	thread_set_space(first);
	CHECK(mmu_load(STACK, ACCESS_READ, &byte) == 0 && byte == 1,
	    "the first child sees %u", byte);
	thread_set_space(NULL);
	space_put(first);
	space_put(space);
	reclaim_all();
}
