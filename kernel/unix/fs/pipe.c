/*
 * Pipes: a ring of bytes between writers and readers.
 *
 * Bytes go straight between the program and the ring's pages (pipe_ring.h).
 * A reader copies them out, and only then takes them from the ring, as many as
 * went well; meanwhile `reading` keeps others from getting the same, without a
 * lock, as who splices may have to wait long for the other side to take them.
 * What was written by FILE_DIRECT is read packet by packet (pipe_packets.h).
 *
 * Lock order: writer mutex (not held while waiting for room), lock.
 */
#include "unix/fs/pipe.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/cpu/layout.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/fifo.h"
#include "unix/fs/ioctl.h"
#include "unix/fs/pipe_inner.h"

#define PIPE_MODE	0600

static uint64_t last_inode;		/* [a] */
static const struct file_ops pipe_ops;

void
pipe_init(void)
{
	fifo_init();
}

struct pipe *
pipe_of(const struct file *file)
{
	if (file->ops != &pipe_ops && file->ops != &fifo_ops)
		return NULL;
	return file->private;
}

struct pipe *
pipe_new(uint64_t bytes)
{
	struct pipe *pipe = heap_alloc(sizeof(*pipe));

	if (pipe == NULL)
		return NULL;
	if (ring_init(&pipe->ring, bytes) != 0) {
		heap_free(pipe);
		return NULL;
	}
	pipe->refs = 1;
	mutex_init(&pipe->writer, "pipe writer", RANK_PIPE);
	spin_init(&pipe->lock, "pipe", RANK_WAIT);
	wait_init(&pipe->readable);
	wait_init(&pipe->writable);
	wait_init(&pipe->joined);
	watch_list_init(&pipe->watchers);
	pipe->inode = atomic_add(&last_inode, 1) + 1;
	return pipe;
}

void
pipe_get(struct pipe *pipe)
{
	ASSERT(atomic_add(&pipe->refs, 1) > 0);
}

void
pipe_put(struct pipe *pipe)
{
	if (atomic_sub(&pipe->refs, 1) > 1)
		return;
	ring_destroy(&pipe->ring);
	packets_destroy(&pipe->packets);
	heap_free(pipe);
}

/* ---- Ends ---------------------------------------------------------------- */

/* needs: the lock */
static void
add_end(struct pipe *pipe, struct file *file)
{
	uint32_t flags = file_flags(file);

	if (flags & FILE_READ) {
		pipe->nreaders++;
		pipe->readers_ever++;
		/* Who never had a writer was not hung up on. */
		file->cookie = pipe->writers_ever;
	}
	if (flags & FILE_WRITE) {
		pipe->nwriters++;
		pipe->writers_ever++;
	}
	wake_all(&pipe->joined);
}

void
pipe_leave(struct pipe *pipe, struct file *file)
{
	uint32_t flags = file_flags(file);

	spin_lock(&pipe->lock);
	if (flags & FILE_READ)
		pipe->nreaders--;
	if (flags & FILE_WRITE)
		pipe->nwriters--;
	wake_all(&pipe->readable);
	wake_all(&pipe->writable);
	spin_unlock(&pipe->lock);
	watch_notify(&pipe->watchers, 0);
}

/* Wait until an end is opened that is counted by *ever.  needs: the lock */
static int
wait_end_opened(struct pipe *pipe, const uint64_t *ever)
{
	uint64_t before = *ever;
	int err = 0;

	while (err == 0 && *ever == before)
		err = wait_killable(&pipe->joined, &pipe->lock, UINT64_MAX);
	return *ever != before ? 0 : -ERESTARTSYS;
}

int
pipe_join(struct pipe *pipe, struct file *file)
{
	uint32_t flags = file_flags(file);
	bool only_reads = !(flags & FILE_WRITE);
	bool only_writes = !(flags & FILE_READ);
	int err = 0;

	spin_lock(&pipe->lock);
	if (only_writes && (flags & FILE_NONBLOCK) && pipe->nreaders == 0) {
		spin_unlock(&pipe->lock);
		return -ENXIO;
	}
	add_end(pipe, file);
	if (only_reads && pipe->nwriters == 0 && !(flags & FILE_NONBLOCK)) {
		err = wait_end_opened(pipe, &pipe->writers_ever);
		file->cookie = 0;
	} else if (only_writes && pipe->nreaders == 0) {
		err = wait_end_opened(pipe, &pipe->readers_ever);
	}
	spin_unlock(&pipe->lock);
	if (err != 0)
		pipe_leave(pipe, file);
	return err;
}

static void
pipe_release(struct file *file)
{
	pipe_leave(file->private, file);
	pipe_put(file->private);
}

int
pipe_reopen(struct pipe *pipe, uint32_t flags, struct file **out)
{
	int err = file_create(&pipe_ops, pipe, flags, out);

	if (err != 0)
		return err;
	pipe_get(pipe);
	spin_lock(&pipe->lock);
	add_end(pipe, *out);
	spin_unlock(&pipe->lock);
	return 0;
}

int
pipe_create(uint64_t bytes, uint32_t flags, struct file *ends[2])
{
	struct pipe *pipe = pipe_new(bytes);
	int err;

	if (pipe == NULL)
		return -ENOMEM;
	err = pipe_reopen(pipe, FILE_READ | flags, &ends[0]);
	if (err == 0) {
		err = pipe_reopen(pipe, FILE_WRITE | flags, &ends[1]);
		if (err != 0)
			file_put(ends[0]);
	}
	pipe_put(pipe);
	return err;
}

/* ---- Reading ------------------------------------------------------------- */

/* Whether bytes can be taken now; 1, 0 at the end, -EAGAIN: not yet. */
static int
may_read(const struct pipe *pipe)
{
	if (!pipe->reading && ring_used(&pipe->ring) > 0)
		return 1;
	return pipe->reading || pipe->nwriters > 0 ? -EAGAIN : 0;
}

int64_t
pipe_take_begin(struct pipe *pipe, bool no_wait)
{
	int64_t result;
	int err = 0;

	spin_lock(&pipe->lock);
	while ((result = may_read(pipe)) == -EAGAIN && !no_wait && err == 0)
		err = wait_killable(&pipe->readable, &pipe->lock, UINT64_MAX);
	if (result > 0) {
		pipe->reading = true;
		result = (int64_t)ring_used(&pipe->ring);
	} else if (err != 0 && result != 0) {
		result = -ERESTARTSYS;
	}
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
	ring_consume(&pipe->ring, n);
	packets_consume(&pipe->packets, pipe->ring.tail);
	pipe->reading = false;
	wake_all(&pipe->readable);
	wake_all(&pipe->writable);
	spin_unlock(&pipe->lock);
	watch_notify(&pipe->watchers, n > 0 ? POLL_OUT | POLL_WR_NORM : 0);
}

int64_t
pipe_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct pipe *pipe = file->private;
	uint64_t moved, n, passed;
	int64_t used;

	(void)offset;
	if (uio->left == 0)
		return 0;
	used = pipe_take_begin(pipe, file_no_wait(file, uio));
	if (used <= 0)
		return used;
	spin_lock(&pipe->lock);
	n = packets_cut(&pipe->packets, pipe->ring.tail,
	    MIN(uio->left, (uint64_t)used), &passed);
	spin_unlock(&pipe->lock);
	moved = pipe_take_copy(pipe, uio, 0, n);
	/* What of a packet did not fit is lost. */
	pipe_take_end(pipe, moved == n ? passed : moved);
	return moved > 0 ? (int64_t)moved : -EFAULT;
}

/* ---- Writing ------------------------------------------------------------- */

/* What is to be written: `needed` bytes at least, or as one packet. */
struct writing {
	uint64_t needed;
	bool packet;
};

/* needs: the lock */
static bool
has_room(const struct pipe *pipe, const struct writing *writing)
{
	return ring_room(&pipe->ring) >= writing->needed &&
	    !(writing->packet && packets_full(&pipe->packets));
}

/* Sleep until there is room.
 * returns: 0, -EPIPE, -EAGAIN, -ERESTARTSYS */
static int
wait_writable(struct pipe *pipe, const struct writing *writing, bool nonblock)
{
	int result = 0;

	spin_lock(&pipe->lock);
	while (result == 0 && pipe->nreaders > 0 && !has_room(pipe, writing)) {
		result = nonblock ? -EAGAIN : wait_killable(&pipe->writable,
		    &pipe->lock, UINT64_MAX);
	}
	if (pipe->nreaders == 0)
		result = -EPIPE;
	spin_unlock(&pipe->lock);
	return result == -EINTR ? -ERESTARTSYS : result;
}

/*
 * Reserve room, for up to `len` bytes.
 * needs:   the writer mutex
 * returns: for how many; 0: another writer was faster, or nobody reads now
 */
static uint64_t
writer_reserve(struct pipe *pipe, const struct writing *writing, uint64_t len)
{
	uint64_t n = 0;

	spin_lock(&pipe->lock);
	if (pipe->nreaders > 0 && has_room(pipe, writing))
		n = MIN(writing->packet ? writing->needed : len,
		    ring_room(&pipe->ring));
	ring_reserve(&pipe->ring, n);
	spin_unlock(&pipe->lock);
	return n;
}

/* Write what there is room for.  gives: *err: 0, or why it is fewer bytes
 * than that */
static uint64_t
write_piece(struct pipe *pipe, struct uio *uio, const struct writing *writing,
    int *err)
{
	uint64_t n, moved;

	mutex_lock(&pipe->writer);
	n = writer_reserve(pipe, writing, uio->left);
	moved = ring_copy_in(&pipe->ring, uio, n, err);
	/* A packet is whole, or is not. */
	if (writing->packet && moved < n) {
		uio_back(uio, moved);
		moved = 0;
	}
	spin_lock(&pipe->lock);
	if (writing->packet && moved > 0)
		packets_add(&pipe->packets, pipe->ring.head, moved);
	ring_publish(&pipe->ring, moved);
	if (moved > 0)
		wake_all(&pipe->readable);
	spin_unlock(&pipe->lock);
	mutex_unlock(&pipe->writer);
	if (moved > 0)
		watch_notify(&pipe->watchers, POLL_IN | POLL_RD_NORM);
	return moved;
}

/* See that packets can be counted.  returns: 0 or -ENOMEM */
static int
prepare_packets(struct pipe *pipe)
{
	int err;

	/* Not while the ring is changed for another. */
	mutex_lock(&pipe->writer);
	spin_lock(&pipe->lock);
	err = packets_init(&pipe->packets,
	    (uint32_t)(pipe->ring.capacity / PIPE_ATOMIC));
	spin_unlock(&pipe->lock);
	mutex_unlock(&pipe->writer);
	return err;
}

int64_t
pipe_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct pipe *pipe = file->private;
	struct writing writing = {
		.needed = 1,
		.packet = file_flags(file) & FILE_DIRECT,
	};
	uint64_t most = MIN(PIPE_ATOMIC,
	    atomic_load_relaxed(&pipe->ring.capacity));
	int64_t done = 0;
	int err = writing.packet ? prepare_packets(pipe) : 0;

	(void)offset;
	if (err != 0)
		return err;
	if (uio->left <= most)
		writing.needed = uio->left;
	while (uio->left > 0) {
		if (writing.packet)
			writing.needed = MIN(uio->left, most);
		err = wait_writable(pipe, &writing, file_no_wait(file, uio));
		if (err == 0)
			done += write_piece(pipe, uio, &writing, &err);
		if (err != 0)
			return done > 0 ? done : err;
	}
	return done;
}

/* ---- What else can be done ----------------------------------------------- */

uint32_t
pipe_poll(struct file *file, struct poll_table *table)
{
	struct pipe *pipe = file->private;
	uint32_t flags = file_flags(file), ready = 0;

	poll_watch(table, &pipe->watchers);
	spin_lock(&pipe->lock);
	if (flags & FILE_READ) {
		if (ring_used(&pipe->ring) > 0)
			ready |= POLL_IN | POLL_RD_NORM;
		if (pipe->nwriters == 0 && file->cookie != pipe->writers_ever)
			ready |= POLL_HUP;
	}
	if (flags & FILE_WRITE) {
		if (ring_room(&pipe->ring) >= MIN(PIPE_ATOMIC,
		    pipe->ring.capacity) && !packets_full(&pipe->packets))
			ready |= POLL_OUT | POLL_WR_NORM;
		if (pipe->nreaders == 0)
			ready |= POLL_ERR;
	}
	spin_unlock(&pipe->lock);
	return ready;
}

int64_t
pipe_ioctl(struct file *file, uint32_t request, vaddr_t argument)
{
	struct pipe *pipe = file->private;
	int32_t used;

	if (request != IOCTL_BYTES_READABLE)
		return -ENOTTY;
	spin_lock(&pipe->lock);
	used = (int32_t)ring_used(&pipe->ring);
	spin_unlock(&pipe->lock);
	return user_write(argument, &used, sizeof(used), NULL);
}

static int
pipe_stat(struct file *file, struct vnode_stat *stat)
{
	const struct pipe *pipe = file->private;

	*stat = (struct vnode_stat){
		.type = VNODE_FIFO,
		.inode = pipe->inode,
		.nlinks = 1,
		.block_bytes = PAGE_BYTES,
		.mode = MODE_FIFO | PIPE_MODE,
	};
	return 0;
}

static const struct file_ops pipe_ops = {
	.name = "pipe",
	.release = pipe_release,
	.read = pipe_read,
	.write = pipe_write,
	.poll = pipe_poll,
	.ioctl = pipe_ioctl,
	.stat = pipe_stat,
};
