/*
 * Clocks, interval timers, and the limit of processor time.
 */
#include "unix/proc/timers.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/task/thread.h"
#include "unix/proc/signal.h"
#include "unix/proc/table.h"
#include "unix/proc/timers_inner.h"
#include "unix/proc/usage.h"

bool
clock_is_realtime(enum clock clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ||
	    clock == CLOCK_REALTIME_ALARM || clock == CLOCK_TAI;
}

uint64_t
clock_nanos(enum clock clock)
{
	return clock_is_realtime(clock) ? clock_realtime_nanos() :
	    clock_monotonic_nanos();
}

uint64_t
proc_nanos_used(const struct proc *proc)
{
	struct usage usage;

	usage_of_proc(proc, &usage);
	return clock_nanos_from_ticks(usage.user_ticks + usage.system_ticks);
}

uint64_t
thread_nanos_used(const struct proc_thread *thread)
{
	struct usage usage;

	usage_of_thread(thread, &usage);
	return clock_nanos_from_ticks(usage.user_ticks + usage.system_ticks);
}

/* What an interval timer goes by. */
static uint64_t
interval_now(const struct proc *proc, enum interval_timer which)
{
	struct usage usage;

	if (which == INTERVAL_REAL)
		return clock_monotonic_nanos();
	if (which == INTERVAL_PROFILE)
		return proc_nanos_used(proc);
	usage_of_proc(proc, &usage);
	return clock_nanos_from_ticks(usage.user_ticks);
}

uint64_t
timer_after(uint64_t at, uint64_t interval, uint64_t now, uint64_t *missed)
{
	*missed = now < at ? 0 : (now - at) / interval;
	return at + (*missed + 1) * interval;
}

/* An interval timer has expired.  gives: when it does next */
static void
interval_expire(struct proc *proc, enum interval_timer which, uint64_t now)
{
	static const int signals[INTERVAL_COUNT] = {
		SIGALRM, SIGVTALRM, SIGPROF,
	};
	struct signal_info info = {
		.signo = signals[which],
		.code = SI_KERNEL,
	};
	struct timer_setting *timer = &proc->timers.interval[which];
	uint64_t missed;

	signal_send_locked(proc, &info);
	if (timer->interval == 0)
		timer->expires = 0;
	else
		timer->expires = timer_after(timer->expires,
		    MAX(timer->interval, INTERVAL_NANOS_MIN), now, &missed);
}

static void
real_set(struct timers *timers)
{
	uint64_t expires = timers->interval[INTERVAL_REAL].expires;

	if (expires != 0)
		callout_set(&timers->real, clock_ticks_from_nanos(expires));
	else
		callout_cancel(&timers->real);
}

static void
real_expire(struct callout *callout)
{
	struct proc *proc = CONTAINER_OF(callout, struct proc, timers.real);
	struct timer_setting *timer =
	    &proc->timers.interval[INTERVAL_REAL];
	uint64_t now = clock_monotonic_nanos();

	spin_lock(&proc_lock);
	/* It may have been set anew while this was on its way. */
	if (timer->expires != 0 && timer->expires <= now &&
	    !callout_pending(callout)) {
		interval_expire(proc, INTERVAL_REAL, now);
		real_set(&proc->timers);
	}
	spin_unlock(&proc_lock);
}

void
timers_new(struct proc *proc)
{
	callout_init(&proc->timers.real, real_expire);
	list_init(&proc->timers.made);
	proc->timers.by_use = proc->limits[LIMIT_CPU].soft != LIMIT_NONE;
}

void
timers_look_again(struct proc *proc)
{
	struct timers *timers = &proc->timers;
	bool by_use = timers->interval[INTERVAL_VIRTUAL].expires != 0 ||
	    timers->interval[INTERVAL_PROFILE].expires != 0 ||
	    proc->limits[LIMIT_CPU].soft != LIMIT_NONE ||
	    posix_timers_used(proc);

	atomic_store_relaxed(&timers->by_use, by_use);
}

void
interval_timer_change(enum interval_timer which,
    const struct timer_setting *new, struct timer_setting *old)
{
	struct proc *proc = proc_this();
	struct timer_setting *timer = &proc->timers.interval[which];
	uint64_t now;

	spin_lock(&proc_lock);
	now = interval_now(proc, which);
	if (old != NULL) {
		old->interval = timer->interval;
		old->expires = timer->expires;
		if (timer->expires != 0)
			old->expires = timer->expires > now ?
			    timer->expires - now : 1;
	}
	if (new != NULL) {
		timer->interval = new->interval;
		timer->expires = new->expires == 0 ? 0 : now + new->expires;
		if (which == INTERVAL_REAL)
			real_set(&proc->timers);
		else
			timers_look_again(proc);
	}
	spin_unlock(&proc_lock);
}

void
timers_exec(struct proc *proc)
{
	if (!list_empty(&proc->timers.made))
		posix_timers_free(proc);
}

void
timers_exit(struct proc *proc)
{
	/* Most processes never had any. */
	if (proc->timers.real.queue == NULL && list_empty(&proc->timers.made))
		return;
	spin_lock(&proc_lock);
	for (int i = 0; i < INTERVAL_COUNT; i++)
		proc->timers.interval[i].expires = 0;
	spin_unlock(&proc_lock);
	callout_drain(&proc->timers.real);
	posix_timers_free(proc);
}

static void
interval_check(struct proc *proc, enum interval_timer which)
{
	uint64_t expires = proc->timers.interval[which].expires;
	uint64_t now;

	if (expires == 0)
		return;
	now = interval_now(proc, which);
	if (now >= expires)
		interval_expire(proc, which, now);
}

/* SIGXCPU at the soft limit and each second after; SIGKILL at the hard one. */
static void
limit_check(struct proc *proc)
{
	const struct limit *limit = &proc->limits[LIMIT_CPU];
	struct signal_info info = { .signo = SIGXCPU, .code = SI_KERNEL };
	uint64_t seconds;

	if (limit->soft == LIMIT_NONE)
		return;
	seconds = proc_nanos_used(proc) / NANOS_PER_SECOND;
	if (seconds >= limit->hard) {
		proc_kill_locked(proc);
	} else if (seconds >= limit->soft &&
	    seconds > proc->timers.cpu_warned) {
		proc->timers.cpu_warned = seconds;
		signal_send_locked(proc, &info);
	}
}

void
timers_limit_changed(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	proc->timers.cpu_warned = 0;
	timers_look_again(proc);
}

void
thread_on_tick(struct thread *thread)
{
	const struct proc_thread *self = thread->owner;
	struct proc *proc;

	if (self == NULL || !atomic_load_relaxed(&self->proc->timers.by_use))
		return;
	proc = self->proc;
	spin_lock(&proc_lock);
	if (!proc->zombie) {
		interval_check(proc, INTERVAL_VIRTUAL);
		interval_check(proc, INTERVAL_PROFILE);
		limit_check(proc);
		timers_look_again(proc);
	}
	spin_unlock(&proc_lock);
}
