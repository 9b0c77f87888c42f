/*
 * The virtual file system: names and in-memory inodes (vnodes), over file
 * systems that fill in struct vfs_ops.  ext2 is the first.
 *
 * A vnode is counted: look-ups return one with a reference for the caller.
 * Buffers here are the kernel's own: nothing in fs touches user memory while
 * it holds a lock.  All functions may sleep.
 */
#pragma once

#include "core/base/types.h"

struct vnode;
struct block_device;

enum vnode_type {
	VNODE_FILE = 1,
	VNODE_DIRECTORY,
	VNODE_DEVICE,
	VNODE_SYMLINK,
};

struct vnode_stat {
	enum vnode_type type;
	uint32_t device;		/* number of the mount */
	uint64_t inode;
	uint32_t nlinks;
	uint64_t size;			/* bytes */
	uint32_t mode;			/* permission bits, as on Linux */
	uint16_t major, minor;		/* of a VNODE_DEVICE */
};

struct vfs_entry {			/* one name in a directory */
	uint64_t inode;
	uint64_t next;			/* cookie of the entry after it */
	char name[256];
};

/* Take the memory of vnodes and the block cache: once, at boot, while runs of
 * frames can be had.  file_init calls it. */
void vfs_init(void);

/*
 * Mount the root file system.
 * returns: 0, or -EIO, -EINVAL with a line in the log saying what is wrong
 */
int vfs_mount_root(struct block_device *device);
/* Release what is unlinked but open, write all back, mark the disk clean. */
int vfs_unmount_all(void);
/* Write all back. */
int vfs_sync(void);

struct vnode *vfs_root(void);			/* with a reference */
void vnode_get(struct vnode *vnode);
void vnode_put(struct vnode *vnode);

/*
 * Paths start at `base`, or at the root if they begin with '/'.  `name_max`
 * is the door's: components longer than it are cut (xv6) when it is < 255.
 */
struct vfs_path {
	struct vnode *base;		/* the process's working directory */
	const char *text;
	uint32_t name_max;
};

/* follow: whether a symlink as last component is followed. */
int vfs_lookup(const struct vfs_path *path, bool follow, struct vnode **out);
/* Open `path` as a file, made if it is not there (exclusive: only then);
 * mode: permission bits. -EISDIR if it is a directory. */
int vfs_create(const struct vfs_path *path, uint32_t mode, bool exclusive,
    struct vnode **out);
int vfs_mkdir(const struct vfs_path *path, uint32_t mode);
int vfs_mknod(const struct vfs_path *path, uint32_t mode, uint16_t major,
    uint16_t minor);
int vfs_link(const struct vfs_path *old, const struct vfs_path *new);
/* Files and empty directories. */
int vfs_unlink(const struct vfs_path *path);
int vfs_rename(const struct vfs_path *old, const struct vfs_path *new);
int vfs_symlink(const char *target, const struct vfs_path *path);

/* returns: bytes moved, less than `len` at the end of the file or of the
 * disk (-ENOSPC if none was written), or -errno.  -ETXTBSY: see
 * vnode_deny_writes. */
int64_t vnode_read(struct vnode *vnode, void *to, uint64_t offset, size_t len);
int64_t vnode_write(struct vnode *vnode, const void *from, uint64_t offset,
    size_t len);
/* `*offset` is where the text went: the end of the file at that moment. */
int64_t vnode_append(struct vnode *vnode, const void *from, size_t len,
    uint64_t *offset);
int vnode_truncate(struct vnode *vnode, uint64_t size);
int vnode_stat(struct vnode *vnode, struct vnode_stat *stat);
/* Give: *entry, the first at or after `cookie` (0: the first of all).
 * returns: 1, 0 at the end, -ENOTDIR */
int vnode_readdir(struct vnode *vnode, uint64_t cookie,
    struct vfs_entry *entry);
/* returns: length; not NUL-terminated */
int64_t vnode_readlink(struct vnode *vnode, char *to, size_t size);

/* A file that is being run must not change under its programs: while the
 * count of denials is not 0, writing and truncating fail with -ETXTBSY. */
void vnode_deny_writes(struct vnode *vnode);
void vnode_allow_writes(struct vnode *vnode);
