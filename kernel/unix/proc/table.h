/*
 * The table of processes: a fixed number of places, found by pid.
 *
 * For the files of proc/ alone.  Lock order: proc_lock comes before the
 * scheduler's lock and the log's; interrupt handlers take it too.
 */
#pragma once

#include "core/lock/spinlock.h"
#include "unix/proc/proc.h"

extern struct spinlock proc_lock;	/* everything tagged [p] */

void table_init(void);

/*
 * A place for a process: all zero, lists and queues ready, not yet found by
 * anyone.
 * returns: 0; -EAGAIN if `limit` or PROCS_MAX places are taken
 */
int table_take(uint32_t limit, struct proc **out);
/* Give it back.  needs: proc_lock not held, no pid */
void table_give(struct proc *proc);

/* Give it a pid that nobody has, and let it be found.  needs: proc_lock */
void table_enter(struct proc *proc);
/* Undo table_enter and table_take.  needs: proc_lock */
void table_leave(struct proc *proc);

/* needs: proc_lock.  returns: NULL if there is none */
struct proc *table_find(int32_t pid);
/* The process in place `slot`, PROCS_MAX in all; NULL if nobody is there.
 * needs: proc_lock */
struct proc *table_at(uint32_t slot);
