/*
 * Runs: what the tree says, told as a list of mappings.  Nobody keeps such a
 * list; it is read off the entries each time, and neighbours that say the same
 * are one.
 */
#include "core/vm/range.h"

#include "core/vm/object.h"
#include "core/vm/object_entry.h"
#include "core/vm/range_tree.h"
#include "core/vm/zero.h"

#define NO_OBJECT UINT32_MAX

/* What one entry says. */
struct piece {
	vaddr_t start, end;
	uint32_t prot, object, page;
	bool shared, may_write, grows;
	uint32_t resident, dirty;
};

struct gathering {
	struct piece run;	/* so far; end 0: nothing */
	uint64_t resident, dirty;
};

static void
piece_from_page(struct piece *piece, const struct frame *page)
{
	bool own = page->object == 0 || (page->flags & FRAME_COPY);

	if (page->object != 0) {
		piece->object = page->object - 1;
		piece->page = page->index;
	}
	piece->grows = page->flags & FRAME_GROWS;
	piece->resident = 1;
	piece->dirty = own && page != zero_frame();
}

/* What `entry` says of the part of its range from `start` on. */
static struct piece
piece_from(entry_t entry, vaddr_t base, vaddr_t start, vaddr_t end)
{
	struct piece piece = {
		.start = start, .end = end,
		.prot = entry_prot(entry),
		.object = NO_OBJECT,
		.shared = entry_kind(entry) != ENTRY_ANON &&
		    entry_shared(entry),
	};

	piece.may_write = !piece.shared || !entry_never_written(entry);
	if (entry_kind(entry) == ENTRY_ANON) {
		piece.grows = entry & ENTRY_MARK_GROWS;
	} else if (entry_kind(entry) == ENTRY_FILE) {
		piece.object = entry_object(entry);
		piece.page = entry_page(entry) +
		    (uint32_t)((start - base) >> PAGE_SHIFT);
	} else {
		piece_from_page(&piece, entry_frame(entry));
	}
	return piece;
}

static bool
piece_continues(const struct piece *run, const struct piece *next)
{
	return run->end == next->start && run->prot == next->prot &&
	    run->object == next->object && run->shared == next->shared &&
	    run->may_write == next->may_write && run->grows == next->grows &&
	    (run->object == NO_OBJECT || next->page - run->page ==
	    (uint32_t)((next->start - run->start) >> PAGE_SHIFT));
}

/*
 * The usual page, in short: of fresh private memory, in a run of the same.
 * needs: an entry of a leaf node, and a run
 * returns: whether it was one, and was added
 */
static inline bool
gather_plain(struct gathering *all, entry_t entry, const struct frame *zero)
{
	const struct frame *page;

	if (!(entry & PTE_V) || (entry & LEAF_SHARED) ||
	    all->run.object != NO_OBJECT || all->run.shared ||
	    all->run.grows || entry_prot(entry) != all->run.prot)
		return false;
	page = entry_frame(entry);
	if (page->object != 0 || (page->flags & FRAME_GROWS))
		return false;
	all->run.end += PAGE_BYTES;
	all->resident++;
	all->dirty += page != zero;
	return true;
}

/* returns: whether the run has ended */
static bool
gather(struct gathering *all, const struct frame *node,
    const struct span *span)
{
	const entry_t *entries = node_entries(node);
	const struct frame *zero = zero_frame();

	for (uint32_t i = span_first(span); i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		bool begun = all->run.end != 0;
		struct piece piece;
		struct span below;

		if (begun && node->level == 0 && gather_plain(all, entry, zero))
			continue;

		if (entry == 0) {
			if (begun)
				return true;
			continue;
		}
		if (entry_is_inner(entry)) {
			below = span_below(span, i);
			if (gather(all, entry_frame(entry), &below))
				return true;
			continue;
		}
		piece = piece_from(entry, span_base(span, i),
		    MAX(span->start, span_base(span, i)),
		    span_base(span, i + 1));
		if (begun && !piece_continues(&all->run, &piece))
			return true;
		if (begun)
			all->run.end = piece.end;
		else
			all->run = piece;
		all->resident += piece.resident;
		all->dirty += piece.dirty;
	}
	return false;
}

bool
space_next_run(struct space *space, vaddr_t addr, struct space_run *out)
{
	return space_next_run_before(space, addr, USER_END, out);
}

bool
space_next_run_before(struct space *space, vaddr_t addr, vaddr_t limit,
    struct space_run *out)
{
	struct gathering all = { .run = { .end = 0 } };
	vaddr_t start = ROUND_DOWN(addr, PAGE_BYTES);
	struct span span;
	bool object;

	if (addr >= limit)
		return false;
	span = span_root(start, limit - start);
	mutex_lock(&space->lock);
	gather(&all, space->root, &span);
	object = all.run.end != 0 && all.run.object != NO_OBJECT;
	*out = (struct space_run){
		.start = all.run.start, .end = all.run.end,
		.prot = all.run.prot, .shared = all.run.shared,
		.may_write = all.run.may_write, .grows = all.run.grows,
		.object = object ? object_at(all.run.object) : NULL,
		.page = all.run.page,
		.resident = all.resident,
		.dirty = all.run.shared ? 0 : all.dirty,
	};
	/* Its entries hold it until we have let go of the lock. */
	if (object)
		object_get(out->object);
	mutex_unlock(&space->lock);
	return all.run.end != 0;
}
