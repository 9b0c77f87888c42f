/* The usual faults.  For fault.c only. */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

struct frame;
struct space;

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
