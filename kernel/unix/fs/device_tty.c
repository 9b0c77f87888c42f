/*
 * Terminals as files: the console, the caller's own terminal, the slaves of
 * ptys, and (ptmx) their masters.
 */
#include "unix/fs/device_inner.h"

#include "core/base/errno.h"
#include "unix/dev/console.h"
#include "unix/dev/pty.h"
#include "unix/dev/tty.h"
#include "unix/fs/caller.h"
#include "unix/fs/devpts.h"
#include "unix/fs/file.h"
#include "unix/fs/vfs.h"

/* ---- terminals ---- */

/* The caller's own.  A slave of a pty is opened once more. */
static int
open_own(struct tty **out)
{
	struct tty *tty = tty_own();
	int err = 0;

	if (tty == NULL)
		return -ENXIO;
	*out = tty;
	if (tty->major == DEVICE_PTS) {
		err = pty_open_slave(tty->minor, out);
		tty_put(tty);
	}
	return err;
}

static int
open_console(struct tty **out)
{
	if (console_tty() == NULL)
		return -ENXIO;
	tty_get(console_tty());
	*out = console_tty();
	return 0;
}

static void
let_go(struct tty *tty)
{
	if (tty->major == DEVICE_PTS)
		pty_close_slave(tty);
	else
		tty_put(tty);
}

static int
tty_file_open(struct file *file)
{
	struct vnode_stat stat;
	struct tty *tty;
	int err = vnode_stat(file->vnode, &stat);

	if (err != 0)
		return err;
	if (stat.major == DEVICE_PTS)
		err = pty_open_slave(stat.minor, &tty);
	else if (stat.major == DEVICE_TERMINAL && stat.minor == 0)
		err = open_own(&tty);
	else
		err = open_console(&tty);
	if (err != 0)
		return err;
	if (tty->exclusive && !credentials_is_root(caller_credentials())) {
		let_go(tty);
		return -EBUSY;
	}
	file->private = tty;
	/* /dev/console is never made a terminal by opening it.  Whether it
	 * can become one only its opener may wonder. */
	if ((stat.major == DEVICE_PTS || stat.major == DEVICE_SERIAL) &&
	    !(file->flags & FILE_NO_TTY))
		(void)tty_on_claim(tty, false);
	return 0;
}

static void
tty_file_release(struct file *file)
{
	let_go(file->private);
}

static int64_t
tty_file_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)offset;
	return tty_read(file->private, uio, file_nonblock(file));
}

static int64_t
tty_file_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)offset;
	return tty_write(file->private, uio, file_nonblock(file));
}

/* Terminals have no bands but the normal one. */
static uint32_t
poll_bits(uint32_t ready)
{
	uint32_t bits = ready & (POLL_PRI | POLL_ERR | POLL_HUP);

	if (ready & TTY_READABLE)
		bits |= POLL_IN | POLL_RD_NORM;
	if (ready & TTY_WRITABLE)
		bits |= POLL_OUT | POLL_WR_NORM;
	return bits;
}

static uint32_t
tty_file_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->private;

	poll_watch(table, &tty->watchers);
	return poll_bits(tty_ready(tty));
}

static int64_t
tty_file_ioctl(struct file *file, uint32_t request, vaddr_t argument)
{
	return tty_ioctl(file->private, request, argument, false);
}

const struct file_ops device_tty_ops = {
	.name = "tty",
	.open = tty_file_open,
	.release = tty_file_release,
	.read = tty_file_read,
	.write = tty_file_write,
	.poll = tty_file_poll,
	.ioctl = tty_file_ioctl,
};

/* ---- masters ---- */

static int
ptmx_open(struct file *file)
{
	struct pty_owner owner;
	struct pty *pty;
	int err;

	devpts_owner(caller_credentials(), &owner);
	err = pty_open(&owner, &pty);
	if (err == 0)
		file->private = pty;
	return err;
}

static void
ptmx_release(struct file *file)
{
	pty_close(file->private);
}

static int64_t
ptmx_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)offset;
	return pty_read(file->private, uio, file_nonblock(file));
}

static int64_t
ptmx_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)offset;
	return pty_write(file->private, uio, file_nonblock(file));
}

static uint32_t
ptmx_poll(struct file *file, struct poll_table *table)
{
	poll_watch(table, pty_watchers(file->private));
	return poll_bits(pty_ready(file->private));
}

static int64_t
ptmx_ioctl(struct file *file, uint32_t request, vaddr_t argument)
{
	return pty_ioctl(file->private, request, argument);
}

const struct file_ops device_ptmx_ops = {
	.name = "ptmx",
	.open = ptmx_open,
	.release = ptmx_release,
	.read = ptmx_read,
	.write = ptmx_write,
	.poll = ptmx_poll,
	.ioctl = ptmx_ioctl,
};
