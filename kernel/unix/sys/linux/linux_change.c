/* Changing what is known of files: modes, owners, times. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/vfs.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

#define UTIME_NOW	0x3fffffff
#define UTIME_OMIT	0x3ffffffe

#define AT_PATH_FLAGS	(LINUX_AT_SYMLINK_NOFOLLOW | LINUX_AT_EMPTY_PATH)

/* flags: AT_PATH_FLAGS */
static int
change_path(int32_t fd, vaddr_t from, uint32_t flags,
    const struct vnode_change *change)
{
	struct linux_path path;
	struct vnode *vnode;
	int err = linux_path_read_empty(&path, fd, from);

	if (err != 0)
		return err;
	if (linux_path_is_empty(&path) && !(flags & LINUX_AT_EMPTY_PATH))
		err = -ENOENT;
	if (err == 0 && linux_path_is_empty(&path) && path.base != NULL) {
		vnode = path.base->vnode;
		err = vnode == NULL ? -EINVAL : 0;
		if (err == 0)
			vnode_get(vnode);
	} else if (err == 0) {
		if (linux_path_is_empty(&path))
			path.path.text = ".";
		err = vfs_lookup(&path.path,
		    !(flags & LINUX_AT_SYMLINK_NOFOLLOW), &vnode);
	}
	if (err == 0) {
		err = vnode_change(vnode, change, proc_credentials());
		vnode_put(vnode);
	}
	linux_path_done(&path);
	return err;
}

/* An open file's own; an anonymous file's mode and owner are fixed. */
static int
change_file(uint64_t fd, bool any, const struct vnode_change *change)
{
	struct file *file;
	int err = any ? linux_file_get_any(fd, &file) :
	    linux_file_get(fd, &file);

	if (err != 0)
		return err;
	err = file->vnode == NULL ? -EINVAL :
	    vnode_change(file->vnode, change, proc_credentials());
	file_put(file);
	return err;
}

static struct vnode_change
mode_change(uint64_t mode)
{
	const struct vnode_change change = {
		.what = CHANGE_MODE,
		.mode = (uint32_t)mode & MODE_PERMISSIONS,
	};

	return change;
}

/* -1 leaves it as it is. */
static struct vnode_change
owner_change(uint64_t uid, uint64_t gid)
{
	const struct vnode_change change = {
		.what = ((uint32_t)uid != UINT32_MAX ? CHANGE_UID : 0) |
		    ((uint32_t)gid != UINT32_MAX ? CHANGE_GID : 0),
		.uid = (uint32_t)uid,
		.gid = (uint32_t)gid,
	};

	return change;
}

int64_t
linux_fchmod(const struct linux_args *args)
{
	const struct vnode_change change = mode_change(args->a[1]);

	return change_file(args->a[0], false, &change);
}

int64_t
linux_fchmodat(const struct linux_args *args)
{
	const struct vnode_change change = mode_change(args->a[2]);

	return change_path((int32_t)args->a[0], args->a[1], 0, &change);
}

int64_t
linux_fchmodat2(const struct linux_args *args)
{
	const struct vnode_change change = mode_change(args->a[2]);
	uint32_t flags = (uint32_t)args->a[3];

	if (!FLAGS_KNOWN(flags, AT_PATH_FLAGS))
		return -EINVAL;
	return change_path((int32_t)args->a[0], args->a[1], flags, &change);
}

int64_t
linux_fchown(const struct linux_args *args)
{
	const struct vnode_change change = owner_change(args->a[1],
	    args->a[2]);

	return change_file(args->a[0], false, &change);
}

int64_t
linux_fchownat(const struct linux_args *args)
{
	const struct vnode_change change = owner_change(args->a[2],
	    args->a[3]);
	uint32_t flags = (uint32_t)args->a[4];

	if (!FLAGS_KNOWN(flags, AT_PATH_FLAGS))
		return -EINVAL;
	return change_path((int32_t)args->a[0], args->a[1], flags, &change);
}

/* What one of two times asks for.  returns: 0 or -EINVAL */
static int
time_change(struct vnode_change *change, const struct linux_timespec *time,
    struct timestamp *to, uint32_t set, uint32_t set_now)
{
	if (time->nanos == UTIME_OMIT)
		return 0;
	if (time->nanos == UTIME_NOW) {
		change->what |= set_now;
		return 0;
	}
	if (time->nanos < 0 || time->nanos > 999999999)
		return -EINVAL;
	change->what |= set;
	to->seconds = time->seconds;
	to->nanos = (uint32_t)time->nanos;
	return 0;
}

/* from: two times, or 0: both are now */
static int
times_read(struct vnode_change *change, vaddr_t from)
{
	struct linux_timespec times[2];
	int err;

	change->what = CHANGE_ATIME_NOW | CHANGE_MTIME_NOW;
	if (from == 0)
		return 0;
	change->what = 0;
	err = user_read(times, from, sizeof(times), NULL);
	if (err == 0)
		err = time_change(change, &times[0], &change->atime,
		    CHANGE_ATIME, CHANGE_ATIME_NOW);
	if (err == 0)
		err = time_change(change, &times[1], &change->mtime,
		    CHANGE_MTIME, CHANGE_MTIME_NOW);
	return err;
}

int64_t
linux_utimensat(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[3];
	struct vnode_change change = { 0 };
	int err = times_read(&change, args->a[2]);

	if (err != 0)
		return err;
	if (!FLAGS_KNOWN(flags, AT_PATH_FLAGS))
		return -EINVAL;
	if (args->a[2] != 0 && change.what == 0)
		return 0;
	/* futimens: no path at all is the descriptor. */
	if (args->a[1] == 0 && (int32_t)args->a[0] != LINUX_AT_FDCWD)
		return flags != 0 ? -EINVAL :
		    change_file(args->a[0], false, &change);
	return change_path((int32_t)args->a[0], args->a[1], flags, &change);
}
