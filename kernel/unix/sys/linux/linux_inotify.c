/* inotify. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "unix/fs/inotify.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

#define IN_ONLYDIR	0x01000000u
#define IN_DONT_FOLLOW	0x02000000u
/* What has no name is told to no directory anyway. */
#define IN_EXCL_UNLINK	0x04000000u

#define WATCH_KNOWN	(CHANGES | IN_ONLYDIR | IN_DONT_FOLLOW | \
			IN_EXCL_UNLINK | WATCH_MASK_CREATE | WATCH_MASK_ADD | \
			WATCH_ONE_SHOT)

int64_t
linux_inotify_init1(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[0];
	struct file *file;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_O_CLOEXEC | LINUX_O_NONBLOCK))
		return -EINVAL;
	err = inotify_create(linux_file_flags(flags) & FILE_NONBLOCK, &file);
	return err != 0 ? err : linux_file_give(file, flags & LINUX_O_CLOEXEC);
}

/* What is to be watched, with a reference. */
static int
find_vnode(vaddr_t from, uint32_t mask, struct vnode **out)
{
	struct linux_path path;
	int err;

	err = linux_path_read(&path, LINUX_AT_FDCWD, from);
	if (err != 0)
		return err;
	err = vfs_lookup(&path.path, !(mask & IN_DONT_FOLLOW), out);
	linux_path_done(&path);
	if (err != 0)
		return err;
	if ((mask & IN_ONLYDIR) && vnode_type_of(*out) != VNODE_DIRECTORY)
		err = -ENOTDIR;
	else
		err = vnode_may(*out, proc_credentials(), MAY_READ);
	if (err != 0)
		vnode_put(*out);
	return err;
}

/* fd, path, mask */
int64_t
linux_inotify_add_watch(const struct linux_args *args)
{
	uint32_t mask = (uint32_t)args->a[2];
	struct vnode *vnode;
	struct file *file;
	int64_t result;

	if (!FLAGS_KNOWN(mask, WATCH_KNOWN))
		return -EINVAL;
	result = linux_file_get(args->a[0], &file);
	if (result != 0)
		return result;
	result = find_vnode(args->a[1], mask, &vnode);
	if (result == 0) {
		result = inotify_add(file, vnode, mask);
		vnode_put(vnode);
	}
	file_put(file);
	return result;
}

int64_t
linux_inotify_rm_watch(const struct linux_args *args)
{
	struct file *file;
	int64_t result = linux_file_get(args->a[0], &file);

	if (result != 0)
		return result;
	result = inotify_remove(file, (int32_t)args->a[1]);
	file_put(file);
	return result;
}
