/* What is inside a space.  For vm only: everybody else passes pointers. */
#pragma once

#include "core/base/list.h"
#include "core/mem/frame.h"
#include "core/task/mutex.h"
#include "core/vm/entry.h"
#include "core/vm/node.h"
#include "core/vm/space.h"
#include "core/vm/vacancy.h"

#define BORROWERS_MAX	8u

/* [c] constant, [l] lock, [a] atomic, [i] asid_lock, [s] the list of spaces */
struct space {
	struct mutex lock;
	uint32_t refs;		/* [a] */
	struct frame *root;	/* [c] the tree; its contents: [l] */
	uint32_t options;	/* [c] SPACE_ */
	uint32_t resident_most;	/* [l] frames it ever mapped at once */
	bool forked;		/* [l] has forked, and may do so again */
	bool fills;		/* [l] the last fault was a write to fresh memory;
				 * [a] to guess the next by */
	uint32_t nborrowers;	/* [l] nodes that lack what they stand for: */
	struct frame *borrowers[BORROWERS_MAX];	/* [l] see borrow.h */
	struct vacancy vacancy;	/* [l] */
	uint64_t growth;	/* [a] bytes that memory may grow to */
	uint32_t asid;		/* [i] */
	uint64_t generation;	/* [i] of asid; read by space_enter */
	uint32_t active;	/* [a] harts that run it: bit i, hart index i */
	uint32_t seen;		/* [a] harts that may hold translations of it */
	uint32_t stale;		/* [a] of those: must flush before they run it */
	struct list link;	/* [s] all spaces */
};

/* Leaves below `middle`, which stands below the root, map `more` frames than
 * they did (or fewer, modulo 2^32): the nodes above count them, too.
 * needs: space->lock; both are owned */
static inline void
space_count_mapped(struct space *space, struct frame *middle, uint32_t more)
{
	node_add_resident(middle, more);
	node_add_resident(space->root, more);
	space->resident_most = MAX(space->resident_most,
	    space->root->resident);
}

/*
 * Walk the list of spaces: the next after `space`, the first for NULL.
 * needs: the world stopped
 */
struct space *space_next(struct space *space);

/*
 * Frames set aside before a lock is taken, so that nothing below it can fail.
 * `page` is for data, the nodes, linked by `next`, for the tree; all undefined
 * contents.
 */
struct stock {
	struct frame *page;
	uint32_t first;		/* node, a number; if nnodes > 0 */
	uint32_t nnodes;
	bool whole;		/* nodes will be filled whole, so that clean
				 * frames would be wasted on them */
};

/* Fill up to `npages` (0, 1) and `nnodes`.  returns: 0 or -ENOMEM, with what
 * there is left in the stock */
int stock_fill(struct stock *stock, uint32_t npages, uint32_t nnodes);
/* From the frames kept back, too (mem/frame.h). */
int stock_fill_reserved(struct stock *stock, uint32_t nnodes);
/* From what is free now; safe under a space's lock.
 * returns: whether all is there */
bool stock_fill_free(struct stock *stock, uint32_t npages, uint32_t nnodes);
struct frame *stock_take_node(struct stock *stock);
struct frame *stock_take_page(struct stock *stock);
/* Free what was not used. */
void stock_empty(struct stock *stock);

/*
 * What a change of the tree asks of the TLBs, and what may be dropped after.
 * Changes are collected here and made good once, by changes_finish.
 */
#define CHANGES_OLD	5	/* both ends of a range, two levels; or a path
				 * and what it leads to */
struct changes {
	bool inner;		/* a non-leaf entry changed: flush all of it */
	bool remote;		/* a valid entry changed: on other harts too */
	bool code;		/* a page of instructions came to be */
	vaddr_t page;		/* the page whose leaf changed, if not inner */
	uint32_t nold;
	entry_t old[CHANGES_OLD];	/* references to drop after the fence */
};

static inline void
changes_drop(struct changes *changes, entry_t entry)
{
	ASSERT(changes->nold < ARRAY_LEN(changes->old));
	changes->old[changes->nold++] = entry;
}

/* Fence as `changes` asks, then drop the old references.
 * needs: space->lock */
void changes_finish(struct changes *changes, struct space *space);

/* `copy` stands below `entry` from now on, where `old` was.  gives: *changes */
static inline void
node_exchange(entry_t *entry, entry_t old, struct frame *copy,
    struct changes *changes)
{
	entry_store(entry, entry_node(copy));
	changes->inner = true;
	if (entry_kind(old) == ENTRY_NODE)
		changes->remote = true;
}

/*
 * Enter the leaf node below an inner entry to read: nothing in it may be
 * writable for that, unless we are alone in it.
 *
 * shared: the node of `entry` is; then that is sealed, else it is owned
 * needs:  space->lock; no hart can walk to the node below, or it is sealed
 */
void node_enter(entry_t *entry, bool shared);

/*
 * Make the node below an inner entry the space's own, to be changed: open it
 * if nobody else has it, else copy it.
 *
 * needs:   space->lock; the node of `entry` is owned; a node in `stock`, if
 *          the one below is shared
 * returns: the node below
 */
struct frame *node_own(entry_t *entry, struct stock *stock,
    struct changes *changes);
/*
 * The same for a node that no hart can reach, not even by what it caches, for
 * something above it is parked and was fenced: so nothing is owed.
 */
struct frame *node_own_closed(entry_t *entry, struct stock *stock);
