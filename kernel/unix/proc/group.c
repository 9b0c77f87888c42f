/*
 * Process groups and sessions.  Questions about a group look at every process
 * of the table: they are rare, and asked under proc_lock.
 */
#include "unix/proc/group.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "unix/proc/table.h"

/* needs: proc_lock.  returns: the process, the caller's for 0; NULL */
static struct proc *
proc_named(int32_t pid)
{
	return pid == 0 ? proc_this() : table_find(pid);
}

bool
group_exists(int32_t group, int32_t session)
{
	ASSERT(spin_held(&proc_lock));
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		const struct proc *proc = table_at(slot);

		if (proc != NULL && proc->group == group &&
		    (session == 0 || proc->session == session))
			return true;
	}
	return false;
}

bool
group_is_orphaned(int32_t group, const struct proc *leaving)
{
	ASSERT(spin_held(&proc_lock));
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		const struct proc *proc = table_at(slot), *parent;

		if (proc == NULL || proc->group != group || proc == leaving ||
		    proc->zombie)
			continue;
		parent = proc->parent;
		if (parent != NULL && parent != leaving &&
		    parent->group != group &&
		    parent->session == proc->session)
			return false;
	}
	return true;
}

int
session_begin(void)
{
	struct proc *proc = proc_this();
	int result = -EPERM;

	spin_lock(&proc_lock);
	if (!group_exists(proc->pid, 0)) {
		proc->session = proc->group = result = proc->pid;
		proc->tty = NULL;
	}
	spin_unlock(&proc_lock);
	return result;
}

int
session_of(int32_t pid)
{
	const struct proc *proc;
	int result = -ESRCH;

	spin_lock(&proc_lock);
	proc = proc_named(pid);
	if (proc != NULL)
		result = proc->session;
	spin_unlock(&proc_lock);
	return result;
}

int
group_of(int32_t pid)
{
	const struct proc *proc;
	int result = -ESRCH;

	spin_lock(&proc_lock);
	proc = proc_named(pid);
	if (proc != NULL)
		result = proc->group;
	spin_unlock(&proc_lock);
	return result;
}

/* needs: proc_lock.  returns: whether the caller may move `proc`: 0; -errno */
static int
may_join(const struct proc *self, const struct proc *proc, int32_t group)
{
	if (proc == NULL || (proc != self && proc->parent != self))
		return -ESRCH;
	if (proc != self && proc->session != self->session)
		return -EPERM;
	if (proc != self && proc->has_execed)
		return -EACCES;
	if (proc->session == proc->pid)
		return -EPERM;
	if (group != proc->pid && !group_exists(group, self->session))
		return -EPERM;
	return 0;
}

int
group_join(int32_t pid, int32_t group)
{
	struct proc *self = proc_this(), *proc;
	int err;

	if (group < 0 || pid < 0)
		return -EINVAL;
	spin_lock(&proc_lock);
	proc = proc_named(pid);
	if (group == 0 && proc != NULL)
		group = proc->pid;
	err = may_join(self, proc, group);
	if (err == 0)
		proc->group = group;
	spin_unlock(&proc_lock);
	return err;
}
