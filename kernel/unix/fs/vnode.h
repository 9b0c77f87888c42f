/*
 * Vnodes and mounts as file systems see them: what a file system fills in,
 * and what it is asked to do.
 *
 * The mount's lock is held around every call of struct vfs_ops; it protects
 * all fields below that are not said to be atomic.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/params.h"
#include "core/base/types.h"
#include "core/task/mutex.h"
#include "unix/fs/vfs.h"

/* What a file system may keep in a vnode. */
#define VNODE_PRIVATE_WORDS	14

/* [a] atomic, [c] constant while it has references, the rest: mount->lock */
struct vnode {
	struct mount *mount;		/* [c] */
	uint64_t inode;			/* [c] */
	uint32_t refs;			/* [a] the last one goes under the lock */
	uint32_t write_denials;		/* [a] */
	enum vnode_type type;		/* [c] */
	uint16_t major, minor;		/* [c] of a VNODE_DEVICE */
	uint32_t nlinks;
	uint32_t mode;			/* permission bits */
	uint64_t size;
	struct list hash;
	uint64_t private[VNODE_PRIVATE_WORDS];
};

/* A mounted file system. */
struct mount {
	struct mutex lock;
	const struct vfs_ops *ops;	/* NULL: nothing is mounted */
	struct block_device *device;
	struct vnode *root;
	void *private;
	/* Symlinks being followed: where they lead and what comes after. */
	char link_text[2][PATH_BYTES];
};

/* One component of a path; not NUL-terminated, never "." or "..". */
struct vfs_name {
	const char *text;
	uint32_t len;
};

/* What a new inode is to be. */
struct vnode_spec {
	enum vnode_type type;
	uint32_t mode;
	uint16_t major, minor;
	const char *target;		/* of a VNODE_SYMLINK */
};

/*
 * A file system.  0 or -errno where nothing else is said; what fails changes
 * nothing, except that a read or write reports what it moved before.
 */
struct vfs_ops {
	const char *name;
	/* Give: mount->private, *root.  A line in the log where it fails;
	 * -ENODEV, without a line, if this is another kind of disk. */
	int (*mount)(struct mount *mount, uint64_t *root);
	int (*unmount)(struct mount *mount);
	int (*sync)(struct mount *mount);

	/* Fill in a vnode of which mount and inode are set. */
	int (*load)(struct vnode *vnode);
	/* Nobody holds it and no name refers to it: free its inode. */
	int (*release)(struct vnode *vnode);

	/* -ENOENT; finds ".." too */
	int (*lookup)(struct vnode *directory, const struct vfs_name *name,
	    uint64_t *inode);
	/* needs: `name` is not there */
	int (*create)(struct vnode *directory, const struct vfs_name *name,
	    const struct vnode_spec *spec, uint64_t *inode);
	int (*link)(struct vnode *directory, const struct vfs_name *name,
	    struct vnode *vnode);
	/* needs: `name` refers to `vnode`.  -ENOTEMPTY */
	int (*unlink)(struct vnode *directory, const struct vfs_name *name,
	    struct vnode *vnode);
	/* needs: `old` refers to `vnode`, `new` to `target` (NULL: nothing)
	 * of the same kind, which goes; -ENOTEMPTY */
	int (*rename)(struct vnode *vnode, struct vnode *old_directory,
	    const struct vfs_name *old, struct vnode *new_directory,
	    const struct vfs_name *new, struct vnode *target);

	int64_t (*read)(struct vnode *vnode, void *to, uint64_t offset,
	    size_t len);
	int64_t (*write)(struct vnode *vnode, const void *from,
	    uint64_t offset, size_t len);
	int (*truncate)(struct vnode *vnode, uint64_t size);
	int (*readdir)(struct vnode *vnode, uint64_t cookie,
	    struct vfs_entry *entry);
	int64_t (*readlink)(struct vnode *vnode, char *to, size_t size);
};

/* All below need the mount's lock, and give and take references. */

/* returns: 0, -ENFILE, or what load returned */
int vnode_find(struct mount *mount, uint64_t inode, struct vnode **out);
/* vnode_put for those who hold the lock.  NULL: nothing happens */
void vnode_drop(struct vnode *vnode);
/* Make the table ready, once. */
void vnode_init(void);
/* Release on disk what is unlinked but held. */
int vnode_release_all(struct mount *mount);
