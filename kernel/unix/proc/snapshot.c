#include "unix/proc/snapshot.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/place.h"
#include "unix/proc/door.h"
#include "unix/proc/job_control.h"
#include "unix/proc/signal_inner.h"
#include "unix/proc/table.h"

static char
thread_state(const struct proc_thread *thread)
{
	const struct thread *at = thread->thread;

	if (at == NULL)
		return 'Z';
	if (at->state != THREAD_ASLEEP)
		return 'R';
	if (thread->proc->signals.stop_signal != 0)
		return 'T';
	return at->killable ? 'S' : 'D';
}

/* The liveliest of its threads speaks for a process. */
static char
process_state(const struct proc *proc)
{
	static const char order[] = "ZTSDR";
	char state = 'Z';

	LIST_FOR(link, &proc->threads) {
		char one = thread_state(LIST_ENTRY(link, struct proc_thread,
		    link));

		if (strchr(order, one) > strchr(order, state))
			state = one;
	}
	return state;
}

static void
signals_copy(const struct proc_thread *thread, struct proc_snapshot *out)
{
	const struct signals *signals = &thread->proc->signals;

	out->pending = thread->signals.pending.set;
	out->pending_shared = signals->pending.set;
	out->blocked = thread->signals.blocked;
	for (int signo = 1; signals->actions != NULL && signo <= SIGNAL_COUNT;
	    signo++) {
		vaddr_t handler = signal_action_of(thread->proc, signo).handler;

		if (handler == SIGNAL_IGNORE)
			out->ignored |= SIGNAL_BIT(signo);
		else if (handler != SIGNAL_DEFAULT)
			out->caught |= SIGNAL_BIT(signo);
	}
}

/* needs: proc_lock */
static void
snapshot(const struct proc_thread *thread, struct proc_snapshot *out)
{
	const struct proc *proc = thread->proc;

	memset(out, 0, sizeof(*out));
	out->tid = thread->tid;
	out->pid = proc->pid;
	out->parent = proc->parent != NULL ? proc->parent->pid : 0;
	out->group = proc->group;
	out->session = proc->session;
	job_control_describe(proc, &out->tty_number, &out->tty_group);
	memcpy(out->name, thread->name, sizeof(out->name));
	out->door = proc->door != NULL ? proc->door->name : "";
	out->nthreads = proc->nthreads;
	out->exit_signal = proc->exit_signal;
	out->credentials = thread->credentials;
	memcpy(out->limits, proc->limits, sizeof(out->limits));
	out->children = proc->dead_children;
	out->start_ticks = proc->start_ticks;
	out->nice = proc->nice;
	out->policy = thread->policy;
	out->harts = thread->thread != NULL ? thread->thread->harts : 0;
	out->traced = proc->traced;
	signals_copy(thread, out);
}

int
proc_snapshot(int32_t pid, struct proc_snapshot *out)
{
	const struct proc *proc;

	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL) {
		snapshot(proc->leader, out);
		out->state = process_state(proc);
		usage_of_proc(proc, &out->usage);
	}
	spin_unlock(&proc_lock);
	return proc != NULL ? 0 : -ESRCH;
}

int
proc_snapshot_thread(int32_t tid, struct proc_snapshot *out)
{
	const struct proc_thread *thread;

	spin_lock(&proc_lock);
	thread = table_find_thread(tid);
	if (thread != NULL) {
		snapshot(thread, out);
		out->state = thread_state(thread);
		usage_of_thread(thread, &out->usage);
	}
	spin_unlock(&proc_lock);
	return thread != NULL ? 0 : -ESRCH;
}

int
proc_owner_of(int32_t pid, int32_t tid, struct proc_owner *out)
{
	const struct proc_thread *thread;
	int err = -ESRCH;

	spin_lock(&proc_lock);
	thread = table_find_thread(tid != 0 ? tid : pid);
	if (thread != NULL && thread->proc->pid == pid) {
		out->uid = thread->credentials.euid;
		out->gid = thread->credentials.egid;
		out->birth = thread->proc->start_ticks;
		err = 0;
	}
	spin_unlock(&proc_lock);
	return err;
}

static int32_t
closer(int32_t best, int32_t number, int32_t after)
{
	return number > after && (best == 0 || number < best) ? number : best;
}

int32_t
proc_next(int32_t after)
{
	int32_t best = 0;

	spin_lock(&proc_lock);
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		const struct proc *proc = table_at(slot);

		if (proc != NULL)
			best = closer(best, proc->pid, after);
	}
	spin_unlock(&proc_lock);
	return best;
}

int32_t
proc_next_thread(int32_t pid, int32_t after)
{
	const struct proc *proc;
	int32_t best = 0;

	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL) {
		LIST_FOR(link, &proc->threads)
			best = closer(best, LIST_ENTRY(link,
			    struct proc_thread, link)->tid, after);
	}
	spin_unlock(&proc_lock);
	return best;
}

struct descriptors *
proc_descriptors_of(int32_t pid)
{
	struct descriptors *descriptors = NULL;
	const struct proc *proc;

	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL)
		descriptors = proc->descriptors;
	if (descriptors != NULL)
		descriptors_get(descriptors);
	spin_unlock(&proc_lock);
	return descriptors;
}

struct place *
proc_place_of(int32_t pid)
{
	struct place *place = NULL;
	const struct proc *proc;

	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL)
		place = proc->place;
	if (place != NULL)
		place_get(place);
	spin_unlock(&proc_lock);
	return place;
}
