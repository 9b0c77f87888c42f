/*
 * Pidfds.  A process has a list of those that stand for it, which it leaves
 * when it goes:
 *
 *	proc->pidfds --> struct pidfd --> struct pidfd
 *	                   proc             proc        NULL: waited for
 *
 * All of it is under proc_lock.  [c] constant; [p] proc_lock
 */
#include "unix/proc/pidfd.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/panic.h"
#include "core/vm/heap.h"
#include "unix/fs/descriptor.h"
#include "unix/proc/signal.h"
#include "unix/proc/table.h"

struct pidfd {
	struct list link;		/* [p] in proc->pidfds, or alone */
	struct proc *proc;		/* [p] NULL: not yet, or no more */
	struct watch_list watchers;
};

static uint32_t
pidfd_poll(struct file *file, struct poll_table *table)
{
	struct pidfd *self = file->private;
	uint32_t ready = 0;

	poll_watch(table, &self->watchers);
	spin_lock(&proc_lock);
	if (self->proc == NULL)
		ready = POLL_IN | POLL_RD_NORM | POLL_HUP;
	else if (self->proc->zombie)
		ready = POLL_IN | POLL_RD_NORM;
	spin_unlock(&proc_lock);
	return ready;
}

static void
pidfd_release(struct file *file)
{
	struct pidfd *self = file->private;

	spin_lock(&proc_lock);
	list_remove(&self->link);
	spin_unlock(&proc_lock);
	heap_free(self);
}

static size_t
pidfd_describe(struct file *file, char *to, size_t size)
{
	int32_t pid = pidfd_pid(file);

	/* As on Linux, one that was waited for is -1. */
	pid = MAX(pid, -1);
	return format_text(to, size, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_ops pidfd_ops = {
	.name = "[pidfd]",
	.release = pidfd_release,
	.poll = pidfd_poll,
	.describe = pidfd_describe,
};

static int
pidfd_make(uint32_t flags, struct file **out)
{
	struct pidfd *self = heap_alloc(sizeof(*self));
	int err;

	if (self == NULL)
		return -ENOMEM;
	list_init(&self->link);
	watch_list_init(&self->watchers);
	err = file_create(&pidfd_ops, self, FILE_READ | FILE_WRITE | flags,
	    out);
	if (err != 0)
		heap_free(self);
	return err;
}

int
pidfd_create(struct file **out)
{
	return pidfd_make(0, out);
}

void
pidfd_attach(struct file *file, struct proc *proc)
{
	struct pidfd *self = file->private;

	ASSERT(spin_held(&proc_lock) && file->ops == &pidfd_ops);
	self->proc = proc;
	list_push_back(&proc->pidfds, &self->link);
}

int
pidfd_open(int32_t pid, uint32_t flags, struct file **out)
{
	struct proc *proc;
	struct file *file;
	int err = pidfd_make(flags, &file);

	if (err != 0)
		return err;
	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL)
		pidfd_attach(file, proc);
	else
		err = table_find_thread(pid) != NULL ? -EINVAL : -ESRCH;
	spin_unlock(&proc_lock);
	if (err != 0)
		file_put(file);
	else
		*out = file;
	return err;
}

/* needs: proc_lock.  returns: 0; -EBADF, -ESRCH */
static int
pidfd_proc(struct file *file, struct proc **out)
{
	const struct pidfd *self = file->private;

	if (file->ops != &pidfd_ops)
		return -EBADF;
	*out = self->proc;
	return self->proc != NULL ? 0 : -ESRCH;
}

int32_t
pidfd_pid(struct file *file)
{
	struct proc *proc;
	int32_t pid;

	spin_lock(&proc_lock);
	pid = pidfd_proc(file, &proc);
	if (pid == 0)
		pid = proc->pid;
	spin_unlock(&proc_lock);
	return pid;
}

int
pidfd_kill(struct file *file, const struct signal_info *info)
{
	struct proc *proc;
	int err;

	spin_lock(&proc_lock);
	err = pidfd_proc(file, &proc);
	if (err == 0)
		err = signal_kill_locked(proc, info);
	spin_unlock(&proc_lock);
	return err;
}

/* needs: proc_lock */
static bool
may_look(const struct proc *proc)
{
	const struct credentials *who = proc_credentials();
	const struct credentials *whose = &proc->leader->credentials;

	if (proc == proc_this() || credentials_privileged(who))
		return true;
	return who->uid == whose->uid && who->uid == whose->euid &&
	    who->uid == whose->suid && who->gid == whose->gid &&
	    who->gid == whose->egid && who->gid == whose->sgid &&
	    !proc->undumpable;
}

int
pidfd_take(struct file *file, int32_t fd, struct file **out)
{
	struct descriptors *descriptors = NULL;
	struct proc *proc;
	int err;

	spin_lock(&proc_lock);
	err = pidfd_proc(file, &proc);
	if (err == 0 && proc->descriptors == NULL)
		err = -ESRCH;
	if (err == 0 && !may_look(proc))
		err = -EPERM;
	if (err == 0) {
		descriptors = proc->descriptors;
		descriptors_get(descriptors);
	}
	spin_unlock(&proc_lock);
	if (err != 0)
		return err;
	err = descriptor_get_any(descriptors, fd, out);
	descriptors_put(descriptors);
	return err;
}

void
pidfds_tell(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	LIST_FOR(link, &proc->pidfds)
		watch_notify(&LIST_ENTRY(link, struct pidfd, link)->watchers,
		    POLL_IN | POLL_RD_NORM);
}

void
pidfds_leave(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	while (!list_empty(&proc->pidfds)) {
		struct pidfd *pidfd = LIST_ENTRY(proc->pidfds.next,
		    struct pidfd, link);

		list_remove(&pidfd->link);
		pidfd->proc = NULL;
		watch_notify(&pidfd->watchers,
		    POLL_IN | POLL_RD_NORM | POLL_HUP);
	}
}
