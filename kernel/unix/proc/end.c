/*
 * The end of threads and processes.
 *
 *	proc_end_locked: all threads are marked --> each, on its way back:
 *	proc_thread_exit -> there are others: it is gone
 *	                 -> it is the last: the process gives everything back,
 *	                    and is a zombie, or gone
 *
 * Lock order: proc_lock is a spinlock, so whatever sleeps (files, spaces) is
 * done before it is taken.  A process is zombie only after it has given
 * everything back; what then leaves is a thread that is in no table.
 */
#include "unix/proc/proc.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/task/thread.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/vfs.h"
#include "unix/proc/child.h"
#include "unix/proc/clone.h"
#include "unix/proc/door.h"
#include "unix/proc/foreground.h"
#include "unix/proc/futex.h"
#include "unix/proc/group.h"
#include "unix/proc/job_control.h"
#include "unix/proc/memory.h"
#include "unix/proc/pidfd.h"
#include "unix/proc/poweroff.h"
#include "unix/proc/sysv/sem.h"
#include "unix/proc/table.h"

/* needs: proc_lock */
static void
thread_end(struct proc_thread *thread)
{
	/* A thread leaves its process under proc_lock, so it is there. */
	if (thread->thread == NULL)
		return;
	atomic_store(&thread->dying, true);
	thread_interrupt(thread->thread);
	wake_all(&thread->proc->signals.stopped);
}

/* The first to end a process decides how.  needs: proc_lock */
static void
end_decide(struct proc *proc, int32_t status, uint32_t signo)
{
	if (proc->ending)
		return;
	proc->ending = true;
	proc->status = status;
	proc->end_signal = signo;
}

void
proc_end_locked(struct proc *proc, int32_t status, uint32_t signo)
{
	ASSERT(spin_held(&proc_lock));
	end_decide(proc, status, signo);
	LIST_FOR(link, &proc->threads)
		thread_end(LIST_ENTRY(link, struct proc_thread, link));
}

void
proc_kill_locked(struct proc *proc)
{
	proc_end_locked(proc, proc->door->crash_status, SIGKILL);
}

int
proc_kill(int32_t pid)
{
	struct proc *proc;

	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL)
		proc_kill_locked(proc);
	spin_unlock(&proc_lock);
	return proc != NULL ? 0 : -ESRCH;
}

void
proc_end_others_locked(void)
{
	struct proc_thread *self = proc_thread_this();
	struct proc *proc = self->proc;

	ASSERT(spin_held(&proc_lock));
	LIST_FOR(link, &proc->threads) {
		struct proc_thread *thread = LIST_ENTRY(link,
		    struct proc_thread, link);

		if (thread != self)
			thread_end(thread);
	}
	/* Signals can wait: there will be a program for them, or none. */
	while (proc->nthreads > 1)
		wait_on(&proc->thread_left, &proc_lock);
}

int
proc_end_others(void)
{
	struct proc_thread *self = proc_thread_this();
	int err = 0;

	/* It makes no others now. */
	if (self->proc->nthreads == 1 && self->proc->leader == self)
		return atomic_load_relaxed(&self->dying) ? -EINTR : 0;
	spin_lock(&proc_lock);
	/* Who comes second, or too late, is being ended itself. */
	if (!atomic_load_relaxed(&self->dying))
		proc_end_others_locked();
	if (atomic_load_relaxed(&self->dying))
		err = -EINTR;
	else if (self->proc->leader != self)
		table_change_leader(self);
	spin_unlock(&proc_lock);
	return err;
}

void
proc_release(struct proc *proc)
{
	struct descriptors *descriptors = proc->descriptors;
	struct memory *memory = proc->memory;
	struct place *place = proc->place;

	thread_set_space(NULL);
	/* Others look at them under the lock (/proc). */
	spin_lock(&proc_lock);
	if (proc->door->tells_memory)
		usage_note_memory_locked();
	proc->descriptors = NULL;
	proc->place = NULL;
	proc->memory = NULL;
	proc->space = NULL;
	/* Its maker may use the memory again, if it is the maker's. */
	proc_vfork_done(proc);
	spin_unlock(&proc_lock);
	descriptors_put(descriptors);
	place_put(place);
	memory_put(memory);
}

/* The nearest ancestor that wants orphans; else the first process.
 * needs: proc_lock */
static struct proc *
reaper_of(const struct proc *proc)
{
	struct proc *at = proc->parent;

	while (at != NULL && !(at->subreaper && !at->zombie))
		at = at->parent;
	return at != NULL ? at : proc_first();
}

/* Its parent died, and it wanted to know.  needs: proc_lock */
static void
death_tell(struct proc *child)
{
	const struct signal_info info = {
		.signo = child->death_signal,
		.code = SI_USER,
	};

	if (child->death_signal != 0 && !child->zombie)
		signal_send_locked(child, &info);
}

/*
 * A child of one that dies.  Through some doors nobody waits for an orphan: a
 * zombie goes at once, the living are their reaper's until they exit.
 *
 * needs: proc_lock
 */
static void
child_give(struct proc *child, struct proc *reaper)
{
	bool vanishes = reaper->door->orphans_vanish;

	list_remove(&child->sibling);
	if (vanishes && child->zombie) {
		table_leave(child);
		return;
	}
	child->parent = reaper;
	atomic_store_relaxed(&child->parent_pid, reaper->pid);
	child->orphan = vanishes;
	death_tell(child);
	child->exit_signal = SIGCHLD;
	if (!child->zombie) {
		list_push_back(&reaper->children, &child->sibling);
		return;
	}
	list_push_front(&reaper->children, &child->sibling);
	child_died(child);
}

/* needs: proc_lock */
static void
children_give(struct proc *proc)
{
	struct proc *reaper = reaper_of(proc);

	while (!list_empty(&proc->children)) {
		struct proc *child = LIST_ENTRY(proc->children.next,
		    struct proc, sibling);

		child_give(child, reaper);
	}
}

/* What a zombie leaves behind in the tree.  needs: proc_lock */
static void
proc_leave_tree(struct proc *proc)
{
	signal_orphans(proc);
	if (proc != proc_first())
		children_give(proc);
	foreground_forget(proc);
	job_control_leave(proc);
	proc->zombie = true;
	pidfds_tell(proc);
	if (proc->parent != NULL) {
		list_remove(&proc->sibling);
		list_push_front(&proc->parent->children, &proc->sibling);
	}
}

/* needs: no other thread of the process lives */
static _Noreturn void
proc_die(struct proc *proc, struct proc_thread *self)
{
	if (proc == proc_first() && !poweroff_begun())
		proc_poweroff(proc->status);
	timers_exit(proc);
	sem_exit(proc);
	proc_release(proc);

	spin_lock(&proc_lock);
	self->thread->owner = NULL;
	table_leave_thread(self);
	proc_leave_tree(proc);
	signals_free(&proc->signals);
	if (proc->parent != NULL)
		child_died(proc);
	poweroff_proc_gone();
	spin_unlock(&proc_lock);
	/* Its parent may have reaped it: `proc` is nobody's now. */
	thread_exit();
}

void
proc_thread_leave_memory(const struct proc_thread *self)
{
	const struct proc *proc = self->proc;
	bool shared = proc->nthreads > 1 ||
	    atomic_load_relaxed(&proc->memory->refs) > 1;

	futex_thread_exit(self->robust_head, shared ? self->clear_tid : 0,
	    self->tid);
}

/* needs: proc_lock.  returns: whether the calling thread was the last */
static bool
thread_leave(struct proc_thread *self)
{
	struct proc *proc = self->proc;
	bool last = proc->nthreads == 1;

	usage_add_thread(&proc->dead_threads, self);
	signal_thread_leave(self);
	if (!last) {
		self->thread->owner = NULL;
		table_leave_thread(self);
		wake_all(&proc->thread_left);
	}
	return last;
}

bool
proc_thread_holds_memory(const struct proc_thread *self)
{
	return self->robust_head != 0 && futex_thread_holds(self->robust_head);
}

void
proc_thread_exit(int status)
{
	struct proc_thread *self = proc_thread_this();
	struct proc *proc = self->proc;
	bool last;

	proc_thread_leave_memory(self);
	if (proc->nthreads > 1)
		thread_set_space(NULL);
	spin_lock(&proc_lock);
	/* The leader speaks for all, unless something ended them all. */
	if (self == proc->leader && !proc->ending)
		proc->status = status;
	last = thread_leave(self);
	spin_unlock(&proc_lock);
	if (!last)
		thread_exit();
	proc_die(proc, self);
}

/* End the calling thread's process, of which it is the only thread. */
static _Noreturn void
proc_exit_alone(struct proc_thread *self, int status, uint32_t signo)
{
	/* Nothing is waited for any more. */
	atomic_store_relaxed(&self->thread->interrupted, true);
	proc_thread_leave_memory(self);
	spin_lock(&proc_lock);
	end_decide(self->proc, status, signo);
	thread_leave(self);
	spin_unlock(&proc_lock);
	proc_die(self->proc, self);
}

static _Noreturn void
proc_exit_as(int status, uint32_t signo)
{
	struct proc_thread *self = proc_thread_this();

	/* It makes no others now. */
	if (self->proc->nthreads == 1)
		proc_exit_alone(self, status, signo);
	spin_lock(&proc_lock);
	proc_end_locked(self->proc, status, signo);
	spin_unlock(&proc_lock);
	proc_thread_exit(status);
}

void
proc_exit(int status)
{
	proc_exit_as(status, 0);
}

void
proc_exit_signal(uint32_t signo)
{
	proc_exit_as(proc_this()->door->crash_status, signo);
}
