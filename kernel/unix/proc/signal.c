/*
 * Sending signals: what would do nothing is dropped, what stops or continues
 * cancels what does the opposite, and a thread that may take the rest is
 * interrupted.
 */
#include "unix/proc/signal.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/task/thread.h"
#include "unix/proc/child.h"
#include "unix/proc/door.h"
#include "unix/proc/signal_inner.h"

static uint32_t nstopped;		/* [p] processes that are to stop */

enum signal_effect
signal_effect(int signo)
{
	switch (signo) {
	case SIGCHLD: case SIGURG: case SIGWINCH:
		return SIGNAL_IS_IGNORED;
	case SIGCONT:
		return SIGNAL_CONTINUES;
	case SIGSTOP: case SIGTSTP: case SIGTTIN: case SIGTTOU:
		return SIGNAL_STOPS;
	}
	return SIGNAL_ENDS;
}

struct signal_action
signal_action_of(const struct proc *proc, int signo)
{
	static const struct signal_action none;
	const struct signals *signals = &proc->signals;
	struct signal_action action;

	ASSERT(spin_held(&proc_lock));
	if (signals->actions == NULL)
		return none;
	action = signals->actions->action[signo - 1];
	if (signals->reset & SIGNAL_BIT(signo))
		action.handler = SIGNAL_DEFAULT;
	return action;
}

bool
signal_is_nothing(const struct proc *proc, int signo)
{
	vaddr_t handler = signal_action_of(proc, signo).handler;
	enum signal_effect effect = signal_effect(signo);

	if (handler == SIGNAL_IGNORE)
		return true;
	if (handler != SIGNAL_DEFAULT)
		return false;
	/* Nobody may take the first process from the others. */
	return effect == SIGNAL_IS_IGNORED || effect == SIGNAL_CONTINUES ||
	    proc == proc_first();
}

signal_set_t
signal_ready(const struct proc_thread *thread)
{
	return (thread->signals.pending.set |
	    thread->proc->signals.pending.set) & ~thread->signals.blocked;
}

void
signal_look_again(struct proc_thread *thread)
{
	ASSERT(spin_held(&proc_lock));
	if (thread->thread == NULL)
		return;
	if (atomic_load_relaxed(&thread->dying) || signal_ready(thread) != 0 ||
	    thread->proc->signals.stop_signal != 0)
		thread_interrupt(thread->thread);
	else if (thread == proc_thread_this())
		thread_uninterrupt(thread->thread);
}

void
signal_wake_all(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	LIST_FOR(link, &proc->threads) {
		struct proc_thread *thread = LIST_ENTRY(link,
		    struct proc_thread, link);

		if (thread->thread != NULL)
			thread_interrupt(thread->thread);
	}
	wake_all(&proc->signals.stopped);
}

void
signal_drop_everywhere(struct proc *proc, signal_set_t which)
{
	signal_queue_drop(&proc->signals.pending, which);
	LIST_FOR(link, &proc->threads)
		signal_queue_drop(&LIST_ENTRY(link, struct proc_thread,
		    link)->signals.pending, which);
}

void
signal_stop_mark(struct signals *signals, int signo)
{
	if (signals->stop_signal == 0)
		nstopped++;
	signals->stop_signal = signo;
}

void
signal_stop_forget(struct signals *signals)
{
	if (signals->stop_signal != 0)
		nstopped--;
	signals->stop_signal = 0;
}

uint32_t
signal_nstopped(void)
{
	return nstopped;
}

/* Let a process that stopped, or is about to, go on. */
static void
process_continue(struct proc *proc)
{
	struct signals *signals = &proc->signals;

	if (signals->stop_signal == 0)
		return;
	signal_stop_forget(signals);
	signals->stop_unseen = false;
	signals->stops++;
	if (signals->nstopped == proc->nthreads) {
		signals->continue_unseen = true;
		signal_tell_parent(proc, CLD_CONTINUED, SIGCONT);
	}
	signals->nstopped = 0;
	wake_all(&signals->stopped);
}

/* What sending does whether the signal is blocked or ignored or not. */
static void
signal_oppose(struct proc *proc, int signo)
{
	if (SIGNAL_BIT(signo) & SIGNALS_STOP) {
		signal_drop_everywhere(proc, SIGNAL_BIT(SIGCONT));
	} else if (signo == SIGCONT) {
		signal_drop_everywhere(proc, SIGNALS_STOP);
		process_continue(proc);
	}
}

static bool
wants(const struct proc_thread *thread, signal_set_t bit)
{
	return thread->thread != NULL && !thread->dying &&
	    (bit & (~thread->signals.blocked | thread->signals.waited)) != 0;
}

/* Interrupt a thread that may take what was sent to the whole process. */
static void
signal_offer(struct proc *proc, signal_set_t bit)
{
	if (wants(proc->leader, bit)) {
		thread_interrupt(proc->leader->thread);
		return;
	}
	LIST_FOR(link, &proc->threads) {
		struct proc_thread *thread = LIST_ENTRY(link,
		    struct proc_thread, link);

		if (wants(thread, bit)) {
			thread_interrupt(thread->thread);
			return;
		}
	}
}

static void
signal_notify(struct proc *proc, struct proc_thread *thread, int signo)
{
	watch_notify(&proc->signals.arrivals, 0);
	if (thread == NULL)
		signal_offer(proc, SIGNAL_BIT(signo));
	else if (wants(thread, SIGNAL_BIT(signo)))
		thread_interrupt(thread->thread);
}

bool
signal_drops(const struct proc *proc, const struct proc_thread *thread,
    int signo)
{
	const struct proc_thread *asked = thread != NULL ? thread :
	    proc->leader;

	if (proc->zombie || proc->ending)
		return true;
	/* Some doors' programs know no signals: they can only be killed. */
	if (signo != SIGKILL && (proc->door == NULL ||
	    proc->door->deliver_signal == NULL))
		return true;
	if ((asked->signals.blocked & SIGNAL_BIT(signo)) != 0)
		return false;
	return signal_is_nothing(proc, signo);
}

static int
signal_put(struct proc *proc, struct proc_thread *thread,
    const struct signal_info *info)
{
	struct signal_queue *queue = thread != NULL ?
	    &thread->signals.pending : &proc->signals.pending;
	int err;

	ASSERT(spin_held(&proc_lock));
	if (info->signo == 0)
		return 0;
	signal_oppose(proc, info->signo);
	if (signal_drops(proc, thread, info->signo))
		return 0;
	if (info->signo == SIGKILL) {
		proc_kill_locked(proc);
		return 0;
	}
	err = signal_queue_put(queue, info, proc);
	if (err == 0)
		signal_notify(proc, thread, info->signo);
	return err;
}

bool
signal_send_own(struct proc *proc, struct proc_thread *thread,
    struct signal_entry *entry)
{
	int signo = entry->info.signo;

	ASSERT(spin_held(&proc_lock));
	signal_oppose(proc, signo);
	if (signal_drops(proc, thread, signo))
		return false;
	signal_queue_put_own(thread != NULL ? &thread->signals.pending :
	    &proc->signals.pending, entry);
	signal_notify(proc, thread, signo);
	return true;
}

int
signal_send_locked(struct proc *proc, const struct signal_info *info)
{
	return signal_put(proc, NULL, info);
}

int
signal_send_thread_locked(struct proc_thread *thread,
    const struct signal_info *info)
{
	return signal_put(thread->proc, thread, info);
}

int
signal_send(struct proc *proc, const struct signal_info *info)
{
	int err;

	spin_lock(&proc_lock);
	err = signal_put(proc, NULL, info);
	spin_unlock(&proc_lock);
	return err;
}

int
signal_send_group_locked(int32_t pgid, const struct signal_info *info)
{
	int err = -ESRCH;

	for (uint32_t slot = 0; slot < table_size(); slot++) {
		struct proc *proc = table_at(slot);

		if (proc != NULL && proc->group == pgid &&
		    signal_put(proc, NULL, info) == 0)
			err = 0;
	}
	return err;
}

int
signal_send_group(int32_t pgid, const struct signal_info *info)
{
	int err;

	spin_lock(&proc_lock);
	err = signal_send_group_locked(pgid, info);
	spin_unlock(&proc_lock);
	return err;
}

void
signal_raise(int signo)
{
	struct signal_info info = {
		.signo = signo,
		.code = SI_USER,
		.sender.pid = proc_this()->pid,
		.sender.uid = proc_credentials()->uid,
	};

	spin_lock(&proc_lock);
	signal_send_thread_locked(proc_thread_this(), &info);
	spin_unlock(&proc_lock);
}

int
signal_raise_group(int32_t pgid, int signo)
{
	struct signal_info info = { .signo = signo, .code = SI_KERNEL };

	return signal_send_group(pgid, &info);
}

int
signal_raise_group_locked(int32_t pgid, int signo)
{
	struct signal_info info = { .signo = signo, .code = SI_KERNEL };

	return signal_send_group_locked(pgid, &info);
}

void
signal_fault(const struct signal_info *info)
{
	struct proc_thread *self = proc_thread_this();
	signal_set_t bit = SIGNAL_BIT(info->signo);
	bool blocked;

	spin_lock(&proc_lock);
	blocked = (self->signals.blocked & bit) != 0;
	if (blocked || signal_action_of(self->proc, info->signo).handler ==
	    SIGNAL_IGNORE)
		signal_action_reset(self->proc, info->signo);
	self->signals.blocked &= ~bit;
	if (signal_action_of(self->proc, info->signo).handler ==
	    SIGNAL_DEFAULT) {
		/* The first process is not spared what it did itself. */
		proc_end_locked(self->proc, 0, (uint32_t)info->signo);
	} else {
		signal_queue_put(&self->signals.pending, info, self->proc);
		thread_interrupt(self->thread);
	}
	spin_unlock(&proc_lock);
}

bool
signal_is_ignored(int signo)
{
	bool ignored;

	spin_lock(&proc_lock);
	ignored = signal_action_of(proc_this(), signo).handler ==
	    SIGNAL_IGNORE;
	spin_unlock(&proc_lock);
	return ignored;
}

bool
signal_is_blocked(int signo)
{
	return (proc_thread_this()->signals.blocked & SIGNAL_BIT(signo)) != 0;
}

bool
signal_pending(void)
{
	return atomic_load_relaxed(&thread_this()->interrupted);
}
