/*
 * Changing rights.
 *
 * A range may hold more nodes than any list of changes would, some of them
 * shared, which must be copied first.  So what lies whole in it is closed to
 * the hardware before (range_close), and fenced; then nothing that happens in
 * there owes anything, and the old can be dropped on the spot.  What stays
 * open, the leaf nodes at the two ends, is changed in place and fenced after.
 *
 * A private page may be written, by its leaf, at once if nobody else has it,
 * and else after a copy, as ever.  A shared one must fault first, so that it
 * is known to be dirty.
 */
#include "core/vm/range.h"

#include "core/base/errno.h"
#include "core/vm/range_tree.h"
#include "core/vm/space_lock.h"

/* What is to be done, and how far it can be. */
struct protection {
	uint32_t prot;
	vaddr_t limit;		/* where it ends */
	int err;		/* ... and why, if before the range does */
};

/* Whether a whole node needs no look inside. */
static bool
node_allows(const struct frame *node, uint32_t prot)
{
	bool full = node->promised == SV39_FANOUT * level_pages(node->level);

	return full && (!(prot & PROT_WRITE) || node->named == 0);
}

/* Whether an entry that is no node's may have these rights. */
static int
entry_protect_check(entry_t entry, uint32_t prot)
{
	if (entry == 0)
		return -ENOMEM;
	return (prot & PROT_WRITE) && entry_never_written(entry) ? -EACCES : 0;
}

/* Find the first page that cannot be changed. */
static void
limit_find(const struct frame *node, const struct span *span,
    struct protection *change)
{
	const entry_t *entries = node_entries(node);
	uint32_t i = span_first(span);

	for (; i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		struct span below;

		if (entry_is_inner(entry)) {
			if (span_run(span, i) > 0 &&
			    node_allows(entry_frame(entry), change->prot))
				continue;
			below = span_below(span, i);
			limit_find(entry_frame(entry), &below, change);
		} else {
			change->err = entry_protect_check(entry, change->prot);
			change->limit = MAX(span->start, span_base(span, i));
		}
		if (change->err != 0)
			return;
	}
}

/* What an entry that is no node's says with other rights. */
static entry_t
entry_protect(entry_t entry, uint32_t prot)
{
	bool writable;

	if (entry_is_mark(entry))
		return (entry & ~ENTRY_PROT_MASK) |
		    (entry_t)prot << ENTRY_PROT_SHIFT;
	/* 1 is stable: the way here is our own. */
	writable = entry_shared(entry) ? (entry & PTE_V) && (entry & PTE_W) :
	    frame_refs(entry_frame(entry)) == 1;
	return entry_of_page(entry, prot, writable);
}

/* What a change of a leaf the hardware can reach asks of the TLBs. */
static void
changes_leaf(struct changes *changes, entry_t old, entry_t new, vaddr_t page)
{
	if (!(old & PTE_V) && !(new & PTE_V))
		return;
	/* One page is fenced alone, more of them all at once. */
	if (changes->page != UINT64_MAX)
		changes->inner = true;
	changes->page = page;
	if ((old & PTE_V) && (!(new & PTE_V) || (old & ~new & PTE_RWX)))
		changes->remote = true;
	if ((new & PTE_V) && (new & PTE_X) && !((old & PTE_V) && (old & PTE_X)))
		changes->code = true;
}

/* What is usual: private pages, none of them code.  Their rights are bits. */
#define LEAF_USUAL		(PTE_V | PTE_X | LEAF_SHARED)
#define LEAF_RIGHTS		(PTE_RWX | LEAF_LATER)

/* returns: whether it is usual, and nobody else's, and may be written now */
static inline bool
leaf_raise(entry_t *entry, uintptr_t origin)
{
	entry_t old = entry_load(entry);

	/* 1 is stable: the way here is our own. */
	if ((old & LEAF_USUAL) != PTE_V ||
	    atomic_load_relaxed(&frame_from(origin, pte_ppn(old))->refs) != 1)
		return false;
	entry_store(entry, (old & ~LEAF_RIGHTS) |
	    entry_rights(PROT_READ | PROT_WRITE, true));
	return true;
}

/* The same for a turn; those before one that it is not so for are changed. */
static inline bool
turn_raise(entry_t *turn, uintptr_t origin)
{
#pragma GCC unroll 4
	for (uint32_t i = 0; i < TURN_ENTRIES; i++)
		if (!leaf_raise(&turn[i], origin))
			return false;
	return true;
}

/* Give usual pages the right to be written, as long as they are nobody else's.
 * returns: how many were changed, at the beginning of the row */
static __attribute__((noinline)) uint32_t
row_raise(entry_t *entries, uint32_t count)
{
	uintptr_t origin = frame_origin;	/* in a register */
	entry_t *entry = entries, *end = entries + count;

	while (end - entry >= (int)TURN_ENTRIES && turn_raise(entry, origin))
		entry += TURN_ENTRIES;
	/* To change one again does no harm. */
	while (entry < end && leaf_raise(entry, origin))
		entry++;
	/* What others did with it before they dropped it is over. */
	atomic_fence();
	return (uint32_t)(entry - entries);
}

/* returns: whether it is usual, and may only be read now.  gives: *seen, what
 * it or others had */
static inline bool
leaf_lower(entry_t *entry, entry_t *seen)
{
	entry_t old = entry_load(entry);

	if ((old & LEAF_USUAL) != PTE_V)
		return false;
	*seen |= old;
	entry_store(entry, (old & ~LEAF_RIGHTS) |
	    entry_rights(PROT_READ, false));
	return true;
}

/* As turn_raise. */
static inline bool
turn_lower(entry_t *turn, entry_t *seen)
{
#pragma GCC unroll 4
	for (uint32_t i = 0; i < TURN_ENTRIES; i++)
		if (!leaf_lower(&turn[i], seen))
			return false;
	return true;
}

/* Leave usual pages the right to be read.
 * returns: as row_raise.  gives: *seen, what any of them had */
static __attribute__((noinline)) uint32_t
row_lower(entry_t *entries, uint32_t count, entry_t *seen)
{
	entry_t *entry = entries, *end = entries + count, any = 0;

	while (end - entry >= (int)TURN_ENTRIES && turn_lower(entry, &any))
		entry += TURN_ENTRIES;
	while (entry < end && leaf_lower(entry, &any))
		entry++;
	*seen = any;
	return (uint32_t)(entry - entries);
}

/* The same for promises, whatever the rights. */
static __attribute__((noinline)) uint32_t
marks_protect(entry_t *entries, uint32_t count, uint32_t prot)
{
	entry_t never = prot & PROT_WRITE ? ENTRY_MARK_NEVER : 0;
	entry_t rights = (entry_t)prot << ENTRY_PROT_SHIFT;
	entry_t *entry = entries, *end = entries + count;

	for (; entry < end; entry++) {
		entry_t old = entry_load(entry);

		if (!entry_is_mark(old) || (old & never))
			break;
		entry_store(entry, (old & ~ENTRY_PROT_MASK) | rights);
	}
	return (uint32_t)(entry - entries);
}

/*
 * Change what is usual at the beginning of a row, which is for `page` and those
 * after it.  returns: how many
 */
static inline uint32_t
row_protect_usual(entry_t *entries, uint32_t count, uint32_t prot, vaddr_t page,
    struct changes *changes)
{
	entry_t seen = 0;
	uint32_t done = 0;

	if (!(entry_load(entries) & PTE_V))
		return marks_protect(entries, count, prot);
	if (prot == (PROT_READ | PROT_WRITE))
		done = row_raise(entries, count);
	else if (prot == PROT_READ)
		done = row_lower(entries, count, &seen);
	if (done == 0 || changes == NULL)
		return done;
	/* One page is fenced alone, more of them all at once. */
	if (done > 1 || changes->page != UINT64_MAX)
		changes->inner = true;
	changes->page = page;
	if (seen & (PTE_W | PTE_X))
		changes->remote = true;
	return done;
}

/* Change an entry of a leaf node, for `page`.  returns: 0, or why it may not */
static __attribute__((noinline)) int
row_protect_one(entry_t *entry, uint32_t prot, vaddr_t page,
    struct changes *changes)
{
	entry_t old = entry_load(entry), new;
	int err = entry_protect_check(old, prot);

	if (err != 0)
		return err;
	new = entry_protect(old, prot);
	entry_store(entry, new);
	if (changes != NULL && new != old)
		changes_leaf(changes, old, new, page);
	return 0;
}

/*
 * Change entries [first, first + count) of a leaf node, which are for `page`
 * and those after it, up to the first that may not be.
 *
 * needs:   the node is owned
 * returns: 0, or why that one may not.  gives: *changes; NULL: no hart can
 *          reach it, and nothing is owed
 */
static int
row_protect(struct frame *node, uint32_t first, uint32_t count, uint32_t prot,
    vaddr_t page, struct changes *changes)
{
	entry_t *entry = node_entries(node) + first, *end = entry + count;
	int err = 0;

	/* Some of it may be writable at once. */
	if (prot & PROT_WRITE)
		node_unseal(node, lines_of(first, count));
	while (err == 0 && entry < end) {
		uint32_t done = row_protect_usual(entry,
		    (uint32_t)(end - entry), prot, page, changes);

		if (done == 0) {
			err = row_protect_one(entry, prot, page, changes);
			done = 1;
		}
		entry += done;
		page += (vaddr_t)done << PAGE_SHIFT;
	}
	return err;
}

/* As space_protect, in place. */
static int
rows_protect(struct space *space, const struct rows *rows, vaddr_t page,
    uint32_t prot)
{
	struct changes changes = { .page = UINT64_MAX };
	int err = 0;

	for (uint32_t i = 0; i < rows->nrows && err == 0; i++) {
		const struct row *row = &rows->row[i];

		err = row->node == NULL ? -ENOMEM : row_protect(row->node,
		    row->first, row->count, prot, page, &changes);
		page += (vaddr_t)row->count << PAGE_SHIFT;
	}
	if (changes.page != UINT64_MAX)
		changes_finish(&changes, space);
	return err;
}

/* `changes`: what is owed for a range the hardware can reach; NULL: it was
 * closed, and nothing is. */
static void
node_protect(struct frame *node, const struct span *span, uint32_t prot,
    struct stock *stock, struct changes *changes)
{
	entry_t *entries = node_entries(node);
	uint32_t i = span_first(span);

	if (node->level == 0) {
		row_protect(node, i, span_limit(span) - i, prot, span->start,
		    changes);
		return;
	}
	for (; i < span_limit(span); i++) {
		entry_t old = entry_load(&entries[i]);
		struct span part;
		bool open;

		if (!entry_is_inner(old)) {
			if (old != 0)
				entry_store(&entries[i],
				    entry_protect(old, prot));
			continue;
		}
		open = changes != NULL && (old & PTE_V);
		part = span_below(span, i);
		node_protect(open ? entry_frame(old) :
		    node_own_closed(&entries[i], stock), &part, prot, stock,
		    open ? changes : NULL);
	}
}

/*
 * The long way, for any range.
 * needs: space->lock
 * gives: the lock back
 */
static __attribute__((noinline)) int
range_protect(struct space *space, vaddr_t start, uint64_t len, uint32_t prot)
{
	struct protection change = { .prot = prot };
	struct changes closing = { 0 }, changes = { .page = UINT64_MAX };
	struct stock stock = { 0 };
	struct span span = span_root(start, len);
	int err = range_prepare(space, &span, change_needs, false, &stock);

	if (err != 0)
		return err;
	limit_find(space->root, &span, &change);
	if (change.err == 0)
		change.limit = span.end;
	if (change.limit == start)
		goto unlock;
	span.end = change.limit;
	/* Nothing below may fail. */
	range_close(space->root, &span, &stock, &closing);
	if (closing.inner)
		changes_finish(&closing, space);
	node_protect(space->root, &span, prot, &stock, &changes);
	if (changes.page != UINT64_MAX)
		changes_finish(&changes, space);
unlock:
	mutex_unlock(&space->lock);
	stock_empty(&stock);
	return change.err;
}

int
space_protect(struct space *space, vaddr_t start, uint64_t len, uint32_t prot)
{
	struct rows rows;
	int err;

	if (!range_is_valid(start, len) || !prot_is_valid(prot))
		return -EINVAL;
	prot = prot_for_hardware(prot);
	space_lock(space);
	if (!rows_find(space, start, len, &rows) || rows.large)
		return range_protect(space, start, len, prot);
	err = rows_protect(space, &rows, start, prot);
	mutex_unlock(&space->lock);
	return err;
}
