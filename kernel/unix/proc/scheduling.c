/* How processes are scheduled, as far as programs may say: on which harts, and
 * how nice they are, which is kept and told and weighs nothing. */
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

/* needs: proc_lock */
static int
nice_change(struct proc *proc, int32_t nice)
{
	/* The limit counts the other way: 1 is nice 19, 40 is nice -20. */
	if (!may_change(proc->leader))
		return -EPERM;
	if (nice < proc->nice &&
	    !credentials_privileged(proc_credentials()) &&
	    !limit_allows(LIMIT_NICE, (uint64_t)(NICE_MAX + 1 - nice)))
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
