/*
 * Sleepers with a deadline, in one list, the earliest first.  The hart a
 * thread went to sleep on rings for it, whoever else may wake it sooner.
 *
 * The clocks of programs are the time CSR, in other units, and an offset.
 */
#include "core/task/clock.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/cpu/boot.h"
#include "core/cpu/hart.h"
#include "core/cpu/timer.h"
#include "core/task/callout.h"
#include "core/task/callout_run.h"
#include "core/task/sched.h"
#include "core/task/wait.h"

static struct list sleepers = { &sleepers, &sleepers };	/* [s] */

static uint64_t realtime_offset;	/* [a] nanoseconds */

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
	uint64_t next = callout_next();

	LIST_FOR(link, &sleepers) {
		const struct thread *thread = LIST_ENTRY(link, struct thread,
		    timed);

		if (thread->alarm_hart == hart_this()->index)
			return MIN(next, thread->deadline);
	}
	return next;
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

/* One that waits for the realtime clock. */
struct realtime_sleeper {
	struct callout callout;
	struct waitq queue;
	bool called;		/* clock_lock */
};

static void
realtime_call(struct callout *callout)
{
	struct realtime_sleeper *sleeper = CONTAINER_OF(callout,
	    struct realtime_sleeper, callout);

	spin_lock(&clock_lock);
	sleeper->called = true;
	wake_all(&sleeper->queue);
	spin_unlock(&clock_lock);
}

int
clock_sleep_realtime(uint64_t nanos)
{
	struct realtime_sleeper sleeper = { .called = false };
	int err = 0;

	callout_init(&sleeper.callout, realtime_call);
	wait_init(&sleeper.queue);
	callout_set_realtime(&sleeper.callout, nanos);
	spin_lock(&clock_lock);
	while (!sleeper.called && err == 0)
		err = wait_killable(&sleeper.queue, &clock_lock, UINT64_MAX);
	spin_unlock(&clock_lock);
	callout_drain(&sleeper.callout);
	return sleeper.called ? 0 : err;
}

/* Seconds apart, so that no product overflows. */
uint64_t
clock_nanos_from_ticks(uint64_t ticks)
{
	uint64_t hz = machine()->timebase_hz;

	return ticks / hz * NANOS_PER_SECOND +
	    ticks % hz * NANOS_PER_SECOND / hz;
}

uint64_t
clock_ticks_from_nanos(uint64_t nanos)
{
	uint64_t hz = machine()->timebase_hz;
	uint64_t seconds = nanos / NANOS_PER_SECOND;

	if (seconds >= UINT64_MAX / hz - 1)
		return UINT64_MAX - 1;
	return seconds * hz + (nanos % NANOS_PER_SECOND * hz +
	    NANOS_PER_SECOND - 1) / NANOS_PER_SECOND;
}

uint64_t
clock_monotonic_nanos(void)
{
	return clock_nanos_from_ticks(timer_now());
}

uint64_t
clock_realtime_offset(void)
{
	return atomic_load(&realtime_offset);
}

uint64_t
clock_realtime_nanos(void)
{
	return clock_monotonic_nanos() + clock_realtime_offset();
}

void
clock_realtime_set(uint64_t nanos)
{
	/* May be "negative": it is only ever added. */
	atomic_store(&realtime_offset, nanos - clock_monotonic_nanos());
	clock_on_set(clock_realtime_offset());
	callouts_follow_realtime();
}
