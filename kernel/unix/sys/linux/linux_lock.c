/* Locks on files: flock, and fcntl's in both kinds. */
#include "unix/sys/linux/linux_lock.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"
#include "unix/fs/file_lock.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_user.h"

#define FLOCK_SH	1
#define FLOCK_EX	2
#define FLOCK_NB	4
#define FLOCK_UN	8

#define F_RDLCK		0
#define F_WRLCK		1
#define F_UNLCK		2

struct linux_flock {
	int16_t type, whence;
	int32_t pad;
	int64_t start, len;
	int32_t pid, pad2;
};

int64_t
linux_flock(const struct linux_args *args)
{
	uint32_t operation = (uint32_t)args->a[1];
	bool wait = !(operation & FLOCK_NB);
	enum lock_type type;
	struct file *file;
	int err;

	switch (operation & ~(uint32_t)FLOCK_NB) {
	case FLOCK_SH:
		type = LOCK_SHARED;
		break;
	case FLOCK_EX:
		type = LOCK_EXCLUSIVE;
		break;
	case FLOCK_UN:
		type = LOCK_NONE;
		break;
	default:
		return -EINVAL;
	}
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	err = file_flock(file, type, wait);
	file_put(file);
	return err;
}

/* Where byte `start` is counted from.  returns: 0; -EINVAL, -EOVERFLOW */
static int
whence_base(struct file *file, int16_t whence, int64_t *base)
{
	*base = 0;
	switch (whence) {
	case SEEK_SET:
		return 0;
	case SEEK_CUR:
		*base = (int64_t)file_offset(file);
		return 0;
	case SEEK_END:
		if (file->vnode != NULL)
			*base = (int64_t)vnode_size(file->vnode);
		return 0;
	default:
		return -EINVAL;
	}
}

static int
range_make(struct lock_request *request, struct file *file,
    const struct linux_flock *lock)
{
	int64_t base, start, last;
	int err = whence_base(file, lock->whence, &base);

	if (err != 0)
		return err;
	if (__builtin_add_overflow(base, lock->start, &start))
		return -EOVERFLOW;
	/* A negative length is what stands before the start. */
	if (__builtin_add_overflow(start, lock->len - (lock->len > 0), &last))
		return lock->len > 0 ? -EOVERFLOW : -EINVAL;
	if (lock->len < 0) {
		int64_t end = start - 1;

		start = last;
		last = end;
	}
	if (start < 0)
		return -EINVAL;
	request->start = (uint64_t)start;
	request->end = lock->len == 0 ? UINT64_MAX : (uint64_t)last;
	return 0;
}

static int
request_make(struct lock_request *request, struct file *file,
    const struct linux_flock *lock)
{
	request->pid = proc_this()->pid;
	switch (lock->type) {
	case F_RDLCK:
		request->type = LOCK_SHARED;
		break;
	case F_WRLCK:
		request->type = LOCK_EXCLUSIVE;
		break;
	case F_UNLCK:
		request->type = LOCK_NONE;
		break;
	default:
		return -EINVAL;
	}
	return range_make(request, file, lock);
}

static void
lock_tell(const struct lock_request *request, struct linux_flock *lock)
{
	if (request->type == LOCK_NONE) {
		lock->type = F_UNLCK;
		return;
	}
	lock->type = request->type == LOCK_SHARED ? F_RDLCK : F_WRLCK;
	lock->whence = SEEK_SET;
	lock->start = (int64_t)request->start;
	lock->len = request->end == UINT64_MAX ? 0 :
	    (int64_t)(request->end - request->start + 1);
	lock->pid = request->pid;
}

int64_t
linux_lock_command(struct file *file, int32_t fd,
    enum linux_lock_command command, bool of_file, vaddr_t at)
{
	struct descriptors *table = of_file ? NULL : proc_this()->descriptors;
	struct lock_request request;
	struct linux_flock lock;
	int err = user_read(&lock, at, sizeof(lock), NULL);

	if (err != 0)
		return err;
	if (of_file && lock.pid != 0)
		return -EINVAL;
	err = request_make(&request, file, &lock);
	if (err != 0)
		return err;
	if (of_file)
		request.pid = -1;
	if (command != LINUX_LOCK_GET)
		return file_lock_set(table, fd, file, &request,
		    command == LINUX_LOCK_SET_WAIT);
	if (request.type == LOCK_NONE)
		return -EINVAL;
	file_lock_get(table, file, &request);
	lock_tell(&request, &lock);
	return user_write(at, &lock, sizeof(lock), NULL);
}
