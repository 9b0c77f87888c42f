/*
 * Taking signals: what a thread does on its way back to its program while it
 * has something to look at.
 *
 *	dying?  ->  leave
 *	process stops?  ->  wait until it goes on, look again
 *	a signal?  ->  nothing | stop the process | end it | start a handler
 *	none  ->  do the interrupted call again
 */
#include "unix/proc/signal.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/trap.h"
#include "core/task/clock.h"
#include "core/task/thread.h"
#include "unix/proc/child.h"
#include "unix/proc/door.h"
#include "unix/proc/group.h"
#include "unix/proc/signal_inner.h"

/* The number of restart_syscall, and the bytes of an ecall. */
#define CALL_RESTART	128
#define CALL_BYTES	4

enum verdict {
	NOTHING,		/* nothing is left to look at */
	AGAIN,
	END,			/* by info.signo */
	HANDLE,
};

/* Times are told in hundredths of a second. */
static uint64_t
clock_hundredths(uint64_t ticks)
{
	return clock_nanos_from_ticks(ticks) / (NANOS_PER_SECOND / 100);
}

void
signal_times(const struct proc *child, struct signal_info *info)
{
	struct usage usage;

	usage_of_proc(child, &usage);
	info->child.user_time = clock_hundredths(usage.user_ticks);
	info->child.system_time = clock_hundredths(usage.system_ticks);
}

void
signal_tell_parent(struct proc *child, int code, int status)
{
	struct proc *parent = child->parent;
	struct signal_action action;
	struct signal_info info = {
		.signo = SIGCHLD,
		.code = code,
		.child.pid = child->pid,
		.child.uid = child->leader->credentials.uid,
		.child.status = status,
	};

	child_changed(child);
	if (parent == NULL)
		return;
	signal_times(child, &info);
	action = signal_action_of(parent, SIGCHLD);
	if ((action.flags & SA_NOCLDSTOP) == 0)
		signal_send_locked(parent, &info);
}

/* Tell, once all threads of a process have stopped. */
static void
stop_complete(struct proc *proc)
{
	proc->signals.stop_unseen = true;
	signal_tell_parent(proc, CLD_STOPPED, proc->signals.stop_signal);
}

/* Wait until the process goes on, or the thread is to die. */
static void
stop_wait(struct proc_thread *self)
{
	struct signals *signals = &self->proc->signals;
	uint32_t stops = signals->stops;

	if (++signals->nstopped == self->proc->nthreads)
		stop_complete(self->proc);
	while (signals->stops == stops && !atomic_load_relaxed(&self->dying))
		wait_on(&signals->stopped, &proc_lock);
	if (signals->stops == stops)
		signals->nstopped--;
}

static void
stop_begin(struct proc *proc, int signo)
{
	signal_stop_mark(&proc->signals, signo);
	proc->signals.continue_unseen = false;
	LIST_FOR(link, &proc->threads)
		signal_look_again(LIST_ENTRY(link, struct proc_thread, link));
}

void
signal_thread_leave(struct proc_thread *thread)
{
	struct proc *proc = thread->proc;
	signal_set_t pending = proc->signals.pending.set;

	ASSERT(spin_held(&proc_lock));
	signal_queue_drop(&thread->signals.pending, ~(signal_set_t)0);
	if (proc->signals.stop_signal != 0 && proc->nthreads > 1 &&
	    proc->signals.nstopped == proc->nthreads - 1)
		stop_complete(proc);
	if (pending == 0)
		return;
	LIST_FOR(link, &proc->threads) {
		struct proc_thread *other = LIST_ENTRY(link,
		    struct proc_thread, link);

		if (other != thread)
			signal_look_again(other);
	}
}

void
signal_thread_enter(struct proc_thread *thread)
{
	signal_look_again(thread);
}

/* What the signal just taken does where it has no handler. */
static enum verdict
verdict_default(struct proc *proc, int signo)
{
	switch (signal_effect(signo)) {
	case SIGNAL_IS_IGNORED:
	case SIGNAL_CONTINUES:
		return AGAIN;
	case SIGNAL_STOPS:
		/* Nobody could continue it: only SIGSTOP stops it then. */
		if (signo == SIGSTOP || !group_is_orphaned(proc->group, NULL))
			stop_begin(proc, signo);
		return AGAIN;
	case SIGNAL_ENDS:
		break;
	}
	return END;
}

static enum verdict
verdict_taken(struct proc *proc, struct signal_delivery *delivery)
{
	int signo = delivery->info.signo;

	delivery->action = signal_action_of(proc, signo);
	if (delivery->action.handler == SIGNAL_IGNORE ||
	    signal_is_nothing(proc, signo))
		return AGAIN;
	if (delivery->action.handler == SIGNAL_DEFAULT)
		return verdict_default(proc, signo);
	if (delivery->action.flags & SA_RESETHAND)
		signal_action_reset(proc, signo);
	return HANDLE;
}

/* needs: proc_lock */
static enum verdict
signal_next(struct proc_thread *self, struct signal_delivery *delivery)
{
	struct proc *proc = self->proc;
	signal_set_t open = ~self->signals.blocked;

	if (proc->signals.stop_signal != 0) {
		stop_wait(self);
		return AGAIN;
	}
	if (!signal_queue_take(&self->signals.pending, open, &delivery->info) &&
	    !signal_queue_take(&proc->signals.pending, open, &delivery->info))
		return NOTHING;
	return verdict_taken(proc, delivery);
}

void
signal_call_interrupted(int64_t result, uint64_t argument)
{
	struct proc_thread *self = proc_thread_this();

	self->signals.call_result = result;
	self->signals.call_argument = argument;
	atomic_store_relaxed(&self->thread->interrupted, true);
}

/* The interrupted call's end, where a handler with `flags` runs now. */
static void
call_end(struct thread_signals *signals, struct trapframe *frame,
    uint64_t flags)
{
	int64_t result = signals->call_result;

	signals->call_result = 0;
	signals->restart.function = NULL;
	if (result == 0)
		return;
	if (result == -ERESTARTNOINTR ||
	    (result == -ERESTARTSYS && (flags & SA_RESTART))) {
		frame->a0 = signals->call_argument;
		frame->pc -= CALL_BYTES;
	} else {
		frame->a0 = (uint64_t)-EINTR;
	}
}

/* Where no handler runs. */
static void
call_again(struct thread_signals *signals, struct trapframe *frame)
{
	int64_t result = signals->call_result;

	signals->call_result = 0;
	if (result == 0)
		return;
	frame->a0 = signals->call_argument;
	frame->pc -= CALL_BYTES;
	if (result == -ERESTART_RESTARTBLOCK)
		frame->a7 = CALL_RESTART;
}

/*
 * Start a handler.  One that cannot be, because there is no room for its
 * frame, is a SIGSEGV, and if that was it, the end.
 */
static void
signal_handle(struct proc_thread *self, struct trapframe *frame,
    struct signal_delivery *delivery)
{
	struct thread_signals *signals = &self->signals;
	struct signal_info fault = { .signo = SIGSEGV, .code = SI_KERNEL };
	signal_set_t more = delivery->action.mask;
	int signo = delivery->info.signo;

	call_end(signals, frame, delivery->action.flags);
	delivery->mask = signals->has_saved ? signals->saved :
	    signals->blocked;
	if (self->proc->door->deliver_signal(frame, delivery) != 0) {
		spin_lock(&proc_lock);
		if (signo == SIGSEGV)
			signal_action_reset(self->proc, SIGSEGV);
		spin_unlock(&proc_lock);
		signal_fault(&fault);
		return;
	}
	signals->has_saved = false;
	if ((delivery->action.flags & SA_NODEFER) == 0)
		more |= SIGNAL_BIT(signo);
	signal_block(signals->blocked | more);
}

/* Nothing is left: as if nothing had been. */
static void
signal_settle(struct proc_thread *self, struct trapframe *frame)
{
	call_again(&self->signals, frame);
	if (self->signals.has_saved) {
		self->signals.has_saved = false;
		signal_block(self->signals.saved);
	}
}

void
signal_deliver(struct trapframe *frame)
{
	struct proc_thread *self = proc_thread_this();
	struct signal_delivery delivery;
	enum verdict verdict;

	do {
		if (atomic_load_relaxed(&self->dying))
			proc_thread_exit(0);
		spin_lock(&proc_lock);
		verdict = signal_next(self, &delivery);
		if (verdict == NOTHING || verdict == HANDLE)
			signal_look_again(self);
		spin_unlock(&proc_lock);
		if (verdict == END)
			proc_exit_signal((uint32_t)delivery.info.signo);
	} while (verdict == AGAIN);
	if (verdict == HANDLE)
		signal_handle(self, frame, &delivery);
	else
		signal_settle(self, frame);
}

signal_set_t
signal_block(signal_set_t blocked)
{
	struct proc_thread *self = proc_thread_this();
	struct proc *proc = self->proc;
	signal_set_t old, closed;

	spin_lock(&proc_lock);
	old = self->signals.blocked;
	self->signals.blocked = blocked & ~SIGNALS_FIRM;
	signal_look_again(self);
	/* What it might have taken is for the others. */
	closed = blocked & ~old & proc->signals.pending.set;
	if (closed != 0)
		LIST_FOR(link, &proc->threads)
			signal_look_again(LIST_ENTRY(link, struct proc_thread,
			    link));
	spin_unlock(&proc_lock);
	return old;
}

void
signal_mask_lend(signal_set_t blocked)
{
	struct thread_signals *signals = &proc_thread_this()->signals;

	signals->saved = signal_block(blocked);
	signals->has_saved = true;
}

void
signal_mask_return(bool interrupted)
{
	struct proc_thread *self = proc_thread_this();

	if (!self->signals.has_saved)
		return;
	if (interrupted) {
		/* signal_deliver gives it back, even if nothing is left. */
		atomic_store_relaxed(&self->thread->interrupted, true);
		return;
	}
	self->signals.has_saved = false;
	signal_block(self->signals.saved);
}
