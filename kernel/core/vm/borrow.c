#include "core/vm/borrow.h"

#include "core/base/panic.h"
#include "core/vm/node_copy.h"

/* Who has asked for so many lines will ask for more. */
#define LINES_TAKEN_MAX		4u

struct frame *
node_own_for(struct space *space, entry_t *entry, uint32_t index,
    struct stock *stock, struct changes *changes)
{
	entry_t old = entry_load(entry);
	struct frame *node = entry_frame(old), *copy;

	/* 1 is stable: only a holder of our lock could raise it. */
	if (frame_refs(node) == 1 || !node_is_full(node) || space->forked ||
	    space->nborrowers == BORROWERS_MAX)
		return node_own(entry, stock, changes);
	copy = stock_take_node(stock);
	node_borrow(copy, node, index);
	space->borrowers[space->nborrowers++] = copy;
	node_exchange(entry, old, copy, changes);
	return copy;
}

static uint32_t
lines_count(uint32_t lines)
{
	uint32_t count = 0;

	for (; lines != 0; lines &= lines - 1)
		count++;
	return count;
}

void
space_take_line(struct space *space, struct frame *node, uint32_t index)
{
	uint32_t i = 0;

	if (!node_lender_is_alone(node) &&
	    lines_count(node->lines) < LINES_TAKEN_MAX) {
		node_take_line(node, index);
		return;
	}
	node_take_all(node);
	while (space->borrowers[i] != node) {
		i++;
		ASSERT(i < space->nborrowers);
	}
	space->borrowers[i] = space->borrowers[--space->nborrowers];
}

void
space_take_all(struct space *space)
{
	for (uint32_t i = 0; i < space->nborrowers; i++)
		node_take_all(space->borrowers[i]);
	space->nborrowers = 0;
}
