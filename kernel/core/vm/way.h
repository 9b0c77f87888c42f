/*
 * The way to a leaf that is open and owned from the root down, as it is for
 * most that is asked for: what is done there needs nothing set aside.
 */
#pragma once

#include "core/vm/space_tree.h"

struct way {
	struct frame *middle, *node;	/* below the root; of the leaf */
	entry_t *entry;			/* in that */
};

/* The node below an entry, if it is open and has no other name; else NULL. */
static inline struct frame *
node_at_hand(entry_t entry)
{
	struct frame *node = entry_frame(entry);

	/* 1 is stable: only a holder of our lock could raise it. */
	if ((entry & (PTE_V | PTE_RWX)) != PTE_V || frame_refs(node) != 1)
		return NULL;
	return node;
}

/* The entry for `addr` in the node below an inner entry. */
static inline entry_t *
entry_below(entry_t inner, vaddr_t addr, uint32_t level)
{
	entry_t *entries = direct_pointer(pte_paddr(inner));

	return &entries[level_index(addr, level)];
}

/* needs: space->lock.  returns: whether there is one; gives: *way if so */
static inline bool
way_find(const struct space *space, vaddr_t addr, struct way *way)
{
	entry_t entry = entry_load(
	    &node_entries(space->root)[level_index(addr, ROOT_LEVEL)]);

	way->middle = node_at_hand(entry);
	if (way->middle == NULL)
		return false;
	entry = entry_load(entry_below(entry, addr, 1));
	way->node = node_at_hand(entry);
	if (way->node == NULL)
		return false;
	way->entry = entry_below(entry, addr, 0);
	return true;
}
