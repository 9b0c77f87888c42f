/*
 * Pipes: a ring of bytes between writers and readers.
 *
 * Bytes go straight between the program and the ring's pages (pipe_ring.h).
 * A reader copies them out, and only then takes them from the ring, as many as
 * went well; meanwhile `reading` keeps others from getting the same, without a
 * lock, as who splices may have to wait long for the other side to take them.
 *
 * Lock order: writer mutex (not held while waiting for room), lock.
 */
#include "unix/fs/pipe.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/cpu/layout.h"
#include "core/task/mutex.h"
#include "core/task/wait.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/fifo.h"
#include "unix/fs/ioctl.h"
#include "unix/fs/pipe_ring.h"

#define PIPE_MODE	0600

/* [a] atomic, [c] constant, [l] lock */
struct pipe {
	struct mutex writer;		/* who copies bytes in */
	bool reading;			/* [l] somebody copies bytes out */
	uint32_t refs;			/* [a] ends, and the FIFO */
	struct spinlock lock;
	struct waitq readable, writable, joined;
	struct watch_list watchers;
	uint32_t nreaders, nwriters;	/* [l] open ends */
	uint64_t readers_ever, writers_ever;	/* [l] ends ever opened */
	uint64_t inode;			/* [c] */
	struct pipe_ring ring;		/* [l], see there */
};

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
	uint64_t moved;
	int64_t used;

	(void)offset;
	if (uio->left == 0)
		return 0;
	used = pipe_take_begin(pipe, file_no_wait(file, uio));
	if (used <= 0)
		return used;
	moved = pipe_take_copy(pipe, uio, 0, MIN(uio->left, (uint64_t)used));
	pipe_take_end(pipe, moved);
	return moved > 0 ? (int64_t)moved : -EFAULT;
}

/* ---- Writing ------------------------------------------------------------- */

/* Sleep until there is room for `needed` bytes.
 * returns: 0, -EPIPE, -EAGAIN, -ERESTARTSYS */
static int
wait_writable(struct pipe *pipe, uint64_t needed, bool nonblock)
{
	int result = 0;

	spin_lock(&pipe->lock);
	while (result == 0 && pipe->nreaders > 0 &&
	    ring_room(&pipe->ring) < needed) {
		result = nonblock ? -EAGAIN : wait_killable(&pipe->writable,
		    &pipe->lock, UINT64_MAX);
	}
	if (pipe->nreaders == 0)
		result = -EPIPE;
	spin_unlock(&pipe->lock);
	return result == -EINTR ? -ERESTARTSYS : result;
}

/*
 * Reserve room for `needed` bytes at least, up to `len`.
 * needs:   the writer mutex
 * returns: for how many; 0: another writer was faster, or nobody reads now
 */
static uint64_t
writer_reserve(struct pipe *pipe, uint64_t needed, uint64_t len)
{
	uint64_t n = 0;

	spin_lock(&pipe->lock);
	if (pipe->nreaders > 0 && ring_room(&pipe->ring) >= needed)
		n = MIN(len, ring_room(&pipe->ring));
	ring_reserve(&pipe->ring, n);
	spin_unlock(&pipe->lock);
	return n;
}

/* Write what there is room for.  gives: *err: 0, or why it is fewer bytes
 * than that */
static uint64_t
write_piece(struct pipe *pipe, struct uio *uio, uint64_t needed, int *err)
{
	uint64_t n, moved;

	*err = 0;
	mutex_lock(&pipe->writer);
	n = writer_reserve(pipe, needed, uio->left);
	moved = ring_copy_in(&pipe->ring, uio, n, err);
	spin_lock(&pipe->lock);
	ring_publish(&pipe->ring, moved);
	if (moved > 0)
		wake_all(&pipe->readable);
	spin_unlock(&pipe->lock);
	mutex_unlock(&pipe->writer);
	if (moved > 0)
		watch_notify(&pipe->watchers, POLL_IN | POLL_RD_NORM);
	return moved;
}

int64_t
pipe_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct pipe *pipe = file->private;
	uint64_t needed = 1;
	int64_t done = 0;
	int err;

	(void)offset;
	if (uio->left <= MIN(PIPE_ATOMIC,
	    atomic_load_relaxed(&pipe->ring.capacity)))
		needed = uio->left;
	while (uio->left > 0) {
		err = wait_writable(pipe, needed, file_no_wait(file, uio));
		if (err == 0)
			done += write_piece(pipe, uio, needed, &err);
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
		    pipe->ring.capacity))
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

int64_t
pipe_size(struct file *file)
{
	struct pipe *pipe = pipe_of(file);

	if (pipe == NULL)
		return -EBADF;
	return (int64_t)atomic_load_relaxed(&pipe->ring.capacity);
}

/* Keep others from reading.  returns: 0 or -ERESTARTSYS */
static int
stop_reading(struct pipe *pipe)
{
	int err = 0;

	spin_lock(&pipe->lock);
	while (pipe->reading && err == 0)
		err = wait_killable(&pipe->readable, &pipe->lock, UINT64_MAX);
	if (err == 0)
		pipe->reading = true;
	spin_unlock(&pipe->lock);
	return err != 0 ? -ERESTARTSYS : 0;
}

/* needs: nobody reads or writes */
static int
change_ring(struct pipe *pipe, uint64_t bytes)
{
	struct pipe_ring new, old;
	int err;

	if (ring_used(&pipe->ring) > bytes)
		return -EBUSY;
	err = ring_copy(&pipe->ring, bytes, &new);
	if (err != 0)
		return err;
	spin_lock(&pipe->lock);
	old = pipe->ring;
	pipe->ring = new;
	spin_unlock(&pipe->lock);
	ring_destroy(&old);
	return 0;
}

int64_t
pipe_set_size(struct file *file, uint64_t bytes)
{
	struct pipe *pipe = pipe_of(file);
	uint64_t rounded = PAGE_BYTES;
	int err;

	if (pipe == NULL)
		return -EBADF;
	if (bytes > PIPE_BYTES_MAX)
		return -EPERM;
	while (rounded < bytes)
		rounded *= 2;
	err = stop_reading(pipe);
	if (err != 0)
		return err;
	mutex_lock(&pipe->writer);
	err = change_ring(pipe, rounded);
	mutex_unlock(&pipe->writer);
	pipe_take_end(pipe, 0);
	watch_notify(&pipe->watchers, POLL_OUT | POLL_WR_NORM);
	return err != 0 ? err : (int64_t)rounded;
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
