/* What programs ask of a terminal by ioctl, with Linux's requests. */
#include "unix/dev/tty_inner.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"

#define LINE_TERMINAL	0	/* the one line discipline there is (N_TTY) */

/* Requests come as given by the program, so does what stands behind them. */
struct request {
	struct tty *tty;
	uint32_t number;
	vaddr_t argument;
	bool master;
};

static int64_t
give(const struct request *request, const void *from, size_t len)
{
	return user_write(request->argument, from, len, NULL);
}

static int64_t
give_word(const struct request *request, int32_t word)
{
	return give(request, &word, sizeof(word));
}

/* Whether the caller may change the terminal from where it is; from a pty's
 * other side it may. */
static int
may_change(const struct request *request)
{
	if (request->master)
		return 0;
	return tty_on_background(request->tty, TTY_SIGTTOU);
}

/* ---- modes ---- */

static int64_t
get_modes(const struct request *request, size_t len)
{
	struct termios modes;

	spin_lock(&request->tty->lock);
	modes = request->tty->termios;
	spin_unlock(&request->tty->lock);
	return give(request, &modes, len);
}

/* What follows from new modes.  needs: tty->lock */
static void
modes_changed(struct tty *tty, const struct termios *old)
{
	if ((old->lflag ^ tty->termios.lflag) & ICANON)
		tty_canonical_changed(tty);
	if (old->iflag & IXON && !tty_input(tty, IXON))
		tty_start(tty);
	if ((old->iflag ^ tty->termios.iflag) & IXON &&
	    tty->driver->event != NULL)
		tty->driver->event(tty, tty_input(tty, IXON) ?
		    TIOCPKT_DOSTOP : TIOCPKT_NOSTOP);
	tty_input_resume(tty);
	/* VMIN and VTIME may let a sleeping reader go. */
	tty_wake_readers(tty);
}

static int64_t
set_modes(const struct request *request, size_t len, bool drain, bool flush)
{
	struct tty *tty = request->tty;
	struct termios modes, old;
	int err;

	spin_lock(&tty->lock);
	modes = tty->termios;
	spin_unlock(&tty->lock);
	err = user_read(&modes, request->argument, len, NULL);
	/* Lines that are edited at the other end are not known here. */
	if (err == 0 && modes.lflag & EXTPROC)
		err = -EINVAL;
	if (err == 0)
		err = may_change(request);
	if (err == 0 && drain)
		err = tty_drain(tty);
	if (err != 0)
		return err;
	spin_lock(&tty->lock);
	if (flush)
		tty_drop_input(tty);
	old = tty->termios;
	tty->termios = modes;
	tty->termios.line = LINE_TERMINAL;
	modes_changed(tty, &old);
	spin_unlock(&tty->lock);
	return 0;
}

/* ---- size ---- */

static int64_t
get_size(const struct request *request)
{
	struct window_size size;

	spin_lock(&request->tty->lock);
	size = request->tty->size;
	spin_unlock(&request->tty->lock);
	return give(request, &size, sizeof(size));
}

static int64_t
set_size(const struct request *request)
{
	struct tty *tty = request->tty;
	struct window_size size;
	bool changed;
	int err = user_read(&size, request->argument, sizeof(size), NULL);

	if (err != 0)
		return err;
	spin_lock(&tty->lock);
	changed = memcmp(&tty->size, &size, sizeof(size)) != 0;
	tty->size = size;
	spin_unlock(&tty->lock);
	if (changed)
		tty_on_signal(tty, TTY_SIGWINCH);
	return 0;
}

/* ---- flow ---- */

static int64_t
flush(const struct request *request)
{
	struct tty *tty = request->tty;
	int err;

	if (request->argument > TCIOFLUSH)
		return -EINVAL;
	err = may_change(request);
	if (err != 0)
		return err;
	spin_lock(&tty->lock);
	if (request->argument != TCOFLUSH)
		tty_drop_input(tty);
	if (request->argument != TCIFLUSH)
		tty_drop_output(tty);
	spin_unlock(&tty->lock);
	return 0;
}

/* needs: tty->lock */
static int
send_key(struct tty *tty, int key)
{
	uint8_t byte = tty->termios.keys[key];

	return byte == 0 || tty->driver->output(tty, &byte, 1) ? 0 : -EAGAIN;
}

static int64_t
control_flow(const struct request *request)
{
	struct tty *tty = request->tty;
	int err = may_change(request);

	if (err != 0)
		return err;
	spin_lock(&tty->lock);
	switch (request->argument) {
	case TCOOFF:
		tty_stop(tty);
		break;
	case TCOON:
		tty_start(tty);
		break;
	case TCIOFF:
		err = send_key(tty, VSTOP);
		break;
	case TCION:
		err = send_key(tty, VSTART);
		break;
	default:
		err = -EINVAL;
	}
	spin_unlock(&tty->lock);
	return err;
}

/* tcdrain and tcsendbreak; there is no device here that sends breaks. */
static int64_t
drain(const struct request *request)
{
	int err = may_change(request);

	return err != 0 ? err : tty_drain(request->tty);
}

static int64_t
count_input(const struct request *request)
{
	struct tty *tty = request->tty;
	int32_t count = 0;

	spin_lock(&tty->lock);
	for (uint32_t i = tty->read; i != tty->committed; i++)
		if (!tty_ends_at(tty, i) || tty_typed_at(tty, i) != 0)
			count++;
	spin_unlock(&tty->lock);
	return give_word(request, count);
}

static int64_t
count_output(const struct request *request)
{
	size_t pending;

	spin_lock(&request->tty->lock);
	pending = request->tty->driver->pending(request->tty);
	spin_unlock(&request->tty->lock);
	return give_word(request, (int32_t)pending);
}

/* ---- whose terminal it is ---- */

static int64_t
get_group(const struct request *request)
{
	struct tty *tty = request->tty;
	int32_t group, session;

	if (!request->master && !tty_is_own(tty))
		return -ENOTTY;
	spin_lock(&tty->lock);
	group = tty->foreground;
	session = tty->session;
	spin_unlock(&tty->lock);
	if (request->number == TIOCGPGRP)
		return give_word(request, group);
	return session == 0 ? -ENOTTY : give_word(request, session);
}

static int64_t
set_group(const struct request *request)
{
	int32_t group;
	int err = may_change(request);

	if (err == -EIO)
		err = -ENOTTY;
	if (err == 0 && !tty_is_own(request->tty))
		err = -ENOTTY;
	if (err == 0)
		err = user_read(&group, request->argument, sizeof(group), NULL);
	if (err == 0 && group <= 0)
		err = -EINVAL;
	return err != 0 ? err : tty_on_foreground(request->tty, group);
}

static int64_t
set_exclusive(const struct request *request)
{
	spin_lock(&request->tty->lock);
	request->tty->exclusive = request->number == TIOCEXCL;
	spin_unlock(&request->tty->lock);
	return 0;
}

static int64_t
set_discipline(const struct request *request)
{
	int32_t line;
	int err = user_read(&line, request->argument, sizeof(line), NULL);

	return err != 0 ? err : line == LINE_TERMINAL ? 0 : -EINVAL;
}

/* Modes of all four kinds, each in two lengths. */
static int64_t
modes_ioctl(const struct request *request)
{
	const size_t all = sizeof(struct termios), some = TERMIOS_SHORT_BYTES;

	switch (request->number) {
	case TCGETS:
		return get_modes(request, some);
	case TCSETS:
		return set_modes(request, some, false, false);
	case TCSETSW:
		return set_modes(request, some, true, false);
	case TCSETSF:
		return set_modes(request, some, true, true);
	case TCGETS2:
		return get_modes(request, all);
	case TCSETS2:
		return set_modes(request, all, false, false);
	case TCSETSW2:
		return set_modes(request, all, true, false);
	case TCSETSF2:
		return set_modes(request, all, true, true);
	default:
		return -ENOTTY;
	}
}

/* Whose it is. */
static int64_t
job_ioctl(const struct request *request)
{
	switch (request->number) {
	case TIOCSCTTY:
		return tty_on_claim(request->tty, request->argument == 1);
	case TIOCNOTTY:
		return tty_on_disown(request->tty);
	case TIOCGPGRP:
	case TIOCGSID:
		return get_group(request);
	case TIOCSPGRP:
		return set_group(request);
	case TIOCEXCL:
	case TIOCNXCL:
		return set_exclusive(request);
	case TIOCGEXCL:
		return give_word(request, request->tty->exclusive);
	case TIOCSTI:
		/* Typing for others is how terminals were broken into. */
		return -EIO;
	default:
		return modes_ioctl(request);
	}
}

int64_t
tty_ioctl(struct tty *tty, uint32_t number, vaddr_t argument, bool master)
{
	const struct request request = { tty, number, argument, master };
	bool hung_up;

	spin_lock(&tty->lock);
	hung_up = tty->hung_up && !master;
	spin_unlock(&tty->lock);
	if (hung_up)
		return number == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (number) {
	case TIOCGWINSZ:
		return get_size(&request);
	case TIOCSWINSZ:
		return set_size(&request);
	case TCFLSH:
		return flush(&request);
	case TCXONC:
		return control_flow(&request);
	case TCSBRK:
	case TCSBRKP:
		return drain(&request);
	case TIOCINQ:
		return count_input(&request);
	case TIOCOUTQ:
		return count_output(&request);
	case TIOCGETD:
		return give_word(&request, LINE_TERMINAL);
	case TIOCSETD:
		return set_discipline(&request);
	default:
		return job_ioctl(&request);
	}
}
