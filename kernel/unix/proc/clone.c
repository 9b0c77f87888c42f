/*
 * Making threads and processes.
 *
 * A new process is made whole before anybody can find it; then it enters the
 * tree, and from that moment on may be ended, or be gone.
 *
 * fork is to cost little: all it gives the child is counted, not copied.
 */
#include "unix/proc/clone.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/timer.h"
#include "core/task/thread.h"
#include "core/vm/user.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/place.h"
#include "unix/proc/door.h"
#include "unix/proc/memory.h"
#include "unix/proc/pidfd.h"
#include "unix/proc/table.h"

/* Where a new thread starts: as if its call returned. */
static void
child_start(void *argument)
{
	struct proc_thread *self = argument;

	thread_set_space(self->proc->space);
	/* As on Linux, where it cannot be written it is not. */
	if (self->child_tid != 0)
		user_write(self->child_tid, &self->tid, sizeof(self->tid),
		    NULL);
	trap_return(thread_trapframe(self->thread));
}

/* A thread that will run as its maker does now, but for what is asked. */
static int
thread_make(struct proc *proc, const struct clone_request *request,
    struct proc_thread **out)
{
	const struct proc_thread *maker = proc_thread_this();
	struct proc_thread *child;
	struct trapframe *frame;
	int err;

	err = table_take_thread(proc, &child);
	if (err != 0)
		return err;
	err = thread_create("", child_start, child, &child->thread);
	if (err != 0) {
		table_give_thread(child);
		return err;
	}
	frame = thread_trapframe(child->thread);
	*frame = *thread_trapframe(maker->thread);
	frame->a0 = 0;
	if (request->stack != 0)
		frame->sp = request->stack;
	if (request->set_tls)
		frame->tp = request->tls;
	thread_copy_fp(child->thread);
	child->thread->owner = child;
	credentials_copy(&child->credentials, &maker->credentials);
	child->child_tid = request->child_tid;
	child->clear_tid = request->clear_tid;
	aligned_copy(child->name, maker->name, sizeof(child->name));
	aligned_copy(child->thread->name, maker->thread->name,
	    sizeof(child->thread->name));
	child->thread->harts = maker->thread->harts;
	child->policy = maker->policy;
	child->io_priority = maker->io_priority;
	child->thread->slack = maker->thread->slack;
	child->slack = child->slack_first = maker->slack;
	thread_signals_new(&child->signals, &maker->signals,
	    !(request->thread || request->share_memory) || request->wait);
	*out = child;
	return 0;
}

static void
thread_unmake(struct proc_thread *child)
{
	thread_discard(child->thread);
	table_give_thread(child);
}

static int
child_files(struct proc *child, struct proc *maker, bool share)
{
	if (share) {
		descriptors_get(maker->descriptors);
		child->descriptors = maker->descriptors;
		return 0;
	}
	child->descriptors = descriptors_copy(maker->descriptors);
	return child->descriptors != NULL ? 0 : -ENOMEM;
}

static int
child_place(struct proc *child, struct proc *maker, bool share)
{
	if (!share)
		return place_copy(maker->place, &child->place);
	place_get(maker->place);
	child->place = maker->place;
	return 0;
}

static int
child_memory(struct proc *child, struct proc *maker, bool share)
{
	if (!share)
		return memory_fork(maker->memory,
		    thread_trapframe(thread_this()), &child->memory);
	memory_get(maker->memory);
	child->memory = maker->memory;
	return 0;
}

/* Give the child what its maker has, or a copy of it. */
static int
child_inherit(struct proc *child, struct proc *maker,
    const struct clone_request *request)
{
	int err;

	err = child_files(child, maker, request->share_files);
	if (err != 0)
		return err;
	err = child_place(child, maker, request->share_place);
	if (err != 0)
		goto put_descriptors;
	err = child_memory(child, maker, request->share_memory);
	if (err != 0)
		goto put_place;
	child->space = child->memory->space;
	child->door = maker->door;
	child->traced = maker->traced;
	child->nice = maker->nice;
	child->personality = maker->personality;
	child->no_new_rights = maker->no_new_rights;
	child->undumpable = maker->undumpable;
	child->oom_adjust = maker->oom_adjust;
	/* A sibling's death is told as one's own will be. */
	child->exit_signal = request->sibling ? maker->exit_signal :
	    request->exit_signal;
	aligned_copy(child->limits, maker->limits, sizeof(child->limits));
	timers_new(child);
	child->start_ticks = timer_now();
	return 0;

put_place:
	place_put(child->place);
put_descriptors:
	descriptors_put(child->descriptors);
	return err;
}

/*
 * Put a new process, or thread of one, where it can be found; `pidfd`, if
 * not NULL, stands for it from then on.
 * returns: its tid, or -EINTR if its maker was ended: whoever ends a whole
 *          family must not miss those being born
 */
static int
child_enter(struct proc_thread *child, const struct clone_request *request,
    struct file *pidfd)
{
	struct proc_thread *maker = proc_thread_this();
	struct proc *proc = child->proc, *parent = maker->proc;
	int tid = -EINTR;

	spin_lock(&proc_lock);
	if (atomic_load_relaxed(&maker->dying))
		goto unlock;
	table_enter(child);
	tid = child->tid;
	if (request->thread) {
		signal_thread_enter(child);
		goto unlock;
	}
	if (pidfd != NULL)
		pidfd_attach(pidfd, proc);
	proc->group = parent->group;
	proc->session = parent->session;
	proc->tty = parent->tty;
	if (request->wait) {
		proc->vfork_waiter = maker;
		maker->vfork_done = false;
	}
	if (request->sibling && parent->parent != NULL)
		parent = parent->parent;
	proc->parent = parent;
	atomic_store_relaxed(&proc->parent_pid, parent->pid);
	list_push_back(&parent->children, &proc->sibling);
unlock:
	spin_unlock(&proc_lock);
	return tid;
}

void
proc_vfork_done(struct proc *proc)
{
	if (proc->vfork_waiter == NULL)
		return;
	proc->vfork_waiter->vfork_done = true;
	wake_all(&proc->vfork_waiter->vfork_wait);
	proc->vfork_waiter = NULL;
}

/*
 * Wait until `child`, which has our memory and stack, has done with them.
 * Signals wait too, for a handler would run on that stack; only being ended
 * is not waited with.
 */
static void
vfork_wait(struct proc *child)
{
	struct proc_thread *self = proc_thread_this();
	bool interrupted = false;

	spin_lock(&proc_lock);
	while (!self->vfork_done) {
		if (atomic_load_relaxed(&self->dying)) {
			child->vfork_waiter = NULL;
			break;
		}
		if (wait_killable(&self->vfork_wait, &proc_lock,
		    UINT64_MAX) != 0) {
			interrupted = true;
			thread_uninterrupt(self->thread);
		}
	}
	if (interrupted)
		thread_interrupt(self->thread);
	spin_unlock(&proc_lock);
}

/* Tell its maker, let it run, and wait for it if that is asked for. */
static void
child_begin(struct proc_thread *child, int32_t tid,
    const struct clone_request *request)
{
	struct proc *proc = child->proc;

	if (request->parent_tid != 0)
		user_write(request->parent_tid, &tid, sizeof(tid), NULL);
	thread_start(child->thread);		/* it may be gone already */
	if (request->wait)
		vfork_wait(proc);
}

static int
clone_thread(const struct clone_request *request)
{
	struct proc_thread *child;
	int err, tid;

	err = thread_make(proc_this(), request, &child);
	if (err != 0)
		return err;
	tid = child_enter(child, request, NULL);
	if (tid < 0)
		thread_unmake(child);
	else
		child_begin(child, tid, request);
	return tid;
}

/* Undo child_inherit. */
static void
child_disinherit(struct proc *child)
{
	descriptors_put(child->descriptors);
	place_put(child->place);
	memory_put(child->memory);
}

/*
 * Give the maker a file that will stand for the child, and write its
 * descriptor; the child has no copy of it.
 * gives: *out with a reference, *fd
 */
static int
pidfd_give(const struct clone_request *request, struct file **out, int *fd)
{
	struct descriptors *descriptors = proc_this()->descriptors;
	int err = pidfd_create(out);

	if (err != 0)
		return err;
	/* Another thread may close the descriptor at once. */
	file_get(*out);
	*fd = descriptor_add(descriptors, *out, 0,
	    (uint32_t)MIN(limit_get(LIMIT_NOFILE), (uint64_t)INT32_MAX),
	    true);
	if (*fd < 0) {
		file_put(*out);
		err = *fd == -EINVAL ? -EMFILE : *fd;
		goto put_file;
	}
	err = user_write(request->pidfd_to, fd, sizeof(*fd), NULL);
	if (err == 0)
		return 0;
	descriptor_close(descriptors, *fd);
put_file:
	file_put(*out);
	return err;
}

static int
clone_process(const struct clone_request *request)
{
	struct proc *maker = proc_this(), *child;
	struct proc_thread *thread;
	struct file *pidfd = NULL;
	int err, tid, fd;

	err = table_take(maker->door->procs_max, &child);
	if (err != 0)
		return err;
	err = thread_make(child, request, &thread);
	if (err != 0)
		goto give_place;
	err = signals_new(&child->signals, &maker->signals,
	    request->share_signals);
	if (err != 0)
		goto unmake_thread;
	if (request->reset_signals)
		err = signals_reset(&child->signals);
	if (err == 0)
		err = child_inherit(child, maker, request);
	if (err != 0)
		goto free_signals;
	if (request->pidfd)
		err = pidfd_give(request, &pidfd, &fd);
	if (err != 0)
		goto disinherit;
	tid = child_enter(thread, request, pidfd);
	if (pidfd != NULL)
		file_put(pidfd);
	if (tid < 0) {
		err = tid;
		goto close_pidfd;
	}
	child_begin(thread, tid, request);
	return tid;

close_pidfd:
	if (pidfd != NULL)
		descriptor_close(maker->descriptors, fd);
disinherit:
	child_disinherit(child);
free_signals:
	spin_lock(&proc_lock);
	signals_free(&child->signals);
	spin_unlock(&proc_lock);
unmake_thread:
	thread_unmake(thread);
give_place:
	table_give(child);
	return err;
}

static int
unshare_files(struct proc *proc)
{
	struct descriptors *old = proc->descriptors;
	struct descriptors *own = descriptors_copy(old);

	if (own == NULL)
		return -ENOMEM;
	spin_lock(&proc_lock);
	proc->descriptors = own;
	spin_unlock(&proc_lock);
	descriptors_put(old);
	return 0;
}

static int
unshare_place(struct proc *proc)
{
	struct place *old = proc->place, *own;
	int err = place_copy(old, &own);

	if (err != 0)
		return err;
	spin_lock(&proc_lock);
	proc->place = own;
	spin_unlock(&proc_lock);
	place_put(old);
	return 0;
}

int
proc_unshare(bool files, bool place)
{
	struct proc *proc = proc_this();
	int err = 0;

	/* What threads share they share; nobody else makes more of them. */
	if (proc->nthreads > 1)
		return -EINVAL;
	/* Having one's own of what one need not share is no harm. */
	if (files)
		err = unshare_files(proc);
	if (err == 0 && place)
		err = unshare_place(proc);
	return err;
}

int
proc_clone(const struct clone_request *request)
{
	if (!limit_allows_thread())
		return -EAGAIN;
	if (request->thread)
		return clone_thread(request);
	return clone_process(request);
}

int
proc_fork(void)
{
	struct clone_request request = { .exit_signal = SIGCHLD };

	return proc_clone(&request);
}
