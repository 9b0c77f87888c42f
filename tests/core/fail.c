/*
 * Allocations that fail when a test wants them to: the linker puts these in
 * front of the real ones (--wrap).
 */
#include "core/mem/frame.h"
#include "core/mem/pool.h"
#include "core/vm/fault_quick.h"
#include "core/vm/node.h"
#include "core/vm/object.h"
#include "core/vm/reclaim.h"
#include "core/vm/rows.h"
#include "core/vm/space_tree.h"
#include "fake/fibers.h"
#include "fake/machine.h"
#include "world.h"

static uint32_t fail_in;	/* allocations until one fails; 0: none will */
static bool fail_once, failed, nothing_left;

struct frame *__real_reclaim_alloc(bool clean);
struct frame *__real_reclaim_alloc_waiting(bool clean);
struct frame *__real_reclaim_alloc_reserved(bool clean);
void *__real_pool_alloc(struct pool *pool);
bool __real_fault_quick(struct space *space, vaddr_t addr, enum access access,
    struct frame **ahead);
bool __real_rows_find(const struct space *space, vaddr_t start, uint64_t len,
    struct rows *rows);
struct frame *__wrap_reclaim_alloc(bool clean);
struct frame *__wrap_reclaim_alloc_waiting(bool clean);
struct frame *__wrap_reclaim_alloc_reserved(bool clean);
void *__wrap_pool_alloc(struct pool *pool);
bool __real_stock_fill_free(struct stock *stock, uint32_t npages,
    uint32_t nnodes);
bool __wrap_fault_quick(struct space *space, vaddr_t addr, enum access access,
    struct frame **ahead);
bool __wrap_stock_fill_free(struct stock *stock, uint32_t npages,
    uint32_t nnodes);
bool __wrap_rows_find(const struct space *space, vaddr_t start, uint64_t len,
    struct rows *rows);

void
alloc_fail(uint32_t n, bool once)
{
	fail_in = n;
	fail_once = once;
	failed = false;
	nothing_left = false;
}

bool
alloc_gave_nothing(void)
{
	return nothing_left;
}

bool
alloc_failed(void)
{
	return failed;
}

static bool
fails_now(void)
{
	if (fail_in == 0)
		return false;
	if (fail_in > 1) {
		fail_in--;
		return false;
	}
	if (fail_once)
		fail_in = 0;
	failed = true;
	return true;
}

static struct frame *
given(struct frame *frame)
{
	nothing_left = nothing_left || frame == NULL;
	return frame;
}

struct frame *
__wrap_reclaim_alloc(bool clean)
{
	machine_point("alloc");
	return given(fails_now() ? NULL : __real_reclaim_alloc(clean));
}

struct frame *
__wrap_reclaim_alloc_waiting(bool clean)
{
	machine_point("alloc");
	return given(fails_now() ? NULL : __real_reclaim_alloc_waiting(clean));
}

struct frame *
__wrap_reclaim_alloc_reserved(bool clean)
{
	machine_point("alloc");
	return given(fails_now() ? NULL : __real_reclaim_alloc_reserved(clean));
}

void *
__wrap_pool_alloc(struct pool *pool)
{
	return fails_now() ? NULL : __real_pool_alloc(pool);
}

static uint64_t
pages_droppable(void)
{
	uint64_t droppable, mapped;

	object_pages_look(&droppable, &mapped);
	return droppable;
}

bool
memory_is_short(void)
{
	/* What an operation had set aside when it gave up is free again. */
	if (frame_free_count() > FRAMES_RESERVED + 8)
		return false;
	/* Alone, it has looked everywhere before it gave up; a page it had
	 * pinned itself can be dropped only now. */
	return fibers_running() ||
	    (node_queued() == 0 && pages_droppable() <= 1);
}

/* While something is to fail, never; else about every other time, but not in
 * turns: who asks twice for each thing would have the same answers always. */
static bool
is_turn(void)
{
	static uint32_t state = 1;

	state = state * 1103515245 + 12345;
	return fail_in == 0 && (state >> 30 & 1);
}

/* While something is to fail, and every other time, faults take the long way,
 * which is to do the same. */
bool
__wrap_fault_quick(struct space *space, vaddr_t addr, enum access access,
    struct frame **ahead)
{
	return is_turn() && __real_fault_quick(space, addr, access, ahead);
}

/* What a fault finds at hand it finds there every other time only: else it
 * waits for it without the lock, and starts over. */
bool
__wrap_stock_fill_free(struct stock *stock, uint32_t npages, uint32_t nnodes)
{
	if (npages <= (stock->page != NULL) && nnodes <= stock->nnodes)
		return true;
	return is_turn() && __real_stock_fill_free(stock, npages, nnodes);
}

/* The same for changes of ranges. */
bool
__wrap_rows_find(const struct space *space, vaddr_t start, uint64_t len,
    struct rows *rows)
{
	return is_turn() && __real_rows_find(space, start, len, rows);
}
