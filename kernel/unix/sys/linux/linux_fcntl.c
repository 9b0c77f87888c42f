/* fcntl.  Locks are linux_lock.c's. */
#include "unix/sys/linux/linux_descriptor.h"

#include "core/base/errno.h"
#include "unix/fs/file_async.h"
#include "unix/fs/memfd.h"
#include "unix/fs/pipe.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_lock.h"
#include "unix/sys/linux/linux_owner.h"

#define F_DUPFD		0
#define F_GETFD		1
#define F_SETFD		2
#define F_GETFL		3
#define F_SETFL		4
#define F_GETLK		5
#define F_SETLK		6
#define F_SETLKW	7
#define F_SETOWN	8
#define F_GETOWN	9
#define F_SETSIG	10
#define F_GETSIG	11
#define F_SETOWN_EX	15
#define F_GETOWN_EX	16
#define F_OFD_GETLK	36
#define F_OFD_SETLK	37
#define F_OFD_SETLKW	38
#define F_DUPFD_CLOEXEC	1030
#define F_SETPIPE_SZ	1031
#define F_GETPIPE_SZ	1032
#define F_ADD_SEALS	1033
#define F_GET_SEALS	1034

#define FD_CLOEXEC	1u
/* What F_SETFL looks at; it ignores the rest, as Linux does. */
#define SETTABLE \
	(LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_NOATIME | \
	LINUX_O_DIRECT | LINUX_O_ASYNC)

static int64_t
duplicate(struct file *file, int32_t lowest, bool cloexec)
{
	uint32_t limit = linux_descriptor_limit();
	int64_t fd;

	if (lowest < 0 || (uint32_t)lowest >= limit)
		return -EINVAL;
	file_get(file);
	fd = descriptor_add(proc_this()->descriptors, file, (uint32_t)lowest,
	    limit, cloexec);
	if (fd < 0)
		file_put(file);
	return fd;
}

/* Whether the caller may have a file read unnoticed. */
static bool
is_owner(const struct file *file)
{
	struct vnode_stat stat;

	return file->vnode == NULL || (vnode_stat(file->vnode, &stat) == 0 &&
	    credentials_owns(proc_credentials(), stat.uid));
}

static int64_t
flags_set(struct file *file, int32_t fd, uint32_t flags)
{
	uint32_t now = linux_file_flags(flags & SETTABLE) & FILE_STATUS_FLAGS;

	/* Going round the cache is not there; of a pipe it means packets. */
	if ((flags & LINUX_O_DIRECT) && pipe_of(file) == NULL)
		return -EINVAL;
	if ((now & FILE_NO_ATIME) && !(file_flags(file) & FILE_NO_ATIME) &&
	    !is_owner(file))
		return -EPERM;
	if (flags & LINUX_O_ASYNC)
		now |= FILE_ASYNC;
	return linux_file_set_flags(file, fd, now);
}

static int64_t
seals_add(struct file *file, uint32_t seals)
{
	if (file->vnode == NULL)
		return -EINVAL;
	if (!(file_flags(file) & FILE_WRITE))
		return -EPERM;
	return memfd_add_seals(file->vnode, seals);
}

static int64_t
fcntl_file(struct file *file, int32_t fd, uint32_t command, uint64_t argument)
{
	struct descriptors *table = proc_this()->descriptors;

	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		return duplicate(file, (int32_t)argument,
		    command == F_DUPFD_CLOEXEC);
	case F_GETFD:
		return descriptor_cloexec(table, fd);
	case F_SETFD:
		return descriptor_set_cloexec(table, fd,
		    argument & FD_CLOEXEC);
	case F_GETFL:
		return linux_open_flags(file_flags(file)) &
		    ~(file->vnode == NULL ? LINUX_O_LARGEFILE : 0);
	case F_SETFL:
		return flags_set(file, fd, (uint32_t)argument);
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
		return linux_lock_command(file, fd, LINUX_LOCK_GET +
		    (command - F_GETLK), false, argument);
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return linux_lock_command(file, fd, LINUX_LOCK_GET +
		    (command - F_OFD_GETLK), true, argument);
	case F_SETOWN:
		return linux_owner_set(file, (int32_t)argument);
	case F_GETOWN:
		return linux_owner_get(file);
	case F_SETOWN_EX:
		return linux_owner_set_any(file, argument);
	case F_GETOWN_EX:
		return linux_owner_get_any(file, argument);
	case F_SETSIG:
		if (argument > SIGNAL_COUNT)
			return -EINVAL;
		return file_async_set_signal(file, (int32_t)argument);
	case F_GETSIG:
		return file_async_signal(file);
	case F_SETPIPE_SZ:
		return pipe_set_size(file, (uint32_t)argument);
	case F_GETPIPE_SZ:
		return pipe_size(file);
	case F_ADD_SEALS:
		return seals_add(file, (uint32_t)argument);
	case F_GET_SEALS:
		return file->vnode == NULL ? -EINVAL :
		    memfd_seals(file->vnode);
	default:
		return -EINVAL;
	}
}

int64_t
linux_fcntl(const struct linux_args *args)
{
	uint32_t command = (uint32_t)args->a[1];
	struct file *file;
	int64_t result;

	result = linux_file_get_any(args->a[0], &file);
	if (result != 0)
		return result;
	/* Of a file opened by O_PATH, only the descriptor can be spoken of. */
	if ((file_flags(file) & FILE_PATH) && command > F_GETFL &&
	    command != F_DUPFD_CLOEXEC)
		result = -EBADF;
	else
		result = fcntl_file(file, (int32_t)args->a[0], command,
		    args->a[2]);
	file_put(file);
	return result;
}
