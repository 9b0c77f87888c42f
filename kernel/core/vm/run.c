/*
 * Runs: what the tree says, told as a list of mappings.  Nobody keeps such a
 * list; it is read off the entries each time, and neighbours that say the same
 * are one.
 */
#include "core/vm/range.h"

#include "core/task/thread.h"
#include "core/vm/object.h"
#include "core/vm/object_entry.h"
#include "core/vm/range_tree.h"
#include "core/vm/space_lock.h"
#include "core/vm/zero.h"

#define NO_OBJECT UINT32_MAX

/* Entries of a run that are looked at before others get their turn. */
#define LOOK_ENTRIES 4096

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
	uint32_t left;		/* entries to be looked at */
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
 * The usual pages, in short: of private memory, fresh or only promised, in a
 * run of the same.
 * needs: a leaf node, and a run
 * returns: how many from entry `i` on were such, and were added
 */
static uint32_t
gather_plain(struct gathering *all, const entry_t *entries, uint32_t i,
    uint32_t limit)
{
	const struct frame *zero = zero_frame();
	entry_t promised = entry_anon(all->run.prot);
	uint32_t first = i, resident = 0, dirty = 0;

	if (all->run.object != NO_OBJECT || all->run.shared || all->run.grows)
		return 0;
	for (limit = MIN(limit, i + all->left); i < limit; i++) {
		entry_t entry = entry_load(&entries[i]);
		const struct frame *page;

		if (entry == promised)
			continue;
		if ((entry & (PTE_V | LEAF_SHARED)) != PTE_V ||
		    entry_prot(entry) != all->run.prot)
			break;
		page = entry_frame(entry);
		if (page->object != 0 || (page->flags & FRAME_GROWS))
			break;
		resident++;
		dirty += page != zero;
	}
	all->run.end += (uint64_t)(i - first) << PAGE_SHIFT;
	all->resident += resident;
	all->dirty += dirty;
	all->left -= i - first;
	return i - first;
}

/* returns: whether the run has ended, or enough was looked at */
static bool
gather(struct gathering *all, const struct frame *node,
    const struct span *span)
{
	const entry_t *entries = node_entries(node);
	uint32_t limit = span_limit(span);

	for (uint32_t i = span_first(span); i < limit; i++) {
		bool begun = all->run.end != 0;
		struct piece piece;
		struct span below;
		entry_t entry;

		if (begun && node->level == 0)
			i += gather_plain(all, entries, i, limit);
		if (all->left == 0)
			return true;
		if (i == limit)
			break;
		entry = entry_load(&entries[i]);
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
		all->left--;
	}
	return false;
}

/*
 * Go on from `at`, a while.
 * gives:   *held, a reference to the run's object, once it is known
 * returns: whether there may be more of the run
 */
static bool
gather_some(struct space *space, struct gathering *all, vaddr_t at,
    vaddr_t limit, struct object **held)
{
	struct span span = span_root(at, limit - at);

	all->left = LOOK_ENTRIES;
	space_lock(space);
	gather(all, space->root, &span);
	/* Its entries hold it until we have let go of the lock. */
	if (*held == NULL && all->run.end != 0 && all->run.object != NO_OBJECT) {
		*held = object_at(all->run.object);
		object_get(*held);
	}
	mutex_unlock(&space->lock);
	return all->left == 0 && all->run.end < limit;
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
	vaddr_t at = ROUND_DOWN(addr, PAGE_BYTES);
	struct object *held = NULL;

	if (addr >= limit)
		return false;
	while (gather_some(space, &all, at, limit, &held)) {
		at = all.run.end;
		thread_pause();
	}
	*out = (struct space_run){
		.start = all.run.start, .end = all.run.end,
		.prot = all.run.prot, .shared = all.run.shared,
		.may_write = all.run.may_write, .grows = all.run.grows,
		.object = held,
		.page = all.run.page,
		.resident = all.resident,
		.dirty = all.run.shared ? 0 : all.dirty,
	};
	return all.run.end != 0;
}
