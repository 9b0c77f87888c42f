/*
 * Timers of processes: what setitimer and timer_create make, and the clocks
 * of what was used.
 *
 *	struct timers, in the process
 *	  interval timers: real (a callout), virtual and profiling
 *	  timers made by timer_create, each with a callout
 *
 * Timers by a clock of time used are looked at when a thread of the process
 * has run for a slice; they are that much late.
 *
 * A periodic timer of timer_create is not set again before its signal was
 * taken, so that no interval, however short, keeps the machine busy; what
 * passed meanwhile is its overrun.  Lock: proc_lock.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"
#include "core/task/callout.h"

struct proc;
struct proc_thread;

/* Clocks, numbered as Linux does. */
enum clock {
	CLOCK_REALTIME,
	CLOCK_MONOTONIC,
	CLOCK_PROCESS,		/* used by the process */
	CLOCK_THREAD,		/* ... the thread */
	CLOCK_MONOTONIC_RAW,
	CLOCK_REALTIME_COARSE,
	CLOCK_MONOTONIC_COARSE,
	CLOCK_BOOTTIME,
	CLOCK_REALTIME_ALARM,	/* the machine does not sleep: as without */
	CLOCK_BOOTTIME_ALARM,
	CLOCK_TAI = 11,		/* as realtime: nobody told of leap seconds */
};

/* Times in nanoseconds: when it expires next (0: never), how often after. */
struct timer_setting {
	uint64_t expires;
	uint64_t interval;
};

enum interval_timer {
	INTERVAL_REAL,		/* SIGALRM */
	INTERVAL_VIRTUAL,	/* SIGVTALRM, by the time its program ran */
	INTERVAL_PROFILE,	/* SIGPROF, and the kernel for it */
	INTERVAL_COUNT,
};

/* Of a process. */
struct timers {
	struct timer_setting interval[INTERVAL_COUNT];	/* [p] */
	struct callout real;		/* [p] */
	struct list made;		/* [p] struct posix_timer */
	uint32_t nmade;			/* [p] */
	int32_t last_id;		/* [p] */
	bool by_use;			/* [a] some are by time used */
	uint64_t cpu_warned;		/* [p] seconds used at the last SIGXCPU */
};

/* needs: all zero, and the limits of the process */
void timers_new(struct proc *proc);
/* exec: those of timer_create go.  exit: all.  needs: no spinlock; the last
 * thread of its process */
void timers_exec(struct proc *proc);
void timers_exit(struct proc *proc);

/* LIMIT_CPU is another.  needs: proc_lock */
void timers_limit_changed(struct proc *proc);

/* What the process, or the thread, has used, in nanoseconds.
 * needs: proc_lock */
uint64_t proc_nanos_used(const struct proc *proc);
uint64_t thread_nanos_used(const struct proc_thread *thread);

/* A clock of time that is not of time used. */
uint64_t clock_nanos(enum clock clock);
bool clock_is_realtime(enum clock clock);

/* Read, then set (where not NULL) an interval timer of the caller; times are
 * from now on. */
void interval_timer_change(enum interval_timer which,
    const struct timer_setting *new, struct timer_setting *old);

/* How a timer of timer_create tells. */
struct timer_notice {
	int32_t signo;		/* 0: not at all */
	int32_t tid;		/* to this thread; 0: the process */
	uint64_t value;
	bool value_is_id;	/* `value` is the timer's number */
};

/* returns: 0, with *id; -EAGAIN (RLIMIT_SIGPENDING), -ENOMEM, -EINVAL (tid) */
int posix_timer_create(enum clock clock, const struct timer_notice *notice,
    int32_t *id);
int posix_timer_delete(int32_t id);	/* 0 or -EINVAL, as all of these */
/* `absolute`: new->expires is by the clock, else from now on. */
int posix_timer_change(int32_t id, bool absolute,
    const struct timer_setting *new, struct timer_setting *old);
int posix_timer_overrun(int32_t id);
