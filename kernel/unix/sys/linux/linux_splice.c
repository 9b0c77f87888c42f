/* Bytes from file to file: sendfile, splice, tee, vmsplice, copy_file_range. */
#include "unix/sys/linux/linux_descriptor.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/fs/pipe.h"
#include "unix/fs/splice.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_io.h"
#include "unix/sys/linux/linux_user.h"

/* Moving or giving pages away are wishes that copying grants too. */
#define SPLICE_F_MOVE		1u
#define SPLICE_F_NONBLOCK	2u
#define SPLICE_F_MORE		4u
#define SPLICE_F_GIFT		8u
#define SPLICE_FLAGS \
	(SPLICE_F_MOVE | SPLICE_F_NONBLOCK | SPLICE_F_MORE | SPLICE_F_GIFT)

/* Both sides of one call. */
struct sides {
	struct splice_end in, out;
	uint64_t offsets[2];
	vaddr_t offsets_at[2];
};

/* An offset that the program keeps, if it does. */
static int
offset_read(struct splice_end *end, uint64_t *offset, vaddr_t at)
{
	int err;

	end->offset = NULL;
	if (at == 0)
		return 0;
	end->offset = offset;
	err = user_read(offset, at, sizeof(*offset), NULL);
	return err == 0 && (int64_t)*offset < 0 ? -EINVAL : err;
}

/* returns: 0; -EBADF, -EINVAL, -EFAULT with nothing held */
static int
sides_get(struct sides *sides, uint64_t in, vaddr_t in_offset, uint64_t out,
    vaddr_t out_offset)
{
	int err;

	sides->offsets_at[0] = in_offset;
	sides->offsets_at[1] = out_offset;
	err = offset_read(&sides->in, &sides->offsets[0], in_offset);
	if (err == 0)
		err = offset_read(&sides->out, &sides->offsets[1], out_offset);
	if (err == 0)
		err = linux_file_get(in, &sides->in.file);
	if (err != 0)
		return err;
	err = linux_file_get(out, &sides->out.file);
	if (err != 0)
		file_put(sides->in.file);
	return err;
}

/* Let go of both, and tell the program of its offsets. */
static int64_t
sides_done(struct sides *sides, int64_t result)
{
	int err = 0;

	file_put(sides->in.file);
	file_put(sides->out.file);
	for (int i = 0; i < 2 && err == 0 && result > 0; i++) {
		if (sides->offsets_at[i] != 0)
			err = user_write(sides->offsets_at[i],
			    &sides->offsets[i], sizeof(sides->offsets[i]),
			    NULL);
	}
	if (result == -EPIPE)
		signal_raise(SIGPIPE);
	return err != 0 ? err : result;
}

int64_t
linux_sendfile(const struct linux_args *args)
{
	struct sides sides;
	int64_t result = sides_get(&sides, args->a[1], args->a[2], args->a[0],
	    0);

	if (result != 0)
		return result;
	result = splice_send(&sides.in, sides.out.file,
	    MIN(args->a[3], LINUX_IO_MAX));
	return sides_done(&sides, result);
}

int64_t
linux_splice(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[5];
	struct sides sides;
	int64_t result;

	if (!FLAGS_KNOWN(flags, SPLICE_FLAGS))
		return -EINVAL;
	result = sides_get(&sides, args->a[0], args->a[1], args->a[2],
	    args->a[3]);
	if (result != 0)
		return result;
	result = splice_files(&sides.in, &sides.out,
	    MIN(args->a[4], LINUX_IO_MAX), flags & SPLICE_F_NONBLOCK);
	return sides_done(&sides, result);
}

int64_t
linux_tee(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[3];
	struct sides sides;
	int64_t result;

	if (!FLAGS_KNOWN(flags, SPLICE_FLAGS))
		return -EINVAL;
	result = sides_get(&sides, args->a[0], 0, args->a[1], 0);
	if (result != 0)
		return result;
	result = splice_tee(sides.in.file, sides.out.file,
	    MIN(args->a[2], LINUX_IO_MAX), flags & SPLICE_F_NONBLOCK);
	return sides_done(&sides, result);
}

int64_t
linux_copy_file_range(const struct linux_args *args)
{
	struct sides sides;
	int64_t result;

	if ((uint32_t)args->a[5] != 0)
		return -EINVAL;
	result = sides_get(&sides, args->a[0], args->a[1], args->a[2],
	    args->a[3]);
	if (result != 0)
		return result;
	result = splice_copy_range(&sides.in, &sides.out,
	    MIN(args->a[4], LINUX_IO_MAX));
	return sides_done(&sides, result);
}

static int64_t
vmsplice_run(struct file *file, const struct linux_args *args)
{
	bool write = file_flags(file) & FILE_WRITE;
	struct linux_iov iov;
	int64_t result;

	if (pipe_of(file) == NULL)
		return -EBADF;
	if (((uint32_t)args->a[3] & SPLICE_F_NONBLOCK) &&
	    !(file_poll(file, NULL) & (write ? POLL_OUT : POLL_IN)))
		return -EAGAIN;
	result = linux_iov_read(&iov, args->a[1], args->a[2]);
	if (result != 0)
		return result;
	result = write ? file_write(file, &iov.uio) :
	    file_read(file, &iov.uio);
	linux_iov_done(&iov);
	if (result == -EPIPE)
		signal_raise(SIGPIPE);
	return result;
}

int64_t
linux_vmsplice(const struct linux_args *args)
{
	struct file *file;
	int64_t result;

	if (!FLAGS_KNOWN((uint32_t)args->a[3], SPLICE_FLAGS))
		return -EINVAL;
	result = linux_file_get(args->a[0], &file);
	if (result != 0)
		return result;
	result = vmsplice_run(file, args);
	file_put(file);
	return result;
}
