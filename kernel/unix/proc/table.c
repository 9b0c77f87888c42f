/*
 * The table of processes and threads.  Places come from pools, so that having
 * the most costs no more memory than having one; numbers go through a hash
 * table, so that fork and kill do not search.
 *
 * It knows nothing of what a process does.
 */
#include "unix/proc/table.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/mem/pool.h"
#include "core/task/thread.h"
#include "unix/proc/pidfd.h"

#define BUCKETS		512	/* a power of two */

struct spinlock proc_lock = SPINLOCK("proc", RANK_PROC);

static struct pool procs, threads;
static struct list buckets[BUCKETS];	/* [p] through tid_link */
static uint32_t ntaken;			/* [a] processes, and a moment more */
static uint32_t nthreads;		/* [p] that have a number */
static int32_t last_number;		/* [p] */
static bool wrapped;			/* [p] numbers are used again */

void
table_init(void)
{
	uint32_t n = thread_capacity();

	/* Zombies have no thread any more: both tables can be full at once. */
	pool_init(&procs, "processes", sizeof(struct proc), n);
	pool_init(&threads, "threads of processes",
	    sizeof(struct proc_thread), 2 * n);
	for (uint32_t i = 0; i < BUCKETS; i++)
		list_init(&buckets[i]);
}

int
table_take(uint32_t limit, struct proc **out)
{
	struct proc *proc = NULL;

	if (atomic_add_relaxed(&ntaken, 1) < limit)
		proc = pool_alloc(&procs);
	if (proc == NULL) {
		atomic_sub(&ntaken, 1);
		return -EAGAIN;
	}
	/* Its pid is 0, so nobody else looks at it meanwhile. */
	list_init(&proc->threads);
	list_init(&proc->children);
	list_init(&proc->sibling);
	list_init(&proc->pidfds);
	list_init(&proc->undos);
	wait_init(&proc->child_changed);
	wait_init(&proc->thread_left);
	*out = proc;
	return 0;
}

int
table_take_thread(struct proc *proc, struct proc_thread **out)
{
	struct proc_thread *thread = pool_alloc(&threads);

	if (thread == NULL)
		return -EAGAIN;
	thread->proc = proc;
	list_init(&thread->link);
	list_init(&thread->tid_link);
	wait_init(&thread->vfork_wait);
	*out = thread;
	return 0;
}

void
table_give(struct proc *proc)
{
	ASSERT(proc->pid == 0);
	pool_free(&procs, proc);
	atomic_sub(&ntaken, 1);
}

void
table_give_thread(struct proc_thread *thread)
{
	ASSERT(thread->tid == 0);
	pool_free(&threads, thread);
}

static struct list *
bucket_of(int32_t tid)
{
	return &buckets[(uint32_t)tid % BUCKETS];
}

/* Whether somebody goes by this number, or a group or session does. */
static bool
number_taken(int32_t number)
{
	if (table_find_thread(number) != NULL)
		return true;
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		const struct proc *proc = table_at(slot);

		if (proc != NULL && (proc->group == number ||
		    proc->session == number))
			return true;
	}
	return false;
}

static int32_t
number_new(void)
{
	do {
		if (last_number == TID_MAX) {
			last_number = 0;
			wrapped = true;
		}
		last_number++;
	} while (wrapped && number_taken(last_number));
	return last_number;
}

static void
thread_name(struct proc_thread *thread, int32_t tid)
{
	thread->tid = tid;
	list_push_front(bucket_of(tid), &thread->tid_link);
}

void
table_enter(struct proc_thread *thread)
{
	struct proc *proc = thread->proc;

	ASSERT(spin_held(&proc_lock));
	thread_name(thread, number_new());
	nthreads++;
	proc->nthreads++;
	list_push_back(&proc->threads, &thread->link);
	if (proc->leader == NULL) {
		proc->leader = thread;
		proc->pid = thread->tid;
	}
}

/* needs: proc_lock */
static void
thread_forget(struct proc_thread *thread)
{
	list_remove(&thread->link);
	list_remove(&thread->tid_link);
	thread->tid = 0;
	nthreads--;
	pool_free(&threads, thread);
}

void
table_leave_thread(struct proc_thread *thread)
{
	struct proc *proc = thread->proc;

	ASSERT(spin_held(&proc_lock) && proc->nthreads > 0);
	proc->nthreads--;
	thread->thread = NULL;
	if (thread != proc->leader)
		thread_forget(thread);
}

void
table_change_leader(struct proc_thread *thread)
{
	struct proc *proc = thread->proc;

	ASSERT(spin_held(&proc_lock) && proc->leader->thread == NULL);
	thread_forget(proc->leader);
	list_remove(&thread->tid_link);
	thread_name(thread, proc->pid);
	proc->leader = thread;
}

void
table_leave(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock) && proc->nthreads == 0);
	pidfds_leave(proc);
	thread_forget(proc->leader);
	list_remove(&proc->sibling);
	proc->pid = 0;
	pool_free(&procs, proc);
	atomic_sub(&ntaken, 1);
}

struct proc_thread *
table_find_thread(int32_t tid)
{
	ASSERT(spin_held(&proc_lock));
	LIST_FOR(link, bucket_of(tid)) {
		struct proc_thread *thread = LIST_ENTRY(link,
		    struct proc_thread, tid_link);

		if (thread->tid == tid)
			return thread;
	}
	return NULL;
}

struct proc *
table_find(int32_t pid)
{
	struct proc_thread *thread = table_find_thread(pid);

	if (thread == NULL || thread->proc->leader != thread)
		return NULL;
	return thread->proc;
}

uint32_t
table_size(void)
{
	return procs.capacity;
}

struct proc *
table_at(uint32_t slot)
{
	struct proc *proc = pool_at(&procs, slot);

	ASSERT(spin_held(&proc_lock));
	return proc->pid != 0 ? proc : NULL;
}

uint32_t
table_threads(void)
{
	ASSERT(spin_held(&proc_lock));
	return nthreads;
}

int32_t
table_last_number(void)
{
	ASSERT(spin_held(&proc_lock));
	return last_number;
}
