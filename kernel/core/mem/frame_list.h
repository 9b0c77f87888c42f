/* Lists of free frames.  For frame.c only. */
#pragma once

#include "core/lock/spinlock.h"
#include "core/mem/frame.h"

/* Frames that wait to be used, linked by `next`. */
struct chain {
	uint32_t first;		/* lock */
	uint32_t count;		/* lock to change, [a] to read */
};

/* ... those that are FRAME_CLEAN in [1], the others in [0].  Each on a line of
 * the cache of its own, for what harts have at hand is each one's own. */
struct free_list {
	struct spinlock lock;
	struct chain chains[2];
} __attribute__((aligned(64)));

/* How many there are; of a list that is not locked, about. */
static inline uint32_t
list_count(const struct free_list *list)
{
	return atomic_load_relaxed(&list->chains[0].count) +
	    atomic_load_relaxed(&list->chains[1].count);
}

static inline void
list_push(struct free_list *list, struct frame *frame, bool clean)
{
	struct chain *chain = &list->chains[clean];

	frame->next = chain->first;
	chain->first = frame_number(frame);
	atomic_store_relaxed(&chain->count, chain->count + 1);
}

static inline struct frame *
chain_pop(struct chain *chain)
{
	struct frame *frame;

	if (chain->first == FRAME_NONE)
		return NULL;
	frame = frame_at(chain->first);
	chain->first = frame->next;
	atomic_store_relaxed(&chain->count, chain->count - 1);
	return frame;
}

/* One that is clean, or one that is not, if there are any; else another. */
static inline struct frame *
list_pop(struct free_list *list, bool clean)
{
	struct frame *frame = chain_pop(&list->chains[clean]);

	return frame != NULL ? frame : chain_pop(&list->chains[!clean]);
}

/* Move up to `count` frames of one kind, all at once. */
void chain_move(struct chain *from, struct chain *to, uint32_t count);
