/*
 * Job control: whose terminal it is, and whom its signals are for.  Defines
 * the hooks of unix/dev/tty.h.
 *
 * A terminal knows its session and the group in front (tty->lock); a process
 * knows its terminal (proc_lock).  Both change together, under proc_lock and
 * then the terminal's lock.
 */
#pragma once

#include "unix/dev/tty.h"

struct proc;

/* `proc` is gone: if it led a session, that loses its terminal.
 * needs: proc_lock */
void job_control_leave(struct proc *proc);
/* Give: the process's terminal, as the number of a device (0: none), and the
 * group in front of it (-1).  needs: proc_lock */
void job_control_describe(const struct proc *proc, uint32_t *tty_number,
    int32_t *group);
