/* Pidfds: getting one, and getting files by one. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "unix/proc/pidfd.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_user.h"

int64_t
linux_pidfd_open(const struct linux_args *args)
{
	int32_t pid = (int32_t)args->a[0];
	uint32_t flags = (uint32_t)args->a[1];
	struct file *file;
	int err;

	/* PIDFD_NONBLOCK is O_NONBLOCK. */
	if (!FLAGS_KNOWN(flags, LINUX_O_NONBLOCK) || pid <= 0)
		return -EINVAL;
	err = pidfd_open(pid, flags & LINUX_O_NONBLOCK ? FILE_NONBLOCK : 0,
	    &file);
	return err != 0 ? err : linux_file_give(file, true);
}

int64_t
linux_pidfd_getfd(const struct linux_args *args)
{
	struct file *pidfd, *file;
	int err;

	if ((uint32_t)args->a[2] != 0)
		return -EINVAL;
	err = linux_file_get(args->a[0], &pidfd);
	if (err != 0)
		return err;
	err = pidfd_take(pidfd, (int32_t)args->a[1], &file);
	file_put(pidfd);
	return err != 0 ? err : linux_file_give(file, true);
}
