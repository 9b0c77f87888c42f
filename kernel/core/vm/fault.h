/*
 * Page faults: everything that was put off, done for one page.  The trap's
 * hook, trap_on_fault (cpu/trap.h), is defined beside it.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

struct space;

/*
 * Make `addr` accessible as `access` wants it, as a page fault does.  Memory
 * mapped to grow does so if `addr` lies in the empty pages below it.
 *
 * needs:   no spinlock held; may sleep
 * returns: 0, with this hart's stale translation gone;
 *          -EFAULT if nothing is mapped there; -EACCES if it is, but not for
 *          that; -ENXIO past the end of the object; -EIO if the object could
 *          not be read; -ENOMEM
 */
int space_fault(struct space *space, vaddr_t addr, enum access access);

/* How many bytes of memory that grows may hang together in `space`: its
 * program's stack limit.  A new space has GROWTH_BYTES; forked ones inherit. */
void space_set_growth(struct space *space, uint64_t bytes);
