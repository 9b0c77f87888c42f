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
 * A hart keeps those apart that it knows to be all zero.
 *
 * Nothing here sleeps, and nothing calls up: when no frame is left, the
 * answer is NULL, and the caller (vm/reclaim.h) makes room and asks again.
 */
#pragma once

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/base/types.h"
#include "core/cpu/layout.h"

enum frame_kind {
	FRAME_FREE,
	FRAME_KERNEL,	/* the kernel's own: tables, stacks, buffers */
	FRAME_NODE,	/* a page-table page of a space */
	FRAME_PAGE,	/* memory of programs, and pages of objects */
	FRAME_KINDS
};

/* Of a page that is no object's own. */
#define FRAME_COPY	1u	/* a private copy of an object's page, which it
				 * names by `object` and `index` */
#define FRAME_GROWS	2u	/* of memory that grows downwards */
/* Of a frame that was just taken. */
#define FRAME_CLEAN	4u	/* all bytes are zero */

/*
 * [a] atomic; [f] the lock of the free list it is on; [n] the space that owns
 * the node, or, where the node is shared, nobody: constant; [c] cache lock,
 * constant in a private copy; [k] constant while entries name it.
 *
 * A frame on its way into a tree is the kernel's (FRAME_KERNEL, refs = 1)
 * until an entry names it; frame_turn gives it its kind then.  So a recount
 * (vm/audit.h) knows what every reference is: an entry, a cache, or a pin.
 *
 * refs cannot overflow: each reference is an entry of 8 bytes or a pin, and
 * 2^32 entries are 32 GiB of nodes, more than the RAM that is supported.
 */
struct frame {
	uint32_t refs;		/* [a] who names it; 0: free */
	union {
		uint32_t pins;	/* [a] of refs: held by running code */
		uint32_t lender;	/* [n] of a node: whom it borrows lines
					 * from (vm/node_copy.h), a number; 0 */
	};
	union {
		uint32_t next;	/* [f] free list, queue of dead nodes, [c] pages
				 * of an object: a number */
		uint32_t unsealed;	/* [a] of a node: see node.h */
	};
	union {
		uint32_t prev;	/* [c] the page before in that list */
		uint32_t lines;	/* [n] of a node: see node.h */
	};
	uint8_t kind;		/* enum frame_kind; its holder's */
	uint8_t flags;		/* [k] of a page: FRAME_COPY, FRAME_GROWS;
				 * its holder's, of a new one: FRAME_CLEAN */
	union {
		uint8_t level;	/* [n] of a node: 0 holds leaves, 2 is a root */
		uint8_t dirty;	/* [c] of a cached page: must be stored */
	};
	uint8_t recent;		/* [c] of a cached page: was asked for */
	union {
		uint32_t object;	/* [c] of a cached page or a private
					 * copy: object's number + 1 */
		uint32_t resident;	/* [n] of a node: frames mapped below */
	};
	union {
		uint32_t index;		/* [c] of a cached page: its number */
		uint32_t promised;	/* [n] of a node: pages mapped below */
	};
	union {
		uint32_t chain;		/* [c] of a cached page: next in its
					 * hash chain, a number */
		struct {		/* [n] of a node: entries that ... */
			uint16_t used;	/* are not empty */
			uint16_t named;	/* name something */
		};
	};
};

_Static_assert(sizeof(struct frame) == 32, "indexed by shifting");

#define FRAME_NONE	UINT32_MAX	/* no frame's number */

/*
 * Make the table for RAM [start, end) out of its first pages, and free the
 * rest.  needs: page-aligned, in the direct map; called once.
 */
void frame_init(paddr_t start, paddr_t end);

/*
 * One frame of the kernel's, refs = 1, contents undefined unless it is marked
 * FRAME_CLEAN.
 * clean:   it will be cleared, so one that is clean is better
 * returns: NULL if none is left (the last FRAMES_RESERVED and those claimed
 *          are kept back)
 */
struct frame *frame_alloc(bool clean);
/*
 * Several of the same at once, of what is at hand: up to `count` that are clean,
 * and if `other` is not NULL, one that is not.
 * returns: how many are clean.  gives: *first, which those are put before, by
 *          `next`; *other, NULL if there is none
 */
uint32_t frame_alloc_several(uint32_t count, uint32_t *first,
    struct frame **other);
/* As frame_alloc, from the frames kept back too: for the nodes that promising memory
 * and giving it back may need. */
struct frame *frame_alloc_reserved(bool clean);
/* Clear a frame that was just taken, if it is not clean. */
void frame_clear(struct frame *frame);

/*
 * Claims: frames that will be needed, and that nobody else gets meanwhile,
 * though they stay free until they are.
 *
 * returns: whether `count` more frames could be claimed
 */
bool frame_claim(uint32_t count);
void frame_unclaim(uint32_t count);
/* One of those the caller has claimed. */
struct frame *frame_alloc_claimed(void);
/* ... which is not needed yet after all. */
void frame_free_claimed(struct frame *frame);
uint32_t frame_claimed_count(void);

/* What the kernel held becomes memory of programs, or part of a tree; once. */
void frame_turn(struct frame *frame, enum frame_kind kind);

/* `npages` frames in a row, refs = 1 each; only while booting.
 * returns: the first page's pointer, cleared; NULL if there is no such run */
void *frame_alloc_run(uint32_t npages);

/* One frame of the kernel's own, cleared, as a pointer; NULL if none. */
void *frame_alloc_kernel(void);
void frame_free_kernel(void *page);

/* Put a frame whose refs are 0 on the free list. */
void frame_free(struct frame *frame);
/* The same for one whose bytes are all zero. */
void frame_free_clean(struct frame *frame);
/* Free one whose only reference is the caller's.  clean: its bytes are all zero */
void frame_return(struct frame *frame, bool clean);
/* Make a free frame of this hart's clean, for whoever needs one next.
 * returns: whether there may be more to do */
bool frame_clear_ahead(void);
/* Drop a reference to a page or kernel frame; the last one frees it. */
void frame_put(struct frame *frame);

/* A reference held by running code, which the recount must know of. */
void frame_pin(struct frame *frame);
void frame_unpin(struct frame *frame);

/* Whether more than an eighth of all frames is free; not exact. */
bool frames_are_plenty(void);
/* Whether so many are clean that who may want thousands should take some: the
 * others are left to those who want few, at once. */
bool frames_clean_are_plenty(void);

/* How many are of that kind: FRAME_NODE or FRAME_PAGE. */
uint32_t frame_count_of(enum frame_kind kind);
uint32_t frame_count(void);
uint32_t frame_free_count(void);

/* Numbers run from 0 to frame_count() - 1. */
extern struct frame *frame_table;	/* [c] */
extern paddr_t frame_base;		/* [c] physical address of number 0 */
/* Where the frame of physical address 0 would have its place in the table. */
extern uintptr_t frame_origin;		/* [c] */
/* A word for each frame, for recounts while the world is stopped. */
extern uint32_t *frame_tallies;		/* [c] */

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
	return (paddr_t)((uintptr_t)frame - frame_origin) /
	    sizeof(struct frame) << PAGE_SHIFT;
}

/* By page number; `origin` is frame_origin, which a loop may keep at hand. */
static inline struct frame *
frame_from(uintptr_t origin, uint64_t ppn)
{
	return (struct frame *)(origin + ppn * sizeof(struct frame));
}

/* needs: paddr is in [frame_base, end of RAM) */
static inline struct frame *
frame_of(paddr_t paddr)
{
	return frame_from(frame_origin, paddr >> PAGE_SHIFT);
}

static inline uint32_t *
frame_tally(const struct frame *frame)
{
	return &frame_tallies[frame_number(frame)];
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

/* needs: somebody holds a reference meanwhile */
static inline void
frame_get(struct frame *frame)
{
	atomic_add_relaxed(&frame->refs, 1);
}

/* Drop a reference, freeing nothing.  returns: whether it was the last */
static inline bool
frame_drop(struct frame *frame)
{
	uint32_t before = atomic_sub(&frame->refs, 1);

	ASSERT(before > 0);
	return before == 1;
}
