/*
 * Waiting.  A thread goes to sleep under sched_lock before it releases the
 * condition's lock, so a waker that holds the latter finds it in the queue.
 */
#include "core/task/wait.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/hart.h"
#include "core/cpu/timer.h"
#include "core/task/sched.h"

void
wait_init(struct waitq *queue)
{
	list_init(&queue->threads);
}

void
wait_end(struct thread *thread, int reason)
{
	list_remove(&thread->link);
	if (thread->deadline != UINT64_MAX)
		list_remove(&thread->timed);
	thread->wake_reason = reason;
	sched_make_ready(thread);
}

/* returns: why a killable wait must not start; 0 if it may */
static int
wait_refused(const struct thread *self, uint64_t deadline)
{
	if (atomic_load_relaxed(&self->interrupted))
		return -EINTR;
	return deadline != UINT64_MAX && timer_now() >= deadline ? -EAGAIN : 0;
}

static int
sleep_on(struct waitq *queue, struct spinlock *lock, bool killable,
    uint64_t deadline)
{
	struct thread *self = thread_this();
	int reason = 0;

	ASSERT(spin_held(lock) && self != hart_this()->idle);
	/* Who only asks does not wait at all. */
	if (deadline != 0 && deadline < UINT64_MAX - self->slack)
		deadline += self->slack;
	spin_lock(&sched_lock);
	if (killable)
		reason = wait_refused(self, deadline);
	if (reason != 0) {
		spin_unlock(&sched_lock);
		return reason;
	}
	self->state = THREAD_ASLEEP;
	self->killable = killable;
	self->deadline = deadline;
	list_push_back(&queue->threads, &self->link);
	if (deadline != UINT64_MAX)
		clock_add(self);
	spin_unlock(lock);
	sched_switch();
	reason = self->wake_reason;
	spin_unlock(&sched_lock);
	spin_lock(lock);
	return reason;
}

void
wait_on(struct waitq *queue, struct spinlock *lock)
{
	sleep_on(queue, lock, false, UINT64_MAX);
}

int
wait_killable(struct waitq *queue, struct spinlock *lock, uint64_t deadline)
{
	return sleep_on(queue, lock, true, deadline);
}

void
wake_waiting(struct waitq *queue, bool all)
{
	spin_lock(&sched_lock);
	while (!list_empty(&queue->threads)) {
		wait_end(LIST_ENTRY(queue->threads.next, struct thread, link), 0);
		if (!all)
			break;
	}
	spin_unlock(&sched_lock);
}
