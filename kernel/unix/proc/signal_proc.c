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
	if (actions == NULL)
		return;
	if (--actions->refs == 0)
		heap_free(actions);
	else if (actions->refs == 1)
		actions->together = false;
}

/* Whether changing them would change another process's, or there are none. */
static bool
actions_are_common(const struct signal_actions *actions)
{
	return actions == NULL || (actions->refs > 1 && !actions->together);
}

/* Let actions of a process's own say what was reset. */
static void
actions_settle(struct signals *signals)
{
	struct signal_actions *actions = signals->actions;

	actions->ignored &= ~signals->reset;
	for (int i = 0; signals->reset != 0; i++, signals->reset >>= 1) {
		if (signals->reset & 1)
			actions->action[i].handler = SIGNAL_DEFAULT;
	}
}

/*
 * Give a process actions of its own, as those it has, if not `always` only
 * where it must not change those.
 * needs:   proc_lock, which is given back meanwhile
 * returns: 0 or -ENOMEM
 */
static int
actions_own(struct signals *signals, bool always)
{
	struct signal_actions *own = NULL;

	if (always || actions_are_common(signals->actions)) {
		spin_unlock(&proc_lock);
		own = heap_alloc(sizeof(*own));
		spin_lock(&proc_lock);
		if (own == NULL)
			return -ENOMEM;
	}
	if (always || actions_are_common(signals->actions)) {
		if (signals->actions != NULL)
			*own = *signals->actions;
		own->refs = 1;
		own->together = false;
		actions_put(signals->actions);
		signals->actions = own;
	} else {
		heap_free(own);		/* another thread was first */
	}
	actions_settle(signals);
	return 0;
}

void
signal_action_reset(struct proc *proc, int signo)
{
	struct signals *signals = &proc->signals;
	struct signal_actions *actions = signals->actions;

	ASSERT(spin_held(&proc_lock));
	if (actions == NULL)
		return;
	/* There may be no memory for others now, and this must not fail. */
	if (actions_are_common(actions)) {
		signals->reset |= SIGNAL_BIT(signo);
		return;
	}
	actions->action[signo - 1].handler = SIGNAL_DEFAULT;
	actions->ignored &= ~SIGNAL_BIT(signo);
}

static void
signals_init(struct signals *signals)
{
	signal_queue_init(&signals->pending);
	watch_list_init(&signals->arrivals);
	wait_init(&signals->stopped);
}

/* needs: proc_lock, `signals` has none, `parent` has some */
static void
actions_share(struct signals *signals, const struct signals *parent)
{
	signals->actions = parent->actions;
	signals->actions->refs++;
	signals->reset = parent->reset;
}

int
signals_new(struct signals *signals, struct signals *parent, bool share)
{
	int err = 0;

	signals_init(signals);
	if (parent == NULL || (!share && parent->actions == NULL))
		return 0;
	spin_lock(&proc_lock);
	if (share)
		err = actions_own(parent, false);
	if (err == 0)
		actions_share(signals, parent);
	if (err == 0 && share)
		signals->actions->together = true;
	else if (err == 0 && signals->actions->together)
		err = actions_own(signals, true);
	if (err != 0) {
		actions_put(signals->actions);
		signals->actions = NULL;
	}
	spin_unlock(&proc_lock);
	return err;
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

int
signals_reset(struct signals *signals)
{
	struct signal_actions *actions = signals->actions;
	int err = 0;

	if (actions == NULL)
		return 0;
	spin_lock(&proc_lock);
	if ((actions->ignored & ~signals->reset) == 0) {
		actions_put(actions);
		signals->actions = NULL;
		signals->reset = 0;
	} else {
		err = actions_own(signals, actions->refs > 1);
		if (err == 0)
			actions_forget_handlers(signals->actions);
	}
	spin_unlock(&proc_lock);
	return err;
}

int
signal_exec(void)
{
	struct proc_thread *self = proc_thread_this();
	int err = signals_reset(&self->proc->signals);

	if (err == 0)
		memset(&self->signals.stack, 0, sizeof(self->signals.stack));
	return err;
}

/* Set an action of a process's own.  needs: proc_lock */
static void
action_set(struct signal_actions *actions, int signo,
    const struct signal_action *new)
{
	struct signal_action *action = &actions->action[signo - 1];

	*action = *new;
	action->mask &= ~SIGNALS_FIRM;
	actions->ignored &= ~SIGNAL_BIT(signo);
	if (new->handler == SIGNAL_IGNORE)
		actions->ignored |= SIGNAL_BIT(signo);
}

int
signal_change_action(int signo, const struct signal_action *new,
    struct signal_action *old)
{
	struct proc *proc = proc_this();
	int err = 0;

	if (signo < 1 || signo > SIGNAL_COUNT ||
	    (new != NULL && SIGNAL_BIT(signo) & SIGNALS_FIRM))
		return -EINVAL;
	spin_lock(&proc_lock);
	if (new != NULL)
		err = actions_own(&proc->signals, false);
	if (err == 0 && old != NULL)
		*old = signal_action_of(proc, signo);
	if (err == 0 && new != NULL) {
		action_set(proc->signals.actions, signo, new);
		proc->signals.reset &= ~SIGNAL_BIT(signo);
		if (signal_is_nothing(proc, signo))
			signal_drop_everywhere(proc, SIGNAL_BIT(signo));
	}
	spin_unlock(&proc_lock);
	return err;
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
	action = signal_action_of(parent, SIGCHLD);
	if (child->exit_signal != 0) {
		/* Adding them up is for who wants to know. */
		if (!signal_drops(parent, NULL, info.signo))
			signal_times(child, &info);
		signal_send_locked(parent, &info);
	}
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
