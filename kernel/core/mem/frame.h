/*
 * Frames: the pages of physical memory, and their counts.
 *
 * Every frame of RAM has a struct frame in one table, from the first free
 * page to the last.  refs counts who names it; at 0 it is on a free list.
 * Free frames wait in two places, the shared list and a short list of each
 * hart, and are counted in both:
 *
 *	frame_free_count() + frames with refs > 0 = frame_count()
 *
 * Nothing here sleeps, and nothing calls up: when no frame is left, the
 * answer is NULL, and the caller (vm/reclaim.h) makes room and asks again.
 */
#pragma once

#include "core/base/atomic.h"
#include "core/base/types.h"
#include "core/cpu/layout.h"

enum frame_kind {
	FRAME_FREE,
	FRAME_KERNEL,	/* the kernel's own: tables, stacks, buffers */
	FRAME_NODE,	/* a page-table page of a space */
	FRAME_PAGE,	/* memory of programs, and pages of objects */
};

/*
 * [a] atomic; [f] the lock of the free list it is on; [n] the space that owns
 * the node, or, where it is shared, nobody: constant; [c] cache lock;
 * [w] the world stopped.
 *
 * refs cannot overflow: each reference is an entry of 8 bytes or a pin, and
 * 2^32 entries are 32 GiB of nodes, more than the RAM that is supported.
 */
struct frame {
	uint32_t refs;		/* [a] */
	uint32_t next;		/* [f] free list, queue of dead nodes: a number */
	uint32_t tally;		/* [w] audit's recount */
	uint8_t kind;		/* enum frame_kind; set at alloc and free */
	uint8_t level;		/* [n] of a node: 0 holds leaves, 2 is a root */
	uint16_t used;		/* [n] of a node: entries that are not empty */
	uint32_t sealed;	/* [n] of a level-0 node: no W bit in it */
	uint32_t object;	/* [c] of a cached page: object's number + 1 */
	uint32_t index;		/* [c] of a cached page: page of the object */
	uint32_t chain;		/* [c] next in its hash chain: a number */
};

#define FRAME_NONE	UINT32_MAX	/* no frame's number */

/*
 * Make the table for RAM [start, end) out of its first pages, and free the
 * rest.  needs: page-aligned, in the direct map; called once.
 */
void frame_init(paddr_t start, paddr_t end);

/*
 * One frame with refs = 1, contents undefined.
 * returns: NULL if none is left (the last FRAMES_RESERVED are kept back)
 */
struct frame *frame_alloc(enum frame_kind kind);
/* The same, from the frames kept back too: for giving memory back. */
struct frame *frame_alloc_reserved(enum frame_kind kind);

/* `npages` frames in a row, refs = 1 each; only while booting.
 * returns: the first page's pointer, cleared; NULL if there is no such run */
void *frame_alloc_run(uint32_t npages);

/* One frame of the kernel's own, cleared, as a pointer; NULL if none. */
void *frame_alloc_kernel(void);
void frame_free_kernel(void *page);

void frame_get(struct frame *frame);
/* Drop a reference to a page or kernel frame; the last one frees it. */
void frame_put(struct frame *frame);
/* Drop a reference, freeing nothing. returns: whether it was the last */
bool frame_drop(struct frame *frame);
/* Put a frame whose refs are 0 on the free list. */
void frame_free(struct frame *frame);

uint32_t frame_count(void);
uint32_t frame_free_count(void);

/* Numbers run from 0 to frame_count() - 1. */
extern struct frame *frame_table;	/* [c] */
extern paddr_t frame_base;		/* [c] physical address of number 0 */

static inline uint32_t
frame_number(const struct frame *frame)
{
	return (uint32_t)(frame - frame_table);
}

static inline struct frame *
frame_at(uint32_t number)
{
	return &frame_table[number];
}

static inline paddr_t
frame_paddr(const struct frame *frame)
{
	return frame_base + ((paddr_t)frame_number(frame) << PAGE_SHIFT);
}

/* needs: paddr is in [frame_base, end of RAM) */
static inline struct frame *
frame_of(paddr_t paddr)
{
	return &frame_table[(paddr - frame_base) >> PAGE_SHIFT];
}

/* The frame's bytes. */
static inline void *
frame_data(const struct frame *frame)
{
	return direct_pointer(frame_paddr(frame));
}

static inline uint32_t
frame_refs(const struct frame *frame)
{
	return atomic_load_acquire(&frame->refs);
}
