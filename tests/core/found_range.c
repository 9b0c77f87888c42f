/* What was found about ranges; found.h names them. */
#include "found.h"

#include "check.h"
#include "core/base/errno.h"
#include "core/vm/node.h"
#include "core/vm/object.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "words.h"

/* The highest place, but first one where it takes few entries. */
void
what_is_placed_stands_where_it_takes_few_entries(void)
{
	uint64_t page = PAGE_BYTES, each = page << SV39_INDEX_BITS;
	vaddr_t low = 2 * each, high = 10 * each + 3 * page, at;
	struct space *space;

	CHECK(space_create(0, &space) == 0, "create");
	CHECK(space_map_anon(space, 10 * each + page, page, PROT_READ, 0) == 0,
	    "map");
	CHECK(space_place_anon(space, low, high, 2 * page, PROT_READ, 0, &at) ==
	    0 && at == 10 * each - page, "two nodes, at %lx",
	    (unsigned long)at);
	CHECK(space_unmap(space, at, 3 * page) == 0, "unmap");
	for (uint32_t i = 1; i <= 4; i++)
		CHECK(space_place_anon(space, low, high, page, PROT_READ, 0,
		    &at) == 0 && at == high - i * page, "page %u at %lx", i,
		    (unsigned long)at);
	CHECK(space_place_anon(space, low, high, each, PROT_READ, 0, &at) == 0 &&
	    at == 8 * each, "one entry at %lx", (unsigned long)at);
	CHECK(space_place_anon(space, low, high, each + page, PROT_READ, 0,
	    &at) == 0 && at == 6 * each, "more at %lx", (unsigned long)at);
	CHECK(space_place_anon(space, low, high, 2 * page, PROT_READ, 0, &at) ==
	    0 && at == high - 6 * page, "below at %lx", (unsigned long)at);
	CHECK(space_place_anon(space, low, high, 4 * each + page, PROT_READ, 0,
	    &at) == -ENOMEM, "no room");
	CHECK(space_place_anon(space, low, high, 4 * each, PROT_READ, 0, &at) ==
	    0 && at == low, "the rest at %lx", (unsigned long)at);
	CHECK(space_place_anon(space, low, high, page, 8, 0, &at) == -EINVAL &&
	    space_place_anon(space, low, high, page + 1, 3, 0, &at) == -EINVAL,
	    "bad");
	expect_clean(__func__);
	CHECK(space_unmap(space, low, high - low) == 0 &&
	    space_promised(space) == 0, "unmap");
	space_put(space);
	reclaim_all();
}

static void
discard_page(uint8_t space, uint16_t cell)
{
	struct op op = { .kind = OP_DISCARD, .space = space, .cell = cell,
	    .last = cell };

	op_step(&op);
}

/* Other harts see it gone, a child that shares the node does not. */
void
a_page_given_back_alone_is_gone_for_all_harts_only(void)
{

	create(0);
	map(0, 0, 3, PROT_READ | PROT_WRITE);
	enter(0, 0);
	enter(1, 0);
	store(0, 0, 1);
	store(0, 1, 2);
	load(1, 0);
	load(1, 1);
	discard_page(0, 0);
	load(0, 0);
	load(1, 0);
	expect_clean("of one");
	store(0, 0, 3);
	fork_space(0, 0, 1);
	/* Both only read: the node they share is open in both. */
	load(0, 1);
	enter(1, 1);
	load(1, 1);
	discard_page(0, 1);
	load(0, 1);
	load(1, 1);
	load(1, 0);
	expect_clean("of two");
}

/* A node of which all was given back is one mark again, which names the object
 * as any does. */
void
what_is_given_back_whole_is_one_promise_again(void)
{
	uint64_t len = PAGE_BYTES << SV39_INDEX_BITS;
	struct space_usage usage;
	struct object *object;
	struct space *space;
	uint8_t byte;

	CHECK(space_create(0, &space) == 0, "create");
	CHECK(object_create_anon(SV39_FANOUT, &object) == 0, "object");
	CHECK(space_map_object(space, len, len, PROT_READ, false, false, object,
	    0, 0) == 0, "map");
	run_on_hart_0(space);
	CHECK(mmu_load(len + 3 * PAGE_BYTES, ACCESS_READ, &byte) == 0, "load");
	CHECK(space_discard(space, len, len, false) == 0, "discard");
	space_usage(space, &usage);
	CHECK(usage.nodes == 2 && usage.resident == 0, "%u nodes", usage.nodes);
	expect_clean(__func__);
	end_run(space, object);
}

/* What is shared and mapped because it is cached may be written at once, in
 * whatever line of the node it is. */
void
what_is_mapped_beside_is_sealed_by_a_fork(void)
{
	vaddr_t first = (LINE_ENTRIES - 2) * PAGE_BYTES;
	struct object *object;
	struct space *space;
	struct frame *page;
	uint8_t byte;

	CHECK(space_create(SPACE_MAP_AROUND, &space) == 0, "create");
	CHECK(object_create_anon(3, &object) == 0, "object");
	for (uint32_t i = 0; i < 3; i++) {
		CHECK(object_page(object, i, &page) == 0, "fill");
		frame_unpin(page);
	}
	CHECK(space_map_object(space, first, 3 * PAGE_BYTES, PROT_READ |
	    PROT_WRITE, true, true, object, 0, 0) == 0, "map");
	run_on_hart_0(space);
	mmu_settle(0);
	CHECK(mmu_load(first, ACCESS_READ, &byte) == 0, "load");
	expect_clean(__func__);
	end_run(space, object);
}
