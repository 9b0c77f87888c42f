/* read, write and their many forms. */
#include "unix/sys/linux/linux_io.h"

#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/proc/limit.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_user.h"

#define RWF_HIPRI	1u	/* a wish to poll the disk: it never is */
#define RWF_DSYNC	2u
#define RWF_SYNC	4u
#define RWF_NOWAIT	8u	/* of streams; who knows what a disk takes */

static bool
range_valid(vaddr_t base, uint64_t len)
{
	return base <= USER_END && len <= USER_END - base;
}

static int
uio_one_buffer(struct uio *uio, struct uio_part *part, vaddr_t base,
    uint64_t len)
{
	/* A length that no memory has is a wrong address. */
	if (len > INT64_MAX || !range_valid(base, MIN(len, LINUX_IO_MAX)))
		return -EFAULT;
	uio_user(uio, part, base, MIN(len, LINUX_IO_MAX));
	return 0;
}

int
linux_iov_one(struct linux_iov *iov, vaddr_t base, uint64_t len)
{
	iov->parts = iov->few;
	return uio_one_buffer(&iov->uio, iov->few, base, len);
}

/* Cut the parts to LINUX_IO_MAX in all.  returns: 0, -EINVAL, -EFAULT */
static int
parts_check(struct uio_part *parts, uint32_t count)
{
	uint64_t room = LINUX_IO_MAX;

	for (uint32_t i = 0; i < count; i++) {
		if (parts[i].len > INT64_MAX)
			return -EINVAL;
		if (!range_valid(parts[i].base, parts[i].len))
			return -EFAULT;
		parts[i].len = MIN(parts[i].len, room);
		room -= parts[i].len;
	}
	return 0;
}

int
linux_iov_read(struct linux_iov *iov, vaddr_t from, uint64_t count)
{
	int err;

	if (count > LINUX_IOV_AT_ONCE)
		return -EINVAL;
	iov->parts = iov->few;
	if (count > LINUX_IOV_FEW) {
		iov->parts = heap_alloc(count * sizeof(struct uio_part));
		if (iov->parts == NULL)
			return -ENOMEM;
	}
	err = user_read(iov->parts, from, count * sizeof(struct uio_part),
	    NULL);
	if (err == 0)
		err = parts_check(iov->parts, (uint32_t)count);
	if (err == 0)
		err = uio_user_parts(&iov->uio, iov->parts, (uint32_t)count);
	if (err != 0)
		linux_iov_done(iov);
	return err;
}

void
linux_iov_done(struct linux_iov *iov)
{
	if (iov->parts != iov->few)
		heap_free(iov->parts);
	iov->parts = iov->few;
}

enum where {
	AT_OFFSET,		/* the file's own */
	AT_POSITION,		/* the one that was given */
	AT_OFFSET_NOW,		/* its own, without waiting */
};

/* What a write failed with is told by a signal, too. */
static __attribute__((noinline)) void
write_failed(int64_t result)
{
	if (result == -EPIPE)
		signal_raise(SIGPIPE);
	if (result == -EFBIG && limit_get(LIMIT_FSIZE) != LIMIT_NONE)
		signal_raise(SIGXFSZ);
}

static int64_t
move_at(struct file *file, struct uio *uio, bool write, uint64_t position)
{
	if ((int64_t)position < 0 ||
	    (file->vnode != NULL && uio->left > INT64_MAX - position))
		return -EINVAL;
	return write ? file_write_at(file, uio, position) :
	    file_read_at(file, uio, position);
}

/* Move what `uio` says. */
static inline int64_t
io_run(struct uio *uio, struct file *file, bool write, enum where where,
    uint64_t position)
{
	int64_t result;

	uio->no_wait = where == AT_OFFSET_NOW;
	if (where == AT_POSITION)
		result = move_at(file, uio, write, position);
	else
		result = write ? file_write(file, uio) : file_read(file, uio);
	if (write && result < 0)
		write_failed(result);
	return result;
}

/* fd, buffer, length, position */
static inline int64_t
io_one(const struct linux_args *args, bool write, enum where where)
{
	struct uio_part part;
	struct uio uio;
	bool counted;
	struct file *file = linux_file_borrow(args->a[0], &counted);
	int64_t result;

	if (file == NULL)
		return -EBADF;
	result = uio_one_buffer(&uio, &part, args->a[1], args->a[2]);
	if (result == 0)
		result = io_run(&uio, file, write, where, args->a[3]);
	linux_file_return(file, counted);
	return result;
}

/*
 * fd, array, count, position.  As many buffers as fit into a page at once; the
 * rest follows if all of those were served.
 */
static int64_t
io_many(const struct linux_args *args, bool write, enum where where)
{
	uint64_t count = args->a[2], done = 0, at = 0, wanted;
	bool valid = count <= LINUX_IOV_MAX &&
	    (where != AT_POSITION || (int64_t)args->a[3] >= 0);
	struct linux_iov iov;
	bool counted;
	struct file *file = linux_file_borrow(args->a[0], &counted);
	int64_t result = -EINVAL;

	if (file == NULL)
		return -EBADF;
	while (valid) {
		uint64_t n = MIN(count - at, LINUX_IOV_AT_ONCE);

		result = linux_iov_read(&iov, args->a[1] +
		    at * sizeof(struct uio_part), n);
		if (result != 0)
			break;
		wanted = iov.uio.left;
		result = io_run(&iov.uio, file, write, where,
		    args->a[3] + done);
		linux_iov_done(&iov);
		if (result <= 0)
			break;
		done += (uint64_t)result;
		at += n;
		if (at >= count || (uint64_t)result != wanted ||
		    done >= LINUX_IO_MAX)
			break;
	}
	linux_file_return(file, counted);
	return done > 0 ? (int64_t)done : result;
}

int64_t
linux_read(const struct linux_args *args)
{
	return io_one(args, false, AT_OFFSET);
}

int64_t
linux_write(const struct linux_args *args)
{
	return io_one(args, true, AT_OFFSET);
}

int64_t
linux_pread64(const struct linux_args *args)
{
	return io_one(args, false, AT_POSITION);
}

int64_t
linux_pwrite64(const struct linux_args *args)
{
	return io_one(args, true, AT_POSITION);
}

int64_t
linux_readv(const struct linux_args *args)
{
	return io_many(args, false, AT_OFFSET);
}

int64_t
linux_writev(const struct linux_args *args)
{
	return io_many(args, true, AT_OFFSET);
}

int64_t
linux_preadv(const struct linux_args *args)
{
	return io_many(args, false, AT_POSITION);
}

int64_t
linux_pwritev(const struct linux_args *args)
{
	return io_many(args, true, AT_POSITION);
}

/*
 * Where preadv2 and pwritev2 go; the high half of the position, a[4], is for
 * 32-bit machines.
 * returns: 0; -EBADF; -EOPNOTSUPP for flags beyond `known`, and for not
 *          waiting where it is not known whether it would
 */
static int
where_of(const struct linux_args *args, uint32_t known, enum where *where)
{
	uint32_t flags = (uint32_t)args->a[5];
	struct file *file;
	int err = 0;

	*where = args->a[3] == UINT64_MAX ? AT_OFFSET : AT_POSITION;
	if (!FLAGS_KNOWN(flags, known | RWF_NOWAIT))
		return -EOPNOTSUPP;
	if (!(flags & RWF_NOWAIT))
		return 0;
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	if (*where == AT_POSITION || file->ops->seek != NULL)
		err = -EOPNOTSUPP;
	*where = AT_OFFSET_NOW;
	file_put(file);
	return err;
}

int64_t
linux_preadv2(const struct linux_args *args)
{
	enum where where;
	int err = where_of(args, RWF_HIPRI, &where);

	return err != 0 ? err : io_many(args, false, where);
}

int64_t
linux_pwritev2(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[5];
	enum where where;
	struct file *file;
	int64_t result;
	int err;

	err = where_of(args, RWF_HIPRI | RWF_DSYNC | RWF_SYNC, &where);
	if (err != 0)
		return err;
	result = io_many(args, true, where);
	if (result <= 0 || !(flags & (RWF_DSYNC | RWF_SYNC)))
		return result;
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return result;
	err = file_sync(file, !(flags & RWF_SYNC));
	file_put(file);
	return err != 0 && err != -EINVAL ? err : result;
}
