/*
 * Bytes into pipes and out of them.
 *
 *	few bytes:	lock, copy, unlock
 *	else:		lock, `reading` or `writing`, unlock; copy; lock, done
 *
 * Bytes go straight between the program and the ring's pages (pipe_ring.h).
 * Few are copied under the lock, as long as that takes no page fault.  Else a
 * reader copies them out, and only then takes them from the ring, as many as
 * went well; meanwhile `reading` keeps others from getting the same, without a
 * lock, as who splices may have to wait long for the other side to take them.
 * So does `writing` with who puts some in.
 * What was written by FILE_DIRECT is read packet by packet (pipe_packets.h).
 */
#include "unix/fs/pipe_inner.h"

#include "core/base/errno.h"
#include "core/base/params.h"

/* ---- Reading ------------------------------------------------------------- */

/* Whether bytes can be taken now; 1, 0 at the end, -EAGAIN: not yet. */
static int
may_read(const struct pipe *pipe)
{
	if (!pipe->reading && ring_used(&pipe->ring) > 0)
		return 1;
	return pipe->reading || pipe->nwriters > 0 ? -EAGAIN : 0;
}

/* Sleep until there are bytes to take.  needs: the lock
 * returns: how many; 0 at the end, -EAGAIN, -ERESTARTSYS */
static inline int64_t
wait_readable(struct pipe *pipe, bool no_wait)
{
	int result, err = 0;

	while ((result = may_read(pipe)) == -EAGAIN && !no_wait && err == 0)
		err = wait_killable(&pipe->readable, &pipe->lock, UINT64_MAX);
	if (result > 0)
		return (int64_t)ring_used(&pipe->ring);
	return err != 0 && result != 0 ? -ERESTARTSYS : result;
}

/* The first `n` bytes were read.  needs: the lock, nobody else reads */
static inline void
take_away(struct pipe *pipe, uint64_t n)
{
	ring_consume(&pipe->ring, n);
	if (pipe->packets.count > 0)
		packets_consume(&pipe->packets, pipe->ring.tail);
	wake_all(&pipe->writable);
}

/* needs: the lock */
static void
reading_end(struct pipe *pipe)
{
	pipe->reading = false;
	wake_all(&pipe->readable);
}

int64_t
pipe_take_begin(struct pipe *pipe, bool no_wait)
{
	int64_t result;

	spin_lock(&pipe->lock);
	result = wait_readable(pipe, no_wait);
	if (result > 0)
		pipe->reading = true;
	spin_unlock(&pipe->lock);
	return result;
}

uint64_t
pipe_take_copy(struct pipe *pipe, struct uio *uio, uint64_t skip, uint64_t n)
{
	return ring_copy_out(&pipe->ring, uio, skip, n);
}

void
pipe_take_end(struct pipe *pipe, uint64_t n)
{
	spin_lock(&pipe->lock);
	reading_end(pipe);
	take_away(pipe, n);
	spin_unlock(&pipe->lock);
	watch_notify(&pipe->watchers, n > 0 ? POLL_OUT | POLL_WR_NORM : 0);
}

/*
 * Copy out `n` bytes without the lock, and take away those, or if all went
 * well, `passed`.
 * needs:   the lock, nobody else reads
 * returns: how many were copied
 */
static __attribute__((noinline)) uint64_t
read_many(struct pipe *pipe, struct uio *uio, uint64_t n, uint64_t passed)
{
	uint64_t moved;

	pipe->reading = true;
	spin_unlock(&pipe->lock);
	moved = ring_copy_out(&pipe->ring, uio, 0, n);
	spin_lock(&pipe->lock);
	reading_end(pipe);
	take_away(pipe, moved == n ? passed : moved);
	return moved;
}

int64_t
pipe_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct pipe *pipe = file->private;
	uint64_t moved, passed;
	int64_t used;

	(void)offset;
	if (uio->left == 0)
		return 0;
	spin_lock(&pipe->lock);
	used = wait_readable(pipe, file_no_wait(file, uio));
	if (used <= 0) {
		spin_unlock(&pipe->lock);
		return used;
	}
	/* What of a packet does not fit is lost. */
	moved = packets_cut(&pipe->packets, pipe->ring.tail,
	    MIN(uio->left, (uint64_t)used), &passed);
	if (ring_get_few(&pipe->ring, uio, moved))
		take_away(pipe, passed);
	else
		moved = read_many(pipe, uio, moved, passed);
	spin_unlock(&pipe->lock);
	watch_notify(&pipe->watchers, moved > 0 ? POLL_OUT | POLL_WR_NORM : 0);
	return moved > 0 ? (int64_t)moved : -EFAULT;
}

/* ---- Writing ------------------------------------------------------------- */

/* What is to be written: `needed` bytes at least, or as one packet. */
struct writing {
	uint64_t needed;
	bool packet, no_wait;
};

/* needs: the lock */
static bool
has_room(const struct pipe *pipe, const struct writing *writing)
{
	return ring_room(&pipe->ring) >= writing->needed &&
	    !(writing->packet && packets_full(&pipe->packets));
}

/*
 * Sleep until there is room, and nobody else writes; for the latter in any
 * case, as it takes no longer than a copy.
 * needs:   the lock
 * returns: 0, -EPIPE, -EAGAIN, -ERESTARTSYS
 */
static int
wait_writable(struct pipe *pipe, const struct writing *writing)
{
	int err = 0;

	while (err == 0 && pipe->nreaders > 0 &&
	    (pipe->writing || !has_room(pipe, writing))) {
		err = writing->no_wait && !pipe->writing ? -EAGAIN :
		    wait_killable(&pipe->writable, &pipe->lock, UINT64_MAX);
	}
	if (pipe->nreaders == 0)
		return -EPIPE;
	return err == -EINTR ? -ERESTARTSYS : err;
}

/*
 * Copy in `n` bytes without the lock.
 * needs:   the lock, nobody else writes
 * returns: how many; *err says why it is fewer
 */
static __attribute__((noinline)) uint64_t
write_many(struct pipe *pipe, struct uio *uio, uint64_t n, bool packet,
    int *err)
{
	uint64_t moved;

	pipe->writing = true;
	ring_reserve(&pipe->ring, n);
	spin_unlock(&pipe->lock);
	moved = ring_copy_in(&pipe->ring, uio, n, err);
	/* A packet is whole, or is not. */
	if (packet && moved < n) {
		uio_back(uio, moved);
		moved = 0;
	}
	spin_lock(&pipe->lock);
	pipe->writing = false;
	ring_publish(&pipe->ring, moved);
	wake_all(&pipe->writable);
	return moved;
}

/*
 * Write what there is room for.
 * needs:   the lock; wait_writable
 * returns: how many bytes; *err: 0, or why it is fewer than that
 */
static uint64_t
write_piece(struct pipe *pipe, struct uio *uio, const struct writing *writing,
    int *err)
{
	uint64_t n;

	if (writing->packet) {
		*err = packets_init(&pipe->packets,
		    (uint32_t)(pipe->ring.capacity / PIPE_ATOMIC));
		if (*err != 0)
			return 0;
		n = writing->needed;
	} else {
		n = MIN(uio->left, ring_room(&pipe->ring));
	}
	if (!ring_put_few(&pipe->ring, uio, n))
		n = write_many(pipe, uio, n, writing->packet, err);
	if (n == 0)
		return 0;
	if (writing->packet)
		packets_add(&pipe->packets, pipe->ring.head - n, n);
	wake_all(&pipe->readable);
	return n;
}

/* Write all of it now, if it is little.
 * returns: whether it was done; if not, nothing was */
static bool
write_few(struct pipe *pipe, struct uio *uio)
{
	bool done;

	spin_lock(&pipe->lock);
	done = pipe->nreaders > 0 && !pipe->writing &&
	    ring_room(&pipe->ring) >= uio->left &&
	    ring_put_few(&pipe->ring, uio, uio->left);
	if (done)
		wake_all(&pipe->readable);
	spin_unlock(&pipe->lock);
	if (done)
		watch_notify(&pipe->watchers, POLL_IN | POLL_RD_NORM);
	return done;
}

/* Write piece by piece, as there is room. */
static __attribute__((noinline)) int64_t
write_waiting(struct file *file, struct uio *uio)
{
	struct pipe *pipe = file->private;
	struct writing writing = {
		.packet = file_flags(file) & FILE_DIRECT,
		.no_wait = file_no_wait(file, uio),
	};
	uint64_t most, moved, done = 0, len = uio->left;
	int err = 0;

	while (uio->left > 0 && err == 0) {
		moved = 0;
		spin_lock(&pipe->lock);
		most = MIN(PIPE_ATOMIC, pipe->ring.capacity);
		if (writing.packet)
			writing.needed = MIN(uio->left, most);
		else
			writing.needed = len <= most ? len : 1;
		err = wait_writable(pipe, &writing);
		if (err == 0)
			moved = write_piece(pipe, uio, &writing, &err);
		spin_unlock(&pipe->lock);
		if (moved > 0)
			watch_notify(&pipe->watchers, POLL_IN | POLL_RD_NORM);
		done += moved;
	}
	return done > 0 ? (int64_t)done : err;
}

int64_t
pipe_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint64_t len = uio->left;

	(void)offset;
	if (len == 0)
		return 0;
	if (len <= RING_FEW_BYTES && !(file_flags(file) & FILE_DIRECT) &&
	    write_few(file->private, uio))
		return (int64_t)len;
	return write_waiting(file, uio);
}
