/*
 * The scheduler, as the files of this folder see it.
 *
 *	make_ready --> [ready queue] --> sched_switch
 *	                 one for all     takes the first; the hart's idle
 *	                                 thread if there is none
 *
 * sched_lock is held across a switch of threads: the thread that goes on
 * releases it.  So whoever can take it finds no thread half switched.
 *
 * Timers: while a hart runs a thread its timer stands at the end of the slice
 * or before; while it idles, at the earliest deadline of those who went to
 * sleep on it, or never.
 */
#pragma once

#include "core/lock/spinlock.h"
#include "core/task/thread.h"

extern struct spinlock sched_lock;

void sched_init(void);			/* once, at boot */

/* All need sched_lock, where nothing else is said. */

/* Put a thread into the ready queue, and interrupt an idle hart for it. */
void sched_make_ready(struct thread *thread);
/* Leave the running thread, whose state has been set; returns when it runs
 * again.  needs: no other spinlock */
void sched_switch(void);
/* See that this hart's timer rings at `deadline` or before. */
void sched_alarm(uint64_t deadline);

/* What a hart has done: ticks in programs and in the kernel, without those it
 * idled; switches of threads. */
struct sched_busy {
	uint64_t user, system, switches;
};

/* needs: hart < harts_count(); not sched_lock: words may be of two moments */
void sched_busy(uint32_t hart, struct sched_busy *out);
/* Threads that run or are ready to.  needs: not sched_lock */
uint32_t sched_active_count(void);

/* Put the running thread among the sleepers, to be woken at its deadline. */
void clock_add(struct thread *thread);
/* Wake all whose deadline has come. */
void clock_expire(uint64_t now);
/* The earliest deadline this hart has to ring for; UINT64_MAX if none. */
uint64_t clock_next(void);

/* Have the registers of the running thread in its `fp`.  needs: FS not Off */
void thread_save_fp(struct thread *self);

/* End the wait of a sleeping thread, which returns `reason`. */
void wait_end(struct thread *thread, int reason);

/* First C code of a new thread: releases sched_lock. */
_Noreturn void thread_begin(void (*entry)(void *), void *arg);

/* switch.S: save this thread's registers, load another's. */
void context_switch(struct context *from, const struct context *to);
void thread_trampoline(void);
/* Tell world.c that this hart may be waited for. */
void world_join(void);
