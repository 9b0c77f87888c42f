/*
 * The table of processes: places for all the machine can have, found
 * by pid.
 *
 * For the files of proc/ alone.  Lock order: proc_lock comes before the
 * scheduler's lock and the log's; interrupt handlers take it too.
 */
#pragma once

#include "core/lock/spinlock.h"
#include "unix/proc/proc.h"

extern struct spinlock proc_lock;	/* everything tagged [p] */

void table_init(void);
/* Places there are: as many as threads. */
uint32_t table_size(void);

/*
 * A place for a process: all zero, lists and queues ready, not yet found by
 * anyone.
 * returns: 0; -EAGAIN if `limit` or table_size() places are taken
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
/* The process in place `slot` < table_size(); NULL if nobody is there.
 * needs: proc_lock */
struct proc *table_at(uint32_t slot);
