/*
 * The heap: memory for the kernel's structures of variable number.
 *
 * Objects of one size class share frames.  A frame whose objects are all free
 * goes back at once, so that the count of frames is exact: what is freed is
 * free, and cleared.  Structures of fixed number live in pools (mem/pool.h),
 * which cost no frame.
 */
#pragma once

#include "core/base/types.h"

/*
 * `bytes` of memory, all zero, aligned to 16 (a whole page: to itself).
 *
 * needs:   1 <= bytes <= PAGE_BYTES; of spinlocks, only ones below RANK_POOL
 *          are held
 * returns: NULL if there is no memory, dropped trees and clean pages included
 */
void *heap_alloc(size_t bytes);
/* PAGE_BYTES whose contents are undefined.  needs, returns: as heap_alloc */
void *heap_alloc_page(void);
/* Give it back; NULL is nothing.  needs: as heap_alloc */
void heap_free(void *memory);

/* Frames the heap has taken; for memory_stats and the audit. */
uint32_t heap_frames(void);
