/*
 * Output: what programs write, and what is shown of what is typed, turned into
 * what the device sends.
 */
#include "unix/dev/tty_inner.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/uio.h"


/* How one byte goes out, and where output stands then.
 * returns: bytes at `out`, at most TAB_STOP */
static size_t
process_byte(const struct tty *tty, uint8_t byte, uint8_t *out,
    uint32_t *column)
{
	uint32_t modes = tty->termios.oflag;

	if (byte == '\r') {
		if (modes & ONOCR && *column == 0)
			return 0;
		if (modes & OCRNL)
			byte = '\n';
	} else if (byte == '\n' && modes & ONLCR) {
		*column = 0;
		out[0] = '\r';
		out[1] = '\n';
		return 2;
	} else if (byte == '\t') {
		uint32_t blanks = TAB_STOP - *column % TAB_STOP;

		*column += blanks;
		if ((modes & TABDLY) != XTABS) {
			out[0] = byte;
			return 1;
		}
		memset(out, ' ', blanks);
		return blanks;
	}
	if (byte == '\r' || (byte == '\n' && modes & ONLRET))
		*column = 0;
	else if (byte == '\b')
		*column -= *column > 0;
	else if (byte >= ' ' && byte != 0x7f &&
	    !(tty_input(tty, IUTF8) && (byte & 0xc0) == 0x80))
		(*column)++;
	if (modes & OLCUC && byte >= 'a' && byte <= 'z')
		byte -= 'a' - 'A';
	out[0] = byte;
	return 1;
}

/*
 * Give as much of `bytes` to the device as makes one piece.
 * returns: how many that is; 0: there is no room
 */
static size_t
output_some(struct tty *tty, const uint8_t *bytes, size_t len)
{
	uint8_t out[TTY_PIECE_BYTES];
	uint32_t column = tty->column;
	size_t nout = 0, taken;

	if (!(tty->termios.oflag & OPOST)) {
		taken = MIN(len, TTY_PIECE_BYTES);
		return tty->driver->output(tty, bytes, taken) ? taken : 0;
	}
	for (taken = 0; taken < len && nout <= TTY_PIECE_BYTES - TAB_STOP;
	    taken++)
		nout += process_byte(tty, bytes[taken], out + nout, &column);
	if (nout > 0 && !tty->driver->output(tty, out, nout))
		return 0;
	tty->column = column;
	return taken;
}

void
tty_echo(struct tty *tty, const void *bytes, size_t len)
{
	output_some(tty, bytes, len);
}

/*
 * Give it all to the device, waiting for room.
 * gives: *sent, how much that was
 */
static int
output_all(struct tty *tty, const uint8_t *bytes, size_t len, bool nonblock,
    size_t *sent)
{
	int err = 0;

	*sent = 0;
	spin_lock(&tty->lock);
	while (*sent < len) {
		size_t n = tty->hung_up || tty->stopped ? 0 :
		    output_some(tty, bytes + *sent, len - *sent);

		*sent += n;
		if (n > 0)
			continue;
		if (tty->hung_up)
			err = -EIO;
		else if (nonblock)
			err = -EAGAIN;
		else if (wait_killable(&tty->writable, &tty->lock,
		    UINT64_MAX) != 0)
			err = -ERESTARTSYS;
		if (err != 0)
			break;
	}
	spin_unlock(&tty->lock);
	return err;
}

/* Whether a writer in the background has to ask. */
static bool
writers_stop(struct tty *tty)
{
	bool stop;

	spin_lock(&tty->lock);
	stop = tty_local(tty, TOSTOP);
	spin_unlock(&tty->lock);
	return stop;
}

int64_t
tty_write(struct tty *tty, struct uio *uio, bool nonblock)
{
	uint8_t piece[TTY_PIECE_BYTES];
	size_t npiece, sent;
	int64_t written = 0;
	int err = 0;

	if (writers_stop(tty))
		err = tty_on_background(tty, TTY_SIGTTOU);
	while (err == 0 && uio->left > 0) {
		npiece = uio_get(uio, piece, sizeof(piece));
		if (npiece == 0) {
			err = -EFAULT;
			break;
		}
		err = output_all(tty, piece, npiece, nonblock, &sent);
		uio_back(uio, npiece - sent);
		written += sent;
	}
	return written > 0 ? written : err;
}

int
tty_drain(struct tty *tty)
{
	int err = 0;

	spin_lock(&tty->lock);
	while (err == 0 && !tty->hung_up && tty->driver->pending(tty) > 0)
		if (wait_killable(&tty->writable, &tty->lock, UINT64_MAX) != 0)
			err = -ERESTARTSYS;
	if (err == 0 && tty->hung_up)
		err = -EIO;
	spin_unlock(&tty->lock);
	return err;
}
