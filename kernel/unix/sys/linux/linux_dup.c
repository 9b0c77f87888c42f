/* Descriptors as such: closing them, making more of them, pipes. */
#include "unix/sys/linux/linux_descriptor.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/vm/user.h"
#include "unix/fs/pipe.h"
#include "unix/proc/clone.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

#define CLOSE_RANGE_UNSHARE	2u
#define CLOSE_RANGE_CLOEXEC	4u

int64_t
linux_close(const struct linux_args *args)
{
	return descriptor_close(proc_this()->descriptors,
	    (int32_t)args->a[0]);
}

int64_t
linux_close_range(const struct linux_args *args)
{
	uint32_t first = (uint32_t)args->a[0], last = (uint32_t)args->a[1];
	uint32_t flags = (uint32_t)args->a[2];
	int err;

	if (!FLAGS_KNOWN(flags, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) ||
	    first > last)
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = proc_unshare(true, false);
		if (err != 0)
			return err;
	}
	if (flags & CLOSE_RANGE_CLOEXEC)
		descriptor_set_cloexec_range(proc_this()->descriptors, first,
		    last);
	else
		descriptor_close_range(proc_this()->descriptors, first, last);
	return 0;
}

int64_t
linux_dup(const struct linux_args *args)
{
	struct file *file;
	int err = linux_file_get_any(args->a[0], &file);

	return err != 0 ? err : linux_file_give(file, false);
}

int64_t
linux_dup3(const struct linux_args *args)
{
	struct file *file;
	int64_t fd;
	int err;

	if (!FLAGS_KNOWN((uint32_t)args->a[2], LINUX_O_CLOEXEC) ||
	    (int32_t)args->a[0] == (int32_t)args->a[1])
		return -EINVAL;
	err = linux_file_get_any(args->a[0], &file);
	if (err != 0)
		return err;
	fd = descriptor_replace(proc_this()->descriptors, (int32_t)args->a[1],
	    file, linux_descriptor_limit(), args->a[2] & LINUX_O_CLOEXEC);
	if (fd < 0)
		file_put(file);
	return fd;
}

int64_t
linux_pipe2(const struct linux_args *args)
{
	struct descriptors *table = proc_this()->descriptors;
	uint32_t flags = (uint32_t)args->a[1];
	struct file *files[2];
	int fds[2], err;

	if (!FLAGS_KNOWN(flags, LINUX_O_CLOEXEC | LINUX_O_NONBLOCK |
	    LINUX_O_DIRECT))
		return -EINVAL;
	err = pipe_create(PIPE_BYTES, linux_file_flags(flags) &
	    (FILE_NONBLOCK | FILE_DIRECT), files);
	if (err != 0)
		return err;
	err = descriptor_add_two(table, files, linux_descriptor_limit(),
	    flags & LINUX_O_CLOEXEC, fds);
	if (err != 0) {
		file_put(files[0]);
		file_put(files[1]);
		return err;
	}
	err = user_write(args->a[0], fds, sizeof(fds), NULL);
	if (err != 0) {
		descriptor_close(table, fds[0]);
		descriptor_close(table, fds[1]);
	}
	return err;
}
