/*
 * Signals on behalf of programs: who may send them to whom, and waiting for
 * them.
 */
#include "unix/proc/signal.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/task/thread.h"
#include "unix/proc/signal_inner.h"

/* needs: proc_lock */
static bool
may_send(const struct proc *proc, int signo)
{
	const struct proc *self = proc_this();
	const struct credentials *mine = proc_credentials();
	const struct credentials *its = &proc->leader->credentials;

	if (proc == self || credentials_privileged(mine))
		return true;
	if (signo == SIGCONT && proc->session == self->session)
		return true;
	return mine->euid == its->suid || mine->euid == its->uid ||
	    mine->uid == its->suid || mine->uid == its->uid;
}

int
signal_kill_locked(struct proc *proc, const struct signal_info *info)
{
	if (!may_send(proc, info->signo))
		return -EPERM;
	return signal_send_locked(proc, info);
}

/* returns: whether kill(pid <= 0) means `proc` */
static bool
is_meant(const struct proc *proc, int32_t pid)
{
	if (pid == -1)
		return proc != proc_first() && proc != proc_this();
	return proc->group == (pid == 0 ? proc_this()->group : -pid);
}

/* Success if one could be sent to; else what was wrong with the last. */
static int
send_many(int32_t pid, const struct signal_info *info)
{
	int result = -ESRCH;

	for (uint32_t slot = 0; slot < table_size(); slot++) {
		struct proc *proc = table_at(slot);
		int err;

		if (proc == NULL || !is_meant(proc, pid))
			continue;
		err = signal_kill_locked(proc, info);
		if (err == 0 || result != 0)
			result = err;
	}
	return result;
}

int
signal_kill(int32_t pid, const struct signal_info *info)
{
	struct proc *proc;
	int err = -ESRCH;

	/* No process has the number -INT32_MIN would be. */
	if (pid == INT32_MIN)
		return -ESRCH;
	spin_lock(&proc_lock);
	if (pid > 0) {
		proc = table_find(pid);
		if (proc != NULL)
			err = signal_kill_locked(proc, info);
	} else {
		err = send_many(pid, info);
	}
	spin_unlock(&proc_lock);
	return err;
}

int
signal_kill_thread(int32_t pid, int32_t tid, const struct signal_info *info)
{
	struct proc_thread *thread;
	int err = -ESRCH;

	spin_lock(&proc_lock);
	thread = table_find_thread(tid);
	if (thread != NULL && (pid == 0 || thread->proc->pid == pid)) {
		if (!may_send(thread->proc, info->signo))
			err = -EPERM;
		else
			err = signal_send_thread_locked(thread, info);
	}
	spin_unlock(&proc_lock);
	return err;
}

/* needs: proc_lock */
static bool
take_either(struct proc_thread *self, signal_set_t which,
    struct signal_info *out)
{
	return signal_queue_take(&self->signals.pending, which, out) ||
	    signal_queue_take(&self->proc->signals.pending, which, out);
}

int
signal_wait(signal_set_t which, uint64_t deadline, struct signal_info *out)
{
	struct proc_thread *self = proc_thread_this();
	bool taken;
	int err = 0;

	which &= ~SIGNALS_FIRM;
	spin_lock(&proc_lock);
	self->signals.waited = which;
	taken = take_either(self, which, out);
	while (!taken && err == 0) {
		err = wait_killable(&self->signals.arrived, &proc_lock,
		    deadline);
		taken = take_either(self, which, out);
		/* Another thread may have taken what interrupted this one. */
		signal_look_again(self);
		if (err == -EINTR && !signal_pending())
			err = 0;
	}
	self->signals.waited = 0;
	signal_look_again(self);
	spin_unlock(&proc_lock);
	return taken ? 0 : err;
}

signal_set_t
signal_pending_set(void)
{
	const struct proc_thread *self = proc_thread_this();
	signal_set_t set;

	spin_lock(&proc_lock);
	set = self->signals.pending.set | self->proc->signals.pending.set;
	spin_unlock(&proc_lock);
	return set & self->signals.blocked;
}
