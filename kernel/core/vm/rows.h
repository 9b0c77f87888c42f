/*
 * Rows: entries side by side in one node, and the few of them that a small
 * range is.
 *
 *	middle      | ... | above | above | ... |
 *	                     |       |
 *	leaf nodes   |......#####|###......|        two rows at most
 *
 * All needs space->lock.  For vm only.
 */
#pragma once

#include "core/vm/space_tree.h"

struct row {
	struct frame *node;	/* NULL: there is none */
	entry_t *above;		/* that leads to it, in the middle node, if it
				 * is a leaf node: empty if there is none */
	uint32_t first, count;	/* entries of it */
};

#define ROWS_MAX 2

struct rows {
	struct frame *middle;	/* that they are in, or below; NULL: they are
				 * the root's */
	uint32_t level;		/* of the nodes they are in */
	uint32_t nrows;
	struct row row[ROWS_MAX];
};

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
