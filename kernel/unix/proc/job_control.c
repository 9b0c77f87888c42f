/*
 * Job control while there is no session: every terminal is the xv6 door's,
 * whose foreground is its shell's word (foreground.h).
 */
#include "unix/proc/job_control.h"

#include "core/base/errno.h"
#include "unix/fs/device.h"
#include "unix/proc/foreground.h"
#include "unix/proc/proc.h"

void
tty_on_signal(struct tty *tty, enum tty_signal signo)
{
	if (tty->plain && signo == TTY_SIGINT)
		foreground_interrupt();
}

void
tty_on_list(void)
{
	foreground_list();
}

void
tty_on_hangup(struct tty *tty)
{
	(void)tty;
}

int
tty_on_background(struct tty *tty, enum tty_signal signo)
{
	(void)tty;
	(void)signo;
	return 0;
}

int
tty_on_claim(struct tty *tty, bool steal)
{
	(void)tty;
	(void)steal;
	return -EPERM;
}

int
tty_on_disown(struct tty *tty)
{
	(void)tty;
	return -ENOTTY;
}

int
tty_on_foreground(struct tty *tty, int32_t group)
{
	(void)tty;
	(void)group;
	return -ENOTTY;
}

bool
tty_is_own(struct tty *tty)
{
	(void)tty;
	return false;
}

struct tty *
tty_own(void)
{
	return NULL;
}

const struct credentials *
device_caller(void)
{
	return proc_credentials();
}
