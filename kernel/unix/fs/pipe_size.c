/* How much a pipe holds. */
#include "unix/fs/pipe_inner.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"

int64_t
pipe_size(struct file *file)
{
	struct pipe *pipe = pipe_of(file);

	if (pipe == NULL)
		return -EBADF;
	return (int64_t)atomic_load_relaxed(&pipe->ring.capacity);
}

/* Keep others from reading and writing.  returns: 0 or -ERESTARTSYS */
static int
ring_claim(struct pipe *pipe)
{
	int err = 0;

	spin_lock(&pipe->lock);
	while ((pipe->reading || pipe->writing) && err == 0)
		err = wait_killable(pipe->reading ? &pipe->readable :
		    &pipe->writable, &pipe->lock, UINT64_MAX);
	if (err == 0)
		pipe->reading = pipe->writing = true;
	spin_unlock(&pipe->lock);
	return err != 0 ? -ERESTARTSYS : 0;
}

static void
ring_release(struct pipe *pipe)
{
	spin_lock(&pipe->lock);
	pipe->reading = pipe->writing = false;
	wake_all(&pipe->readable);
	wake_all(&pipe->writable);
	spin_unlock(&pipe->lock);
	watch_notify(&pipe->watchers, 0);
	watch_notify(&pipe->watchers, POLL_OUT | POLL_WR_NORM);
}

/* needs: nobody reads or writes */
static int
change_ring(struct pipe *pipe, uint64_t bytes)
{
	struct pipe_packets packets, old_packets;
	struct pipe_ring new, old;
	int err;

	if (ring_used(&pipe->ring) > bytes)
		return -EBUSY;
	err = packets_copy(&pipe->packets, (uint32_t)(bytes / PIPE_ATOMIC),
	    pipe->ring.tail, &packets);
	if (err != 0)
		return err;
	err = ring_copy(&pipe->ring, bytes, &new);
	if (err != 0) {
		packets_destroy(&packets);
		return err;
	}
	spin_lock(&pipe->lock);
	old = pipe->ring;
	old_packets = pipe->packets;
	pipe->ring = new;
	pipe->packets = packets;
	spin_unlock(&pipe->lock);
	ring_destroy(&old);
	packets_destroy(&old_packets);
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
	if (bytes > INT32_MAX)
		return -EINVAL;
	if (bytes > PIPE_BYTES_MAX)
		return -EPERM;
	while (rounded < bytes)
		rounded *= 2;
	err = ring_claim(pipe);
	if (err != 0)
		return err;
	err = change_ring(pipe, rounded);
	ring_release(pipe);
	return err != 0 ? err : (int64_t)rounded;
}
