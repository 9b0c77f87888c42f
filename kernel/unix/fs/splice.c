/*
 * Bytes from file to file, through a page of the kernel's.
 *
 *	in --read--> page --write--> out
 *	     <--- not taken by out ---
 *
 * No lock is held while the page is written: out may wait for ever.  Of a file
 * with an offset nothing has to be given back, as the offset is only moved
 * afterwards.  A pipe's bytes are held (pipe_take_begin) until it is known how
 * many were taken.  Of another stream (a socket, a terminal) what was read is
 * written whole, waiting if need be.
 */
#include "unix/fs/splice.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/cpu/layout.h"
#include "core/task/thread.h"
#include "core/vm/heap.h"
#include "unix/fs/pipe.h"

/* The most one call moves, as reads and writes do. */
#define MOVE_MAX	0x7ffff000u

struct mover {
	struct file *in, *out;
	struct pipe *in_pipe;		/* NULL: it is none */
	uint64_t in_offset, out_offset;
	bool in_seeks, out_seeks;
	bool no_wait;
	bool begun;			/* something was moved */
	void *page;
};

/* Directories are read by entries only. */
static bool
is_directory(const struct file *file)
{
	return file->vnode != NULL &&
	    vnode_type_of(file->vnode) == VNODE_DIRECTORY;
}

static bool
has_offset(const struct file *file)
{
	return file->ops->seek != NULL;
}

/* Read up to `len` bytes into the page; of a pipe they stay there.
 * returns: how many, 0 at the end, -errno */
static int64_t
fill(struct mover *mover, uint64_t len, bool no_wait)
{
	struct uio_part part;
	struct uio uio;
	int64_t n;

	uio_kernel(&uio, &part, mover->page, MIN(len, PAGE_BYTES));
	uio.no_wait = no_wait;
	if (mover->in_seeks)
		return file_read_at(mover->in, &uio, mover->in_offset);
	if (mover->in_pipe == NULL)
		return file_read(mover->in, &uio);
	n = pipe_take_begin(mover->in_pipe, no_wait ||
	    file_nonblock(mover->in));
	if (n <= 0)
		return n;
	return (int64_t)pipe_take_copy(mover->in_pipe, &uio, 0,
	    MIN(uio.left, (uint64_t)n));
}

static int64_t
write_once(struct mover *mover, uint64_t done, uint64_t n, bool no_wait)
{
	struct uio_part part;
	struct uio uio;

	uio_kernel(&uio, &part, (char *)mover->page + done, n - done);
	uio.no_wait = no_wait;
	if (mover->out_seeks)
		return file_write_at(mover->out, &uio, mover->out_offset +
		    done);
	return file_write(mover->out, &uio);
}

/* Write `n` bytes of the page.  returns: how many, or -errno */
static int64_t
empty(struct mover *mover, uint64_t n)
{
	bool can_give_back = mover->in_seeks || mover->in_pipe != NULL;
	uint64_t done = 0;
	int64_t moved;

	do {
		/* What fits a pipe is enough, as nobody may read it yet. */
		moved = write_once(mover, done, n, can_give_back &&
		    (mover->no_wait || (mover->begun &&
		    pipe_of(mover->out) != NULL)));
		if (moved <= 0)
			break;
		done += (uint64_t)moved;
	} while (!can_give_back && done < n);
	return done > 0 ? (int64_t)done : moved;
}

/* One page, or what there is.  returns: bytes moved, 0 at the end, -errno */
static int64_t
move_piece(struct mover *mover, uint64_t len, bool no_wait)
{
	int64_t n = fill(mover, len, no_wait), moved;

	if (n <= 0)
		return n;
	moved = empty(mover, (uint64_t)n);
	if (mover->in_pipe != NULL)
		pipe_take_end(mover->in_pipe, moved > 0 ? (uint64_t)moved : 0);
	if (moved > 0) {
		mover->in_offset += (uint64_t)moved;
		mover->out_offset += (uint64_t)moved;
	}
	return moved;
}

static int64_t
move_all(struct mover *mover, uint64_t len)
{
	uint64_t done = 0;
	int64_t moved = 0;

	while (done < len) {
		/* What has come so far is enough of a stream. */
		moved = move_piece(mover, len - done, mover->no_wait ||
		    (done > 0 && !mover->in_seeks));
		if (moved <= 0)
			break;
		done += (uint64_t)moved;
		mover->begun = true;
		if (!mover->in_seeks && mover->in_pipe == NULL)
			break;
		/* Signals cut nothing short that a pipe holds. */
		if (done >= PIPE_BYTES &&
		    atomic_load_relaxed(&thread_this()->interrupted))
			break;
	}
	return done > 0 ? (int64_t)done : moved;
}

static void
set_offset(const struct splice_end *end, uint64_t offset)
{
	if (end->offset != NULL) {
		*end->offset = offset;
	} else if (has_offset(end->file)) {
		mutex_lock(&end->file->lock);
		end->file->offset = offset;
		mutex_unlock(&end->file->lock);
	}
}

static uint64_t
get_offset(const struct splice_end *end)
{
	return end->offset != NULL ? *end->offset : file_offset(end->file);
}

static int64_t
move(const struct splice_end *in, const struct splice_end *out, uint64_t len,
    bool no_wait)
{
	struct mover mover = {
		.in = in->file,
		.out = out->file,
		.in_pipe = pipe_of(in->file),
		.in_offset = get_offset(in),
		.out_offset = get_offset(out),
		.in_seeks = has_offset(in->file),
		.out_seeks = has_offset(out->file),
		.no_wait = no_wait,
	};
	int64_t result;

	if (len == 0)
		return 0;
	mover.page = heap_alloc(PAGE_BYTES);
	if (mover.page == NULL)
		return -ENOMEM;
	result = move_all(&mover, MIN(len, MOVE_MAX));
	heap_free(mover.page);
	if (result > 0) {
		set_offset(in, mover.in_offset);
		set_offset(out, mover.out_offset);
	}
	return result;
}

/* ---- What may be asked for ----------------------------------------------- */

static int
check_ends(const struct splice_end *in, const struct splice_end *out)
{
	if (!(file_flags(in->file) & FILE_READ) ||
	    !(file_flags(out->file) & FILE_WRITE))
		return -EBADF;
	if ((in->offset != NULL && !has_offset(in->file)) ||
	    (out->offset != NULL && !has_offset(out->file)))
		return -ESPIPE;
	if ((in->offset != NULL && *in->offset > INT64_MAX) ||
	    (out->offset != NULL && *out->offset > INT64_MAX))
		return -EINVAL;
	return 0;
}

int64_t
splice_files(const struct splice_end *in, const struct splice_end *out,
    uint64_t len, bool no_wait)
{
	struct pipe *from = pipe_of(in->file), *to = pipe_of(out->file);
	int err = check_ends(in, out);

	if (err != 0)
		return err;
	if ((from == NULL && to == NULL) || from == to ||
	    is_directory(in->file) || (file_flags(out->file) & FILE_APPEND))
		return -EINVAL;
	return move(in, out, len, no_wait);
}

int64_t
splice_tee(struct file *in, struct file *out, uint64_t len, bool no_wait)
{
	const struct splice_end ends[2] = { { in, NULL }, { out, NULL } };
	struct pipe *from = pipe_of(in);
	struct mover mover = { .in = in, .out = out, .in_pipe = from };
	int64_t n;
	int err = check_ends(&ends[0], &ends[1]);

	if (err != 0)
		return err;
	if (from == NULL || pipe_of(out) == NULL || from == pipe_of(out))
		return -EINVAL;
	if (len == 0)
		return 0;
	mover.no_wait = no_wait;
	mover.page = heap_alloc(PAGE_BYTES);
	if (mover.page == NULL)
		return -ENOMEM;
	n = fill(&mover, len, no_wait);
	if (n > 0) {
		n = empty(&mover, (uint64_t)n);
		pipe_take_end(from, 0);
	}
	heap_free(mover.page);
	return n;
}

int64_t
splice_send(const struct splice_end *in, struct file *out, uint64_t len)
{
	const struct splice_end to = { out, NULL };
	int err = check_ends(in, &to);

	if (err != 0)
		return err;
	if (!has_offset(in->file) || is_directory(in->file) ||
	    (file_flags(out) & FILE_APPEND))
		return -EINVAL;
	return move(in, &to, len, false);
}

static int
check_regular(struct file *file)
{
	struct vnode_stat stat;
	int err = file_stat(file, &stat);

	if (err == 0 && stat.type == VNODE_DIRECTORY)
		err = -EISDIR;
	else if (err == 0 && (stat.type != VNODE_FILE || file->vnode == NULL))
		err = -EINVAL;
	return err;
}

int64_t
splice_copy_range(const struct splice_end *in, const struct splice_end *out,
    uint64_t len)
{
	uint64_t from = get_offset(in), to = get_offset(out), size;
	int err = check_regular(in->file);

	if (err == 0)
		err = check_regular(out->file);
	if (err == 0)
		err = check_ends(in, out);
	if (err != 0)
		return err;
	if (file_flags(out->file) & FILE_APPEND)
		return -EBADF;
	if (from + len < from || to + len < to)
		return -EOVERFLOW;
	size = vnode_size(in->file->vnode);
	len = MIN(len, size > from ? size - from : 0);
	if (in->file->vnode == out->file->vnode && from < to + len &&
	    to < from + len)
		return -EINVAL;
	return move(in, out, len, false);
}
