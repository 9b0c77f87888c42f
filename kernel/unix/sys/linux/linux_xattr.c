/*
 * Extended attributes: no file system here has any, so none can be set and
 * none is found.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "unix/fs/vfs.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

/* returns: `answer` if the file is there, else why not */
static int64_t
answer_path(vaddr_t from, bool follow, int answer)
{
	struct linux_path path;
	struct vnode *vnode;
	int err = linux_path_read(&path, LINUX_AT_FDCWD, from);

	if (err != 0)
		return err;
	err = vfs_lookup(&path.path, follow, &vnode);
	if (err == 0)
		vnode_put(vnode);
	linux_path_done(&path);
	return err != 0 ? err : answer;
}

static int64_t
answer_file(uint64_t fd, int answer)
{
	struct file *file;
	int err = linux_file_get(fd, &file);

	if (err != 0)
		return err;
	file_put(file);
	return answer;
}

int64_t
linux_setxattr(const struct linux_args *args)
{
	return answer_path(args->a[0], true, -EOPNOTSUPP);
}

int64_t
linux_getxattr(const struct linux_args *args)
{
	return answer_path(args->a[0], true, -EOPNOTSUPP);
}

int64_t
linux_removexattr(const struct linux_args *args)
{
	return answer_path(args->a[0], true, -EOPNOTSUPP);
}

int64_t
linux_lsetxattr(const struct linux_args *args)
{
	return answer_path(args->a[0], false, -EOPNOTSUPP);
}

int64_t
linux_lgetxattr(const struct linux_args *args)
{
	return answer_path(args->a[0], false, -EOPNOTSUPP);
}

int64_t
linux_lremovexattr(const struct linux_args *args)
{
	return answer_path(args->a[0], false, -EOPNOTSUPP);
}

int64_t
linux_fsetxattr(const struct linux_args *args)
{
	return answer_file(args->a[0], -EOPNOTSUPP);
}

int64_t
linux_fgetxattr(const struct linux_args *args)
{
	return answer_file(args->a[0], -EOPNOTSUPP);
}

int64_t
linux_fremovexattr(const struct linux_args *args)
{
	return answer_file(args->a[0], -EOPNOTSUPP);
}

int64_t
linux_listxattr(const struct linux_args *args)
{
	return answer_path(args->a[0], true, 0);
}

int64_t
linux_llistxattr(const struct linux_args *args)
{
	return answer_path(args->a[0], false, 0);
}

int64_t
linux_flistxattr(const struct linux_args *args)
{
	return answer_file(args->a[0], 0);
}
