#include "core/task/callout.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/cpu/timer.h"
#include "core/lock/spinlock.h"
#include "core/task/callout_run.h"
#include "core/task/clock.h"
#include "core/task/sched.h"

/* [q] its lock, [a] atomic */
struct callout_hart {
	struct spinlock lock;
	struct list callouts;		/* [q] the earliest first */
	uint64_t next;			/* [a] deadline of the first */
	struct callout *running;	/* [a] being called */
};

static struct callout_hart harts[HARTS_MAX];

void
callouts_init(void)
{
	for (uint32_t i = 0; i < HARTS_MAX; i++) {
		spin_init(&harts[i].lock, "callouts", RANK_CALLOUT);
		list_init(&harts[i].callouts);
		harts[i].next = UINT64_MAX;
	}
}

void
callout_init(struct callout *callout,
    void (*function)(struct callout *callout))
{
	callout->function = function;
	callout->deadline = UINT64_MAX;
	callout->realtime = UINT64_MAX;
	callout->queue = NULL;
	list_init(&callout->link);
}

/* needs: queue->lock */
static void
queue_changed(struct callout_hart *queue)
{
	uint64_t next = UINT64_MAX;

	if (!list_empty(&queue->callouts))
		next = LIST_ENTRY(queue->callouts.next, struct callout,
		    link)->deadline;
	atomic_store_relaxed(&queue->next, next);
}

/* needs: queue->lock */
static void
queue_insert(struct callout_hart *queue, struct callout *callout)
{
	struct list *after = queue->callouts.prev;

	while (after != &queue->callouts && LIST_ENTRY(after, struct callout,
	    link)->deadline > callout->deadline)
		after = after->prev;
	list_insert_after(after, &callout->link);
}

/* When the realtime clock will show `nanos`, as it goes now. */
static uint64_t
realtime_deadline(uint64_t nanos)
{
	uint64_t offset = clock_realtime_offset();

	return nanos <= offset ? 0 : clock_ticks_from_nanos(nanos - offset);
}

static void
callout_enter(struct callout *callout, uint64_t deadline, uint64_t realtime)
{
	struct callout_hart *queue;

	callout_cancel(callout);
	irq_disable();
	queue = &harts[hart_this()->index];
	spin_lock(&queue->lock);
	/* Under the lock, so that who sets the clock finds it, or it finds
	 * the clock set. */
	if (realtime != UINT64_MAX)
		deadline = realtime_deadline(realtime);
	callout->deadline = deadline;
	callout->realtime = realtime;
	callout->queue = queue;
	queue_insert(queue, callout);
	queue_changed(queue);
	spin_unlock(&queue->lock);
	spin_lock(&sched_lock);
	sched_alarm(deadline);
	spin_unlock(&sched_lock);
	irq_enable();
}

void
callout_set(struct callout *callout, uint64_t deadline)
{
	callout_enter(callout, deadline, UINT64_MAX);
}

void
callout_set_realtime(struct callout *callout, uint64_t nanos)
{
	callout_enter(callout, 0, MIN(nanos, UINT64_MAX - 1));
}

bool
callout_pending(struct callout *callout)
{
	struct callout_hart *queue = callout->queue;
	bool pending;

	if (queue == NULL)
		return false;
	spin_lock(&queue->lock);
	pending = !list_empty(&callout->link);
	spin_unlock(&queue->lock);
	return pending;
}

bool
callout_cancel(struct callout *callout)
{
	struct callout_hart *queue = callout->queue;
	bool pending;

	if (queue == NULL)
		return false;
	spin_lock(&queue->lock);
	pending = !list_empty(&callout->link);
	list_remove(&callout->link);
	queue_changed(queue);
	spin_unlock(&queue->lock);
	return pending;
}

void
callout_drain(struct callout *callout)
{
	ASSERT(!spin_held_any());
	/* Running, it may set itself again. */
	while (callout->queue != NULL) {
		callout_cancel(callout);
		if (atomic_load(&callout->queue->running) != callout &&
		    !callout_pending(callout))
			return;
		cpu_pause();
	}
}

uint64_t
callout_next(void)
{
	return atomic_load_relaxed(&harts[hart_this()->index].next);
}

void
callouts_run(uint64_t now)
{
	struct callout_hart *queue = &harts[hart_this()->index];

	spin_lock(&queue->lock);
	while (atomic_load_relaxed(&queue->next) <= now) {
		struct callout *callout = LIST_ENTRY(queue->callouts.next,
		    struct callout, link);

		list_remove(&callout->link);
		queue_changed(queue);
		atomic_store(&queue->running, callout);
		spin_unlock(&queue->lock);
		callout->function(callout);
		spin_lock(&queue->lock);
		atomic_store(&queue->running, NULL);
	}
	spin_unlock(&queue->lock);
}

/* needs: queue->lock.  returns: whether it holds any of that clock */
static bool
queue_follow_realtime(struct callout_hart *queue)
{
	struct list moved;
	bool any;

	list_init(&moved);
	LIST_FOR_SAFE(link, following, &queue->callouts) {
		if (LIST_ENTRY(link, struct callout, link)->realtime ==
		    UINT64_MAX)
			continue;
		list_remove(link);
		list_push_back(&moved, link);
	}
	any = !list_empty(&moved);
	while (!list_empty(&moved)) {
		struct callout *callout = LIST_ENTRY(list_pop_front(&moved),
		    struct callout, link);

		callout->deadline = realtime_deadline(callout->realtime);
		queue_insert(queue, callout);
	}
	queue_changed(queue);
	return any;
}

void
callouts_follow_realtime(void)
{
	for (uint32_t i = 0; i < harts_count(); i++) {
		bool any;

		spin_lock(&harts[i].lock);
		any = queue_follow_realtime(&harts[i]);
		spin_unlock(&harts[i].lock);
		/* It looks at its alarm then: trap_on_ipi. */
		if (any)
			hart_interrupt(i);
	}
}
