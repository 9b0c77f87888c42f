/*
 * Page faults: everything that was put off, done for one page.  The trap's
 * hook, trap_on_fault (cpu/trap.h), is defined beside it.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

struct space;

/*
 * Make `addr` accessible as `access` wants it, as a page fault does.
 * needs:   no spinlock held; may sleep
 * returns: 0, with this hart's stale translation gone; -EFAULT if it must
 *          not be; -ENOMEM; -EIO if the object could not be read
 */
int space_fault(struct space *space, vaddr_t addr, enum access access);
