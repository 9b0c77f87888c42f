/*
 * The table of processes and threads: so many places, found by number.
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
 * Places for a process, or for a thread of `proc`: all zero, lists and queues
 * ready, not yet found by anyone.
 * returns: 0; -EAGAIN if `limit` or all places for processes are taken
 */
int table_take(uint32_t limit, struct proc **out);
int table_take_thread(struct proc *proc, struct proc_thread **out);
/* Give them back.  needs: no number */
void table_give(struct proc *proc);
void table_give_thread(struct proc_thread *thread);

/*
 * Put a thread into its process, under a number that nobody has, and let it be
 * found; the first becomes the leader, and its number the process's.
 * needs: proc_lock
 */
void table_enter(struct proc_thread *thread);
/* A thread has left: forget it, unless it leads.  needs: proc_lock */
void table_leave_thread(struct proc_thread *thread);
/* `thread` becomes the leader, under the process's number; the leader before
 * is gone.  needs: proc_lock; the leader has left */
void table_change_leader(struct proc_thread *thread);
/* Undo table_take and table_enter: the process is gone, with its leader.
 * needs: proc_lock; all its threads have left */
void table_leave(struct proc *proc);

/* needs: proc_lock.  returns: NULL if there is none */
struct proc *table_find(int32_t pid);
struct proc_thread *table_find_thread(int32_t tid);

/* How many places for processes there are. */
uint32_t table_size(void);
/* The process in place `slot`; NULL if nobody is there.  needs: proc_lock */
struct proc *table_at(uint32_t slot);
/* How many processes and threads there are.  needs: proc_lock */
uint32_t table_threads(void);
/* The number given last.  needs: proc_lock */
int32_t table_last_number(void);
