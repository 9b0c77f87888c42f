/*
 * Frames set aside, and changes put together: what an operation needs before
 * it may touch the tree, and owes after.
 */
#include "core/vm/space_tree.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/vm/fence.h"
#include "core/vm/node_copy.h"
#include "core/vm/reclaim.h"
#include "core/vm/stats.h"

static inline bool
fill(struct stock *stock, uint32_t npages, uint32_t nnodes,
    struct frame *(*alloc)(bool clean))
{
	ASSERT(npages <= 1);
	while (stock->nnodes < nnodes) {
		struct frame *node = alloc(!stock->whole);

		if (node == NULL)
			return false;
		node->next = stock->first;
		stock->first = frame_number(node);
		stock->nnodes++;
	}
	if (npages > 0 && stock->page == NULL)
		stock->page = alloc(false);
	return npages == 0 || stock->page != NULL;
}

int
stock_fill(struct stock *stock, uint32_t npages, uint32_t nnodes)
{
	return fill(stock, npages, nnodes, reclaim_alloc_waiting) ? 0 :
	    -ENOMEM;
}

int
stock_fill_reserved(struct stock *stock, uint32_t nnodes)
{
	return fill(stock, 0, nnodes, reclaim_alloc_reserved) ? 0 : -ENOMEM;
}

bool
stock_fill_free(struct stock *stock, uint32_t npages, uint32_t nnodes)
{
	bool page = npages > 0 && stock->page == NULL;

	if (!stock->whole && page + nnodes > stock->nnodes + 1)
		stock->nnodes += frame_alloc_several(nnodes - stock->nnodes,
		    &stock->first, page ? &stock->page : NULL);
	return fill(stock, npages, nnodes, frame_alloc);
}

struct frame *
stock_take_node(struct stock *stock)
{
	struct frame *node;

	ASSERT(stock->nnodes > 0);
	node = frame_at(stock->first);
	stock->first = node->next;
	stock->nnodes--;
	return node;
}

struct frame *
stock_take_page(struct stock *stock)
{
	struct frame *page = stock->page;

	ASSERT(page != NULL);
	stock->page = NULL;
	frame_turn(page, FRAME_PAGE);
	return page;
}

/* Nobody wrote to it. */
static void
give_back(struct frame *frame)
{
	frame_return(frame, frame->flags & FRAME_CLEAN);
}

void
stock_empty(struct stock *stock)
{
	while (stock->nnodes > 0)
		give_back(stock_take_node(stock));
	if (stock->page != NULL)
		give_back(stock->page);
	stock->page = NULL;
}

void
changes_finish(struct changes *changes, struct space *space)
{
	if (changes->inner && changes->remote)
		fence_space(space);
	else if (changes->inner)
		fence_space_here(space);
	else if (changes->remote)
		fence_page(space, changes->page);
	else
		fence_page_here(space, changes->page);
	if (changes->code)
		fence_code(space);
	for (uint32_t i = 0; i < changes->nold; i++)
		entry_put(changes->old[i]);
}

void
node_enter(entry_t *entry, bool shared)
{
	struct frame *node = entry_frame(entry_load(entry));

	if (shared || frame_refs(node) > 1)
		node_seal(node);
	entry_store(entry, entry_node(node));
}

struct frame *
node_own(entry_t *entry, struct stock *stock, struct changes *changes)
{
	entry_t old = entry_load(entry);
	struct frame *node = entry_frame(old), *copy;

	/* 1 is stable: only a holder of our lock could raise it. */
	if (frame_refs(node) == 1) {
		if (entry_kind(old) == ENTRY_PARKED) {
			entry_store(entry, entry_node(node));
			changes->inner = true;
		}
		return node;
	}
	copy = stock_take_node(stock);
	node_copy(copy, node);
	node_exchange(entry, old, copy, changes);
	changes_drop(changes, old);
	return copy;
}

struct frame *
node_own_closed(entry_t *entry, struct stock *stock)
{
	struct frame *node = entry_frame(entry_load(entry)), *copy;

	if (frame_refs(node) == 1)
		return node;
	copy = stock_take_node(stock);
	node_copy(copy, node);
	entry_store(entry, entry_parked(copy));
	node_put(node);
	return copy;
}
