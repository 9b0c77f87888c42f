/*
 * The master of a pseudo-terminal: what the program that stands for the device
 * reads, writes and asks.
 */
#include "unix/dev/pty_inner.h"

#include "core/base/errno.h"
#include "core/vm/uio.h"
#include "core/vm/user.h"

/* needs: tty.lock */
static bool
slaves_gone(const struct pty *pty)
{
	return pty->nslaves == 0 && pty->slave_seen;
}

/* Sleep until there is something to read.  returns: 0, -EAGAIN,
 * -ERESTARTSYS, -EIO */
static int
wait_output(struct pty *pty, bool nonblock)
{
	int err = 0;

	spin_lock(&pty->tty.lock);
	while (err == 0 && pty_output_used(pty) == 0 && pty->events == 0) {
		if (slaves_gone(pty))
			err = -EIO;
		else if (nonblock)
			err = -EAGAIN;
		else if (wait_killable(&pty->master_waitq, &pty->tty.lock,
		    UINT64_MAX) != 0)
			err = -ERESTARTSYS;
	}
	spin_unlock(&pty->tty.lock);
	return err;
}

/*
 * Look at output without taking it.
 * gives: *head: before the data, in packet mode, what it begins with; -1: none
 */
static size_t
peek_output(struct pty *pty, uint8_t *piece, size_t max, int *head)
{
	size_t n = 0;

	spin_lock(&pty->tty.lock);
	*head = pty->packet ? pty->events : -1;
	if (*head <= 0)
		for (uint32_t at = pty->tail; n < max && at != pty->head; at++)
			piece[n++] = pty->output[at % PTY_OUTPUT_BYTES];
	spin_unlock(&pty->tty.lock);
	return n;
}

static void
take_output(struct pty *pty, size_t len)
{
	spin_lock(&pty->tty.lock);
	/* It may have been dropped meanwhile. */
	pty->tail += MIN(len, pty_output_used(pty));
	spin_unlock(&pty->tty.lock);
	tty_output_ready(&pty->tty);
}

/* In packet mode, what is not data: one byte.
 * returns: 1; 0: data may follow in the same read; -EFAULT */
static int
read_head(struct pty *pty, struct uio *uio, int head)
{
	uint8_t byte = (uint8_t)head;

	if (uio_put(uio, &byte, 1) == 0)
		return -EFAULT;
	if (byte == 0)
		return 0;
	spin_lock(&pty->tty.lock);
	pty->events &= ~byte;
	spin_unlock(&pty->tty.lock);
	return 1;
}

/* needs: master_reader */
static int64_t
read_output(struct pty *pty, struct uio *uio)
{
	uint8_t piece[TTY_PIECE_BYTES];
	size_t npiece, copied;
	int64_t done = 0;
	int head;

	do {
		npiece = peek_output(pty, piece, MIN(uio->left, sizeof(piece)),
		    &head);
		if (done == 0 && head >= 0 && (head > 0 || npiece > 0)) {
			int result = read_head(pty, uio, head);

			if (result != 0)
				return result;
			done = 1;
			npiece = MIN(npiece, uio->left);
		}
		copied = uio_put(uio, piece, npiece);
		take_output(pty, copied);
		done += copied;
		if (copied < npiece)
			return done > 0 ? done : -EFAULT;
	} while (npiece > 0 && uio->left > 0);
	return done;
}

int64_t
pty_read(struct pty *pty, struct uio *uio, bool nonblock)
{
	int64_t result;
	int err;

	if (uio->left == 0)
		return 0;
	do {
		err = wait_output(pty, nonblock);
		if (err != 0)
			return err;
		mutex_lock(&pty->master_reader);
		result = read_output(pty, uio);
		mutex_unlock(&pty->master_reader);
		/* Another reader may have been first. */
	} while (result == 0);
	return result;
}

/* Sleep until the slave's ring takes bytes. */
static int
wait_input_room(struct pty *pty, bool nonblock)
{
	int err = 0;

	spin_lock(&pty->tty.lock);
	while (err == 0 && tty_typed_used(&pty->tty) == TTY_INPUT_BYTES) {
		if (slaves_gone(pty))
			err = -EIO;
		else if (nonblock)
			err = -EAGAIN;
		else if (wait_killable(&pty->master_waitq, &pty->tty.lock,
		    UINT64_MAX) != 0)
			err = -ERESTARTSYS;
	}
	spin_unlock(&pty->tty.lock);
	return err;
}

int64_t
pty_write(struct pty *pty, struct uio *uio, bool nonblock)
{
	uint8_t piece[TTY_PIECE_BYTES];
	int64_t written = 0;
	int err = 0;

	while (err == 0 && uio->left > 0) {
		size_t npiece = uio_get(uio, piece, sizeof(piece)), taken = 0;

		if (npiece == 0)
			err = -EFAULT;
		while (err == 0 && taken < npiece) {
			taken += tty_receive(&pty->tty, piece + taken,
			    npiece - taken);
			if (taken < npiece)
				err = wait_input_room(pty, nonblock);
		}
		uio_back(uio, npiece - taken);
		written += taken;
	}
	return written > 0 ? written : err;
}

uint32_t
pty_ready(struct pty *pty)
{
	uint32_t ready = 0;

	spin_lock(&pty->tty.lock);
	if (pty_output_used(pty) > 0 || pty->events != 0)
		ready |= TTY_READABLE;
	if (pty->events != 0)
		ready |= PTY_EVENT;
	if (tty_typed_used(&pty->tty) < TTY_INPUT_BYTES)
		ready |= TTY_WRITABLE;
	if (slaves_gone(pty))
		ready |= TTY_HUNG_UP;
	spin_unlock(&pty->tty.lock);
	return ready;
}

/* ---- ioctl ---- */

/* Exchange one of the pair's words with the program's.
 * needs: not tty.lock */
static int64_t
exchange(struct pty *pty, uint32_t request, vaddr_t argument)
{
	int32_t word = 0;
	int err = 0;

	if (request == TIOCSPTLCK || request == TIOCPKT)
		err = user_read(&word, argument, sizeof(word), NULL);
	if (err != 0)
		return err;
	spin_lock(&pty->tty.lock);
	switch (request) {
	case TIOCSPTLCK:
		pty->locked = word != 0;
		break;
	case TIOCPKT:
		pty->packet = word != 0;
		pty->events = 0;
		break;
	case TIOCGPTLCK:
		word = pty->locked;
		break;
	case TIOCGPKT:
		word = pty->packet;
		break;
	case TIOCGPTN:
		word = (int32_t)pty->index;
		break;
	case TIOCINQ:
		word = (int32_t)pty_output_used(pty);
		break;
	}
	spin_unlock(&pty->tty.lock);
	if (request == TIOCSPTLCK || request == TIOCPKT)
		return 0;
	return user_write(argument, &word, sizeof(word), NULL);
}

int64_t
pty_ioctl(struct pty *pty, uint32_t request, vaddr_t argument)
{
	switch (request) {
	case TIOCSPTLCK:
	case TIOCPKT:
	case TIOCGPTLCK:
	case TIOCGPKT:
	case TIOCGPTN:
	case TIOCINQ:
		return exchange(pty, request, argument);
	case TIOCSIG:
		if (argument != TTY_SIGINT && argument != TTY_SIGQUIT &&
		    argument != TTY_SIGTSTP)
			return -EINVAL;
		tty_on_signal(&pty->tty, (enum tty_signal)argument);
		return 0;
	case TCFLSH:
		/* What comes in here goes out there. */
		if (argument == TCIFLUSH || argument == TCOFLUSH)
			argument = argument == TCIFLUSH ? TCOFLUSH : TCIFLUSH;
		break;
	case TIOCSCTTY:
	case TIOCNOTTY:
		return -ENOTTY;
	}
	return tty_ioctl(&pty->tty, request, argument, true);
}
