#include "found.h"

#include "check.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/mem/frame.h"
#include "core/vm/fault.h"
#include "core/vm/node.h"
#include "core/vm/object.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "words.h"

void
pages_that_cannot_be_filled_again_are_kept(void)
{
	object_make(0, false);
	object_make(1, true);
	create(0);
	map_object(0, 0, 3, 0, true);
	map_object(0, 5, 6, 1, false);
	enter(0, 0);
	store(0, 0, 42);
	load(0, 5);
	unmap(0, 0, 0, 6);
	memory_op(OP_SQUEEZE, 0);
	/* Takes what can be dropped. */
	map(0, 20, 22, 3);
	store(0, 20, 1);
	memory_op(OP_RELAX, 0);
	map_object(0, 0, 3, 0, true);
	load(0, 0);
}

/* Between filling a page and taking the lock again, the object under the
 * mapping is replaced by another that gets its number. */
static bool filled, replaced;

static int
fill_with_seven(void *context, uint32_t index, void *page)
{
	(void)index;
	filled = true;
	memset(page, 7 + (context != NULL), PAGE_BYTES);
	return 0;
}

static void
release_nothing(void *context)
{
	(void)context;
}

static const struct object_ops seven = {
	.fill = fill_with_seven, .release = release_nothing, .clean = true,
};
static struct object *replaceable;

static void
replace_object(const char *what)
{
	struct object *old = replaceable;
	uint32_t hart = machine_hart();

	/* The next lock after the page was filled is the space's. */
	if (strcmp(what, "mutex_lock") != 0 || !filled || replaced)
		return;
	replaced = true;
	machine_run_on(1);
	CHECK(space_unmap(world.spaces[0], 0, PAGE_BYTES) == 0, "unmap");
	object_put(old);
	reclaim_all();
	CHECK(object_create(&seven, &replaced, 1, &replaceable) == 0, "create");
	CHECK(replaceable == old, "not the same number");
	CHECK(space_map_object(world.spaces[0], 0, PAGE_BYTES, PROT_READ, false,
	    true, replaceable, 0, 0) == 0, "map");
	machine_run_on(hart);
}

void
an_objects_number_used_again_is_another_object(void)
{
	uint8_t byte;

	create(0);
	enter(0, 0);
	CHECK(object_create(&seven, NULL, 1, &replaceable) == 0, "create");
	CHECK(space_map_object(world.spaces[0], 0, PAGE_BYTES, PROT_READ, false,
	    true, replaceable, 0, 0) == 0, "map");
	filled = replaced = false;
	machine_at_point = replace_object;
	machine_run_on(0);
	CHECK(mmu_load(0, ACCESS_READ, &byte) == 0, "load");
	machine_at_point = NULL;
	CHECK(replaced, "nothing was replaced");
	CHECK(byte == 8, "the old object's page was mapped: %u", byte);
	CHECK(space_unmap(world.spaces[0], 0, PAGE_BYTES) == 0, "unmap");
	object_put(replaceable);
	reclaim_all();
}

/* However little memory there is, and whoever else wants it. */
void
what_was_claimed_can_be_had(void)
{
	static const struct object_ops claiming = {
		.fill = fill_with_seven, .release = release_nothing,
		.clean = true, .claimed = true,
	};
	static struct frame *taken[4096];
	struct object *object;
	uint32_t ntaken = 0;
	uint8_t byte;

	create(0);
	enter(0, 0);
	machine_run_on(0);
	CHECK(object_create(&claiming, NULL, 3, &object) == 0, "create");
	CHECK(space_map_object(world.spaces[0], 0, 3 * PAGE_BYTES, PROT_READ,
	    false, true, object, 0, 0) == 0, "map");
	CHECK(mmu_load(0, ACCESS_READ, &byte) == 0, "the first page");
	while (ntaken < ARRAY_LEN(taken) &&
	    (taken[ntaken] = reclaim_alloc_reserved(false)) != NULL)
		ntaken++;
	CHECK(frame_free_count() == 2, "not what is claimed is left");
	for (vaddr_t at = PAGE_BYTES; at < 3 * PAGE_BYTES; at += PAGE_BYTES)
		CHECK(mmu_load(at, ACCESS_READ, &byte) == 0 && byte == 7,
		    "a claimed page was not to be had");
	CHECK(frame_claimed_count() == 0 && frame_free_count() == 0,
	    "a claim was used up and is still there");
	while (ntaken > 0)
		frame_put(taken[--ntaken]);
	CHECK(space_unmap(world.spaces[0], 0, 3 * PAGE_BYTES) == 0, "unmap");
	object_put(object);
	reclaim_all();
}

/* While hart 1 waits for the lock of ASIDs, to get one for space 0, hart 0
 * begins a new generation. */
static void
generation_end(void)
{
	uint64_t generation = fence_generation();

	while (fence_generation() == generation) {
		struct space *space;

		CHECK(space_create(0, &space) == 0, "create");
		thread_set_space(space);
		thread_set_space(NULL);
		space_put(space);
	}
}

static void
end_generation_once(const char *what)
{
	if (strcmp(what, "spin_lock") != 0)
		return;
	machine_at_point = NULL;
	machine_run_on(0);
	generation_end();
	machine_run_on(1);
}

void
a_space_that_waits_for_an_asid_keeps_no_old_one(void)
{
	machine_at_point = NULL;
	create(0);
	enter(1, 0);
	machine_run_on(1);
	thread_set_space(NULL);
	model.runs[1] = -1;
	machine_run_on(0);
	generation_end();
	/* Another space gets the number that space 0 had. */
	create(1);
	enter(2, 1);
	while (world.spaces[1]->asid != world.spaces[0]->asid) {
		destroy(1);
		create(1);
		enter(2, 1);
	}
	machine_at_point = end_generation_once;
	enter(1, 0);
	CHECK(world.spaces[1]->asid != world.spaces[0]->asid, "ASID %u twice",
	    world.spaces[0]->asid);
}

/* What memory that grows does, and where it stops. */
void
memory_grows_down_to_its_limit_and_keeps_its_distance(void)
{
	const vaddr_t top = 4096 * PAGE_BYTES, page = PAGE_BYTES;
	const uint64_t guard = GROWTH_GUARD_PAGES * page;
	struct space *space, *child;
	struct space_run run;

	CHECK(space_create(SPACE_SHARE_ZERO, &space) == 0, "create");
	CHECK(space_map_anon(space, top - 2 * page, 2 * page, PROT_READ |
	    PROT_WRITE, SPACE_MAP_GROWS) == 0, "map");
	space_set_growth(space, 600 * page);
	run_on_hart_0(space);
	/* From a promise, from a page, over a stretch. */
	CHECK(mmu_store(top - 3 * page, 1) == 0, "one page below");
	CHECK(mmu_store(top - 4 * page, 1) == 0, "one below that");
	CHECK(mmu_store(top - 40 * page, 1) == 0, "many below");
	CHECK(mmu_store(top - 600 * page, 1) == 0, "as far as it goes");
	CHECK(mmu_store(top - 601 * page, 1) == -EFAULT, "too far");
	CHECK(space_next_run(space, 0, &run) && run.grows &&
	    run.start == top - 600 * page && run.end == top, "not one run");
	/* What is given back still grows; what was forked does. */
	space_set_growth(space, 700 * page);
	CHECK(space_discard(space, top - 600 * page, 600 * page, true) == 0,
	    "discard");
	CHECK(space_fork(space, NOWHERE, &child) == 0, "fork");
	thread_set_space(child);
	CHECK(mmu_store(top - 610 * page, 1) == 0, "the child's");
	thread_set_space(space);
	CHECK(space_map_anon(space, top - 604 * page - guard, page, PROT_READ,
	    0) == 0, "map below");
	CHECK(mmu_store(top - 604 * page, 1) == -EFAULT, "too close");
	CHECK(mmu_store(top - 603 * page, 1) == 0, "close enough");
	thread_set_space(NULL);
	space_put(child);
	space_put(space);
	reclaim_all();
}

static struct object *shrinking;

static void
shrink_in_fill(const char *what)
{
	if (strcmp(what, "fill") == 0)
		object_resize(shrinking, 2);
}

void
a_page_filled_behind_the_end_is_not_cached(void)
{
	struct op op = { .kind = OP_LOAD, .cell = 3 };
	struct result result;

	object_make(0, false);
	create(0);
	map_object(0, 0, 5, 0, true);
	enter(0, 0);
	shrinking = world.objects[0];
	machine_at_point = shrink_in_fill;
	op_run(&op, &result);
	machine_at_point = NULL;
	CHECK(result.err == -ENXIO, "err %lld", (long long)result.err);
	op = (struct op){ .kind = OP_RESIZE, .number = 1 };
	op_step(&op);
	load(0, 3);
	load(0, 1);
}

void
a_dirty_page_is_stored_before_it_is_dropped(void)
{
	struct op op = { .kind = OP_OBJECT_CREATE, .value = 2, .number = 4 };

	op_step(&op);
	create(0);
	map_object(0, 0, 3, 0, true);
	enter(0, 0);
	store(0, 1, 77);
	unmap(0, 0, 0, 3);
	/* A dropped node that waits to be freed still names the page. */
	while (node_drain())
		;
	for (uint32_t i = 0; i < 4; i++) {
		memory_op(OP_EVICT, 15);
		if (i == 2) {
			op = (struct op){ .kind = OP_WRITE_BACK, .value = 0x80 };
			op_step(&op);
			CHECK(!object_dirty(world.objects[0]), "still dirty");
		}
	}
	map_object(0, 0, 3, 0, true);
	load(0, 1);
	/* Mapped to be written, it stays dirty whatever is stored. */
	store(0, 1, 78);
	op_step(&op);
	CHECK(object_dirty(world.objects[0]), "mapped, and clean");
}

void
what_may_never_be_written_stays_so(void)
{
	struct op op = { .kind = OP_OBJECT_CREATE, .number = 4 };

	op_step(&op);
	create(0);
	enter(0, 0);
	op = (struct op){ .kind = OP_MAP_OBJECT, .last = 3, .value = 3,
	    .prot = PROT_READ };
	op_step(&op);
	load(0, 1);
	op = (struct op){ .kind = OP_PROTECT, .last = 3, .prot = PROT_READ |
	    PROT_WRITE };
	op_step(&op);
	op.prot = PROT_NONE;
	op_step(&op);
	fork_space(0, 0, 1);
	op.prot = PROT_READ | PROT_WRITE;
	op_step(&op);
	op.prot = PROT_READ;
	op_step(&op);
	op.prot = PROT_READ | PROT_WRITE;
	op_step(&op);
	store(0, 1, 1);
	enter(1, 1);
	load(1, 1);
}

/* Hart 1 walks to every page that is being moved, as soon as it can. */
static void
walk_from_outside(const char *what)
{
	const struct space *space = thread_of(1)->space;

	(void)what;
	/* Before, it would only remember that it cannot. */
	if (!(entry_load(node_entries(space->root)) & PTE_V))
		return;
	for (vaddr_t at = 0; at < 2 * level_bytes(1); at += level_bytes(1) / 4)
		mmu_speculate(1, at);
}

/* Marks too large for where they go, and pages of several nodes. */
void
what_was_moved_is_gone_where_it_was(void)
{
	const uint64_t each = level_bytes(1);
	struct object *object;
	struct space *space;
	uint8_t byte;

	CHECK(space_create(0, &space) == 0, "create");
	CHECK(object_create_anon(4, &object) == 0, "object");
	CHECK(space_map_anon(space, 0, 2 * each, PROT_READ | PROT_WRITE, 0) ==
	    0, "map");
	CHECK(space_map_object(space, 2 * each, 2 * each, PROT_READ, true,
	    true, object, 0, 0) == 0, "map");
	for (uint32_t hart = 0; hart < 2; hart++) {
		machine_run_on(hart);
		thread_set_space(space);
		mmu_settle(hart);
	}
	for (vaddr_t at = 0; at < 2 * each; at += each / 4)
		CHECK(mmu_store(at, (uint8_t)(at / PAGE_BYTES)) == 0, "store");
	machine_run_on(0);
	machine_at_point = walk_from_outside;
	CHECK(space_move(space, 0, 4 * each, 8 * each + PAGE_BYTES, 0,
	    0) == 0, "move");
	machine_at_point = NULL;
	machine_run_on(1);
	for (vaddr_t at = 0; at < 2 * each; at += each / 4) {
		CHECK(mmu_load(at, ACCESS_READ, &byte) == -EFAULT, "still there");
		CHECK(mmu_load(at + 8 * each + PAGE_BYTES, ACCESS_READ, &byte) ==
		    0 && byte == (uint8_t)(at / PAGE_BYTES), "not there: %u",
		    byte);
	}
	expect_clean(__func__);
	for (uint32_t hart = 0; hart < 2; hart++) {
		machine_run_on(hart);
		thread_set_space(NULL);
	}
	space_put(space);
	object_put(object);
	reclaim_all();
}

static int
fill_with_number(void *context, uint32_t index, void *page)
{
	(void)context;
	memset(page, 10 + (int)index, PAGE_BYTES);
	return 0;
}

/* A page of an object that is read brings what is cached beside it, each where
 * it belongs, and with a reference of its own. */
void
what_is_cached_beside_is_mapped_too(void)
{
	static const struct object_ops numbered = {
		.fill = fill_with_number, .release = release_nothing,
		.clean = true,
	};
	struct object *object;
	struct space *space;
	struct frame *page;
	uint32_t most;
	uint8_t byte;

	CHECK(space_create(SPACE_MAP_AROUND, &space) == 0, "create");
	CHECK(object_create(&numbered, NULL, 4, &object) == 0, "object");
	/* The second is not cached; of the mapping, the first is the last. */
	for (uint32_t i = 0; i < 4; i++)
		if (i != 1) {
			CHECK(object_page(object, i, &page) == 0, "fill");
			frame_unpin(page);
		}
	CHECK(space_map_object(space, PAGE_BYTES, 4 * PAGE_BYTES, PROT_READ |
	    PROT_WRITE, false, true, object, 0, 0) == 0, "map");
	run_on_hart_0(space);
	mmu_settle(0);
	CHECK(mmu_load(3 * PAGE_BYTES, ACCESS_READ, &byte) == 0 && byte == 12,
	    "load: %u", byte);
	CHECK(space_mapped(space, &most) == 3 && most == 3, "mapped");
	for (uint32_t i = 0; i < 4; i++)
		CHECK(mmu_load((i + 1) * PAGE_BYTES, ACCESS_READ, &byte) == 0 &&
		    byte == 10 + i, "page %u: %u", i, byte);
	CHECK(mmu_store(4 * PAGE_BYTES, 99) == 0, "store");
	CHECK(object_page(object, 3, &page) == 0 &&
	    *(uint8_t *)frame_data(page) == 13, "the object was written");
	frame_unpin(page);
	expect_clean(__func__);
	end_run(space, object);
}
