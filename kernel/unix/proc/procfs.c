/* The hooks of unix/fs/procfs/procfs.h: whose a file of /proc is. */
#include "unix/proc/procfs.h"

#include "core/base/errno.h"
#include "unix/fs/descriptor.h"

/* Whether the target's descriptor is open. */
static bool
has_descriptor(const struct procfs_target *target)
{
	uint32_t fd = target->number - 1, found;

	return procfs_fds(target, fd, &found) && found == fd;
}

int
procfs_owner(const struct procfs_target *target, struct procfs_owner *owner)
{
	bool of_descriptor = target->node == PROCFS_FD_ENTRY ||
	    target->node == PROCFS_FD_PIPE ||
	    target->node == PROCFS_FDINFO_ENTRY;
	struct proc_owner found;
	int32_t tid = 0;

	*owner = (struct procfs_owner) { 0, 0, 0 };
	if (target->pid == 0)
		return 0;
	if (!of_descriptor && target->number != 0)
		tid = procfs_tid(target);
	if (proc_owner_of(target->pid, tid, &found) != 0 ||
	    (of_descriptor && !has_descriptor(target)))
		return -ENOENT;
	owner->uid = found.uid;
	owner->gid = found.gid;
	owner->birth = found.birth;
	return 0;
}

/* As Linux has it for looking into others: root may, and who is the same user
 * and group in every respect. */
bool
procfs_may_look(const struct procfs_target *target)
{
	const struct credentials *who = proc_credentials();
	const struct credentials *whose;
	struct proc_snapshot snapshot;

	if (target->pid == proc_this()->pid || credentials_is_root(who))
		return true;
	if (proc_snapshot(target->pid, &snapshot) != 0)
		return false;
	whose = &snapshot.credentials;
	return who->fsuid == whose->uid && who->fsuid == whose->euid &&
	    who->fsuid == whose->suid && who->fsgid == whose->gid &&
	    who->fsgid == whose->egid && who->fsgid == whose->sgid;
}
