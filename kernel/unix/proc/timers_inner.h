/* Timers, as the files that make them see them.  Needs proc_lock. */
#pragma once

#include "unix/proc/timers.h"

struct proc;

/* Whether timers by time used are set, or a limit of it. */
void timers_look_again(struct proc *proc);

/* Some time was used: see to timers by it.  returns: whether there are any */
bool posix_timers_used(struct proc *proc);

/* Forget all of timer_create.  needs: not proc_lock, no spinlock */
void posix_timers_free(struct proc *proc);

/* When a periodic timer that was to expire at `at` does so next, after `now`.
 * gives: *missed, how often it did not before */
uint64_t timer_after(uint64_t at, uint64_t interval, uint64_t now,
    uint64_t *missed);
