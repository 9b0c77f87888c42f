/* Opening and closing, and what a descriptor is apart from its file. */
#include "unix/sys/linux/linux_descriptor.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/base/params.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

#define O_TMPFILE	(LINUX_O_TMPFILE_ONLY | LINUX_O_DIRECTORY)

/* Every bit openat knows; it ignores others, openat2 does not. */
#define OPEN_KNOWN \
	(LINUX_O_ACCESS | LINUX_O_CREAT | LINUX_O_EXCL | LINUX_O_NOCTTY | \
	LINUX_O_TRUNC | LINUX_O_APPEND | LINUX_O_NONBLOCK | LINUX_O_DSYNC | \
	LINUX_O_ASYNC | LINUX_O_DIRECT | LINUX_O_LARGEFILE | \
	LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW | LINUX_O_NOATIME | \
	LINUX_O_CLOEXEC | LINUX_O_SYNC_ONLY | LINUX_O_PATH | \
	LINUX_O_TMPFILE_ONLY)
/* What O_PATH looks at; the rest means nothing beside it. */
#define PATH_KNOWN \
	(LINUX_O_PATH | LINUX_O_DIRECTORY | LINUX_O_NOFOLLOW | LINUX_O_CLOEXEC)

struct open_how {
	uint64_t flags, mode, resolve;
};

static uint32_t
vfs_flags(uint32_t flags)
{
	uint32_t access = flags & LINUX_O_ACCESS, out = 0;

	if (flags & LINUX_O_PATH) {
		out |= VFS_PATH_ONLY;
	} else {
		/* The value 3 asks for both rights, and gives none. */
		if (access != LINUX_O_WRONLY)
			out |= VFS_READ;
		if (access != 0)
			out |= VFS_WRITE;
	}
	if (flags & LINUX_O_CREAT)
		out |= VFS_CREATE;
	if (flags & LINUX_O_EXCL && flags & LINUX_O_CREAT)
		out |= VFS_EXCLUSIVE;
	if (flags & LINUX_O_TRUNC)
		out |= VFS_TRUNCATE;
	if (flags & LINUX_O_NOFOLLOW)
		out |= VFS_NO_FOLLOW;
	if (flags & LINUX_O_DIRECTORY)
		out |= VFS_DIRECTORY;
	return out;
}

static bool
is_unnamed(uint64_t flags)
{
	return (flags & LINUX_O_TMPFILE_ONLY) && !(flags & LINUX_O_PATH);
}

/* returns: the flags to go by; -EINVAL */
static int64_t
flags_check(uint64_t flags)
{
	/* What has no name is to be written. */
	if (is_unnamed(flags) && ((flags & O_TMPFILE) != O_TMPFILE ||
	    (flags & LINUX_O_ACCESS) == 0))
		return -EINVAL;
	/* A directory cannot be made by opening it. */
	if ((flags & (LINUX_O_CREAT | LINUX_O_DIRECTORY)) ==
	    (LINUX_O_CREAT | LINUX_O_DIRECTORY) && !(flags & LINUX_O_PATH))
		return -EINVAL;
	if (flags & LINUX_O_PATH)
		flags &= PATH_KNOWN;
	/* There is no way round the cache. */
	if (flags & LINUX_O_DIRECT)
		return -EINVAL;
	return (int64_t)(flags & OPEN_KNOWN);
}

/* Only the owner may leave no trace of reading. */
static int
own_check(struct vnode *vnode)
{
	struct vnode_stat stat;
	int err = vnode_stat(vnode, &stat);

	if (err == 0 && !credentials_owns(proc_credentials(), stat.uid))
		err = -EPERM;
	return err;
}

/* Make a file without a name in the directory `path`, and open it. */
static int64_t
open_unnamed(const struct linux_path *path, uint32_t flags, uint32_t mode)
{
	char *text = heap_alloc(PATH_BYTES);
	struct vnode_stat stat;
	struct vnode *vnode;
	struct file *file;
	int err;

	if (text == NULL)
		return -ENOMEM;
	err = vfs_make_unnamed(&path->path, mode, !(flags & LINUX_O_EXCL),
	    &vnode);
	if (err != 0)
		goto free_text;
	err = vnode_stat(vnode, &stat);
	format_text(text, PATH_BYTES, "%s/#%lu", path->path.text, stat.inode);
	if (err == 0)
		err = file_open(vnode, text, linux_file_flags(flags), &file);
	if (err != 0)
		vnode_put(vnode);
free_text:
	heap_free(text);
	return err != 0 ? err :
	    linux_file_give(file, flags & LINUX_O_CLOEXEC);
}

static int64_t
open_path(const struct linux_path *path, uint32_t flags, uint32_t mode)
{
	struct vfs_open request = { .flags = vfs_flags(flags), .mode = mode };
	struct vnode *vnode;
	struct file *file;
	int err;

	if (is_unnamed(flags))
		return open_unnamed(path, flags, mode);
	err = vfs_open(&path->path, &request, &vnode);
	if (err != 0)
		return err;
	err = flags & LINUX_O_NOATIME ? own_check(vnode) : 0;
	if (err == 0)
		err = file_open(vnode, path->path.text,
		    linux_file_flags(flags), &file);
	if (err != 0) {
		vnode_put(vnode);
		return err;
	}
	return linux_file_give(file, flags & LINUX_O_CLOEXEC);
}

static int64_t
open_common(int32_t fd, vaddr_t from, uint64_t wanted, uint32_t mode)
{
	int64_t flags = flags_check(wanted), result;
	struct linux_path path;

	if (flags < 0)
		return flags;
	result = linux_path_read(&path, fd, from);
	if (result != 0)
		return result;
	result = open_path(&path, (uint32_t)flags, mode);
	linux_path_done(&path);
	return result;
}

int64_t
linux_openat(const struct linux_args *args)
{
	return open_common((int32_t)args->a[0], args->a[1],
	    (uint32_t)args->a[2], (uint32_t)args->a[3] & MODE_PERMISSIONS);
}

int64_t
linux_openat2(const struct linux_args *args)
{
	struct open_how how;
	int err;

	if (args->a[3] < sizeof(how))
		return -EINVAL;
	err = linux_struct_read(&how, sizeof(how), args->a[2], args->a[3]);
	if (err != 0)
		return err;
	if (!FLAGS_KNOWN(how.flags, OPEN_KNOWN) ||
	    !FLAGS_KNOWN(how.mode, MODE_PERMISSIONS) || how.resolve != 0)
		return -EINVAL;
	if (how.mode != 0 && !(how.flags & (LINUX_O_CREAT |
	    LINUX_O_TMPFILE_ONLY)))
		return -EINVAL;
	if (how.flags & LINUX_O_PATH && !FLAGS_KNOWN(how.flags, PATH_KNOWN))
		return -EINVAL;
	return open_common((int32_t)args->a[0], args->a[1], how.flags,
	    (uint32_t)how.mode);
}
