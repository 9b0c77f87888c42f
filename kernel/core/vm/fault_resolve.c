/*
 * What becomes of the entry that decides: the right column of fault.c's table.
 */
#include "core/vm/fault_inner.h"

#include "core/base/string.h"
#include "core/vm/object.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/zero.h"

/* What is mapped at once of an object, aligned. */
#define AROUND_PAGES	MIN(SV39_FANOUT, 64u)

/* Leaves of these flags come to be in a row of entries. */
static inline void
leaves_come(struct fault *fault, struct frame *node, const entry_t *row,
    uint32_t count, entry_t flags)
{
	if (flags & PTE_X)
		fault->changes.code = true;
	if (flags & PTE_W)
		node_unseal(node, lines_of(entry_index(row), count));
}

/* A leaf, in place of whatever was there. */
static void
leaf_set(struct fault *fault, struct frame *node, entry_t *entry, entry_t leaf)
{
	entry_t old = entry_load(entry);

	if (!entry_resident(old)) {
		node->named += (uint16_t)!entry_names(old);
		node_add_resident(node, 1);
		space_count_mapped(fault->space, node_above(fault), 1);
	}
	leaves_come(fault, node, entry, 1, leaf);
	entry_store(entry, leaf);
}

/* Fresh memory: a cleared frame, or the one zero frame that all may read. */
void
resolve_anon(struct fault *fault, struct frame *node, entry_t *entry)
{
	uint32_t prot = entry_prot(entry_load(entry));
	bool grows = entry_load(entry) & ENTRY_MARK_GROWS;
	struct frame *frame;

	if (fault->access != ACCESS_WRITE && !grows &&
	    (fault->space->options & SPACE_SHARE_ZERO)) {
		frame = zero_frame();
		frame_get(frame);
		leaf_set(fault, node, entry, entry_leaf(frame, prot, false, false));
		return;
	}
	frame = stock_take_page(&fault->stock);
	frame_clear(frame);
	frame->flags = grows ? FRAME_GROWS : 0;
	leaf_set(fault, node, entry, entry_leaf(frame, prot, false, true));
}

/* The leaf for an object's own page, instead of its mark. */
static entry_t
entry_of_object(const struct frame *page, entry_t mark, bool write)
{
	bool shared = entry_shared(mark);
	entry_t leaf = entry_leaf(page, entry_prot(mark), shared,
	    shared && (write || !object_page_tracked(page)));

	return mark & ENTRY_MARK_NEVER ? leaf & ~PTE_D : leaf;
}

/* How many marks in a row go on from the first; 0 if that is none of `object`
 * that may be read. */
static uint32_t
marks_in_row(const entry_t *first, const entry_t *limit, uint32_t object)
{
	entry_t mark = entry_load(first), step;
	const entry_t *next = first + 1;

	if (entry_kind(mark) != ENTRY_FILE || entry_object(mark) != object ||
	    !prot_allows(entry_prot(mark), ACCESS_READ))
		return 0;
	step = entry_mark_advance(mark, 1) - mark;
	while (next < limit && entry_load(next) == (mark += step))
		next++;
	return (uint32_t)(next - first);
}

/* Leaves instead of marks in a row, for those pages that there are.
 * returns: how many */
static uint32_t
row_place(struct fault *fault, struct frame *node, entry_t *row,
    struct frame *const *pages, uint32_t count)
{
	/* All alike but for the frame. */
	entry_t leaf = entry_of_object(fault->page, entry_load(row), false);
	uint32_t placed = 0;

	leaves_come(fault, node, row, count, leaf);
	for (uint32_t i = 0; i < count; i++) {
		if (pages[i] == NULL)
			continue;
		entry_store(&row[i], pte_make(frame_paddr(pages[i]),
		    leaf & ~PTE_PPN_MASK));
		placed++;
	}
	return placed;
}

/*
 * Map what the cache has of the same object beside a page that was read: who
 * runs a program, or reads a file, goes there next.  Only where memory is
 * plenty, for a page that is mapped cannot be dropped.
 */
static void
map_around(struct fault *fault, struct frame *node)
{
	uint32_t at = level_index(fault->addr, 0), count;
	entry_t *entry = node_entries(node) + at / AROUND_PAGES * AROUND_PAGES;
	entry_t *limit = entry + AROUND_PAGES;
	struct object *object = object_at(fault->page_object);
	struct frame *pages[AROUND_PAGES];
	uint32_t mapped = 0;

	if (!(fault->space->options & SPACE_MAP_AROUND) || !frames_are_plenty())
		return;
	for (; entry < limit; entry += MAX(count, 1u)) {
		count = marks_in_row(entry, limit, fault->page_object);
		if (count == 0)
			continue;
		object_cache_find_row(object, entry_page(entry_load(entry)),
		    count, pages);
		mapped += row_place(fault, node, entry, pages, count);
	}
	/* Each is a mark no more, but names something as it did. */
	node_add_resident(node, mapped);
	space_count_mapped(fault->space, node_above(fault), mapped);
}

/* An object's page: itself, or for a private write a copy. */
void
resolve_file(struct fault *fault, struct frame *node, entry_t *entry)
{
	entry_t mark = entry_load(entry);
	bool write = fault->access == ACCESS_WRITE;
	struct frame *copy;

	/* The mark's reference to the object is the leaf's, or the copy's. */
	if (write && !entry_shared(mark)) {
		copy = stock_take_page(&fault->stock);
		page_copy_new(copy, fault->page);
		leaf_set(fault, node, entry, entry_leaf(copy, entry_prot(mark),
		    false, true));
		return;
	}
	frame_get(fault->page);
	if (write)
		object_page_written(fault->page);
	leaf_set(fault, node, entry, entry_of_object(fault->page, mark, write));
	if (!write)
		map_around(fault, node);
}

/* A write to what is readable now and may be written later: now. */
void
resolve_write(struct fault *fault, struct frame *node, entry_t *entry)
{
	entry_t old = entry_load(entry);
	struct frame *frame = entry_frame(old), *copy;

	fault->changes.remote = true;
	/* 1 is stable: only a holder of our lock could raise it. */
	if (entry_shared(old))
		object_page_written(frame);
	if (entry_shared(old) || frame_refs(frame) == 1) {
		leaf_set(fault, node, entry, (old & ~LEAF_LATER) | PTE_W);
		return;
	}
	copy = stock_take_page(&fault->stock);
	page_copy_private(copy, frame);
	leaf_set(fault, node, entry, entry_leaf(copy, entry_prot(old), false, true));
	changes_drop(&fault->changes, old);
}
