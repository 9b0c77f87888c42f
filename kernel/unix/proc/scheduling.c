/* How processes are scheduled, as far as programs may say: on which harts; and
 * how nice they are, by which policy they run, and how urgent their reads and
 * writes are, which is kept and told and weighs nothing. */
#include "unix/proc/identity.h"

#include "core/base/errno.h"
#include "core/cpu/hart.h"
#include "core/task/thread.h"
#include "unix/proc/limit.h"
#include "unix/proc/proc.h"
#include "unix/proc/table.h"

#define NICE_MIN	(-20)
#define NICE_MAX	19

static uint32_t
harts_all(void)
{
	return (uint32_t)(((uint64_t)1 << harts_count()) - 1);
}

/* needs: proc_lock */
static bool
may_change(const struct proc_thread *thread)
{
	const struct credentials *who = proc_credentials();

	return credentials_privileged(who) ||
	    who->euid == thread->credentials.uid ||
	    who->euid == thread->credentials.euid;
}

int
proc_set_harts(int32_t tid, uint32_t harts)
{
	struct proc_thread *self = proc_thread_this(), *thread = self;
	int err = 0;

	harts &= harts_all();
	spin_lock(&proc_lock);
	if (tid != 0)
		thread = table_find_thread(tid);
	if (thread == NULL || thread->thread == NULL)
		err = -ESRCH;
	else if (!may_change(thread))
		err = -EPERM;
	else if (harts == 0)
		err = -EINVAL;
	else if (thread != self)
		thread_set_harts(thread->thread, harts);
	spin_unlock(&proc_lock);
	/* The caller itself may have to move: not under a lock. */
	if (err == 0 && thread == self)
		thread_set_harts(self->thread, harts);
	return err;
}

int
proc_get_harts(int32_t tid, uint32_t *harts)
{
	const struct proc_thread *thread = proc_thread_this();
	int err = -ESRCH;

	spin_lock(&proc_lock);
	if (tid != 0)
		thread = table_find_thread(tid);
	if (thread != NULL && thread->thread != NULL) {
		*harts = thread->thread->harts & harts_all();
		err = 0;
	}
	spin_unlock(&proc_lock);
	return err;
}

/* needs: proc_lock */
static bool
is_meant(const struct proc *proc, enum nice_which which, int32_t id)
{
	const struct proc *self = proc_this();

	switch (which) {
	case NICE_PROCESS:
		return id == 0 ? proc == self : proc->pid == id;
	case NICE_GROUP:
		return proc->group == (id == 0 ? self->group : id);
	case NICE_USER:
		return proc->leader->credentials.uid == (id == 0 ?
		    proc_credentials()->uid : (uint32_t)id);
	}
	return false;
}

/* The limit counts the other way: 1 is nice 19, 40 is nice -20. */
static bool
may_be_nice(int32_t nice)
{
	return credentials_privileged(proc_credentials()) ||
	    limit_get(LIMIT_NICE) >= (uint64_t)(NICE_MAX + 1 - nice);
}

/* needs: proc_lock */
static int
nice_change(struct proc *proc, int32_t nice)
{
	if (!may_change(proc->leader))
		return -EPERM;
	if (nice < proc->nice && !may_be_nice(nice))
		return -EACCES;
	proc->nice = nice;
	return 0;
}

int
proc_set_nice(enum nice_which which, int32_t id, int32_t nice)
{
	int result = -ESRCH;

	nice = MIN(MAX(nice, NICE_MIN), NICE_MAX);
	spin_lock(&proc_lock);
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		struct proc *proc = table_at(slot);
		int err;

		if (proc == NULL || proc->zombie ||
		    !is_meant(proc, which, id))
			continue;
		err = nice_change(proc, nice);
		if (err != 0 || result == -ESRCH)
			result = err;
	}
	spin_unlock(&proc_lock);
	return result;
}

int
proc_get_nice(enum nice_which which, int32_t id, int32_t *nice)
{
	int err = -ESRCH;

	spin_lock(&proc_lock);
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		const struct proc *proc = table_at(slot);

		if (proc == NULL || !is_meant(proc, which, id))
			continue;
		if (err != 0 || proc->nice < *nice)
			*nice = proc->nice;
		err = 0;
	}
	spin_unlock(&proc_lock);
	return err;
}

/* The thread with that number, 0 the caller; NULL.  needs: proc_lock */
static struct proc_thread *
thread_meant(int32_t tid)
{
	return tid == 0 ? proc_thread_this() : table_find_thread(tid);
}

int
proc_set_policy(int32_t tid, uint32_t policy)
{
	struct proc_thread *thread;
	int err = 0;

	spin_lock(&proc_lock);
	thread = thread_meant(tid);
	if (thread == NULL)
		err = -ESRCH;
	else if (!may_change(thread) || (thread->policy == SCHED_IDLE &&
	    policy != SCHED_IDLE && !may_be_nice(thread->proc->nice)))
		err = -EPERM;
	else
		thread->policy = policy;
	spin_unlock(&proc_lock);
	return err;
}

int
proc_get_policy(int32_t tid, uint32_t *policy)
{
	const struct proc_thread *thread;

	spin_lock(&proc_lock);
	thread = thread_meant(tid);
	if (thread != NULL)
		*policy = thread->policy;
	spin_unlock(&proc_lock);
	return thread != NULL ? 0 : -ESRCH;
}

/* ---- urgency of reads and writes ---- */

struct io_request {
	bool set;
	uint32_t priority;
	int result;
};

/* needs: proc_lock */
static void
io_change(struct proc_thread *thread, struct io_request *request)
{
	if (!request->set) {
		if (request->result != 0 ||
		    thread->io_priority < request->priority)
			request->priority = thread->io_priority;
		request->result = 0;
	} else if (!may_change(thread)) {
		request->result = -EPERM;
	} else {
		thread->io_priority = request->priority;
		if (request->result == -ESRCH)
			request->result = 0;
	}
}

static void
io_request(enum nice_which which, int32_t id, struct io_request *request)
{
	struct proc_thread *thread;

	request->result = -ESRCH;
	spin_lock(&proc_lock);
	thread = which == NICE_PROCESS ? thread_meant(id) : NULL;
	if (thread != NULL)
		io_change(thread, request);
	for (uint32_t slot = 0; which != NICE_PROCESS && slot < table_size();
	    slot++) {
		struct proc *proc = table_at(slot);

		if (proc == NULL || proc->zombie ||
		    !is_meant(proc, which, id))
			continue;
		LIST_FOR(link, &proc->threads)
			io_change(LIST_ENTRY(link, struct proc_thread, link),
			    request);
	}
	spin_unlock(&proc_lock);
}

int
proc_set_io_priority(enum nice_which which, int32_t id, uint32_t priority)
{
	struct io_request request = { .set = true, .priority = priority };

	io_request(which, id, &request);
	return request.result;
}

int
proc_get_io_priority(enum nice_which which, int32_t id, uint32_t *priority)
{
	struct io_request request = { .set = false };

	io_request(which, id, &request);
	*priority = request.priority;
	return request.result;
}
