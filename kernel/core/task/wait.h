/*
 * Waiting for a condition that a lock protects.
 *
 *	spin_lock(&lock);                 spin_lock(&lock);
 *	while (!condition)                condition = true;
 *		wait_on(&queue, &lock);   wake_all(&queue);
 *	spin_unlock(&lock);               spin_unlock(&lock);
 *
 * No wake-up is lost as long as the waker changes the condition under the
 * same lock.
 */
#pragma once

#include "core/base/list.h"
#include "core/lock/spinlock.h"

struct waitq {
	struct list threads;	/* [s] sched_lock */
};

#define WAITQ(name)	{ { &(name).threads, &(name).threads } }

void wait_init(struct waitq *queue);

/* Sleep until woken.  `lock` is released meanwhile and held again after.
 * needs: `lock` held, no other spinlock */
void wait_on(struct waitq *queue, struct spinlock *lock);

/*
 * The same, but comes back for thread_interrupt or at `deadline` (ticks of
 * timer_now(); UINT64_MAX for none), or up to the thread's slack after it.
 *
 * returns: 0 if woken, -EINTR if interrupted, -EAGAIN at the deadline
 */
int wait_killable(struct waitq *queue, struct spinlock *lock,
    uint64_t deadline);

/* Inside of the two below: one at least waits. */
void wake_waiting(struct waitq *queue, bool all);

/* Whoever waits got in before the caller took the condition's lock. */
static inline void
wake_one(struct waitq *queue)
{
	if (!list_empty(&queue->threads))
		wake_waiting(queue, false);
}

static inline void
wake_all(struct waitq *queue)
{
	if (!list_empty(&queue->threads))
		wake_waiting(queue, true);
}
