/*
 * Timers of timer_create.
 *
 * Each has its own entry for a queue of signals, so that expiring needs no
 * memory.  While the entry waits to be taken the timer stands still; taking it
 * counts what was missed, and sets the timer again.
 */
#include "unix/proc/timers.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/task/clock.h"
#include "core/vm/heap.h"
#include "unix/proc/signal_inner.h"
#include "unix/proc/timers_inner.h"

/* [c] constant, [p] proc_lock */
struct posix_timer {
	struct signal_entry entry;	/* [p] */
	struct list link;		/* [p] among the process's */
	struct callout callout;		/* [p] */
	struct proc *proc;		/* [c] */
	int32_t id;			/* [c] */
	enum clock clock;		/* [c] */
	int32_t clock_tid;		/* [c] whose, for CLOCK_THREAD */
	struct timer_notice notice;	/* [c] */
	struct timer_setting setting;	/* [p] expires: by the clock */
	uint64_t missed;		/* [p] since the signal was sent */
	int32_t overrun;		/* [p] of the signal taken last */
};

static bool
is_by_use(const struct posix_timer *timer)
{
	return timer->clock == CLOCK_PROCESS || timer->clock == CLOCK_THREAD;
}

/* needs: proc_lock.  A thread that is gone uses nothing any more. */
static uint64_t
timer_now_nanos(const struct posix_timer *timer)
{
	const struct proc_thread *thread;

	if (timer->clock == CLOCK_PROCESS)
		return proc_nanos_used(timer->proc);
	if (timer->clock != CLOCK_THREAD)
		return clock_nanos(timer->clock);
	thread = table_find_thread(timer->clock_tid);
	return thread == NULL || thread->proc != timer->proc ? 0 :
	    thread_nanos_used(thread);
}

static void
timer_start(struct posix_timer *timer)
{
	uint64_t expires = timer->setting.expires;

	if (is_by_use(timer))
		return;
	if (expires == 0 || timer->notice.signo == 0)
		callout_cancel(&timer->callout);
	else if (clock_is_realtime(timer->clock))
		callout_set_realtime(&timer->callout, expires);
	else
		callout_set(&timer->callout, clock_ticks_from_nanos(expires));
}

/* Go on to the next time after `now`; once is once. */
static void
timer_advance(struct posix_timer *timer, uint64_t now)
{
	struct timer_setting *setting = &timer->setting;
	uint64_t missed = 0;

	if (setting->interval == 0)
		setting->expires = 0;
	else
		setting->expires = timer_after(setting->expires,
		    setting->interval, now, &missed);
	timer->missed += missed;
}

/* Its signal is being taken. */
static void
timer_taken(struct signal_entry *entry)
{
	struct posix_timer *timer = CONTAINER_OF(entry, struct posix_timer,
	    entry);

	if (timer->setting.expires != 0 && timer->setting.interval != 0) {
		timer_advance(timer, timer_now_nanos(timer));
		timer_start(timer);
	}
	timer->overrun = (int32_t)MIN(timer->missed, (uint64_t)INT32_MAX);
	timer->missed = 0;
	entry->info.timer.overrun = timer->overrun;
}

/* needs: proc_lock.  returns: NULL if it is not there any more */
static struct proc_thread *
timer_thread(const struct posix_timer *timer)
{
	struct proc_thread *thread = table_find_thread(timer->notice.tid);

	return thread != NULL && thread->proc == timer->proc ? thread : NULL;
}

static void
timer_expire(struct posix_timer *timer, uint64_t now)
{
	struct proc_thread *thread = NULL;

	if (timer->notice.signo == 0 || !list_empty(&timer->entry.link))
		return;
	if (timer->notice.tid != 0)
		thread = timer_thread(timer);
	if (timer->setting.interval == 0)
		timer->setting.expires = 0;
	if ((timer->notice.tid == 0 || thread != NULL) &&
	    signal_send_own(timer->proc, thread, &timer->entry))
		return;
	/* Nobody will take it: it goes on by itself, but not too fast. */
	if (timer->setting.interval != 0) {
		timer_advance(timer, now + TIMER_IGNORED_NANOS);
		timer->missed = 0;
		timer_start(timer);
	}
}

static void
timer_called(struct callout *callout)
{
	struct posix_timer *timer = CONTAINER_OF(callout, struct posix_timer,
	    callout);
	uint64_t now = clock_nanos(timer->clock);

	spin_lock(&proc_lock);
	if (timer->setting.expires != 0 && timer->setting.expires <= now &&
	    !callout_pending(callout))
		timer_expire(timer, now);
	spin_unlock(&proc_lock);
}

bool
posix_timers_used(struct proc *proc)
{
	bool any = false;

	LIST_FOR(link, &proc->timers.made) {
		struct posix_timer *timer = LIST_ENTRY(link,
		    struct posix_timer, link);
		uint64_t now;

		if (!is_by_use(timer) || timer->setting.expires == 0)
			continue;
		any = true;
		now = timer_now_nanos(timer);
		if (timer->setting.expires <= now)
			timer_expire(timer, now);
	}
	return any;
}

/* needs: proc_lock */
static struct posix_timer *
timer_find(int32_t id)
{
	LIST_FOR(link, &proc_this()->timers.made) {
		struct posix_timer *timer = LIST_ENTRY(link,
		    struct posix_timer, link);

		if (timer->id == id)
			return timer;
	}
	return NULL;
}

/* needs: proc_lock.  returns: 0; -EINVAL (no such thread); -EAGAIN */
static int
timer_enter(struct posix_timer *timer)
{
	struct timers *timers = &timer->proc->timers;

	if (timer->notice.tid != 0 && timer_thread(timer) == NULL)
		return -EINVAL;
	if (timers->nmade >= timer->proc->limits[LIMIT_SIGPENDING].soft)
		return -EAGAIN;
	do
		timer->id = timers->last_id++ & INT32_MAX;
	while (timer_find(timer->id) != NULL);
	if (timer->notice.value_is_id)
		timer->notice.value = (uint64_t)timer->id;
	timer->entry.info.timer.id = timer->id;
	timer->entry.info.timer.value = timer->notice.value;
	timers->nmade++;
	list_push_back(&timers->made, &timer->link);
	return 0;
}

int
posix_timer_create(enum clock clock, const struct timer_notice *notice,
    int32_t *id)
{
	struct posix_timer *timer = heap_alloc(sizeof(*timer));
	int err;

	if (timer == NULL)
		return -ENOMEM;
	timer->proc = proc_this();
	timer->clock = clock;
	timer->clock_tid = proc_thread_this()->tid;
	timer->notice = *notice;
	timer->entry.info.signo = notice->signo;
	timer->entry.info.code = SI_TIMER;
	timer->entry.taken = timer_taken;
	list_init(&timer->entry.link);
	callout_init(&timer->callout, timer_called);
	spin_lock(&proc_lock);
	err = timer_enter(timer);
	if (err == 0)
		*id = timer->id;
	spin_unlock(&proc_lock);
	if (err != 0)
		heap_free(timer);
	return err;
}

/* needs: it is in no list any more; no spinlock */
static void
timer_free(struct posix_timer *timer)
{
	callout_drain(&timer->callout);
	spin_lock(&proc_lock);
	signal_forget_own(&timer->entry);
	spin_unlock(&proc_lock);
	heap_free(timer);
}

int
posix_timer_delete(int32_t id)
{
	struct posix_timer *timer;

	spin_lock(&proc_lock);
	timer = timer_find(id);
	if (timer != NULL) {
		timer->setting.expires = 0;
		list_remove(&timer->link);
		timer->proc->timers.nmade--;
	}
	spin_unlock(&proc_lock);
	if (timer == NULL)
		return -EINVAL;
	timer_free(timer);
	return 0;
}

void
posix_timers_free(struct proc *proc)
{
	struct list *link;

	for (;;) {
		struct posix_timer *timer = NULL;

		spin_lock(&proc_lock);
		link = list_pop_front(&proc->timers.made);
		if (link != NULL) {
			timer = LIST_ENTRY(link, struct posix_timer, link);
			timer->setting.expires = 0;
			proc->timers.nmade--;
		}
		spin_unlock(&proc_lock);
		if (timer == NULL)
			return;
		timer_free(timer);
	}
}

/* What is left of a timer, which may be one that stands still. */
static void
timer_tell(const struct posix_timer *timer, struct timer_setting *out)
{
	uint64_t now = timer_now_nanos(timer), missed;
	uint64_t expires = timer->setting.expires;

	out->interval = timer->setting.interval;
	out->expires = 0;
	if (expires == 0)
		return;
	if (expires <= now && timer->setting.interval != 0)
		expires = timer_after(expires, timer->setting.interval, now,
		    &missed);
	if (expires > now)
		out->expires = expires - now;
	else if (timer->notice.signo != 0)
		out->expires = 1;	/* it is just about to */
}

int
posix_timer_change(int32_t id, bool absolute, const struct timer_setting *new,
    struct timer_setting *old)
{
	struct posix_timer *timer;

	spin_lock(&proc_lock);
	timer = timer_find(id);
	if (timer != NULL && old != NULL)
		timer_tell(timer, old);
	if (timer != NULL && new != NULL) {
		signal_forget_own(&timer->entry);
		timer->missed = 0;
		timer->overrun = 0;
		timer->setting = *new;
		if (new->expires != 0 && !absolute)
			timer->setting.expires += timer_now_nanos(timer);
		timer_start(timer);
		timers_look_again(timer->proc);
	}
	spin_unlock(&proc_lock);
	return timer == NULL ? -EINVAL : 0;
}

int
posix_timer_overrun(int32_t id)
{
	const struct posix_timer *timer;
	int overrun = -EINVAL;

	spin_lock(&proc_lock);
	timer = timer_find(id);
	if (timer != NULL)
		overrun = timer->overrun;
	spin_unlock(&proc_lock);
	return overrun;
}
