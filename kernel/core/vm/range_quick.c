/*
 * Most ranges that are mapped and unmapped are a row of entries or a few
 * (rows.h), in nodes that are the space's own and open:
 *
 *	to promise	all must be empty; nodes are made where there are none
 *	to give back	what is named is taken out, a few at most, and dropped
 *			after the fence; a leaf node left empty goes, too
 *
 * What was given back last is kept in mind (vacancy.h): to promise it again, and
 * give it back again, changes nothing in the tree.
 *
 * All of that could be left to range.c, which walks the tree several times to
 * do the same to any range; here it costs a third.  Whatever else there is, is
 * left to it.
 */
#include "core/vm/range_quick.h"

#include "core/vm/fence.h"
#include "core/vm/object_entry.h"
#include "core/vm/rows.h"

/* What is named by more entries than these is left to range.c. */
#define DROPPED_MAX 16

/* What is taken out of the tree, to be dropped after the fence. */
struct dropped {
	uint32_t nold;
	uint32_t nvalid;		/* of them: those the hardware knew */
	vaddr_t page;			/* of the last of those */
	entry_t old[DROPPED_MAX];
	bool node;			/* a leaf node is out of it, too */
};

/* Make the leaf nodes that there are not; not inlined, for mostly there are.
 * returns: whether there is memory */
static __attribute__((noinline)) bool
rows_make(struct rows *rows)
{
	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct row *row = &rows->row[i];

		if (row->node != NULL)
			continue;
		row->node = frame_alloc(true);
		if (row->node == NULL) {
			rows_free_spares(rows);
			return false;
		}
		node_make(row->node, 0);
	}
	return true;
}

/* Promise what the rows are.  returns: whether they were empty, and there is
 * memory; if not, nothing has changed */
static inline bool
rows_try_promise(struct space *space, struct rows *rows, entry_t mark)
{
	const struct row *end = rows->row + rows->nrows;
	bool lacks = false;

	for (const struct row *row = rows->row; row < end; row++) {
		if (row->node == NULL)
			lacks = true;
		else if (!row_is_empty(row->node, row->first, row->count))
			return false;
	}
	if (lacks && !rows_make(rows))
		return false;
	rows_promise(space->root, rows, mark);
	return true;
}

/* The same where there is no middle node yet: it is made first.  Not inlined,
 * for it is done once for a gigabyte. */
static __attribute__((noinline)) bool
range_promise_first(struct space *space, vaddr_t start, uint64_t len,
    entry_t mark)
{
	entry_t *entry = &node_entries(space->root)
	    [level_index(start, ROOT_LEVEL)];
	struct frame *middle;
	struct rows rows;

	if ((start ^ (start + len - 1)) >= level_bytes(ROOT_LEVEL) ||
	    entry_load(entry) != 0)
		return false;
	middle = frame_alloc(true);
	if (middle == NULL)
		return false;
	node_make(middle, 1);
	if (!rows_find_below(middle, start, len, &rows) ||
	    !rows_try_promise(space, &rows, mark)) {
		frame_return(middle, true);
		return false;
	}
	node_set(space->root, entry, entry_node(middle));
	return true;
}

/* Not inlined, so that nothing is saved for it where it is not needed. */
static __attribute__((noinline)) bool
range_set_rows(struct space *space, vaddr_t start, uint64_t len, entry_t mark)
{
	struct rows rows;

	vacancy_end(space);
	return rows_find(space, start, len, &rows) ?
	    rows_try_promise(space, &rows, mark) :
	    range_promise_first(space, start, len, mark);
}

bool
range_quick_set(struct space *space, vaddr_t start, uint64_t len, entry_t mark)
{
	struct vacancy *vacancy = &space->vacancy;

	if (!vacancy_is(vacancy, start, len) || vacancy_is_promised(vacancy))
		return range_set_rows(space, start, len, mark);
	vacancy_promise(vacancy, mark);
	return true;
}

/* What a row holds. */
struct held {
	uint32_t used, named, resident;
};

/* returns: whether there is nothing that cannot be dropped here */
static bool
row_look(const struct row *row, struct held *held)
{
	const entry_t *entries = node_entries(row->node) + row->first;
	entry_t first = entry_load(entries);

	*held = (struct held){ 0 };
	/* Mostly it is all one promise. */
	if (!entry_names(first) && row_is_all(entries, row->count, first)) {
		held->used = first != 0 ? row->count : 0;
		return true;
	}
	for (const entry_t *end = entries + row->count; entries < end;
	    entries++) {
		entry_t entry = entry_load(entries);

		held->used += entry != 0;
		if (!entry_names(entry))
			continue;
		if (entry_is_inner(entry) || ++held->named > DROPPED_MAX)
			return false;
		held->resident += entry_kind(entry) != ENTRY_FILE;
	}
	return true;
}

/* Look at all rows, of which some may be empty.
 * returns: whether this is the way for them */
static bool
rows_look(const struct rows *rows, struct held held[ROWS_MAX])
{
	uint32_t named = 0, gone = 0;	/* gone: entries of the middle node */

	for (uint32_t i = 0; i < rows->nrows; i++) {
		const struct row *row = &rows->row[i];

		if (row->node == NULL) {
			held[i] = (struct held){ 0 };
			continue;
		}
		if (!row_look(row, &held[i]))
			return false;
		named += held[i].named;
		gone += row->above == NULL ? held[i].used :
		    held[i].used == row->node->used;
	}
	if (named > DROPPED_MAX)
		return false;
	/* No middle node is left empty. */
	return rows->middle == NULL || gone == 0 || rows->middle->used > gone;
}

/* Take what is named out of a row that begins at `page`. */
static void
row_take(const struct row *row, vaddr_t page, struct dropped *dropped)
{
	const entry_t *entries = node_entries(row->node) + row->first;

	for (uint32_t i = 0; i < row->count; i++) {
		entry_t entry = entry_load(&entries[i]);

		if (!entry_names(entry))
			continue;
		dropped->old[dropped->nold++] = entry;
		if (entry & PTE_V) {
			dropped->nvalid++;
			dropped->page = page + ((vaddr_t)i << PAGE_SHIFT);
		}
	}
}

static void
row_drop(const struct rows *rows, const struct row *row,
    const struct held *held, vaddr_t page, struct dropped *dropped)
{
	struct frame *node = row->node;

	if (held->named > 0)
		row_take(row, page, dropped);
	row_clear(node, row->first, row->count);
	node->used -= (uint16_t)held->used;
	node->named -= (uint16_t)held->named;
	if (row->above == NULL)
		return;
	node_add_promised(node, 0 - held->used);
	node_add_resident(node, 0 - held->resident);
	node_add_resident(rows->middle, 0 - held->resident);
	if (node->used == 0) {
		node_set(rows->middle, row->above, 0);
		dropped->node = true;
	}
}

/* What is taken out is forgotten by all harts, then dropped. */
static void
dropped_finish(struct dropped *dropped, struct space *space)
{
	if (dropped->node || dropped->nvalid > 1)
		fence_space(space);
	else if (dropped->nvalid > 0)
		fence_page(space, dropped->page);
	for (uint32_t i = 0; i < dropped->nold; i++)
		entry_put(dropped->old[i]);
}

/* What vacancy_begin takes is left in `space->vacancy.rows`.
 * needs: there is no vacancy.  returns: whether it was done */
static __attribute__((noinline)) bool
range_drop_rows(struct space *space, vaddr_t start, uint64_t len)
{
	struct rows *rows = &space->vacancy.rows;
	struct dropped dropped;
	struct held held[ROWS_MAX];
	uint32_t npages = 0, nresident = 0;

	if (!rows_find(space, start, len, rows) || !rows_look(rows, held))
		return false;
	/* Nothing below may fail. */
	dropped.nold = dropped.nvalid = 0;
	dropped.node = false;
	dropped.page = 0;
	for (uint32_t i = 0; i < rows->nrows; i++) {
		const struct row *row = &rows->row[i];

		if (held[i].used > 0)
			row_drop(rows, row, &held[i], start, &dropped);
		start += (vaddr_t)row->count * row_each(row) << PAGE_SHIFT;
		npages += held[i].used * row_each(row);
		nresident += held[i].resident;
	}
	if (rows->middle != NULL)
		node_add_promised(rows->middle, 0 - npages);
	node_add_promised(space->root, 0 - npages);
	if (rows->middle != NULL)
		node_add_resident(space->root, 0 - nresident);
	dropped_finish(&dropped, space);
	return true;
}

bool
range_quick_drop(struct space *space, vaddr_t start, uint64_t len)
{
	struct vacancy *vacancy = &space->vacancy;

	if (vacancy_is(vacancy, start, len)) {
		vacancy_promise(vacancy, 0);
		return true;
	}
	vacancy_end(space);
	if (!range_drop_rows(space, start, len))
		return false;
	vacancy_begin(space, start, len);
	return true;
}
