/*
 * Rows: entries side by side in one node, and the few of them that most ranges
 * are.
 *
 *	middle      | ... | above | ### | ### | above | ... |
 *	                     |                   |
 *	leaf nodes   |......#####|              |###......|
 *
 * All needs space->lock.  For vm only.
 */
#pragma once

#include "core/mem/frame.h"
#include "core/vm/entry.h"
#include "core/vm/node.h"

struct space;

struct row {
	struct frame *node;	/* NULL: there is none; a leaf node may wait to
				 * be put into the tree: a spare, all empty */
	entry_t *above;		/* that leads to it, in the middle node, empty
				 * if none does; NULL: it is no leaf node */
	uint32_t first, count;	/* entries of it */
};

#define ROWS_MAX 3

struct rows {
	struct frame *middle;	/* that they are in, or below; NULL: they are
				 * the root's */
	bool large;		/* some entries stand for more than a page */
	uint32_t nrows;
	struct row row[ROWS_MAX];	/* in the order of their addresses */
};

/* Pages that an entry of a row stands for. */
static inline uint32_t
row_each(const struct row *row)
{
	return row->above != NULL ? 1 :
	    (uint32_t)level_pages(row->node->level);
}

/*
 * The rows that a range covers, whole and nothing else, if they are no more
 * than ROWS_MAX, below the same middle node, and every node on the way is the
 * space's own and open: then they may be changed in place.
 *
 * needs:   a valid range (range_is_valid)
 * returns: whether it is so
 */
bool rows_find(const struct space *space, vaddr_t start, uint64_t len,
    struct rows *rows);

/* The same below a middle node that is the range's, but need not stand in the
 * tree yet. */
bool rows_find_below(struct frame *middle, vaddr_t start, uint64_t len,
    struct rows *rows);

/* All bits that are set in any entry of a row. */
static inline entry_t
row_bits(const entry_t *entries, uint32_t count)
{
	const entry_t *end = entries + count;
	entry_t bits = 0;

	for (; end - entries >= 4; entries += 4)
		bits |= entry_load(&entries[0]) | entry_load(&entries[1]) |
		    entry_load(&entries[2]) | entry_load(&entries[3]);
	for (; entries < end; entries++)
		bits |= entry_load(entries);
	return bits;
}

/* Whether all entries of a row say `value`. */
bool row_is_all(const entry_t *entries, uint32_t count, entry_t value);

/* Whether all entries [first, first + count) of a node are empty. */
bool row_is_empty(const struct frame *node, uint32_t first, uint32_t count);

/*
 * Set a row of empty entries to marks; `mark` is for the first of them.  The
 * node counts them, but for what is promised.
 */
void row_set(struct frame *node, uint32_t first, uint32_t count, entry_t mark);

/* Make a row empty.  The node's counts are the caller's. */
void row_clear(struct frame *node, uint32_t first, uint32_t count);

/* The node of a row that is not in the tree, or NULL. */
static inline struct frame *
row_spare(const struct row *row)
{
	return row->above != NULL && entry_load(row->above) == 0 ? row->node :
	    NULL;
}

void rows_free_spares(const struct rows *rows);

/*
 * Promise what the rows are; `mark` is for the first page.  Spares are put into
 * the tree.  Cannot fail.
 * needs: all are empty, and have nodes
 */
static inline void
rows_promise(struct frame *root, const struct rows *rows, entry_t mark)
{
	const struct row *end = rows->row + rows->nrows;
	uint32_t npages = 0;

	for (const struct row *row = rows->row; row < end; row++) {
		uint32_t pages = row->count * row_each(row);

		row_set(row->node, row->first, row->count, mark);
		mark = entry_mark_advance(mark, pages);
		npages += pages;
		if (row->above == NULL)
			continue;
		node_add_promised(row->node, row->count);
		/* Nothing is fenced: a hart that has cached what was invalid
		 * here faults once for nothing (fault.c), if a program ever
		 * comes here. */
		if (entry_load(row->above) == 0)
			node_set(rows->middle, row->above,
			    entry_node(row->node));
	}
	if (rows->middle != NULL)
		node_add_promised(rows->middle, npages);
	node_add_promised(root, npages);
}
