/*
 * The signals of processes as they come and go: fork, clone, exec, exit.
 */
#include "unix/proc/signal.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "unix/proc/door.h"
#include "unix/proc/group.h"
#include "unix/proc/signal_inner.h"

/* needs: proc_lock */
static void
actions_put(struct signal_actions *actions)
{
	if (actions != NULL && --actions->refs == 0)
		heap_free(actions);
}

/* Actions of one's own: a copy of `from`, or all SIGNAL_DEFAULT. */
static struct signal_actions *
actions_copy(const struct signal_actions *from)
{
	struct signal_actions *actions = heap_alloc(sizeof(*actions));

	if (actions == NULL)
		return NULL;
	if (from != NULL) {
		spin_lock(&proc_lock);
		*actions = *from;
		spin_unlock(&proc_lock);
	}
	actions->refs = 1;
	return actions;
}

/*
 * Make sure the calling process has actions that can be set.  Most never do,
 * and have none.
 */
static int
actions_make(struct signals *signals)
{
	struct signal_actions *actions;

	if (signals->actions != NULL)
		return 0;
	actions = actions_copy(NULL);
	if (actions == NULL)
		return -ENOMEM;
	spin_lock(&proc_lock);
	if (signals->actions == NULL) {
		signals->actions = actions;
		actions = NULL;
	}
	spin_unlock(&proc_lock);
	heap_free(actions);		/* another thread was first */
	return 0;
}

static void
signals_init(struct signals *signals)
{
	signal_queue_init(&signals->pending);
	watch_list_init(&signals->arrivals);
	wait_init(&signals->stopped);
}

int
signals_new(struct signals *signals, struct signals *parent, bool share)
{
	signals_init(signals);
	if (parent == NULL || (!share && parent->actions == NULL))
		return 0;
	if (!share) {
		signals->actions = actions_copy(parent->actions);
		return signals->actions == NULL ? -ENOMEM : 0;
	}
	if (actions_make(parent) != 0)
		return -ENOMEM;
	spin_lock(&proc_lock);
	signals->actions = parent->actions;
	signals->actions->refs++;
	spin_unlock(&proc_lock);
	return 0;
}

void
signals_free(struct signals *signals)
{
	ASSERT(spin_held(&proc_lock));
	signal_queue_drop(&signals->pending, ~(signal_set_t)0);
	signal_stop_forget(signals);
	watch_list_close(&signals->arrivals, 0);
	actions_put(signals->actions);
	signals->actions = NULL;
}

void
thread_signals_new(struct thread_signals *signals,
    const struct thread_signals *maker, bool keep_stack)
{
	signal_queue_init(&signals->pending);
	wait_init(&signals->arrived);
	if (maker == NULL)
		return;
	/* The mask the maker lent for a call is not what it wants. */
	signals->blocked = maker->has_saved ? maker->saved : maker->blocked;
	if (keep_stack)
		signals->stack = maker->stack;
}

static void
actions_forget_handlers(struct signal_actions *actions)
{
	for (int i = 0; i < SIGNAL_COUNT; i++) {
		struct signal_action *action = &actions->action[i];

		if (action->handler != SIGNAL_IGNORE)
			action->handler = SIGNAL_DEFAULT;
		action->flags = 0;
		action->mask = 0;
	}
}

void
signal_reset_actions(struct signals *signals)
{
	spin_lock(&proc_lock);
	if (signals->actions != NULL)
		actions_forget_handlers(signals->actions);
	spin_unlock(&proc_lock);
}

int
signal_exec(void)
{
	struct proc_thread *self = proc_thread_this();
	struct signals *signals = &self->proc->signals;
	struct signal_actions *own;

	if (signals->actions != NULL && signals->actions->refs > 1) {
		own = actions_copy(signals->actions);
		if (own == NULL)
			return -ENOMEM;
		spin_lock(&proc_lock);
		actions_put(signals->actions);
		signals->actions = own;
		spin_unlock(&proc_lock);
	}
	signal_reset_actions(signals);
	memset(&self->signals.stack, 0, sizeof(self->signals.stack));
	return 0;
}

int
signal_change_action(int signo, const struct signal_action *new,
    struct signal_action *old)
{
	struct proc *proc = proc_this();
	struct signal_action *action;

	if (signo < 1 || signo > SIGNAL_COUNT ||
	    (new != NULL && SIGNAL_BIT(signo) & SIGNALS_FIRM))
		return -EINVAL;
	if (new != NULL && actions_make(&proc->signals) != 0)
		return -ENOMEM;
	spin_lock(&proc_lock);
	if (old != NULL)
		*old = signal_action_of(proc, signo);
	if (new != NULL) {
		action = &proc->signals.actions->action[signo - 1];
		*action = *new;
		action->mask &= ~SIGNALS_FIRM;
		if (signal_is_nothing(proc, signo))
			signal_drop_everywhere(proc, SIGNAL_BIT(signo));
	}
	spin_unlock(&proc_lock);
	return 0;
}

bool
signal_child_died(struct proc *child)
{
	struct proc *parent = child->parent;
	struct signal_action action;
	struct signal_info info = {
		.signo = (int32_t)child->exit_signal,
		.code = child->end_signal != 0 ? CLD_KILLED : CLD_EXITED,
		.child.pid = child->pid,
		.child.uid = child->leader->credentials.uid,
		.child.status = child->end_signal != 0 ?
		    (int32_t)child->end_signal : child->status,
	};

	ASSERT(spin_held(&proc_lock));
	if (parent->door->deliver_signal == NULL)
		return false;
	signal_times(child, &info);
	action = signal_action_of(parent, SIGCHLD);
	if (child->exit_signal != 0)
		signal_send_locked(parent, &info);
	return child->exit_signal == SIGCHLD &&
	    (action.handler == SIGNAL_IGNORE ||
	    (action.flags & SA_NOCLDWAIT));
}

/* A group nobody could continue any more, once `leaving` is gone. */
static void
group_check(int32_t group, const struct proc *leaving)
{
	bool stopped = false;

	for (uint32_t slot = 0; slot < table_size() && !stopped; slot++) {
		const struct proc *proc = table_at(slot);

		stopped = proc != NULL && proc->group == group &&
		    proc->signals.stop_signal != 0;
	}
	if (!stopped || !group_is_orphaned(group, leaving))
		return;
	signal_raise_group_locked(group, SIGHUP);
	signal_raise_group_locked(group, SIGCONT);
}

void
signal_orphans(struct proc *leaving)
{
	const struct proc *parent = leaving->parent;

	ASSERT(spin_held(&proc_lock));
	/* Looking through all processes is for when it can matter. */
	if (signal_nstopped() == 0)
		return;
	if (parent != NULL && parent->group != leaving->group &&
	    parent->session == leaving->session)
		group_check(leaving->group, leaving);
	LIST_FOR(link, &leaving->children) {
		const struct proc *child = LIST_ENTRY(link, struct proc,
		    sibling);

		if (child->group != leaving->group &&
		    child->session == leaving->session)
			group_check(child->group, leaving);
	}
}
