/*
 * Most ranges that are mapped and unmapped are a row of entries or two
 * (rows.h), in nodes that are the space's own and open:
 *
 *	to promise	all must be empty; nodes are made where there are none
 *	to give back	what is named is taken out, a few at most, and dropped
 *			after the fence; a leaf node left empty goes, too, clean
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
	uint32_t nnodes;
	struct frame *nodes[ROWS_MAX];	/* empty */
};

/* Make the leaf nodes that there are not.  returns: whether there is memory */
static inline __attribute__((always_inline)) bool
rows_make(struct rows *rows)
{
	struct frame *made[ROWS_MAX];
	uint32_t nmade = 0;

	for (uint32_t i = 0; i < rows->nrows; i++) {
		if (rows->row[i].node != NULL)
			continue;
		made[nmade] = frame_alloc(true);
		if (made[nmade] == NULL) {
			while (nmade > 0)
				frame_put(made[--nmade]);
			return false;
		}
		nmade++;
	}
	if (nmade == 0)
		return true;
	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct row *row = &rows->row[i];

		if (row->node != NULL)
			continue;
		row->node = made[--nmade];
		node_make(row->node, 0);
		node_set(rows->middle, row->above, entry_node(row->node));
	}
	/* Nothing is fenced: a hart that has cached what was invalid here faults
	 * once for nothing (fault.c), if a program ever comes here. */
	return true;
}

/* Pages more are promised below a node. */
static inline void
node_add_promised(struct frame *node, uint32_t more)
{
	atomic_store_relaxed(&node->promised, node->promised + more);
}

/* Promise what the rows are.  returns: whether they were empty, and there is
 * memory; if not, nothing has changed */
static inline __attribute__((always_inline)) bool
rows_promise(struct space *space, struct rows *rows, uint32_t npages,
    entry_t mark)
{
	uint32_t each = (uint32_t)level_pages(rows->level);

	for (uint32_t i = 0; i < rows->nrows; i++)
		if (rows->row[i].node != NULL && !row_is_empty(
		    rows->row[i].node, rows->row[i].first, rows->row[i].count))
			return false;
	if (!rows_make(rows))
		return false;
	/* Nothing below may fail. */
	for (uint32_t i = 0; i < rows->nrows; i++) {
		struct row *row = &rows->row[i];

		row_set(row->node, row->first, row->count, mark);
		mark = entry_mark_advance(mark, row->count * each);
		if (rows->level == 0)
			node_add_promised(row->node, row->count);
	}
	if (rows->middle != NULL)
		node_add_promised(rows->middle, npages);
	node_add_promised(space->root, npages);
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
	    len >= 2 * level_bytes(1) || entry_load(entry) != 0)
		return false;
	middle = frame_alloc(true);
	if (middle == NULL)
		return false;
	node_make(middle, 1);
	if (!rows_find_below(middle, start, len, &rows) ||
	    !rows_promise(space, &rows, (uint32_t)(len >> PAGE_SHIFT), mark)) {
		frame_return(middle, true);
		return false;
	}
	node_set(space->root, entry, entry_node(middle));
	return true;
}

bool
range_quick_set(struct space *space, vaddr_t start, uint64_t len, entry_t mark)
{
	struct rows rows;

	return rows_find(space, start, len, &rows) ?
	    rows_promise(space, &rows, (uint32_t)(len >> PAGE_SHIFT), mark) :
	    range_promise_first(space, start, len, mark);
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
	uint32_t named = 0, gone = 0;

	for (uint32_t i = 0; i < rows->nrows; i++) {
		const struct row *row = &rows->row[i];

		if (row->node == NULL) {
			held[i] = (struct held){ 0 };
			continue;
		}
		if (!row_look(row, &held[i]))
			return false;
		named += held[i].named;
		gone += held[i].used == row->node->used;
	}
	if (named > DROPPED_MAX)
		return false;
	/* No middle node is left empty. */
	if (rows->middle == NULL || gone == 0)
		return true;
	return rows->level == 0 && rows->middle->used > gone;
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
	if (rows->level > 0)
		return;
	node_add_promised(node, 0 - held->used);
	node_add_resident(node, 0 - held->resident);
	node_add_resident(rows->middle, 0 - held->resident);
	if (node->used == 0) {
		node_set(rows->middle, row->above, 0);
		dropped->nodes[dropped->nnodes++] = node;
	}
}

/* What is taken out is forgotten by all harts, then dropped. */
static void
dropped_finish(struct dropped *dropped, struct space *space)
{
	if (dropped->nnodes > 0 || dropped->nvalid > 1)
		fence_space(space);
	else if (dropped->nvalid > 0)
		fence_page(space, dropped->page);
	for (uint32_t i = 0; i < dropped->nold; i++)
		entry_put(dropped->old[i]);
	for (uint32_t i = 0; i < dropped->nnodes; i++)
		frame_return(dropped->nodes[i], true);
}

bool
range_quick_drop(struct space *space, vaddr_t start, uint64_t len)
{
	struct dropped dropped;
	struct held held[ROWS_MAX];
	struct rows rows;
	uint32_t npages = 0, nresident = 0;

	if (!rows_find(space, start, len, &rows) || !rows_look(&rows, held))
		return false;
	/* Nothing below may fail. */
	dropped.nold = dropped.nvalid = dropped.nnodes = 0;
	dropped.page = 0;
	for (uint32_t i = 0; i < rows.nrows; i++) {
		const struct row *row = &rows.row[i];

		if (held[i].used > 0)
			row_drop(&rows, row, &held[i], start, &dropped);
		start += (vaddr_t)row->count << PAGE_SHIFT;
		npages += held[i].used * (uint32_t)level_pages(rows.level);
		nresident += held[i].resident;
	}
	if (rows.middle != NULL)
		node_add_promised(rows.middle, 0 - npages);
	node_add_promised(space->root, 0 - npages);
	if (rows.middle != NULL)
		node_add_resident(space->root, 0 - nresident);
	dropped_finish(&dropped, space);
	return true;
}
