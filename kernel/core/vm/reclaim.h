/*
 * Frames when memory runs short: the freeing that was put off is done now.
 *
 *	1. a free frame                       (mem)
 *	2. the queue of dropped trees         (node.h)
 *	3. clean pages nobody maps            (object.h)
 *	4. the same of dirty ones, after storing them, where that may be waited for
 *	5. NULL
 */
#pragma once

#include "core/mem/frame.h"

/* As frame_alloc and frame_alloc_reserved, but tries harder first, and waits
 * for what other harts are freeing, unless a spinlock is held.
 * needs: of spinlocks, only ones below RANK_CACHE are held */
struct frame *reclaim_alloc(bool clean);
struct frame *reclaim_alloc_reserved(bool clean);
/* As reclaim_alloc; then, where the thread holds no lock that forbids it (of
 * RANK_REAP or above), also releases the dead and stores dirty pages that
 * nobody maps.  Sleeps. */
struct frame *reclaim_alloc_waiting(bool clean);
/* As frame_claim, but tries harder first. */
bool reclaim_claim(uint32_t count);
/* The same for kernel memory: cleared, as a pointer. */
void *reclaim_alloc_kernel(void);
/* The same with contents undefined. */
void *reclaim_alloc_page(void);

/* Free what was dropped and only not freed yet, trees and objects: for those
 * who find no room on a disk, or are asked how much there is.  Sleeps. */
void reclaim_dropped(void);

/* Free everything that was put off: when this returns, memory, objects and
 * files that nobody used when it was called are free.  Sleeps. */
void reclaim_all(void);
