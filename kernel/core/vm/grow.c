/*
 * Memory that grows downwards.  Nothing says where it begins: it is where its
 * last page is.  Each page says for itself that it grows (a mark by a bit, a
 * frame by a flag), and a fault in the empty pages below finds the next page
 * there is, and goes by that.
 *
 *	  empty: kept clear      promised now     mapped, grows
 *	|.......................|################|==============|
 *	^ GROWTH_GUARD_PAGES    ^ the fault                     ^ within the limit
 */
#include "core/vm/grow.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/vm/fault.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/range_tree.h"
#include "core/vm/space_lock.h"

void
space_set_growth(struct space *space, uint64_t bytes)
{
	atomic_store(&space->growth, bytes);
}

/* The first entry in use.  returns: 0 if there is none.  gives: *at */
static entry_t
entry_next(const struct frame *node, const struct span *span, vaddr_t *at)
{
	const entry_t *entries = node_entries(node);

	for (uint32_t i = span_first(span); i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		struct span below;

		if (entry == 0)
			continue;
		if (entry_is_inner(entry)) {
			below = span_below(span, i);
			entry = entry_next(entry_frame(entry), &below, at);
		} else {
			*at = span_base(span, i);
		}
		if (entry != 0)
			return entry;
	}
	return 0;
}

static bool
entry_grows(entry_t entry)
{
	if (entry_kind(entry) == ENTRY_ANON)
		return entry & ENTRY_MARK_GROWS;
	return entry != 0 && !entry_is_mark(entry) &&
	    (entry_frame(entry)->flags & FRAME_GROWS);
}

/* What may grow over `page`, and nothing close below. */
static bool
grow_find(struct space *space, vaddr_t page, vaddr_t *start)
{
	uint64_t guard = MIN(page, (uint64_t)GROWTH_GUARD_PAGES << PAGE_SHIFT);
	struct span above = span_root(page, USER_END - page);
	struct span below = span_root(page - guard, guard);
	bool found;

	space_lock(space);
	found = entry_grows(entry_next(space->root, &above, start)) &&
	    *start > page &&
	    (guard == 0 || range_is_empty(space->root, &below));
	mutex_unlock(&space->lock);
	return found;
}

int
space_grow(struct space *space, vaddr_t page)
{
	struct space_run run;
	vaddr_t start;
	int err;

	if (!grow_find(space, page, &start) ||
	    !space_next_run(space, start, &run))
		return -EFAULT;
	if (run.object != NULL)
		object_put(run.object);
	if (!run.grows || run.start != start ||
	    run.end - page > atomic_load(&space->growth))
		return -EFAULT;
	err = space_map_anon(space, page, start - page, run.prot,
	    SPACE_MAP_GROWS);
	/* It may be another thread that was faster. */
	return err == 0 || err == -EEXIST ? -EAGAIN : err;
}
