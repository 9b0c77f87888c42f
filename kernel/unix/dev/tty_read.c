/*
 * Readers: taking what was typed.
 *
 * A reader looks at bytes, copies them to its program, and takes those that
 * arrived, so that a fault loses none; the reader mutex keeps others from
 * taking them in between.
 */
#include "unix/dev/tty_inner.h"

#include "core/base/errno.h"
#include "core/cpu/timer.h"
#include "core/vm/uio.h"

#define VTIME_MICROS	100000

static uint32_t
available(const struct tty *tty)
{
	return tty->committed - tty->read;
}

/* How many bytes a reader of `want` waits for. */
static uint32_t
enough(const struct tty *tty, uint64_t want)
{
	uint32_t min = tty->termios.keys[VMIN];

	if (tty_local(tty, ICANON))
		return 1;
	if (min == 0)
		return tty->termios.keys[VTIME] > 0 ? 1 : 0;
	return MIN(min, want);
}

/*
 * When a raw reader's patience ends: VTIME after its call, or, with VMIN, after
 * the last byte came.
 */
static uint64_t
patience(const struct tty *tty, uint64_t called, uint64_t last_came)
{
	uint64_t span = timer_from_micros((uint64_t)VTIME_MICROS *
	    tty->termios.keys[VTIME]);

	if (tty_local(tty, ICANON) || span == 0)
		return UINT64_MAX;
	if (tty->termios.keys[VMIN] == 0)
		return called + span;
	return available(tty) > 0 ? last_came + span : UINT64_MAX;
}

/*
 * Sleep until a read of `want` bytes has something to return.
 * returns: 0; -ETIME: take what there is; -EAGAIN, -ERESTARTSYS
 */
static int
wait_typed(struct tty *tty, uint64_t want, bool nonblock)
{
	uint64_t called = timer_now(), last_came = called;
	uint32_t before;
	int err = 0;

	spin_lock(&tty->lock);
	before = available(tty);
	while (err == 0 && !tty->hung_up &&
	    available(tty) < enough(tty, want)) {
		if (nonblock)
			err = -EAGAIN;
		else
			err = wait_killable(&tty->readable, &tty->lock,
			    patience(tty, called, last_came));
		if (err == -EAGAIN && !nonblock)
			err = -ETIME;
		else if (err == -EINTR)
			err = -ERESTARTSYS;
		if (available(tty) != before)
			last_came = timer_now();
		before = available(tty);
	}
	/* A raw reader who cannot wait takes what there is. */
	if (err != 0 && available(tty) > 0)
		err = -ETIME;
	spin_unlock(&tty->lock);
	return err;
}

/*
 * Look at bytes of the line at hand without taking them.
 * gives: *ended: nothing follows that belongs to this read
 */
static size_t
peek(struct tty *tty, uint8_t *piece, size_t max, bool *ended)
{
	uint32_t position;
	size_t n = 0;

	spin_lock(&tty->lock);
	*ended = false;
	for (position = tty->read; n < max && !*ended &&
	    position != tty->committed; position++) {
		uint8_t byte = tty_typed_at(tty, position);

		*ended = tty_ends_at(tty, position);
		if (!*ended || byte != 0)
			piece[n++] = byte;
	}
	*ended = *ended || position == tty->committed;
	spin_unlock(&tty->lock);
	return n;
}

/*
 * Take `len` bytes, and the end-of-file mark after them, if one follows.
 * returns: whether one did
 */
static bool
take(struct tty *tty, size_t len, bool to_end)
{
	bool ended = false;

	spin_lock(&tty->lock);
	/* What was looked at may have been dropped by a key meanwhile. */
	len = MIN(len, available(tty));
	tty->read += len;
	if (to_end && available(tty) > 0 && tty_ends_at(tty, tty->read) &&
	    tty_typed_at(tty, tty->read) == 0 &&
	    (len == 0 || !tty_ends_at(tty, tty->read - 1))) {
		tty->read++;
		ended = true;
	}
	tty_input_resume(tty);
	spin_unlock(&tty->lock);
	return ended;
}

/* needs: tty->reader */
static int64_t
read_typed(struct tty *tty, struct uio *uio)
{
	uint8_t piece[TTY_PIECE_BYTES];
	size_t npiece, copied;
	bool ended = false;
	int64_t done = 0;

	while (!ended && uio->left > 0) {
		npiece = peek(tty, piece, MIN(uio->left, sizeof(piece)), &ended);
		copied = uio_put(uio, piece, npiece);
		done += copied;
		if (take(tty, copied, copied == npiece))
			ended = true;
		if (copied < npiece)
			return done > 0 ? done : -EFAULT;
	}
	return done;
}

int64_t
tty_read(struct tty *tty, struct uio *uio, bool nonblock)
{
	int64_t result;
	bool ready;
	int err;

	if (uio->left == 0)
		return 0;
	err = tty_on_background(tty, TTY_SIGTTIN);
	if (err != 0)
		return err;
	for (;;) {
		err = wait_typed(tty, uio->left, nonblock);
		if (err != 0 && err != -ETIME)
			return err;
		mutex_lock(&tty->reader);
		spin_lock(&tty->lock);
		ready = available(tty) >= enough(tty, uio->left) ||
		    tty->hung_up;
		spin_unlock(&tty->lock);
		/* Another reader may have taken the line before us. */
		if (ready || err == -ETIME)
			break;
		mutex_unlock(&tty->reader);
	}
	result = read_typed(tty, uio);
	mutex_unlock(&tty->reader);
	return result;
}

uint32_t
tty_ready(struct tty *tty)
{
	uint32_t ready = 0;

	spin_lock(&tty->lock);
	if (tty->hung_up)
		ready = TTY_READABLE | TTY_WRITABLE | TTY_BROKEN | TTY_HUNG_UP;
	else if (!tty->stopped && tty->driver->writable(tty))
		ready = TTY_WRITABLE;
	/* With VTIME a reader waits no longer for one byte than for none. */
	if (available(tty) > 0 && (tty_local(tty, ICANON) ||
	    tty->termios.keys[VTIME] > 0 ||
	    available(tty) >= tty->termios.keys[VMIN]))
		ready |= TTY_READABLE;
	spin_unlock(&tty->lock);
	return ready;
}
