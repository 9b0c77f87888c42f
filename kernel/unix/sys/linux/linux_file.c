/* Open files: where they stand, how long they are, what is on the disk. */
#include "unix/sys/linux/linux_descriptor.h"

#include "core/base/errno.h"
#include "unix/fs/vfs.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_owner.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"
#include "core/vm/user.h"

#define FIGETBSZ	0x0002
#define FIONREAD	0x541b
#define FIONBIO		0x5421
#define FIONCLEX	0x5450
#define FIOCLEX		0x5451
#define FIOASYNC	0x5452
#define FIOQSIZE	0x5460

#define SYNC_FILE_RANGE_ALL	7u

int64_t
linux_lseek(const struct linux_args *args)
{
	struct file *file;
	int64_t result = linux_file_get(args->a[0], &file);

	if (result != 0)
		return result;
	result = file_seek(file, (int64_t)args->a[1], (int32_t)args->a[2]);
	file_put(file);
	return result;
}

/* FIONBIO, FIOASYNC: what fcntl says with O_NONBLOCK and O_ASYNC. */
static int
flag_switch(struct file *file, uint64_t fd, uint32_t flag, vaddr_t from)
{
	uint32_t flags = file_flags(file) & FILE_STATUS_FLAGS & ~flag;
	int32_t on;
	int err = user_read(&on, from, sizeof(on), NULL);

	if (err == 0 && flag == FILE_ASYNC && file->ops->poll == NULL)
		err = -ENOTTY;
	return err != 0 ? err : linux_file_set_flags(file, (int32_t)fd,
	    on != 0 ? flags | flag : flags);
}

/* FIONREAD of a regular file: what is between its offset and its end. */
static int
bytes_left(struct file *file, vaddr_t to)
{
	uint64_t offset = file_offset(file), size = vnode_size(file->vnode);
	int32_t left = (int32_t)MIN(size > offset ? size - offset : 0,
	    (uint64_t)INT32_MAX);

	return user_write(to, &left, sizeof(left), NULL);
}

/* FIGETBSZ, FIOQSIZE: the size of blocks, and of all that the file has. */
static int
sizes_tell(struct file *file, uint32_t request, vaddr_t to)
{
	struct vnode_stat stat;
	int64_t size;
	int32_t block;
	int err = file_stat(file, &stat);

	if (err != 0)
		return err;
	if (request == FIOQSIZE && (file->vnode == NULL ||
	    (stat.type != VNODE_FILE && stat.type != VNODE_DIRECTORY)))
		return -ENOTTY;
	size = (int64_t)(stat.blocks * 512);
	block = (int32_t)stat.block_bytes;
	return request == FIOQSIZE ? user_write(to, &size, sizeof(size), NULL) :
	    user_write(to, &block, sizeof(block), NULL);
}

static int64_t
ioctl_run(struct file *file, uint64_t fd, uint32_t request, vaddr_t argument)
{
	struct descriptors *table = proc_this()->descriptors;

	switch (request) {
	case FIOCLEX:
		return descriptor_set_cloexec(table, (int32_t)fd, true);
	case FIONCLEX:
		return descriptor_set_cloexec(table, (int32_t)fd, false);
	case FIONBIO:
		return flag_switch(file, fd, FILE_NONBLOCK, argument);
	case FIOASYNC:
		return flag_switch(file, fd, FILE_ASYNC, argument);
	case FIGETBSZ:
	case FIOQSIZE:
		return sizes_tell(file, request, argument);
	case FIONREAD:
		if (file->vnode != NULL &&
		    vnode_type_of(file->vnode) == VNODE_FILE)
			return bytes_left(file, argument);
		return file_ioctl(file, request, argument);
	default:
		return file_ioctl(file, request, argument);
	}
}

int64_t
linux_ioctl(const struct linux_args *args)
{
	struct file *file;
	int64_t result = linux_file_get(args->a[0], &file);

	if (result != 0)
		return result;
	result = ioctl_run(file, args->a[0], (uint32_t)args->a[1],
	    args->a[2]);
	file_put(file);
	return result;
}

int64_t
linux_truncate(const struct linux_args *args)
{
	struct linux_path path;
	int err;

	if ((int64_t)args->a[1] < 0)
		return -EINVAL;
	err = linux_path_read(&path, LINUX_AT_FDCWD, args->a[0]);
	if (err != 0)
		return err;
	err = linux_size_allowed(args->a[1]);
	if (err == 0)
		err = vfs_truncate(&path.path, args->a[1]);
	linux_path_done(&path);
	return err;
}

int64_t
linux_ftruncate(const struct linux_args *args)
{
	struct file *file;
	int err;

	if ((int64_t)args->a[1] < 0)
		return -EINVAL;
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	if (file->vnode == NULL || !(file_flags(file) & FILE_WRITE) ||
	    vnode_type_of(file->vnode) != VNODE_FILE)
		err = -EINVAL;
	if (err == 0)
		err = linux_size_allowed(args->a[1]);
	if (err == 0)
		err = vnode_truncate(file->vnode, args->a[1]);
	file_put(file);
	return err;
}

static int
allocate(struct file *file, uint32_t mode, int64_t offset, int64_t len)
{
	enum vnode_type type;
	int err;

	if (!(file_flags(file) & FILE_WRITE))
		return -EBADF;
	if (file->vnode == NULL)
		return -ESPIPE;
	type = vnode_type_of(file->vnode);
	if (type == VNODE_FIFO)
		return -ESPIPE;
	if (type == VNODE_DIRECTORY)
		return -EISDIR;
	if (type != VNODE_FILE)
		return -ENODEV;
	if (len > INT64_MAX - offset)
		return -EFBIG;
	err = mode & ALLOCATE_KEEP_SIZE ? 0 :
	    linux_size_allowed((uint64_t)(offset + len));
	return err != 0 ? err : vnode_allocate(file->vnode, mode,
	    (uint64_t)offset, (uint64_t)len);
}

int64_t
linux_fallocate(const struct linux_args *args)
{
	int64_t offset = (int64_t)args->a[2], len = (int64_t)args->a[3];
	struct file *file;
	int err;

	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	if (offset < 0 || len <= 0)
		err = -EINVAL;
	else
		err = allocate(file, (uint32_t)args->a[1], offset, len);
	file_put(file);
	return err;
}

static int64_t
sync_common(uint64_t fd, bool data_only)
{
	struct file *file;
	int err = linux_file_get(fd, &file);

	if (err != 0)
		return err;
	err = file_sync(file, data_only);
	file_put(file);
	return err;
}

int64_t
linux_fsync(const struct linux_args *args)
{
	return sync_common(args->a[0], false);
}

int64_t
linux_fdatasync(const struct linux_args *args)
{
	return sync_common(args->a[0], true);
}

int64_t
linux_sync_file_range(const struct linux_args *args)
{
	int64_t offset = (int64_t)args->a[1], len = (int64_t)args->a[2];
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	if (!FLAGS_KNOWN((uint32_t)args->a[3], SYNC_FILE_RANGE_ALL) ||
	    offset < 0 || len < 0 || len > INT64_MAX - offset)
		err = -EINVAL;
	else if (file->vnode == NULL ||
	    vnode_type_of(file->vnode) == VNODE_FIFO)
		err = -ESPIPE;
	else
		/* More than was asked for, at once, is what was asked for. */
		err = file_sync(file, true);
	file_put(file);
	return err;
}

int64_t
linux_sync(const struct linux_args *args)
{
	(void)args;
	/* It tells of no errors. */
	vfs_sync();
	return 0;
}

int64_t
linux_syncfs(const struct linux_args *args)
{
	struct vnode *vnode;
	int err = linux_vnode_get(args->a[0], &vnode);

	/* What has no file system has nothing to be written. */
	if (err != 0)
		return err == -EINVAL ? 0 : err;
	err = vfs_sync_mount(vnode);
	vnode_put(vnode);
	return err;
}

/* posix_fadvise and readahead are guesses; what is read is cached anyway. */
int64_t
linux_fadvise64(const struct linux_args *args)
{
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	if (file->vnode != NULL && vnode_type_of(file->vnode) == VNODE_FIFO)
		err = -ESPIPE;
	else if (file->vnode == NULL)
		err = -ESPIPE;
	else if ((int32_t)args->a[3] < 0 || (int32_t)args->a[3] > 5 ||
	    (int64_t)args->a[2] < 0)
		err = -EINVAL;
	file_put(file);
	return err;
}

int64_t
linux_readahead(const struct linux_args *args)
{
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	if (!(file_flags(file) & FILE_READ))
		err = -EBADF;
	else if (file->vnode == NULL ||
	    vnode_type_of(file->vnode) != VNODE_FILE)
		err = -EINVAL;
	file_put(file);
	return err;
}
