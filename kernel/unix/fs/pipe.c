/*
 * Pipes and their ends.  How bytes go in and out stands in pipe_move.c.
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
