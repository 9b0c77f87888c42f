/* What was found about nodes that borrow; found.h names them. */
#include "found.h"

#include "check.h"
#include "core/cpu/layout.h"
#include "core/vm/node_copy.h"
#include "core/vm/object.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "words.h"

#define PAGE(i)		((vaddr_t)(i) * PAGE_BYTES)
#define ALL		(PROT_READ | PROT_WRITE)
#define WRITTEN		200u		/* pages, so that their node is full */
#define MAPPED		300u		/* ... of an object, in the same node */

static struct space *
space_of_a_full_node(void)
{
	struct space *space;

	CHECK(space_create(0, &space) == 0, "create");
	CHECK(space_map_anon(space, 0, PAGE(WRITTEN + 8), ALL, 0) == 0, "map");
	run_on_hart_0(space);
	for (uint32_t i = 0; i < WRITTEN; i++)
		CHECK(mmu_store(PAGE(i), 1) == 0, "store");
	return space;
}

static struct space *
child_of(struct space *space)
{
	struct space *child;

	CHECK(space_fork(space, NOWHERE, &child) == 0, "fork");
	return child;
}

static void
leave_all(void)
{
	for (uint32_t i = 3; i-- > 0; ) {
		machine_run_on(i);
		thread_set_space(NULL);
	}
}

/* A hart that walked the lender's node must not find there what changed, though
 * what was borrowed for was nowhere yet. */
void
who_read_by_a_lender_is_told(void)
{
	vaddr_t fresh = PAGE(WRITTEN), changed = PAGE(WRITTEN - 1);
	struct space *space = space_of_a_full_node(), *child = child_of(space);
	uint8_t byte;

	for (uint32_t i = 2; i-- > 0; ) {
		machine_run_on(i);
		thread_set_space(child);
		CHECK(mmu_load(changed, ACCESS_READ, &byte) == 0 && byte == 1,
		    "load");
	}
	CHECK(mmu_store(fresh, 2) == 0, "store");
	CHECK(child->nborrowers > 0, "nothing was borrowed");
	CHECK(mmu_store(changed, 3) == 0, "store");
	machine_run_on(1);
	CHECK(mmu_load(changed, ACCESS_READ, &byte) == 0 && byte == 3,
	    "hart 1 sees %u", byte);
	leave_all();
	space_put(child);
	space_put(space);
	reclaim_all();
}

/* In a tree that is being dropped, too, which belongs to no space. */
void
what_is_cut_off_in_a_lender_does_not_count(void)
{
	struct op op = { .kind = OP_OBJECT_CREATE, .number = 5 };
	struct space *space, *child;
	uint8_t byte;

	op_step(&op);
	space = space_of_a_full_node();
	CHECK(space_map_object(space, PAGE(MAPPED), PAGE(6), PROT_READ, false,
	    false, world.objects[0], 0, 0) == 0, "map");
	for (uint32_t i = 0; i < 6; i++)
		CHECK(mmu_load(PAGE(MAPPED + i), ACCESS_READ, &byte) == 0,
		    "load");
	child = child_of(space);
	thread_set_space(child);
	CHECK(mmu_store(PAGE(0), 2) == 0, "store");
	CHECK(child->nborrowers > 0, "nothing was borrowed");
	thread_set_space(NULL);
	space_put(child);
	object_resize(world.objects[0], 2);
	expect_clean(__func__);
	space_put(space);
	reclaim_all();
	/* Now the model may hear of it. */
	op = (struct op){ .kind = OP_RESIZE, .number = 1 };
	op_step(&op);
}

/* What a space takes over from a lender nobody else has may be writable; the
 * next fork must find it. */
void
what_was_taken_over_is_sealed_by_a_fork(void)
{
	struct space *space = space_of_a_full_node(), *child = child_of(space);
	struct space *grandchild;
	uint8_t byte;

	thread_set_space(child);
	CHECK(mmu_store(PAGE(0), 2) == 0, "store");
	CHECK(child->nborrowers > 0, "nothing was borrowed");
	space_put(space);
	reclaim_all();
	CHECK(mmu_store(PAGE(WRITTEN - 1), 2) == 0, "store");
	CHECK(child->nborrowers == 0, "not taken over");
	expect_clean(__func__);
	grandchild = child_of(child);
	CHECK(mmu_store(PAGE(1), 3) == 0, "store");
	thread_set_space(grandchild);
	CHECK(mmu_load(PAGE(1), ACCESS_READ, &byte) == 0 && byte == 1,
	    "the grandchild sees %u", byte);
	leave_all();
	space_put(grandchild);
	space_put(child);
	reclaim_all();
}
