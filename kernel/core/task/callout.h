/*
 * Callouts: functions called at a time, from the timer interrupt.
 *
 *	init -> set -> (called) -> set ... -> cancel or drain
 *
 * A callout stands in the queue of the hart that set it, whose timer rings
 * for it.  Its function runs once for each callout_set, with interrupts off
 * and no lock held; it must not sleep, and may set its callout again.
 *
 * The time is either ticks of timer_now(), or nanoseconds of the realtime
 * clock: then the callout follows when that clock is set.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"

struct callout_hart;

/* [c] constant, [q] the lock of the queue it is in */
struct callout {
	void (*function)(struct callout *callout);	/* [c] */
	struct list link;		/* [q] in a hart's queue */
	uint64_t deadline;		/* [q] in ticks */
	uint64_t realtime;		/* [q] in nanoseconds; UINT64_MAX: in ticks */
	struct callout_hart *queue;	/* [a] the one it was last put into */
};

void callout_init(struct callout *callout,
    void (*function)(struct callout *callout));

/* Set it, or set it anew.  needs: no other hart sets or cancels it just now
 * (its owner's lock is held); spinlocks up to RANK_CALLOUT may be held */
void callout_set(struct callout *callout, uint64_t deadline);
void callout_set_realtime(struct callout *callout, uint64_t nanos);

/* Whether it is set and was not called yet. */
bool callout_pending(struct callout *callout);

/* returns: whether it was set; if not, its function may be running */
bool callout_cancel(struct callout *callout);

/* Cancel it, and wait until its function is not running on any hart.
 * needs: not its own function; no lock its function takes */
void callout_drain(struct callout *callout);
