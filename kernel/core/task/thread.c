/*
 * The table of threads: slot i of the kernel stacks belongs to threads[i],
 * and the first slots to the idle threads.
 *
 * An exited thread frees its slot itself, still standing on its stack: it
 * holds sched_lock until the next thread has left that stack behind.
 */
#include "core/task/thread.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/hart.h"
#include "core/cpu/kernelmap.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "core/task/callout_run.h"
#include "core/task/sched.h"

static struct thread *threads;		/* [c] array of `nthreads` */
static uint32_t nthreads;		/* [c] */
static struct list free_threads;	/* [s] */

static void
thread_clear(struct thread *thread, const char *name)
{
	thread->space = NULL;
	thread->owner = NULL;
	thread->killable = false;
	thread->credit = 0;
	thread->interrupted = false;
	thread->deadline = UINT64_MAX;
	thread->held_ranks = 0;
	thread->faults = thread->faults_disk = thread->disk_reads = 0;
	thread->harts = UINT32_MAX;
	thread->user_ticks = thread->system_ticks = 0;
	thread->switches = thread->preemptions = 0;
	thread->has_fp = false;
	thread->fp_idle = 0;
	list_init(&thread->link);
	list_init(&thread->timed);
	string_copy(thread->name, name, sizeof(thread->name));
}

void
thread_init(void)
{
	uint64_t bytes = kernelmap_stacks() * sizeof(struct thread);

	nthreads = kernelmap_stacks();
	threads = frame_alloc_run((uint32_t)(ROUND_UP(bytes, PAGE_BYTES) >>
	    PAGE_SHIFT));
	if (threads == NULL)
		panic("no room for %u threads", nthreads);
	callouts_init();
	sched_init();
	list_init(&free_threads);
	for (uint32_t i = 0; i < nthreads; i++) {
		struct thread *thread = &threads[i];

		thread->stack_top = STACK_BASE + (i + 1) * STACK_SLOT_BYTES;
		thread_clear(thread, "idle");
		if (i < harts_count()) {
			thread->state = THREAD_RUNNING;
			hart_at(i)->idle = hart_at(i)->thread = thread;
		} else {
			list_push_back(&free_threads, &thread->link);
		}
	}
}

uint32_t
thread_capacity(void)
{
	return nthreads;
}

int
thread_create(const char *name, void (*entry)(void *), void *arg,
    struct thread **out)
{
	struct thread *thread;
	struct list *link;

	spin_lock(&sched_lock);
	link = list_pop_front(&free_threads);
	if (link == NULL) {
		spin_unlock(&sched_lock);
		return -EAGAIN;
	}
	thread = LIST_ENTRY(link, struct thread, link);
	ASSERT(thread->state == THREAD_FREE);
	thread->state = THREAD_NEW;
	spin_unlock(&sched_lock);

	thread_clear(thread, name);
	thread->context = (struct context){
		.ra = (uint64_t)thread_trampoline,
		.sp = (uint64_t)thread_trapframe(thread),
		.s = { 0, (uint64_t)entry, (uint64_t)arg },
	};
	*out = thread;
	return 0;
}

void
thread_start(struct thread *thread)
{
	spin_lock(&sched_lock);
	ASSERT(thread->state == THREAD_NEW);
	sched_make_ready(thread);
	spin_unlock(&sched_lock);
}

/* needs: sched_lock */
static void
thread_free(struct thread *thread)
{
	thread->state = THREAD_FREE;
	list_push_front(&free_threads, &thread->link);
}

void
thread_discard(struct thread *thread)
{
	spin_lock(&sched_lock);
	ASSERT(thread->state == THREAD_NEW);
	thread_free(thread);
	spin_unlock(&sched_lock);
}

struct thread *
thread_this(void)
{
	return hart_this()->thread;
}

void
thread_begin(void (*entry)(void *), void *arg)
{
	hart_this()->irq_before = SSTATUS_SIE;
	spin_unlock(&sched_lock);
	entry(arg);
	thread_exit();
}

void
thread_exit(void)
{
	struct thread *self = thread_this();

	ASSERT(self->held_ranks == 0 && self != hart_this()->idle);
	spin_lock(&sched_lock);
	thread_free(self);
	sched_switch();
	panic("an exited thread ran");
}

struct trapframe *
thread_trapframe(struct thread *thread)
{
	return (struct trapframe *)thread->stack_top - 1;
}

/* Make a program that runs on another hart come by the kernel.
 * needs: sched_lock */
static void
thread_call_in(const struct thread *thread)
{
	for (uint32_t i = 0; i < harts_count(); i++)
		if (hart_at(i)->thread == thread && hart_at(i) != hart_this())
			hart_interrupt(i);
}

void
thread_interrupt(struct thread *thread)
{
	atomic_store_relaxed(&thread->interrupted, true);
	spin_lock(&sched_lock);
	if (thread->state == THREAD_ASLEEP && thread->killable)
		wait_end(thread, -EINTR);
	else if (thread->state == THREAD_RUNNING)
		thread_call_in(thread);
	spin_unlock(&sched_lock);
}

void
thread_uninterrupt(struct thread *thread)
{
	atomic_store_relaxed(&thread->interrupted, false);
}
