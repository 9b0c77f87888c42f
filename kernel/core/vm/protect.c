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

/* How many entries of a row there are before one that cannot be changed. */
static uint32_t
row_limit(const entry_t *entries, uint32_t count, uint32_t prot)
{
	uint32_t i = 0;

	if (prot & PROT_WRITE)
		while (i < count && entries[i] != 0 &&
		    !entry_never_written(entries[i]))
			i++;
	else
		while (i < count && entries[i] != 0)
			i++;
	return i;
}

/* Find the first page that cannot be changed. */
static void
limit_find(const struct frame *node, const struct span *span,
    struct protection *change)
{
	const entry_t *entries = node_entries(node);
	uint32_t i = span_first(span);

	if (node->level == 0)
		i += row_limit(entries + i, span_limit(span) - i, change->prot);
	for (; i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		struct span below;

		if (entry_is_inner(entry)) {
			if (span_run(span, i) > 0 &&
			    node_allows(entry_frame(entry), change->prot))
				continue;
			below = span_below(span, i);
			limit_find(entry_frame(entry), &below, change);
			if (change->err != 0)
				return;
		} else if (entry == 0 || ((change->prot & PROT_WRITE) &&
		    entry_never_written(entry))) {
			change->err = entry == 0 ? -ENOMEM : -EACCES;
			change->limit = MAX(span->start, span_base(span, i));
			return;
		}
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

/*
 * The usual row: private pages that are nobody else's, none of them code, in a
 * node of our own.  Their rights are three bits.
 * returns: how many were changed, at the beginning
 */
static uint32_t
row_protect(entry_t *entries, uint32_t count, uint32_t prot,
    struct changes *changes)
{
	entry_t rights = entry_rights(prot, true);
	entry_t lost = 0, any = 0;
	uint32_t i;

	if (prot == PROT_NONE || (prot & PROT_EXEC))
		return 0;
	for (i = 0; i < count; i++) {
		entry_t old = entry_load(&entries[i]);

		if ((old & (PTE_V | PTE_X | LEAF_SHARED)) != PTE_V ||
		    ((rights & PTE_W) && !(old & PTE_W) &&
		    frame_refs(entry_frame(old)) != 1))
			break;
		lost |= old & ~rights;
		any |= old ^ rights;
		entry_store(&entries[i],
		    (old & ~(PTE_RWX | LEAF_LATER)) | rights);
	}
	/* More than one page is fenced all at once. */
	if (changes != NULL && (any & PTE_RWX)) {
		changes->page = 0;
		changes->inner = true;
		changes->remote |= (lost & PTE_RWX) != 0;
	}
	return i;
}

/* `changes`: what is owed for a range the hardware can reach; NULL: it was
 * closed, and nothing is. */
static void
range_protect(struct frame *node, const struct span *span, uint32_t prot,
    struct stock *stock, struct changes *changes)
{
	entry_t *entries = node_entries(node);
	uint32_t i = span_first(span);

	/* Some of it may be writable at once. */
	if (node->level == 0 && (prot & PROT_WRITE))
		atomic_store_relaxed(&node->sealed, 0);
	if (node->level == 0)
		i += row_protect(entries + i, span_limit(span) - i, prot,
		    changes);
	for (; i < span_limit(span); i++) {
		entry_t old = entry_load(&entries[i]), new;
		struct span part;

		if (old == 0)
			continue;
		if (entry_is_inner(old)) {
			bool open = changes != NULL && (old & PTE_V);

			part = span_below(span, i);
			range_protect(open ? entry_frame(old) :
			    node_own_closed(&entries[i], stock), &part, prot,
			    stock, open ? changes : NULL);
		} else {
			new = entry_protect(old, prot);
			entry_store(&entries[i], new);
			if (changes != NULL && new != old)
				changes_leaf(changes, old, new,
				    span_base(span, i));
		}
	}
}

int
space_protect(struct space *space, vaddr_t start, uint64_t len, uint32_t prot)
{
	struct protection change = { .prot = prot_for_hardware(prot) };
	struct changes closing = { 0 }, changes = { .page = UINT64_MAX };
	struct stock stock = { 0 };
	struct span span = span_root(start, len);
	int err;

	if (!range_is_valid(start, len) || !prot_is_valid(prot))
		return -EINVAL;
	err = range_lock(space, &span, change_needs, false, &stock);
	if (err != 0)
		return err;
	change.limit = span.end;
	limit_find(space->root, &span, &change);
	if (change.limit == start)
		goto unlock;
	span.end = change.limit;
	/* Nothing below may fail. */
	range_close(space->root, &span, &stock, &closing);
	if (closing.inner)
		changes_finish(&closing, space);
	range_protect(space->root, &span, change.prot, &stock, &changes);
	if (changes.page != UINT64_MAX)
		changes_finish(&changes, space);
unlock:
	mutex_unlock(&space->lock);
	stock_empty(&stock);
	return change.err;
}
