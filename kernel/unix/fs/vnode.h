/*
 * Vnodes and mounts as file systems see them: what a file system fills in,
 * and what it is asked to do.
 *
 * The mount's lock is held around every call of struct vfs_ops where nothing
 * else is said.  Ranks: vnode->lock, then mount->lock (of one mount only), then
 * spinlocks.
 */
#pragma once

#include "core/base/atomic.h"
#include "core/base/list.h"
#include "core/base/params.h"
#include "core/base/types.h"
#include "core/task/mutex.h"
#include "unix/fs/vfs.h"

struct file_ops;
struct frame;
struct object_ops;

/* What a file system may keep in a vnode. */
#define VNODE_PRIVATE_WORDS	12

/* [a] atomic, [c] constant while it has references, [t] the table's lock,
 * [o] the lock of vnodes' objects, [k] the lock of covers; the rest:
 * mount->lock, and may be read without it where a value of before will do */
struct vnode {
	struct mount *mount;		/* [c] */
	uint64_t inode;			/* [c] */
	uint32_t refs;			/* [t] or, above 1, [a] */
	uint32_t write_denials;		/* [a] */
	uint32_t watches;		/* [a] references that do not keep its
					 * mount from being ended: inotify's */
	uint32_t writers;		/* [a] files open to write it */
	enum vnode_type type;		/* [c] */
	uint32_t major, minor;		/* [c] of a device */
	uint32_t nlinks;
	bool linkable;			/* never had a name, but may get one */
	uint64_t found_in;		/* a directory with a name of it; 0: not
					 * known, or a directory itself */
	uint64_t name_at;		/* where in there, or in the directory
					 * above; a guess */
	uint32_t mode;			/* permission bits */
	uint32_t uid, gid;
	uint64_t size;
	uint64_t blocks;		/* 512 bytes each */
	struct timestamp atime, mtime, ctime, btime;
	struct list hash;		/* [t] */
	struct list idle;		/* [t] while it has no references */
	struct object *object;		/* [o] its cached pages, if there are */
	struct mount *covered_by;	/* [k] what is mounted on it */
	struct mutex lock;		/* one change of its bytes at a time */
	uint64_t private[VNODE_PRIVATE_WORDS];
};

/* A mounted file system.  [c] constant, [m] the table of mounts, [k] covers */
struct mount {
	struct mutex lock;
	const struct vfs_ops *ops;	/* NULL: it has ended; lock */
	struct block_device *device;	/* [c] or NULL */
	struct vnode *root;		/* [c] with a reference */
	void *private;			/* [c] the file system's */
	uint32_t flags;			/* [a] MOUNT_* */
	uint32_t id;			/* [c] */
	struct vnode *covers;		/* [k] with a reference; NULL: nothing */
	struct list link;		/* [m] oldest first */
	bool detached;			/* [m] ends when nobody uses it */
	char *source, *path;		/* [c] */
};

/* One component of a path; not NUL-terminated, never "." or "..". */
struct vfs_name {
	const char *text;
	uint32_t len;
};

/* What a new inode is to be. */
struct vnode_spec {
	enum vnode_type type;
	uint32_t mode;			/* permission bits */
	uint32_t uid, gid;
	uint32_t major, minor;
	const char *target;		/* of a VNODE_SYMLINK */
};

/*
 * A file system.  0 or -errno where nothing else is said; what fails changes
 * nothing, except that a read or write reports what it moved before.  What is
 * marked with a star may be NULL.
 */
struct vfs_ops {
	const char *name;
	uint64_t magic;			/* Linux's number for it */
	bool needs_device;
	/* Regular files are read and mapped through cached pages: `read`
	 * fills them, `write` takes bytes before they go there.  Else `read`
	 * and `write` are asked each time. */
	bool has_pages;
	/* What nobody holds is loaded anew each time: it may change by
	 * itself.  `release` is called then, whatever nlinks is. */
	bool forgets;
	/* `create` makes inodes without a name, too. */
	bool makes_unnamed;

	/* Give: mount->private, *root.  A line in the log where it fails;
	 * -ENODEV, without a line, if this is another kind of disk. */
	int (*mount)(struct mount *mount, const struct mount_request *request,
	    uint64_t *root);
	int (*unmount)(struct mount *mount);
	/* * New options; mount->flags change where this gives 0. */
	int (*remount)(struct mount *mount,
	    const struct mount_request *request);
	int (*sync)(struct mount *mount);	/* * */
	/* Fill in magic, blocks, inodes, name_max. */
	int (*statfs)(struct mount *mount, struct vfs_statfs *out);
	/* * Options as mounted, for /proc/mounts. */
	void (*options)(struct mount *mount, char *to, size_t size);

	/* Fill in a vnode of which mount and inode are set. */
	int (*load)(struct vnode *vnode);
	/* Nobody holds it and no name refers to it: free its inode. */
	int (*release)(struct vnode *vnode);
	/* * Mode, owner or times were changed: keep them. */
	int (*store)(struct vnode *vnode);

	/* -ENOENT; finds ".." too */
	int (*lookup)(struct vnode *directory, const struct vfs_name *name,
	    uint64_t *inode);
	/* * needs: `name` is not there.  NULL: without a name, but with a link
	 * counted, which the caller takes away */
	int (*create)(struct vnode *directory, const struct vfs_name *name,
	    const struct vnode_spec *spec, uint64_t *inode);
	int (*link)(struct vnode *directory, const struct vfs_name *name,
	    struct vnode *vnode);	/* * */
	/* * needs: `name` refers to `vnode`.  -ENOTEMPTY */
	int (*unlink)(struct vnode *directory, const struct vfs_name *name,
	    struct vnode *vnode);
	/* * needs: `old` refers to `vnode`, `new` to `target` (NULL: nothing)
	 * of the same kind, which goes; -ENOTEMPTY */
	int (*rename)(struct vnode *vnode, struct vnode *old_directory,
	    const struct vfs_name *old, struct vnode *new_directory,
	    const struct vfs_name *new, struct vnode *target);
	/* * The two names change places. */
	int (*exchange)(struct vnode *one, struct vnode *one_directory,
	    const struct vfs_name *one_name, struct vnode *other,
	    struct vnode *other_directory, const struct vfs_name *other_name);

	/* Where there is `object`: also without the lock. */
	int64_t (*read)(struct vnode *vnode, void *to, uint64_t offset,
	    size_t len);
	int64_t (*write)(struct vnode *vnode, const void *from,
	    uint64_t offset, size_t len);		/* * */
	/* * As `write`, of bytes that stand in a page where they would in the
	 * file's; the others in there are anything.  `*page` may be kept, as
	 * that page of the file: then it is NULL.  NULL: only `write` is */
	int64_t (*write_page)(struct vnode *vnode, struct frame **page,
	    uint64_t offset, size_t len);
	int (*truncate)(struct vnode *vnode, uint64_t size);	/* * */
	/* * mode: ALLOCATE_*, checked.  The size follows by itself.  gives:
	 * *done, how much of it was done: all, what came before an error, or
	 * a part, so that others may use the mount before the next */
	int (*allocate)(struct vnode *vnode, uint32_t mode, uint64_t offset,
	    uint64_t len, uint64_t *done);
	/* * needs: offset < size.  gives: *at, the size if there is none */
	int (*seek_data)(struct vnode *vnode, uint64_t offset, bool hole,
	    uint64_t *at);
	int (*readdir)(struct vnode *vnode, uint64_t cookie,
	    struct vfs_entry *entry);
	/* * A name in a directory that is remembered for an inode.
	 * returns: whether there is one; gives: entry->name */
	bool (*known_name)(const struct vnode *directory, uint64_t inode,
	    struct vfs_entry *entry);
	int64_t (*readlink)(struct vnode *vnode, char *to, size_t size);

	/* * As `readlink`, which is not called then, without any lock held. */
	int64_t (*link_text)(struct vnode *vnode, char *to, size_t size);
	/* * Where a symlink leads, if no text can say so (/proc/self/fd/3).
	 * With a reference, without any lock held; -EINVAL: its text says. */
	int (*follow)(struct vnode *vnode, struct vnode **out);
	/* * The object that holds a file's pages, where it is not a cache of
	 * `read` (tmpfs).  With a reference; no lock held. */
	int (*object)(struct vnode *vnode, struct object **out);
	/* * How an open file of this vnode works, if not as usual; without any
	 * lock held.  NULL: as usual. */
	const struct file_ops *(*file_ops)(struct vnode *vnode);
};

/* Each file system's, for the table in mount.c. */
extern const struct vfs_ops ext2_ops, tmpfs_ops, devtmpfs_ops;

/* Take the mount's lock, unless it has ended (-EIO). */
int mount_enter(struct mount *mount);
/* ... to change something: -EROFS too. */
int mount_enter_writing(struct mount *mount);
void mount_leave(struct mount *mount);

/* What covers `vnode`: the root to go on from, with a reference; NULL. */
struct vnode *mount_root_on(struct vnode *vnode);
/* What the mount covers, with a reference; NULL: nothing, or not any more. */
struct vnode *mount_covers(struct mount *mount);
void mount_init(void);			/* once, at boot */

/* Its mode, less what running it would give to others. */
uint32_t vnode_mode_without_privilege(const struct vnode *vnode);

/* Now, as files' times tell it. */
struct timestamp vfs_now(void);

/* Set times to now: of contents (and so of the inode), or the inode alone. */
void vnode_touch_contents(struct vnode *vnode);
void vnode_touch_inode(struct vnode *vnode);

/* Whose pages these are, of a file of tmpfs; with a reference, or NULL. */
struct vnode *tmpfs_vnode_of_object(struct object *object);

/* A name of `vnode` stands in `directory`, or (NULL) was taken away.
 * needs: the mount's lock.  vnode: or NULL */
static inline void
vnode_found(struct vnode *vnode, const struct vnode *directory)
{
	if (vnode != NULL && vnode->type != VNODE_DIRECTORY)
		vnode->found_in = directory != NULL ? directory->inode : 0;
}

/* References but those of watches. */
static inline uint32_t
vnode_held_refs(const struct vnode *vnode)
{
	return atomic_load(&vnode->refs) - atomic_load(&vnode->watches);
}

/* All below need the mount's lock, and give and take references. */

/* returns: 0, -ENFILE, or what load returned */
int vnode_find(struct mount *mount, uint64_t inode, struct vnode **out);
/* vnode_put for those who hold the lock.  NULL: nothing happens */
void vnode_drop(struct vnode *vnode);
/* Make the table ready, once. */
void vnode_init(void);
/* Whether somebody holds what has no name any more. */
bool vnode_any_unlinked(struct mount *mount);
/* Whether some file of it is open to be written. */
bool vnode_any_written(struct mount *mount);
/* Release on disk what is unlinked but held. */
int vnode_release_all(struct mount *mount);
/* Drop what nobody holds of the mount; *root_refs: how many hold its root.
 * returns: how many of its vnodes somebody holds.  Watches do not count */
uint32_t vnode_purge(struct mount *mount, uint32_t *root_refs);
/* Drop some vnodes that only cached pages hold, when the table runs full.
 * needs: no lock held */
void vnode_make_room(void);

/*
 * The first vnode in use of `mount` behind `after` (NULL: the first of all),
 * with a reference; walks the table with *chain, 0 at first.  `dirty`: only
 * those with pages to be stored.  Their pages hold them, so none is just being
 * released, and what was deleted is not kept by who only came to look.
 * needs: if not `dirty`, mount->lock; else no lock
 */
struct vnode *vnode_next(struct mount *mount, bool dirty, uint32_t *chain,
    struct vnode *after);
