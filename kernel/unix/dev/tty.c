/*
 * Terminals: making one, its modes, starting and stopping its output, and its
 * end.  Input is in tty_input.c, output in tty_output.c, readers in
 * tty_read.c, ioctl in tty_ioctl.c.
 */
#include "unix/dev/tty.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "unix/dev/tty_inner.h"

#define CONTROL(letter)	((letter) - '@')
#define DELETE		0x7f
#define SPEED_USUAL	38400

static const struct termios default_modes = {
	.iflag = ICRNL | IXON,
	.oflag = OPOST | ONLCR,
	.cflag = B38400 | CS8 | CREAD | HUPCL,
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE |
	    IEXTEN,
	.keys = {
		[VINTR] = CONTROL('C'), [VQUIT] = CONTROL('\\'),
		[VERASE] = DELETE, [VKILL] = CONTROL('U'),
		[VEOF] = CONTROL('D'), [VMIN] = 1,
		[VSTART] = CONTROL('Q'), [VSTOP] = CONTROL('S'),
		[VSUSP] = CONTROL('Z'), [VREPRINT] = CONTROL('R'),
		[VDISCARD] = CONTROL('O'), [VWERASE] = CONTROL('W'),
		[VLNEXT] = CONTROL('V'),
	},
	.input_speed = SPEED_USUAL,
	.output_speed = SPEED_USUAL,
};

/* Output as it is written, and no keys but those a line is edited with. */
static const struct termios plain_modes = {
	.iflag = ICRNL,
	.cflag = B38400 | CS8 | CREAD | HUPCL,
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOKE | IEXTEN,
	.keys = {
		[VINTR] = CONTROL('C'), [VERASE] = DELETE,
		[VKILL] = CONTROL('U'), [VEOF] = CONTROL('D'), [VMIN] = 1,
		[VWERASE] = CONTROL('W'),
	},
	.input_speed = SPEED_USUAL,
	.output_speed = SPEED_USUAL,
};

void
tty_init(struct tty *tty, const struct tty_driver *driver, void *device,
    uint8_t *typed)
{
	memset(tty, 0, sizeof(*tty));
	tty->driver = driver;
	tty->device = device;
	tty->typed = typed;
	tty->refs = 1;
	tty->termios = default_modes;
	spin_init(&tty->lock, "tty", RANK_WAIT);
	mutex_init(&tty->reader, "tty reader", RANK_CONSOLE);
	wait_init(&tty->readable);
	wait_init(&tty->writable);
	watch_list_init(&tty->watchers);
}

void
tty_get(struct tty *tty)
{
	ASSERT(atomic_add(&tty->refs, 1) > 0);
}

void
tty_put(struct tty *tty)
{
	if (atomic_sub(&tty->refs, 1) == 1 && tty->driver->release != NULL)
		tty->driver->release(tty);
}

/* needs: tty->lock */
static void
set_modes(struct tty *tty, bool plain)
{
	bool canonical = tty_local(tty, ICANON);

	tty->plain = plain;
	tty->termios = plain ? plain_modes : default_modes;
	/* A silent terminal stays so: its output is for a program. */
	if (tty->silent) {
		tty->termios.oflag &= ~OPOST;
		tty->termios.lflag &= ~ECHO;
	}
	if (!canonical)
		tty_canonical_changed(tty);
}

void
tty_set_default_modes(struct tty *tty, bool plain, bool silent)
{
	spin_lock(&tty->lock);
	tty->plain_unowned = plain;
	tty->silent = silent;
	set_modes(tty, plain);
	spin_unlock(&tty->lock);
}

void
tty_set_session(struct tty *tty, int32_t session, int32_t group)
{
	bool plain = tty->plain_unowned && session == 0;

	ASSERT(spin_held(&tty->lock));
	tty->session = session;
	tty->foreground = group;
	if (plain != tty->plain)
		set_modes(tty, plain);
}

static void
tell(struct tty *tty, uint8_t event)
{
	if (tty->driver->event != NULL)
		tty->driver->event(tty, event);
}

void
tty_start(struct tty *tty)
{
	if (!tty->stopped)
		return;
	tty->stopped = false;
	tell(tty, TIOCPKT_START);
	wake_all(&tty->writable);
	watch_notify(&tty->watchers, TTY_WRITABLE);
}

void
tty_stop(struct tty *tty)
{
	if (tty->stopped)
		return;
	tty->stopped = true;
	tell(tty, TIOCPKT_STOP);
}

void
tty_drop_output(struct tty *tty)
{
	if (tty->driver->drop_output != NULL)
		tty->driver->drop_output(tty);
	tell(tty, TIOCPKT_FLUSHWRITE);
	wake_all(&tty->writable);
	watch_notify(&tty->watchers, TTY_WRITABLE);
}

void
tty_output_ready(struct tty *tty)
{
	/* Sleepers look again under the lock, so none misses this. */
	spin_lock(&tty->lock);
	wake_all(&tty->writable);
	watch_notify(&tty->watchers, TTY_WRITABLE);
	spin_unlock(&tty->lock);
}

void
tty_hangup(struct tty *tty)
{
	spin_lock(&tty->lock);
	tty->hung_up = true;
	tty->stopped = false;
	/* What was typed before is nobody's any more. */
	tty->read = tty->committed;
	wake_all(&tty->readable);
	wake_all(&tty->writable);
	watch_notify(&tty->watchers, TTY_HUNG_UP);
	spin_unlock(&tty->lock);
	tty_on_hangup(tty);
}
