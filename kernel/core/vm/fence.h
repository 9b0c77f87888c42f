/*
 * Which harts know a space, and how they are made to forget (docs/design.md,
 * "Fences").
 *
 * A hart that runs the space is told at once, over SBI.  One that ran it
 * before and has moved on may still hold its translations under its ASID; it
 * is marked stale and flushes before it runs the space again.  One that never
 * ran it flushes what it may have fetched from frames that are code now.
 *
 *	shootdown                          space_enter
 *	  entry = new                        active |= me
 *	  stale |= seen but me               fence
 *	  fence                              if stale has me: clear, flush
 *	  tell those in active               use translations
 */
#pragma once

#include "core/base/types.h"

struct space;

/*
 * Translations of one page, or all, of `space` are forgotten, on this hart
 * and on every hart that could use them.  needs: space->lock
 */
void fence_page(struct space *space, vaddr_t page);
void fence_space(struct space *space);

/* Instructions in the space's memory were written: fetches must see them. */
void fence_code(struct space *space);

/* On this hart only: where an entry turned valid that was not. */
void fence_page_here(struct space *space, vaddr_t page);
void fence_space_here(struct space *space);
