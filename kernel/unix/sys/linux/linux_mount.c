/* Mounting and unmounting. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/mount.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

#define MS_REMOUNT	0x20u
#define MS_SILENT	0x8000u		/* fewer messages: there are none */
#define MS_MAGIC	0xc0ed0000u	/* in the high half, of old programs */
#define MS_MAGIC_MASK	0xffff0000u

#define MNT_FORCE	1u
#define MNT_DETACH	2u
#define UMOUNT_NOFOLLOW	8u

/* The strings of one mount. */
struct mount_texts {
	char source[64], type[16];
	char options[512];
};

/* A string that may be missing.  returns: 0, -EFAULT, -EINVAL (too long) */
static int
text_read(char *to, vaddr_t from, size_t size)
{
	int64_t len;

	to[0] = '\0';
	if (from == 0)
		return 0;
	len = user_read_string(to, from, size);
	if (len == -ENAMETOOLONG)
		return -EINVAL;
	return len < 0 ? (int)len : 0;
}

static int
mount_run(const struct linux_path *path, const struct linux_args *args,
    struct mount_texts *texts, uint32_t flags)
{
	const struct mount_request request = {
		.type = texts->type,
		.source = texts->source,
		.options = texts->options,
		.flags = flags & MOUNT_FLAGS,
	};
	int err;

	err = text_read(texts->source, args->a[0], sizeof(texts->source));
	if (err == 0)
		err = text_read(texts->type, args->a[2], sizeof(texts->type));
	if (err == 0)
		err = text_read(texts->options, args->a[4],
		    sizeof(texts->options));
	if (err != 0)
		return err;
	if (!(flags & MS_REMOUNT) && args->a[2] == 0)
		err = -EINVAL;
	if (err != 0)
		return err;
	if (flags & MS_REMOUNT)
		return vfs_remount(&path->path, &request);
	return vfs_mount(&path->path, &request);
}

int64_t
linux_mount(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[3];
	struct mount_texts *texts;
	struct linux_path path;
	int err;

	if (!credentials_privileged(proc_credentials()))
		return -EPERM;
	if ((flags & MS_MAGIC_MASK) == MS_MAGIC)
		flags &= ~MS_MAGIC_MASK;
	if (!FLAGS_KNOWN(flags, MOUNT_FLAGS | MS_REMOUNT | MS_SILENT))
		return -EINVAL;
	err = linux_path_read(&path, LINUX_AT_FDCWD, args->a[1]);
	if (err != 0)
		return err;
	texts = heap_alloc(sizeof(*texts));
	err = texts == NULL ? -ENOMEM : mount_run(&path, args, texts, flags);
	heap_free(texts);
	linux_path_done(&path);
	return err;
}

/* returns: 0; -EINVAL where the path ends in a symlink */
static int
symlink_refuse(const struct linux_path *path)
{
	struct vnode *vnode;
	int err = vfs_lookup(&path->path, false, &vnode);

	if (err != 0)
		return err;
	if (vnode_type_of(vnode) == VNODE_SYMLINK)
		err = -EINVAL;
	vnode_put(vnode);
	return err;
}

int64_t
linux_umount2(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[1];
	struct linux_path path;
	int err;

	if (!FLAGS_KNOWN(flags, MNT_FORCE | MNT_DETACH | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!credentials_privileged(proc_credentials()))
		return -EPERM;
	err = linux_path_read(&path, LINUX_AT_FDCWD, args->a[0]);
	if (err != 0)
		return err;
	if (flags & UMOUNT_NOFOLLOW)
		err = symlink_refuse(&path);
	if (err == 0)
		err = vfs_unmount(&path.path, flags & MNT_DETACH);
	linux_path_done(&path);
	return err;
}
