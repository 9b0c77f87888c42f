/*
 * Sleepers with a deadline, in one list, the earliest first.  The hart a
 * thread went to sleep on rings for it, whoever else may wake it sooner.
 */
#include "core/task/clock.h"

#include "core/base/errno.h"
#include "core/cpu/hart.h"
#include "core/task/sched.h"
#include "core/task/wait.h"

static struct list sleepers = { &sleepers, &sleepers };	/* [s] */

static struct spinlock clock_lock = SPINLOCK("clock", RANK_WAIT);
static struct waitq clock_queue = WAITQ(clock_queue);

void
clock_add(struct thread *thread)
{
	struct list *after = sleepers.prev;

	while (after != &sleepers && LIST_ENTRY(after, struct thread,
	    timed)->deadline > thread->deadline)
		after = after->prev;
	list_insert_after(after, &thread->timed);
	thread->alarm_hart = hart_this()->index;
	sched_alarm(thread->deadline);
}

void
clock_expire(uint64_t now)
{
	while (!list_empty(&sleepers)) {
		struct thread *thread = LIST_ENTRY(sleepers.next,
		    struct thread, timed);

		if (thread->deadline > now)
			return;
		wait_end(thread, -EAGAIN);
	}
}

uint64_t
clock_next(void)
{
	LIST_FOR(link, &sleepers) {
		const struct thread *thread = LIST_ENTRY(link, struct thread,
		    timed);

		if (thread->alarm_hart == hart_this()->index)
			return thread->deadline;
	}
	return UINT64_MAX;
}

int
clock_sleep(uint64_t deadline)
{
	int err;

	spin_lock(&clock_lock);
	do
		err = wait_killable(&clock_queue, &clock_lock, deadline);
	while (err == 0);
	spin_unlock(&clock_lock);
	return err == -EAGAIN ? 0 : err;
}
