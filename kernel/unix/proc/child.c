/*
 * Waiting for children.
 *
 * Zombies stand first among the children of a process, so a wait for any finds
 * one at once.
 */
#include "unix/proc/child.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "unix/proc/table.h"

void
child_changed(struct proc *child)
{
	ASSERT(spin_held(&proc_lock));
	if (child->parent != NULL)
		wake_all(&child->parent->child_changed);
}

void
child_died(struct proc *child)
{
	struct proc *parent = child->parent;

	bool unwanted = signal_child_died(child);

	wake_all(&parent->child_changed);
	if (child->orphan || unwanted)
		table_leave(child);
}

/* Whether a request is about `child` at all. */
static bool
is_asked_for(const struct proc *child, const struct wait_request *request)
{
	bool is_clone = child->exit_signal != SIGCHLD;

	if (request->which == WAIT_PID && child->pid != request->id)
		return false;
	if (request->which == WAIT_GROUP && child->group != request->id)
		return false;
	return request->clones_too || is_clone == request->clones_only;
}

/* Whether there is something to tell of `child`. */
static bool
has_news(const struct proc *child, const struct wait_request *request)
{
	if (child->zombie)
		return request->exited;
	return (request->stopped && child->signals.stop_unseen) ||
	    (request->continued && child->signals.continue_unseen);
}

/*
 * needs:   proc_lock
 * returns: whether there is anybody to wait for
 * gives:   *out, one with something to tell; NULL: none
 */
static bool
child_find(const struct proc *proc, const struct wait_request *request,
    struct proc **out)
{
	bool any = false;

	*out = NULL;
	LIST_FOR(link, &proc->children) {
		struct proc *child = LIST_ENTRY(link, struct proc, sibling);

		if (child->orphan || !is_asked_for(child, request))
			continue;
		/* The dead do not stop any more, nor go on. */
		any = any || !child->zombie || request->exited;
		if (has_news(child, request)) {
			*out = child;
			break;
		}
	}
	return any;
}

static void
tell_end(const struct proc *child, struct wait_result *out)
{
	out->code = child->end_signal != 0 ? CHILD_KILLED : CHILD_EXITED;
	out->status = child->end_signal != 0 ? (int32_t)child->end_signal :
	    child->status;
	out->exit_status = child->status;
}

/* Say how it is with `child`, once unless `keep`.  needs: proc_lock */
static void
tell(struct proc *child, bool keep, struct wait_result *out)
{
	struct signals *signals = &child->signals;

	out->pid = child->pid;
	out->uid = child->leader->credentials.uid;
	usage_of_proc(child, &out->usage);
	usage_add(&out->usage, &child->dead_children);
	if (child->zombie) {
		tell_end(child, out);
	} else if (signals->stop_unseen) {
		out->code = CHILD_STOPPED;
		out->status = signals->stop_signal;
		signals->stop_unseen = keep;
	} else {
		out->code = CHILD_CONTINUED;
		out->status = SIGCONT;
		signals->continue_unseen = keep;
	}
}

/* needs: proc_lock, a zombie child of `proc`, which has no thread any more */
static void
child_reap(struct proc *proc, struct proc *child)
{
	usage_add(&proc->dead_children, &child->dead_threads);
	usage_add(&proc->dead_children, &child->dead_children);
	table_leave(child);
}

int
proc_wait(const struct wait_request *request, struct wait_result *out)
{
	struct proc *proc = proc_this(), *child;
	bool interrupted = false;
	int err = 0;

	out->pid = 0;
	spin_lock(&proc_lock);
	for (;;) {
		if (!child_find(proc, request, &child))
			err = -ECHILD;
		else if (child == NULL && interrupted)
			err = -ERESTARTSYS;
		if (err != 0 || child != NULL || request->no_hang)
			break;
		/* What interrupts may be the child's own SIGCHLD: look again. */
		interrupted = wait_killable(&proc->child_changed, &proc_lock,
		    UINT64_MAX) != 0;
	}
	if (err == 0 && child != NULL) {
		tell(child, request->keep, out);
		if (child->zombie && !request->keep)
			child_reap(proc, child);
	}
	spin_unlock(&proc_lock);
	return err;
}

void
proc_reap(int32_t pid)
{
	struct proc *child;

	spin_lock(&proc_lock);
	child = table_find(pid);
	/* Another thread of ours may have been quicker. */
	if (child != NULL && child->zombie && child->parent == proc_this())
		child_reap(proc_this(), child);
	spin_unlock(&proc_lock);
}

int32_t
wait_status(const struct wait_result *result)
{
	switch (result->code) {
	case CHILD_EXITED:
		return (result->status & 0xff) << 8;
	case CHILD_STOPPED:
		return (result->status & 0xff) << 8 | 0x7f;
	case CHILD_CONTINUED:
		return 0xffff;
	default:
		return result->status & 0x7f;
	}
}
