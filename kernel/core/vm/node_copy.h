/*
 * Copies of nodes, whole ones and such that borrow.
 *
 * A full node is 512 references to take, for a write that may be the only one.
 * So its copy may begin with the one line that is wanted, and *borrow* the
 * others: they are empty in it, it holds a reference to its lender, and takes
 * from there what it is asked for.
 *
 *	parent A --> [ lender, refs 2 ]      parent B --> [ borrower ]
 *	                       ^---------------------------- lender
 *
 * Only a node that is owned borrows, for one space only knows that it does
 * (borrow.h), and only from one that borrows nothing.  The lender does not
 * change meanwhile, being shared, or the borrower's alone.  `promised` and
 * `resident` of a borrower count all it stands for; `used`, `named` and `lines`
 * what it has.
 */
#pragma once

#include "core/vm/node.h"

/*
 * Make `copy` say what `node` says, and both safe to be changed apart: leaves
 * sealed, and inner entries parked, in both, but for those of nodes that are
 * shared and sealed, which may be open; a reference for each entry.
 *
 * A fork is this, done to a root.
 *
 * needs: the caller holds a reference to `node`, which borrows nothing, and is
 *        `copy`'s only one: it was just taken, or is an empty root from
 *        node_make; no hart can walk `node` unless it is sealed, or the caller
 *        will fence before anything is changed
 */
void node_copy(struct frame *copy, struct frame *node);

/*
 * The same, but `copy` has only the line of `index`, and borrows the others.
 *
 * needs: as node_copy, and `copy` is no root
 * gives: the caller's reference to `node` is the copy's
 */
void node_borrow(struct frame *copy, struct frame *node, uint32_t index);

/* Clear W in every leaf of a node of level 0.
 * needs: no hart can walk it, or it is sealed */
void node_seal(struct frame *node);
/* Park what leads to nodes that are not sealed, in a node of level 1.
 * needs: nobody else has looked at it since it came to be shared */
void node_seal_above(struct frame *node);
/* Whether a node that is shared is sealed, and will be while we share it. */
static inline bool
node_is_sealed(const struct frame *node)
{
	return atomic_load_acquire(&node->unsealed) == 0;
}

/* Whether an owned node may have to take the line of `index` first. */
static inline bool
node_lacks_line(const struct frame *node, uint32_t index)
{
	return node->lender != 0 && !(node->lines & line_of(index));
}

/* What a node says at `index`, itself or by its lender. */
static inline entry_t
node_entry(const struct frame *node, uint32_t index)
{
	if (node_lacks_line(node, index))
		node = frame_at(node->lender);
	return entry_load(&node_entries(node)[index]);
}

/* Have the line of `index` from the lender, who may have none.
 * needs: the node is owned, and lacks it */
void node_take_line(struct frame *node, uint32_t index);

/* Have all lines, and borrow no more.
 * needs: the node is owned, and borrows */
void node_take_all(struct frame *node);

/* Whether nobody else has the lender any more: then to take all is cheap. */
static inline bool
node_lender_is_alone(const struct frame *node)
{
	return frame_refs(frame_at(node->lender)) == 1;
}
