/* The kernel's side: each operation, done to the spaces and objects of `world`. */
#include "world.h"

#include "check.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "core/vm/node.h"
#include "core/vm/object.h"
#include "core/vm/object_entry.h"
#include "core/vm/range.h"
#include "core/vm/reclaim.h"
#include "core/vm/space.h"
#include "core/vm/user.h"
#include "fake/fibers.h"
#include "fake/machine.h"
#include "fake/mmu.h"

/* Fewer than these free: even unmapping may fail. */
#define RESERVE_USED_UP 4

static void
copy_pattern(const struct op *op, uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)((op->number >> 3) + i * 7);
}

static void
run_copy(const struct op *op, struct result *result)
{
	vaddr_t addr = cell_addr(op->cell, op->value % CELL_BYTES);
	size_t len = op_copy_len(op);

	switch (op->kind) {
	case OP_USER_READ:
		result->err = user_read(result->data, addr, len, &result->done);
		break;
	case OP_USER_WRITE:
		copy_pattern(op, result->data, len);
		result->err = user_write(addr, result->data, len,
		    &result->done);
		break;
	default:
		result->err = user_read_string((char *)result->data, addr, len);
		break;
	}
}

/* Another space's memory. */
static void
run_remote(const struct op *op, struct result *result)
{
	struct space *space = world.spaces[op->space];
	vaddr_t addr = cell_addr(op->cell, op->value % CELL_BYTES);
	size_t len = op_copy_len(op);
	int64_t moved;

	result->ran = space != NULL;
	if (!result->ran)
		return;
	if (op->kind == OP_REMOTE_READ) {
		moved = space_read(space, addr, result->data, len);
	} else {
		copy_pattern(op, result->data, len);
		moved = space_write(space, addr, result->data, len);
	}
	result->done = moved < 0 ? 0 : (size_t)moved;
	result->err = result->done == len ? 0 : -EFAULT;
}

static void
run_access(const struct op *op, struct result *result)
{
	vaddr_t addr = cell_addr(op->cell, op->value % CELL_BYTES);

	if (op->kind == OP_STORE)
		result->err = mmu_store(addr, (uint8_t)op->number);
	else
		result->err = mmu_load(addr, op->kind == OP_LOAD ?
		    ACCESS_READ : ACCESS_EXECUTE, &result->data[0]);
}

static void
run_destroy(const struct op *op, struct result *result)
{
	struct space *space = world.spaces[op->space];
	uint32_t home = machine_hart();

	for (uint32_t i = 0; i < harts_count(); i++)
		if (thread_of(i)->space == space) {
			machine_run_on(i);
			thread_set_space(NULL);
		}
	machine_run_on(home);
	world.spaces[op->space] = NULL;
	space_put(space);
	result->err = 0;
}

static int
run_fork(const struct op *op, struct space *space, struct space **child)
{
	vaddr_t pc = op->number & 1 ? cell_addr(op->last, 0) : USER_END;
	vaddr_t sp = op->number & 2 ? cell_addr(op->cell, 0) : USER_END;

	return space_fork(space, pc, sp, child);
}

static void
run_space(const struct op *op, struct result *result)
{
	struct space *space = world.spaces[op->space];

	switch (op->kind) {
	case OP_CREATE:
		result->ran = space == NULL;
		if (result->ran)
			result->err = space_create(op->value &
			    (SPACE_SHARE_ZERO | SPACE_MAP_AROUND),
			    &world.spaces[op->space]);
		break;
	case OP_FORK:
		result->ran = space != NULL && world.spaces[op->other] == NULL;
		if (result->ran)
			result->err = run_fork(op, space,
			    &world.spaces[op->other]);
		break;
	case OP_ENTER:
		space = op->number % 8 == 0 ? NULL : space;
		result->done = space != NULL;
		thread_set_space(space);
		break;
	case OP_DESTROY:
		result->ran = space != NULL;
		if (result->ran)
			run_destroy(op, result);
		break;
	}
}

/* Addresses and lengths that must be refused. */
static int
run_bad_range(const struct op *op, struct space *space)
{
	vaddr_t start = op_start(op);
	uint64_t len = op_len(op);

	switch (op->number % 6) {
	case 0:
		return space_unmap(space, start + 1, len);
	case 1:
		return space_map_anon(space, start, len - 1, PROT_READ, 0);
	case 2:
		return space_map_anon(space, start, 0, PROT_READ, 0);
	case 3:
		return space_unmap(space, start, USER_END - start + PAGE_BYTES);
	case 4:
		return space_map_anon(space, start, len, 8, 0);
	default:
		return space_unmap(space, ~(vaddr_t)0 << PAGE_SHIFT, len);
	}
}

static uint32_t
range_options(const struct op *op)
{
	return op_replaces(op) ? SPACE_MAP_REPLACE : 0;
}

/* Which cells of the range have a page that is a private copy, a bit each. */
static void
find_copies(const struct op *op, const struct space *space,
    struct result *result)
{
	for (uint32_t i = 0; i <= (uint32_t)(op->last - op->cell); i++)
		if (page_is_copy(space, places[op->cell + i].page))
			result->data[i / 8] |= (uint8_t)(1 << i % 8);
}

static uint64_t
hash_runs(struct space *space)
{
	struct space_run run;
	uint64_t hash = 0;

	for (vaddr_t at = 0; space_next_run(space, at, &run); at = run.end) {
		hash = run_hash(hash, run.start, run.end, run.prot |
		    (uint32_t)run.shared << 4 | (uint32_t)run.may_write << 5 |
		    (uint32_t)run.grows << 6, run.object == NULL ? UINT32_MAX :
		    object_number(run.object), run.object == NULL ? 0 :
		    run.page);
		if (run.object != NULL)
			object_put(run.object);
	}
	return hash;
}

/* Whether a range and where it goes are cut into cells alike, or where it
 * goes is not all there. */
static bool
cells_alike(const struct op *op)
{
	uint32_t to = op_target(op);

	for (uint32_t i = op->cell; i <= op->last; i++, to++)
		if (to < nplaces && places[i].npages != places[to].npages)
			return false;
	return true;
}

static void
run_change(const struct op *op, struct space *space, struct result *result)
{
	switch (op->kind) {
	case OP_MOVE:
		result->ran = cells_alike(op);
		if (result->ran)
			result->err = space_move(space, op_start(op),
			    op_len(op), places[op_target(op)].page << PAGE_SHIFT,
			    range_options(op) | (op_leaves(op) ?
			    SPACE_MOVE_LEAVE : 0), op->prot);
		break;
	case OP_DISCARD:
		result->err = space_discard(space, op_start(op), op_len(op),
		    op->value & 1);
		break;
	case OP_POPULATE:
		result->ran = op_is_small(op);
		if (result->ran)
			result->err = space_populate(space, op_start(op),
			    op_len(op), op->value & 1);
		find_copies(op, space, result);
		break;
	case OP_RUNS:
		result->hash = hash_runs(space);
		break;
	}
}

static void
run_range(const struct op *op, struct result *result)
{
	struct space *space = world.spaces[op->space];
	struct object *object = world.objects[op->other];

	result->ran = space != NULL;
	if (!result->ran)
		return;
	switch (op->kind) {
	case OP_MAP_ANON:
		result->err = space_map_anon(space, op_start(op),
		    op_len(op), op->prot, range_options(op));
		break;
	case OP_MAP_OBJECT:
		result->ran = object != NULL;
		if (result->ran)
			result->err = space_map_object(space, op_start(op),
			    op_len(op), op->prot, op->value & 1,
			    !(op->value & 2), object,
			    op->number % OBJECT_PAGES, range_options(op));
		break;
	case OP_UNMAP:
		result->err = space_unmap(space, op_start(op),
		    op_len(op));
		break;
	case OP_PROTECT:
		result->err = space_protect(space, op_start(op),
		    op_len(op), op->prot);
		break;
	case OP_MOVE: case OP_DISCARD: case OP_POPULATE: case OP_RUNS:
		run_change(op, space, result);
		break;
	case OP_FIND_GAP:
		result->err = !space_find_gap(space, op_start(op),
		    op_start(op) + op_len(op), op_gap_len(op),
		    PAGE_BYTES << op->prot, op->value & 1, &result->gap);
		break;
	case OP_BAD_RANGE:
		result->err = run_bad_range(op, space);
		break;
	}
}

static void
run_memory(const struct op *op)
{
	switch (op->kind) {
	case OP_DRAIN:
		node_drain();
		break;
	case OP_RECLAIM:
		reclaim_all();
		break;
	case OP_REAP:
		object_reap();
		break;
	case OP_SQUEEZE:
		/* Leave a few. */
		while (world.nsqueezed < SQUEEZE_MAX && frame_free_count() >
		    FRAMES_RESERVED + op->number % 24u) {
			struct frame *frame = frame_alloc(false);

			if (frame == NULL)
				break;
			world.squeezed[world.nsqueezed++] = frame;
		}
		break;
	case OP_RELAX:
		while (world.nsqueezed > 0)
			frame_put(world.squeezed[--world.nsqueezed]);
		break;
	case OP_FAIL_ALLOC:
		alloc_fail(op->number % 6 + 1u, op->value & 1);
		break;
	case OP_FAIL_FILL:
		fills_fail(1);
		break;
	}
}

/* Addresses no program has. */
static int
run_wild(const struct op *op, struct result *result)
{
	static const uint64_t wild[] = {
		USER_END, USER_END + 1, (uint64_t)1 << 40, (uint64_t)1 << 63,
		~(uint64_t)63,
	};
	vaddr_t addr = wild[op->number % ARRAY_LEN(wild)];

	if (op->value & 1)
		return user_write(addr, result->data, 8, &result->done);
	return user_read(result->data, addr, 8, &result->done);
}

static void
op_perform(const struct op *op, struct result *result)
{
	switch (op->kind) {
	case OP_LOAD: case OP_STORE: case OP_EXECUTE:
		run_access(op, result);
		break;
	case OP_USER_READ: case OP_USER_WRITE: case OP_USER_STRING:
		run_copy(op, result);
		break;
	case OP_CREATE: case OP_FORK: case OP_ENTER: case OP_DESTROY:
		run_space(op, result);
		break;
	case OP_MAP_ANON: case OP_MAP_OBJECT: case OP_UNMAP:
	case OP_PROTECT: case OP_MOVE: case OP_DISCARD: case OP_POPULATE:
	case OP_FIND_GAP: case OP_RUNS: case OP_BAD_RANGE:
		run_range(op, result);
		break;
	case OP_OBJECT_CREATE: case OP_OBJECT_PUT: case OP_RESIZE:
	case OP_WRITE_BACK: case OP_EVICT:
		run_object(op, result);
		break;
	case OP_REMOTE_READ: case OP_REMOTE_WRITE:
		run_remote(op, result);
		break;
	case OP_WILD:
		result->err = run_wild(op, result);
		break;
	default:
		run_memory(op);
		break;
	}
}

void
op_run(const struct op *op, struct result *result)
{
	*result = (struct result){ .ran = true };
	fill_failed();
	if (!fibers_running())
		machine_run_on(op->hart);
	fiber_enter();
	op_perform(op, result);
	fiber_leave();
	result->excused = alloc_failed() || fill_failed() || (op->kind == OP_UNMAP ?
	    frame_free_count() <= RESERVE_USED_UP : memory_is_short()) ||
	    (result->err == -EAGAIN && objects_used_up());
	result->starved = alloc_gave_nothing();
	/* What it had set aside is free again, and may be much. */
	if (op->kind >= OP_PROTECT && op->kind <= OP_POPULATE)
		result->excused = result->excused || result->starved;
	if (op->kind != OP_FAIL_ALLOC)
		alloc_fail(0, false);
}
