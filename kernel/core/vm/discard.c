/*
 * Forgetting contents: every page becomes the promise it came from.
 *
 *	frame of fresh memory	anon, with the rights it has now
 *	private copy		file, private: the object's page again
 *	object's own page	file
 *
 * Leaves are held first and dropped after the fence, as in unmapping.  A node
 * whose entries then say what one mark above would say gives way to that mark.
 */
#include "core/vm/range.h"

#include "core/base/errno.h"
#include "core/vm/fence.h"
#include "core/vm/object_entry.h"
#include "core/vm/range_tree.h"
#include "core/vm/space_lock.h"
#include "core/vm/way.h"

/* Whether all there is in the range is private anonymous memory. */
static bool
range_is_anon(const struct frame *node, const struct span *span)
{
	const entry_t *entries = node_entries(node);

	for (uint32_t i = span_first(span); i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		struct span below;

		if (entry_is_inner(entry)) {
			below = span_below(span, i);
			if (!range_is_anon(entry_frame(entry), &below))
				return false;
		} else if (entry_kind(entry) == ENTRY_FILE) {
			return false;
		} else if (entry != 0 && !entry_is_mark(entry) &&
		    entry_frame(entry)->object != 0) {
			return false;
		}
	}
	return true;
}

entry_t
entry_origin(entry_t entry)
{
	const struct frame *page = entry_frame(entry);
	entry_t mark;

	if (page->object == 0)
		return entry_anon(entry_prot(entry)) |
		    (page->flags & FRAME_GROWS ? ENTRY_MARK_GROWS : 0);
	mark = entry_file(page->object - 1, page->index, entry_prot(entry),
	    entry_shared(entry));
	return entry_never_written(entry) ? mark | ENTRY_MARK_NEVER : mark;
}

/* The mark that says what all entries of a node say; 0 if there is none. */
static entry_t
node_mark(const struct frame *node)
{
	const entry_t *entries = node_entries(node);
	entry_t first = entry_load(&entries[0]);

	if (node->used != SV39_FANOUT || !entry_is_mark(first))
		return 0;
	for (uint32_t i = 1; i < SV39_FANOUT; i++)
		if (entry_load(&entries[i]) != entry_mark_advance(first,
		    i * level_pages(node->level)))
			return 0;
	return first;
}

static void
leaf_discard(struct frame *node, entry_t *at, entry_t old)
{
	struct frame *page = entry_frame(old);

	/* The mark's own reference; the entry's, or the copy's, goes. */
	if (page->object != 0)
		object_get_entries(page->object - 1, 1);
	node_set(node, at, entry_origin(old));
	page_put(page);
}

/* `closed`: the hardware cannot reach the node.  returns: whether all of the
 * range is mapped */
static bool
range_discard(struct frame *node, const struct span *span, bool closed,
    struct stock *stock)
{
	entry_t *entries = node_entries(node);
	bool whole = true;

	for (uint32_t i = span_first(span); i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]), mark;
		struct frame *below;
		struct span part;
		uint32_t before;
		bool shut;

		if (entry == 0) {
			whole = false;
		} else if (entry_is_inner(entry)) {
			shut = closed || !(entry & PTE_V);
			below = shut ? node_own_closed(&entries[i], stock) :
			    entry_frame(entry);
			part = span_below(span, i);
			before = below->resident;
			whole &= range_discard(below, &part, shut, stock);
			node_add_resident(node, below->resident - before);
			mark = shut ? node_mark(below) : 0;
			if (mark == 0)
				continue;
			if (entry_kind(mark) == ENTRY_FILE)
				object_get_entries(entry_object(mark), 1);
			node_set(node, &entries[i], mark);
			node_put(below);
		} else if (!entry_is_mark(entry)) {
			leaf_discard(node, &entries[i], entry);
		}
	}
	return whole;
}

/*
 * One page of fresh memory, to which the way is open and owned: allocators give
 * many back one by one.  needs: space->lock
 * returns: whether it was one
 */
static bool
page_discard_locked(struct space *space, vaddr_t addr)
{
	struct frame *page;
	struct way way;
	entry_t entry;

	if (!way_find(space, addr, &way))
		return false;
	entry = entry_load(way.entry);
	if (entry_kind(entry) != ENTRY_LEAF)
		return false;
	page = entry_frame(entry);
	if (page->object != 0)
		return false;
	space_count_mapped(space, way.middle, -1u);
	node_set(way.node, way.entry, entry_origin(entry));
	fence_page(space, addr);
	page_put(page);
	return true;
}

static bool
page_discard(struct space *space, vaddr_t addr)
{
	bool done;

	space_lock(space);
	done = page_discard_locked(space, addr);
	mutex_unlock(&space->lock);
	return done;
}

int
space_discard(struct space *space, vaddr_t start, uint64_t len, bool anon_only)
{
	struct span span = span_root(start, len);
	struct changes changes = { 0 };
	struct stock stock = { 0 };
	int err;

	if (!range_is_valid(start, len))
		return -EINVAL;
	if (len == PAGE_BYTES && page_discard(space, start))
		return 0;
	err = range_lock(space, &span, change_needs, true, &stock);
	if (err != 0)
		return err;
	if (anon_only && !range_is_anon(space->root, &span)) {
		err = -EINVAL;
		goto unlock;
	}
	/* Nothing below may fail. */
	range_detach(space->root, &span, &stock, &changes);
	if (changes.inner || changes.remote)
		changes_finish(&changes, space);
	if (!range_discard(space->root, &span, false, &stock))
		err = -ENOMEM;
unlock:
	mutex_unlock(&space->lock);
	stock_empty(&stock);
	return err;
}
