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
