/*
 * Job control.
 *
 * Lock order: proc_lock, then the terminal's.  Signals are sent under
 * proc_lock, never under the terminal's lock.
 */
#include "unix/proc/job_control.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "unix/proc/foreground.h"
#include "unix/proc/group.h"
#include "unix/proc/signal.h"
#include "unix/proc/table.h"

#define SAME_NUMBER(name) \
	_Static_assert((int)TTY_##name == (int)name, "one numbering")

SAME_NUMBER(SIGHUP);
SAME_NUMBER(SIGINT);
SAME_NUMBER(SIGQUIT);
SAME_NUMBER(SIGCONT);
SAME_NUMBER(SIGTSTP);
SAME_NUMBER(SIGTTIN);
SAME_NUMBER(SIGTTOU);
SAME_NUMBER(SIGWINCH);

void
tty_on_signal(struct tty *tty, enum tty_signal signo)
{
	int32_t group;
	bool plain;

	spin_lock(&tty->lock);
	plain = tty->plain;
	group = tty->foreground;
	spin_unlock(&tty->lock);
	if (plain && signo == TTY_SIGINT)
		foreground_interrupt();
	else if (!plain && group > 0)
		signal_raise_group(group, signo);
}

void
tty_on_list(void)
{
	foreground_list();
}

/* The group in front of the terminal.  needs: proc_lock */
static int32_t
foreground_of(struct tty *tty)
{
	int32_t group;

	spin_lock(&tty->lock);
	group = tty->foreground;
	spin_unlock(&tty->lock);
	return group;
}

static int32_t
session_on(struct tty *tty)
{
	int32_t session;

	spin_lock(&tty->lock);
	session = tty->session;
	spin_unlock(&tty->lock);
	return session;
}

/* It is nobody's any more.  needs: proc_lock */
static void
disown(struct tty *tty)
{
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		struct proc *proc = table_at(slot);

		if (proc != NULL && proc->tty == tty)
			proc->tty = NULL;
	}
	spin_lock(&tty->lock);
	tty_set_session(tty, 0, 0);
	spin_unlock(&tty->lock);
}

/* Tell a group that its terminal is gone.  needs: proc_lock */
static void
hang_up_group(int32_t group)
{
	if (group > 0) {
		signal_raise_group_locked(group, SIGHUP);
		signal_raise_group_locked(group, SIGCONT);
	}
}

void
tty_on_hangup(struct tty *tty)
{
	const struct signal_info hang_up = { .signo = SIGHUP,
	    .code = SI_KERNEL }, go_on = { .signo = SIGCONT,
	    .code = SI_KERNEL };
	struct proc *leader;
	int32_t group;

	spin_lock(&proc_lock);
	leader = table_find(session_on(tty));
	group = foreground_of(tty);
	if (leader != NULL && !leader->zombie && leader->group != group) {
		signal_send_locked(leader, &hang_up);
		signal_send_locked(leader, &go_on);
	}
	hang_up_group(group);
	disown(tty);
	spin_unlock(&proc_lock);
}

void
job_control_leave(struct proc *proc)
{
	struct tty *tty = proc->tty;

	ASSERT(spin_held(&proc_lock));
	if (tty == NULL || proc->session != proc->pid)
		return;
	hang_up_group(foreground_of(tty));
	disown(tty);
}

/* Whether the caller is in the background of its terminal `tty`. */
static bool
in_background(const struct proc *self, struct tty *tty)
{
	int32_t foreground;
	bool own;

	spin_lock(&proc_lock);
	own = self->tty == tty;
	foreground = foreground_of(tty);
	spin_unlock(&proc_lock);
	return own && foreground != 0 && foreground != self->group;
}

int
tty_on_background(struct tty *tty, enum tty_signal signo)
{
	const struct proc *self = proc_this();
	int err = -ERESTARTSYS;

	if (!in_background(self, tty))
		return 0;
	/* Who does not want to be told may write, but not read. */
	if (signal_is_ignored((int)signo) || signal_is_blocked((int)signo))
		return signo == TTY_SIGTTIN ? -EIO : 0;
	spin_lock(&proc_lock);
	/* Nobody could let an orphaned group go on again. */
	if (group_is_orphaned(self->group, NULL))
		err = -EIO;
	else
		signal_raise_group_locked(self->group, signo);
	spin_unlock(&proc_lock);
	return err;
}

/* needs: proc_lock.  returns: 0, -EPERM, -EIO */
static int
claim(struct proc *self, struct tty *tty, bool steal)
{
	int32_t owner = session_on(tty);

	/* tty_on_hangup takes it from all who have it; nobody gets it after. */
	if (tty->hung_up)
		return -EIO;
	if (self->tty == tty && owner == self->session)
		return 0;
	if (self->session != self->pid || self->tty != NULL)
		return -EPERM;
	if (owner != 0 && !steal)
		return -EPERM;
	if (owner != 0)
		disown(tty);
	self->tty = tty;
	spin_lock(&tty->lock);
	tty_set_session(tty, self->session, self->group);
	spin_unlock(&tty->lock);
	return 0;
}

int
tty_on_claim(struct tty *tty, bool steal)
{
	int err;

	spin_lock(&proc_lock);
	err = claim(proc_this(), tty,
	    steal && credentials_privileged(proc_credentials()));
	spin_unlock(&proc_lock);
	return err;
}

int
tty_on_disown(struct tty *tty)
{
	struct proc *self = proc_this();
	int err = 0;

	spin_lock(&proc_lock);
	if (self->tty != tty)
		err = -ENOTTY;
	else if (self->session == self->pid)
		job_control_leave(self);
	else
		self->tty = NULL;
	spin_unlock(&proc_lock);
	return err;
}

int
tty_on_foreground(struct tty *tty, int32_t group)
{
	const struct proc *self = proc_this();
	int err = 0;

	spin_lock(&proc_lock);
	if (self->tty != tty)
		err = -ENOTTY;
	else if (!group_exists(group, 0))
		err = -ESRCH;
	else if (!group_exists(group, self->session))
		err = -EPERM;
	if (err == 0) {
		spin_lock(&tty->lock);
		tty->foreground = group;
		spin_unlock(&tty->lock);
	}
	spin_unlock(&proc_lock);
	return err;
}

bool
tty_is_own(struct tty *tty)
{
	bool own;

	spin_lock(&proc_lock);
	own = proc_this()->tty == tty;
	spin_unlock(&proc_lock);
	return own;
}

struct tty *
tty_own(void)
{
	struct tty *tty;

	spin_lock(&proc_lock);
	tty = proc_this()->tty;
	/* A terminal that goes away is disowned before. */
	if (tty != NULL)
		tty_get(tty);
	spin_unlock(&proc_lock);
	return tty;
}

void
job_control_describe(const struct proc *proc, uint32_t *tty_number,
    int32_t *group)
{
	struct tty *tty = proc->tty;

	ASSERT(spin_held(&proc_lock));
	*tty_number = 0;
	*group = -1;
	if (tty == NULL)
		return;
	/* Linux's encoding: the minor's high bits above the major. */
	*tty_number = (tty->minor & 0xff) | tty->major << 8 |
	    (tty->minor & ~0xffu) << 12;
	*group = foreground_of(tty);
}
