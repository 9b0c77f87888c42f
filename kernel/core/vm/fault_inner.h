/* One fault, between the files that serve it.  For vm/fault*.c only. */
#pragma once

#include "core/vm/space_tree.h"

/* Where an address leads: the entry that decides, and the way there. */
struct path {
	uint32_t level;			/* of the deciding entry */
	entry_t decides;
	entry_t *entry;			/* where it stands */
	struct frame *node;		/* ... and in which node */
	bool shared;			/* some node on the way is shared */
	bool parked;			/* some node on the way is not open */
	uint32_t nodes_needed;		/* to own the way and split a mark */
};

/* What one fault needs and has found out. */
struct fault {
	struct space *space;
	vaddr_t addr;
	enum access access;
	struct stock stock;
	struct changes changes;
	/* An object's page this fault turned out to need; pinned. */
	struct frame *page;
	uint32_t page_object, page_index;
	bool need_page;			/* ... and does not have yet */
	bool need_frame;		/* stock.page is missing */
	uint32_t need_nodes;		/* stock.nodes that must be there */
};

/* The node above that of the leaf, below the root. */
static inline struct frame *
node_above(const struct fault *fault)
{
	return entry_frame(entry_load(&node_entries(fault->space->root)
	    [level_index(fault->addr, ROOT_LEVEL)]));
}

/*
 * The entry is resolved, as fault.c's table says: the way to it is the space's
 * own, and what fault_check_needs found to be needed is there.  Cannot fail.
 */
void resolve_anon(struct fault *fault, struct frame *node, entry_t *entry);
void resolve_file(struct fault *fault, struct frame *node, entry_t *entry);
void resolve_write(struct fault *fault, struct frame *node, entry_t *entry);
