#include "core/task/sched.h"

#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/cpu/boot.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/cpu/timer.h"
#include "core/task/callout_run.h"
#include "core/task/world.h"

/* What the scheduler keeps for each hart.  [h] its own hart's */
struct hart_sched {
	struct space *space;	/* [h] entered at present */
	uint64_t slice_end;	/* [h] of the running thread */
	uint64_t counted;	/* [h] up to when its credit was */
	uint64_t alarm;		/* [h] what the timer stands at */
	uint64_t charged;	/* [h] up to when times were charged */
	struct sched_busy busy;	/* [h] */
};

struct spinlock sched_lock = SPINLOCK("sched", RANK_SCHED);

static uint64_t slice_ticks, wake_ticks;	/* [c] */

/*
 * Ready threads.  A slice is credit that running uses up.  Those that have some
 * left, for they slept before, come first; who has none gets a new slice when
 * its turn comes among its like, or by sleeping as long as one.  So a thread
 * that sleeps much waits for no other's slice, and yet gets no more than its
 * share.
 */
static struct list ready_again = { &ready_again, &ready_again };	/* [s] */
static struct list ready = { &ready, &ready };	/* [s] no credit */
static uint32_t idle_harts;	/* [s] bits of harts that sleep */
static struct hart_sched hart_scheds[HARTS_MAX];

void
sched_init(void)
{
	slice_ticks = timer_from_micros(SLICE_MICROS);
	wake_ticks = timer_from_micros(WAKE_MICROS);
	for (uint32_t i = 0; i < harts_count(); i++)
		hart_at(i)->sched = &hart_scheds[i];
}

static struct hart_sched *
hart_sched(void)
{
	return hart_this()->sched;
}

static uint32_t
hart_bit(void)
{
	return (uint32_t)1 << hart_this()->index;
}

static void
alarm_set(uint64_t deadline)
{
	/*
	 * Never more than a second ahead: an alarm at the end of time is one
	 * that QEMU, told not to sleep, jumps to as soon as all harts wait.
	 */
	hart_sched()->alarm = deadline;
	timer_set(MIN(deadline, timer_now() + machine()->timebase_hz));
}

/* needs: `sched` is this hart's */
static inline void
alarm_by(const struct hart_sched *sched, uint64_t deadline)
{
	if (deadline < sched->alarm)
		alarm_set(deadline);
}

void
sched_alarm(uint64_t deadline)
{
	alarm_by(hart_sched(), deadline);
}

static void
ready_push(struct thread *thread)
{
	thread->state = THREAD_READY;
	list_push_back(thread->credit > 0 ? &ready_again : &ready,
	    &thread->link);
}

/* The thread that runs here has been running long enough for one that wakes:
 * its slice ends soon. */
static inline void
slice_cut(struct hart_sched *sched, uint64_t now)
{
	uint64_t end = MAX(now, sched->counted + wake_ticks);

	if (end >= sched->slice_end)
		return;
	sched->slice_end = end;
	alarm_by(sched, end);
}

void
sched_make_ready(struct thread *thread)
{
	const struct hart *hart = hart_this();
	uint64_t now = timer_now();

	ASSERT(hart->spin_ranks & sched_lock.rank);
	if (thread->state == THREAD_ASLEEP &&
	    now - thread->asleep_since >= slice_ticks)
		thread->credit = slice_ticks;
	ready_push(thread);
	if (idle_harts == 0) {
		if (thread->credit > 0)
			slice_cut(hart->sched, now);
		return;
	}
	/* Woken once; this hart, if it idles, looks for itself. */
	if (idle_harts & thread->harts & hart_bit()) {
		idle_harts &= ~hart_bit();
		return;
	}
	for (uint32_t i = 0; i < harts_count(); i++)
		if ((idle_harts & thread->harts) >> i & 1) {
			idle_harts &= ~((uint32_t)1 << i);
			hart_interrupt(i);
			return;
		}
}

/* The first one of a queue that may run on this hart; NULL if there is none. */
static inline struct thread *
queue_first(const struct list *queue)
{
	uint32_t bit = hart_bit();

	LIST_FOR(link, queue) {
		struct thread *thread = LIST_ENTRY(link, struct thread, link);

		if (thread->harts & bit)
			return thread;
	}
	return NULL;
}

static struct thread *
ready_first(void)
{
	struct thread *thread = queue_first(&ready_again);

	return thread != NULL ? thread : queue_first(&ready);
}

void
sched_busy(uint32_t hart, struct sched_busy *out)
{
	*out = hart_scheds[hart].busy;
}

uint32_t
sched_active_count(void)
{
	uint32_t count = 0;

	spin_lock(&sched_lock);
	LIST_FOR(link, &ready_again)
		count++;
	LIST_FOR(link, &ready)
		count++;
	for (uint32_t i = 0; i < harts_count(); i++)
		count += hart_at(i)->thread != hart_at(i)->idle;
	spin_unlock(&sched_lock);
	return count;
}

/* What ran up to now counts against `thread`'s slice. */
static void
slice_count(struct hart_sched *sched, struct thread *thread, uint64_t now)
{
	uint64_t used = now - sched->counted;

	thread->credit -= MIN(used, thread->credit);
	sched->counted = now;
}

/* `thread` runs here from now on, for what is left of its slice, or a new
 * one. */
static void
slice_start(struct hart_sched *sched, struct thread *thread, uint64_t now)
{
	if (thread->credit == 0)
		thread->credit = slice_ticks;
	sched->counted = now;
	sched->slice_end = now + thread->credit;
	alarm_by(sched, sched->slice_end);
}

/* The time since the last charge was this hart's running thread's.
 * needs: interrupts off */
static inline void
charge(struct hart *hart, struct hart_sched *sched, struct thread *self,
    uint64_t now)
{
	uint64_t user = hart->user_ticks;
	uint64_t system = now - sched->charged - user;

	self->user_ticks += user;
	self->system_ticks += system;
	if (self != hart->idle) {
		sched->busy.user += user;
		sched->busy.system += system;
	}
	hart->user_ticks = 0;
	sched->charged = now;
}

void
thread_charge(void)
{
	irq_disable();
	charge(hart_this(), hart_sched(), thread_this(), timer_now());
	irq_enable();
}

/* Leave the registers of floating point to who has a use for them. */
static void
fp_switch(struct thread *self, const struct thread *next)
{
	uint64_t status = fp_status();

	if (status != 0) {
		if (status == SSTATUS_FS)
			self->fp_idle = 0;
		else if (self->fp_idle < FP_IDLE_RUNS)
			self->fp_idle++;
		thread_save_fp(self);
		fp_off();
	}
	if (next->has_fp && next->fp_idle < FP_IDLE_RUNS)
		fp_load(&next->fp);
}

/* Make this hart run `next`, which is not the running thread. */
static void
switch_to(struct thread *self, struct thread *next)
{
	struct hart *hart = hart_this();
	struct hart_sched *sched = hart->sched;
	uint8_t irq_before = hart->irq_before;
	uint64_t now = timer_now();

	charge(hart, sched, self, now);
	slice_count(sched, self, now);
	sched->busy.switches++;
	self->asleep_since = now;
	if (self->state == THREAD_ASLEEP)
		self->switches++;
	else
		self->preemptions++;
	next->state = THREAD_RUNNING;
	hart->thread = next;
	hart->reschedule = world_stopping();
	if (next->space != sched->space) {
		sched->space = next->space;
		space_enter(next->space);
	}
	if (next != hart->idle) {
		thread_trapframe(next)->hart = (uintptr_t)hart;
		slice_start(sched, next, now);
	}
	fp_switch(self, next);
	context_switch(&self->context, &next->context);
	/* Here again, perhaps on another hart. */
	hart_this()->irq_before = irq_before;
}

void
sched_switch(void)
{
	struct hart *hart = hart_this();
	struct thread *self = hart->thread, *next = ready_first();

	/* sched_lock, and no other. */
	ASSERT(hart->spin_ranks == RANK_BIT(RANK_SCHED));
	if (next != NULL)
		list_remove(&next->link);
	else
		next = hart->idle;
	if (next != self)
		switch_to(self, next);
	else
		self->state = THREAD_RUNNING;
}

void
thread_yield(void)
{
	struct thread *self = thread_this();

	world_pause();
	spin_lock(&sched_lock);
	/* Who is not asked to, but wants to, has no use for the rest. */
	if (!hart_this()->reschedule)
		self->credit = 0;
	else
		slice_count(hart_sched(), self, timer_now());
	hart_this()->reschedule = false;
	if ((self->harts & hart_bit()) == 0) {
		sched_make_ready(self);
		sched_switch();
	} else if (ready_first() != NULL) {
		/* Behind the others; no idle hart needs to hear of it. */
		ready_push(self);
		sched_switch();
	}
	spin_unlock(&sched_lock);
	world_pause();
}

void
thread_pause(void)
{
	ASSERT(!spin_held_any());
	if (hart_this()->reschedule)
		thread_yield();
}

void
thread_set_space(struct space *space)
{
	irq_disable();
	thread_this()->space = space;
	hart_sched()->space = space;
	space_enter(space);
	irq_enable();
}

void
thread_set_harts(struct thread *thread, uint32_t harts)
{
	bool moves;

	spin_lock(&sched_lock);
	thread->harts = harts;
	moves = thread == thread_this() && (harts & hart_bit()) == 0;
	/* Ready, it may suit a hart now that sleeps. */
	if (thread->state == THREAD_READY) {
		list_remove(&thread->link);
		sched_make_ready(thread);
	}
	spin_unlock(&sched_lock);
	if (moves)
		thread_yield();
}

void
trap_on_timer(void)
{
	struct hart *hart = hart_this();
	struct hart_sched *sched = hart_sched();
	uint64_t now, next;

	callouts_run(timer_now());
	spin_lock(&sched_lock);
	now = timer_now();
	charge(hart, sched, hart->thread, now);
	clock_expire(now);
	next = clock_next();
	if (hart->thread != hart->idle) {
		if (now >= sched->slice_end) {
			if (ready_first() != NULL ||
			    (hart->thread->harts & hart_bit()) == 0)
				hart->reschedule = true;
			slice_count(sched, hart->thread, now);
			/* It goes by itself, and as it is. */
			if (hart->reschedule)
				sched->slice_end = now + slice_ticks;
			else
				slice_start(sched, hart->thread, now);
		}
		next = MIN(next, sched->slice_end);
	}
	alarm_set(next);
	spin_unlock(&sched_lock);
	if (hart->thread != hart->idle)
		thread_on_tick(hart->thread);
}

/* What an interruption asks for stands in memory: ready threads, or the world
 * that is to stop.  Both are looked at on the way out. */
void
trap_on_ipi(void)
{
	if (thread_this() != hart_this()->idle)
		hart_this()->reschedule = true;
	/* Or an earlier callout, where the realtime clock was set. */
	if (callout_next() < hart_sched()->alarm) {
		spin_lock(&sched_lock);
		sched_alarm(callout_next());
		spin_unlock(&sched_lock);
	}
}

/* Run what is ready.  returns: whether there was anything */
static bool
idle_run(void)
{
	bool found;

	spin_lock(&sched_lock);
	idle_harts &= ~hart_bit();
	found = ready_first() != NULL;
	if (found)
		sched_switch();
	spin_unlock(&sched_lock);
	return found;
}

/*
 * Sleep until an interrupt.  Interrupts stay off up to wfi: one that comes
 * after the look at the ready queue ends wfi at once.
 */
static void
idle_sleep(void)
{
	irq_disable();
	spin_lock(&sched_lock);
	if (ready_first() == NULL) {
		uint64_t next = clock_next();

		idle_harts |= hart_bit();
		if (next != hart_sched()->alarm)
			alarm_set(next);
		spin_unlock(&sched_lock);
		if (!world_stopping())
			cpu_wait();
	} else {
		spin_unlock(&sched_lock);
	}
	irq_enable();
}

void
thread_idle(void)
{
	struct hart *hart = hart_this();

	ASSERT(hart->thread == hart->idle && hart->spin_ranks == 0);
	hart_sched()->alarm = UINT64_MAX;
	world_join();
	thread_set_space(NULL);
	csr_set(sstatus, SSTATUS_SIE);
	for (;;) {
		world_pause();
		if (!idle_run() && !thread_idle_work())
			idle_sleep();
	}
}
