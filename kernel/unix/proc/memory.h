/* A process's memory: which space it runs in, and where its break is. */
#pragma once

#include "core/base/types.h"

struct proc;
struct space;
struct space_usage;

/*
 * Run the calling process in `space` (NULL: none) from now on.  Sleeps until
 * nobody looks at the one before.
 * returns: the space before, for the caller to destroy
 */
struct space *proc_change_space(struct space *space);

/*
 * What the space of the process in place `slot` of the table holds; slow.
 * It need not be the caller's, and may be changing.
 * gives: *usage, zero if there is no process or no space
 */
void proc_space_usage(uint32_t slot, struct space_usage *usage);

/*
 * Move the end of the process's memory.  New memory is promised; where the
 * break stands inside a page, the page stays as it is.
 *
 * returns: 0; -EINVAL below its start; -ENOMEM
 * gives:   *old, the break before
 */
int proc_move_break(int64_t delta, vaddr_t *old);
