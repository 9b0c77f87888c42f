/*
 * The range that a space gave back last.
 *
 * It is known to be empty, and often promised again at once, by who moves the
 * break, or maps and unmaps, in turns.  Such a promise is only noted here, and
 * written into the tree when somebody looks; mostly it is given back before.
 *
 *	given back --> vacant <--> promised --> written
 *
 * While it is promised, the tree is empty where it says there is something.
 * Only two know of that: a fault that finds nothing, and who promises or gives
 * back a range (range_quick.c).  Whatever else looks into a tree takes the
 * space's lock by space_lock, after which there is no vacancy.
 */
#pragma once

#include "core/base/atomic.h"
#include "core/vm/rows.h"

/* All of it: the space's lock.  [a] atomic, to be counted without it. */
struct vacancy {
	vaddr_t start;
	uint64_t len;		/* [a] bytes; 0: there is none */
	entry_t mark;		/* [a] that it is promised as; 0: vacant */
	struct rows rows;	/* what it is in the tree, all empty; leaf nodes
				 * that were left so wait here, to be used again */
};

/* Whether it is this range. */
static inline bool
vacancy_is(const struct vacancy *vacancy, vaddr_t start, uint64_t len)
{
	return vacancy->start == start && vacancy->len == len;
}

static inline bool
vacancy_is_promised(const struct vacancy *vacancy)
{
	return atomic_load_relaxed(&vacancy->mark) != 0;
}

/* Promise it, or give it back (0). */
static inline void
vacancy_promise(struct vacancy *vacancy, entry_t mark)
{
	atomic_store_relaxed(&vacancy->mark, mark);
}

/* Pages that are promised, and not in the tree.  Needs no lock. */
static inline uint64_t
vacancy_pages(const struct vacancy *vacancy)
{
	return vacancy_is_promised(vacancy) ?
	    atomic_load_relaxed(&vacancy->len) >> PAGE_SHIFT : 0;
}

/*
 * `vacancy->rows` are the range, and empty.
 * needs: space->lock; there is no vacancy
 */
void vacancy_begin(struct space *space, vaddr_t start, uint64_t len);

/* Spare `i` (rows.h) of ROWS_MAX, or NULL.
 * needs: space->lock, or the world stopped */
struct frame *vacancy_spare(const struct vacancy *vacancy, uint32_t i);

/* Write what is promised, forget the rest.  Cannot fail.
 * needs: space->lock */
void vacancy_end(struct space *space);
