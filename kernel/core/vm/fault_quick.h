/* The usual faults.  For fault.c only. */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"
#include "core/mem/frame.h"

struct space;

/* returns: a cleared frame for fresh memory, NULL if none is at hand */
static inline __attribute__((always_inline)) struct frame *
fresh_frame(void)
{
	struct frame *frame = frame_alloc(frames_clean_are_plenty());

	if (frame != NULL)
		frame_clear(frame);
	return frame;
}

/*
 * Serve a fault where nothing but one leaf has to change: every node on the
 * way is the space's own and open.
 *
 * needs:   addr < USER_END, page-aligned; space->lock
 * ahead:   a cleared frame for fresh memory, or NULL; NULL if it was taken: then
 *          the caller is to fence the page on this hart
 * returns: whether it was served; if not, nothing has changed
 */
bool fault_quick(struct space *space, vaddr_t addr, enum access access,
    struct frame **ahead);
