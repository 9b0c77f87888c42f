/*
 * Which nodes of a space borrow (node_copy.h).
 *
 * Only faults make such nodes, and only faults know of them: whatever else
 * looks into a tree, or shares it, takes the space's lock by space_lock
 * (space_lock.h), after which none borrows.  There are at most BORROWERS_MAX of
 * them at once.
 */
#pragma once

#include "core/vm/space_tree.h"

/* Whether a node names so much that its copy begins with a line. */
static inline bool
node_is_full(const struct frame *node)
{
	return node->named >= MAX(SV39_FANOUT / 4, 3u);
}

/*
 * What node_own does; a copy of a full node may begin with what the entry of
 * `index` in it needs.
 */
struct frame *node_own_for(struct space *space, entry_t *entry, uint32_t index,
    struct stock *stock, struct changes *changes);

/*
 * Have the entry of `index` in an owned node itself: its line, or, where many
 * have been asked for, all.
 * needs: space->lock; the node lacks the line
 */
void space_take_line(struct space *space, struct frame *node, uint32_t index);

/* Have everything.  needs: space->lock */
void space_take_all(struct space *space);
