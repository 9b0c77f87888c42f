/* The usual faults.  For fault.c only. */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

struct space;

/*
 * Serve a fault where nothing but one leaf has to change: every node on the
 * way is the space's own and open.
 *
 * needs:   addr < USER_END, page-aligned; space->lock
 * returns: whether it was served; if not, nothing has changed
 */
bool fault_quick(struct space *space, vaddr_t addr, enum access access);
