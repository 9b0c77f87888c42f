/*
 * Mounts: which file systems stand where in the tree.
 *
 *	mount_root ("/" of the disk)
 *	  |- vnode /proc   covered by a mount of "proc"
 *	  '- vnode /tmp    covered by a mount of "tmpfs"
 *
 * A walk that reaches a covered vnode goes on at the root of what covers it,
 * and ".." of such a root at the covered vnode's.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"

struct block_device;
struct vfs_path;
struct vnode;

/* Flags of a mount, with the values of Linux's mount(2). */
#define MOUNT_READ_ONLY		0x1u
#define MOUNT_NO_SUID		0x2u	/* set-uid and set-gid mean nothing */
#define MOUNT_NO_DEVICES	0x4u	/* devices cannot be opened */
#define MOUNT_NO_EXEC		0x8u
#define MOUNT_NO_ATIME		0x400u
#define MOUNT_NO_DIRECTORY_ATIME 0x800u
#define MOUNT_RELATIVE_ATIME	0x200000u	/* what is done anyway */
#define MOUNT_STRICT_ATIME	0x1000000u
#define MOUNT_FLAGS \
	(MOUNT_READ_ONLY | MOUNT_NO_SUID | MOUNT_NO_DEVICES | MOUNT_NO_EXEC | \
	MOUNT_NO_ATIME | MOUNT_NO_DIRECTORY_ATIME | MOUNT_RELATIVE_ATIME | \
	MOUNT_STRICT_ATIME)

struct mount_request {
	const char *type;		/* "ext2", "tmpfs", "proc", ... */
	const char *source;		/* as /proc/mounts shows it */
	const char *options;		/* "size=1m,mode=755", or "" */
	uint32_t flags;			/* of MOUNT_FLAGS */
};

/*
 * Mount the root file system.
 * returns: 0, or -EIO, -EINVAL with a line in the log saying what is wrong
 */
int vfs_mount_root(struct block_device *device);
/*
 * Cover the directory `where`.  Only root may.
 * returns: 0, -EPERM, -ENODEV (no such type), -EBUSY (the disk is mounted, or
 *          this type has no room), -EINVAL (options), -ENOTDIR, -ENOMEM, ...
 */
int vfs_mount(const struct vfs_path *where, const struct mount_request *request);
/* Change the flags of the mount whose root `where` is.  -EBUSY: files are open
 * for writing and it shall be read-only */
int vfs_remount(const struct vfs_path *where, const struct mount_request *request);
/*
 * Uncover what the mount at `where` covers, and end it: at once, or with
 * `detach` when nobody uses it any more.
 * returns: 0, -EPERM, -EINVAL (not a mount's root), -EBUSY, -EIO
 */
int vfs_unmount(const struct vfs_path *where, bool detach);
/* End mounts that were detached and are not used any more. */
int vfs_tidy(void);
/* Release what is unlinked but open, write all back, end all mounts. */
int vfs_unmount_all(void);
/* Write all back. */
int vfs_sync(void);
/* ... of the file system that `vnode` is on. */
int vfs_sync_mount(struct vnode *vnode);

/* A mount, as /proc/mounts and mountinfo tell of it. */
struct mount_info {
	uint32_t id, parent_id;
	uint32_t device;		/* st_dev of its files */
	uint32_t flags;
	char type[16];
	char source[64];
	char options[128];		/* of the type's own, or "" */
	char path[2048];		/* as its mounter saw it; cut to fit */
};

/*
 * The first mount whose id is `id` or above, oldest first.
 * returns: whether there is one; ask again with info->id + 1
 */
bool vfs_mount_info(uint32_t id, struct mount_info *info);
/* ... and the name of file-system type number `index`; *has_device: it is
 * mounted from a disk.  returns: NULL behind the last */
const char *vfs_type_name(uint32_t index, bool *has_device);
