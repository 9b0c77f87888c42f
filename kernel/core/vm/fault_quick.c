/*
 * Most faults find the way to their leaf open and owned, and want what takes
 * no waiting:
 *
 *	entry		access	what becomes of it
 *	anon		write	a cleared frame
 *	anon		read	the frame of zeros, if the space may share it
 *	file, private	write	a copy of the page, if the cache has it
 *	leaf, later	write	W set, after a copy if others have the frame
 *
 * All of that could be left to fault.c, which does the same to any path; here
 * it costs half.  Whatever else there is, is left to it.
 */
#include "core/vm/fault_quick.h"

#include "core/vm/fence.h"
#include "core/vm/object.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/way.h"
#include "core/vm/zero.h"

/* A mark becomes a leaf. */
static inline void
mark_become(struct space *space, const struct way *way, entry_t leaf)
{
	node_add_resident(way->node, 1);
	space_count_mapped(space, way->middle, 1);
	entry_store(way->entry, leaf);
}

/* A promise does: it names something now. */
static inline void
anon_become(struct space *space, const struct way *way, entry_t leaf)
{
	way->node->named++;
	mark_become(space, way, leaf);
}

/* A cleared frame: the one that there is, or another; NULL. */
static inline struct frame *
frame_for_fresh(struct frame **ahead)
{
	struct frame *frame = *ahead;

	if (frame != NULL) {
		*ahead = NULL;
		return frame;
	}
	return fresh_frame();
}

static bool
quick_anon(struct space *space, const struct way *way, entry_t mark,
    enum access access, struct frame **ahead)
{
	uint32_t prot = entry_prot(mark);
	struct frame *frame;

	if (!prot_allows(prot, access) || (mark & ENTRY_MARK_GROWS) ||
	    (prot & PROT_EXEC))
		return false;
	if (access == ACCESS_WRITE) {
		frame = frame_for_fresh(ahead);
		if (frame == NULL)
			return false;
		atomic_store_relaxed(&space->fills, true);
		frame_turn(frame, FRAME_PAGE);
		node_unseal(way->node, line_of(entry_index(way->entry)));
		anon_become(space, way, entry_leaf(frame, prot, false, true));
		return true;
	}
	if (!(space->options & SPACE_SHARE_ZERO))
		return false;
	frame = zero_frame();
	frame_get(frame);
	anon_become(space, way, entry_leaf(frame, prot, false, false));
	return true;
}

/* A page of a file that is written before it was read. */
static bool
quick_file(struct space *space, const struct way *way, entry_t mark,
    enum access access)
{
	uint32_t prot = entry_prot(mark);
	struct frame *page, *copy;

	if (access != ACCESS_WRITE || !prot_allows(prot, access) ||
	    entry_shared(mark) || (prot & PROT_EXEC))
		return false;
	page = object_cache_find(object_at(entry_object(mark)),
	    entry_page(mark));
	if (page == NULL)
		return false;
	copy = frame_alloc(false);
	if (copy != NULL) {
		page_copy_new(copy, page);
		frame_turn(copy, FRAME_PAGE);
		node_unseal(way->node, line_of(entry_index(way->entry)));
		mark_become(space, way, entry_leaf(copy, prot, false, true));
	}
	frame_unpin(page);
	return copy != NULL;
}

/* A copy of a page that others have too.  gives: *dropped, to be dropped
 * after the fence */
static bool
leaf_copy(entry_t *leaf, struct frame **dropped)
{
	struct frame *old = entry_frame(*leaf);
	struct frame *copy = frame_alloc(old == zero_frame());

	if (copy == NULL)
		return false;
	page_copy_private(copy, old);
	frame_turn(copy, FRAME_PAGE);
	*leaf = pte_make(frame_paddr(copy), *leaf & ~PTE_PPN_MASK);
	*dropped = old;
	return true;
}

static bool
quick_leaf(struct space *space, const struct way *way, entry_t leaf,
    vaddr_t addr, enum access access)
{
	struct frame *dropped = NULL;

	atomic_store_relaxed(&space->fills, false);
	if (access != ACCESS_WRITE || !(leaf & LEAF_LATER) ||
	    (leaf & (LEAF_SHARED | PTE_X)))
		return false;
	/* 1 is stable: only a holder of our lock could raise it. */
	if (frame_refs(entry_frame(leaf)) > 1 && !leaf_copy(&leaf, &dropped))
		return false;
	node_unseal(way->node, line_of(entry_index(way->entry)));
	entry_store(way->entry, (leaf & ~LEAF_LATER) | PTE_W);
	fence_page(space, addr);
	if (dropped != NULL)
		page_put(dropped);
	return true;
}

bool
fault_quick(struct space *space, vaddr_t addr, enum access access,
    struct frame **ahead)
{
	const struct frame *frame = *ahead;
	struct way way;
	entry_t entry;

	if (!way_find(space, addr, &way))
		return false;
	entry = entry_load(way.entry);
	switch (entry_kind(entry)) {
	case ENTRY_ANON:
		if (!quick_anon(space, &way, entry, access, ahead))
			return false;
		break;
	case ENTRY_FILE:
		if (!quick_file(space, &way, entry, access))
			return false;
		break;
	case ENTRY_LEAF:
		return quick_leaf(space, &way, entry, addr, access);
	default:
		return false;
	}
	/* Only this hart's: what was invalid may be cached. */
	if (*ahead == frame)
		fence_page_here(space, addr);
	return true;
}
