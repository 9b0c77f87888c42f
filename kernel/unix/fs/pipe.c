/*
 * Pipes: a ring of bytes between writers and readers.
 *
 *	writer -> its stack -> ring -> reader's stack -> reader
 *
 * Bytes go through the stack because programs' memory may only be touched
 * without the ring's spinlock.  A reader copies bytes out of the ring, gives
 * them to the program, and only then takes them from the ring, as many as
 * went well; the mutex keeps a second reader from getting the same.
 *
 * Lock order: reader mutex (never held while waiting for bytes), lock.
 */
#include "unix/fs/pipe.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/cpu/boot.h"
#include "core/mem/pool.h"
#include "core/task/mutex.h"
#include "core/task/wait.h"
#include "core/vm/user.h"

/* [l] lock */
struct pipe {
	struct mutex reader;		/* who copies bytes out */
	struct spinlock lock;
	struct waitq readable, writable;
	uint32_t nreaders, nwriters;	/* [l] open ends */
	uint32_t head, tail;		/* [l] bytes ever written, ever read */
	uint8_t ring[PIPE_BYTES];	/* [l] */
};

static struct pool pipe_pool;

void
pipe_init(void)
{
	pool_init(&pipe_pool, "pipes", sizeof(struct pipe),
	    machine_capacity(PIPES_EACH_KIB, PIPES_MIN, PIPES_MAX));
}

struct pipe *
pipe_open(void)
{
	struct pipe *pipe = pool_alloc(&pipe_pool);

	if (pipe == NULL)
		return NULL;
	mutex_init(&pipe->reader, "pipe reader", RANK_PIPE);
	spin_init(&pipe->lock, "pipe", RANK_WAIT);
	wait_init(&pipe->readable);
	wait_init(&pipe->writable);
	pipe->nreaders = pipe->nwriters = 1;
	return pipe;
}

void
pipe_close(struct pipe *pipe, bool write_end)
{
	bool last;

	spin_lock(&pipe->lock);
	if (write_end)
		pipe->nwriters--;
	else
		pipe->nreaders--;
	last = pipe->nreaders == 0 && pipe->nwriters == 0;
	wake_all(&pipe->readable);
	wake_all(&pipe->writable);
	spin_unlock(&pipe->lock);
	if (last)
		pool_free(&pipe_pool, pipe);
}

static uint32_t
used(const struct pipe *pipe)
{
	return pipe->head - pipe->tail;
}

/*
 * Sleep until there is something to read, or never will be.
 * returns: 1, 0 at the end, -EINTR
 */
static int
wait_readable(struct pipe *pipe)
{
	int result = 0;

	spin_lock(&pipe->lock);
	while (result == 0 && used(pipe) == 0 && pipe->nwriters > 0)
		result = wait_killable(&pipe->readable, &pipe->lock,
		    UINT64_MAX);
	if (result == 0)
		result = used(pipe) > 0;
	spin_unlock(&pipe->lock);
	return result;
}

/* Copy bytes out of the ring, leaving them there.  returns: how many */
static uint32_t
peek(struct pipe *pipe, uint8_t *piece, uint64_t max)
{
	uint32_t n;

	spin_lock(&pipe->lock);
	n = (uint32_t)MIN(max, used(pipe));
	for (uint32_t i = 0; i < n; i++)
		piece[i] = pipe->ring[(pipe->tail + i) % PIPE_BYTES];
	spin_unlock(&pipe->lock);
	return n;
}

static void
take(struct pipe *pipe, size_t n)
{
	spin_lock(&pipe->lock);
	pipe->tail += (uint32_t)n;
	wake_all(&pipe->writable);
	spin_unlock(&pipe->lock);
}

int64_t
pipe_read(struct pipe *pipe, vaddr_t to, uint64_t len)
{
	uint8_t piece[PIPE_BYTES];
	size_t copied;
	uint32_t n;
	int result;

	if (len == 0)
		return 0;
	for (;;) {
		result = wait_readable(pipe);
		if (result <= 0)
			return result;
		mutex_lock(&pipe->reader);
		n = peek(pipe, piece, len);
		if (n > 0)
			break;
		/* Another reader was faster. */
		mutex_unlock(&pipe->reader);
	}
	result = user_write(to, piece, n, &copied);
	take(pipe, copied);
	mutex_unlock(&pipe->reader);
	return copied > 0 ? (int64_t)copied : result;
}

/*
 * Put bytes into the ring, once it has room for `needed`; as many as fit.
 * returns: how many; -EPIPE, -EINTR
 */
static int
put(struct pipe *pipe, const uint8_t *piece, uint32_t len, uint32_t needed)
{
	int result = 0;
	uint32_t n = 0;

	spin_lock(&pipe->lock);
	while (result == 0 && pipe->nreaders > 0 &&
	    PIPE_BYTES - used(pipe) < needed)
		result = wait_killable(&pipe->writable, &pipe->lock,
		    UINT64_MAX);
	if (result == 0 && pipe->nreaders == 0)
		result = -EPIPE;
	if (result == 0) {
		n = MIN(len, PIPE_BYTES - used(pipe));
		for (uint32_t i = 0; i < n; i++)
			pipe->ring[pipe->head++ % PIPE_BYTES] = piece[i];
		wake_all(&pipe->readable);
	}
	spin_unlock(&pipe->lock);
	return result == 0 ? (int)n : result;
}

int64_t
pipe_write(struct pipe *pipe, vaddr_t from, uint64_t len)
{
	uint8_t piece[PIPE_BYTES];
	uint64_t done = 0;
	int result = 0;

	while (done < len) {
		size_t npiece, nput = 0;
		int fault;

		fault = user_read(piece, from + done,
		    MIN(len - done, sizeof(piece)), &npiece);
		while (nput < npiece) {
			result = put(pipe, piece + nput, npiece - nput,
			    len <= PIPE_BYTES ? npiece - nput : 1);
			if (result < 0)
				return done > 0 ? (int64_t)done : result;
			nput += result;
			done += result;
		}
		if (fault != 0)
			return done > 0 ? (int64_t)done : fault;
	}
	return (int64_t)done;
}
