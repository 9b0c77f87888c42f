/*
 * tmpfs: a file system in memory.
 *
 *	tmpfs.c      mounting, options, inodes <-> vnodes
 *	names.c      directories
 *	contents.c   the bytes of files: pages of objects; seals
 *
 * An inode holds what a vnode says, for the time when there is none.  The
 * bytes of a file are the pages of an object, which live as long as the inode
 * or a mapping; so what counts them (struct tmpfs_pages) is not part of the
 * inode, and what it is counted against (struct tmpfs) is itself counted.
 *
 * All of it under the mount's lock, but for what is tagged [a].
 */
#pragma once

#include "unix/fs/memfd.h"
#include "unix/fs/vnode.h"

struct object;

#define TMPFS_CHAINS	256		/* a page of list heads */
#define TMPFS_MAGIC	0x01021994
#define TMPFS_ROOT	1		/* inode number */

struct tmpfs {
	uint32_t refs;			/* [a] the mount, and all pages */
	struct mount *mount;
	uint64_t pages_max, pages_used;	/* [a] used */
	uint64_t inodes_max, inodes_used;
	uint64_t next_inode;
	struct list *inodes;		/* TMPFS_CHAINS, by number */
	struct list *entries;		/* TMPFS_CHAINS, by directory and name */
	uint32_t root_mode, root_uid, root_gid;
};

/* What a file's object is for its fill. */
struct tmpfs_pages {
	struct tmpfs *fs;
	uint64_t inode;
	uint32_t count;			/* [a] pages there are */
};

struct tmpfs_inode {
	uint64_t number;
	struct list link;		/* chain in fs->inodes */
	/* As in the vnode, when there is one. */
	enum vnode_type type;
	uint32_t mode, uid, gid, nlinks, major, minor;
	uint64_t size;
	struct timestamp atime, mtime, ctime, btime;
	/* of a file */
	struct object *object;
	struct tmpfs_pages *pages;
	uint32_t seals;
	/* of a directory */
	struct list children;		/* entries, by cookie */
	struct tmpfs_inode *parent;
	uint64_t next_cookie;
	struct tmpfs_entry *read_last;	/* where reading may go on; NULL */
	uint32_t nentries;
	/* of a symlink */
	char *target;
};

struct tmpfs_entry {
	struct list link;		/* in its directory */
	struct list hash;		/* chain in fs->entries */
	struct tmpfs_inode *directory;
	struct tmpfs_inode *inode;
	uint64_t cookie;
	uint32_t len;
	char name[];
};

static inline struct tmpfs *
tmpfs_of(const struct vnode *vnode)
{
	return vnode->mount->private;
}

/* The inode behind a vnode. */
static inline struct tmpfs_inode *
tmpfs_inode(const struct vnode *vnode)
{
	return (struct tmpfs_inode *)vnode->private[0];
}

/* What its ops have in common with those of devtmpfs: all but name and mount. */
#define TMPFS_OPS \
	.magic = TMPFS_MAGIC, \
	.has_pages = true, \
	.makes_unnamed = true, \
	.unmount = tmpfs_unmount, \
	.remount = tmpfs_remount, \
	.statfs = tmpfs_statfs, \
	.options = tmpfs_options, \
	.load = tmpfs_load, \
	.release = tmpfs_release, \
	.store = tmpfs_store, \
	.lookup = tmpfs_lookup, \
	.create = tmpfs_create, \
	.link = tmpfs_link, \
	.unlink = tmpfs_unlink, \
	.rename = tmpfs_rename, \
	.exchange = tmpfs_exchange, \
	.read = tmpfs_read, \
	.write = tmpfs_write, \
	.write_page = tmpfs_write_page, \
	.truncate = tmpfs_truncate, \
	.allocate = tmpfs_allocate, \
	.seek_data = tmpfs_seek_data, \
	.readdir = tmpfs_readdir, \
	.readlink = tmpfs_readlink, \
	.object = tmpfs_object

int tmpfs_mount(struct mount *mount, const struct mount_request *request,
    uint64_t *root);
int tmpfs_unmount(struct mount *mount);
int tmpfs_remount(struct mount *mount, const struct mount_request *request);
int tmpfs_statfs(struct mount *mount, struct vfs_statfs *out);
void tmpfs_options(struct mount *mount, char *to, size_t size);
int tmpfs_load(struct vnode *vnode);
int tmpfs_release(struct vnode *vnode);
int64_t tmpfs_readlink(struct vnode *vnode, char *to, size_t size);
/* Keep what the vnode says. */
int tmpfs_store(struct vnode *vnode);
/* returns: NULL if there is no memory, or no room (*err) */
struct tmpfs_inode *tmpfs_inode_new(struct tmpfs *fs,
    const struct vnode_spec *spec, int *err);
void tmpfs_inode_free(struct tmpfs *fs, struct tmpfs_inode *inode);
struct tmpfs_inode *tmpfs_inode_find(const struct tmpfs *fs,
    uint64_t number);
void tmpfs_put(struct tmpfs *fs);

/* names.c */
int tmpfs_lookup(struct vnode *directory, const struct vfs_name *name,
    uint64_t *inode);
int tmpfs_create(struct vnode *directory, const struct vfs_name *name,
    const struct vnode_spec *spec, uint64_t *inode);
int tmpfs_link(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode);
int tmpfs_unlink(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode);
int tmpfs_rename(struct vnode *vnode, struct vnode *old_directory,
    const struct vfs_name *old, struct vnode *new_directory,
    const struct vfs_name *new, struct vnode *target);
int tmpfs_exchange(struct vnode *one, struct vnode *one_directory,
    const struct vfs_name *one_name, struct vnode *other,
    struct vnode *other_directory, const struct vfs_name *other_name);
int tmpfs_readdir(struct vnode *directory, uint64_t cookie,
    struct vfs_entry *entry);

/* contents.c */
/* Give a new file its object.  returns: 0, -ENOMEM, -ENFILE */
int tmpfs_open_contents(struct tmpfs *fs, struct tmpfs_inode *inode);
void tmpfs_close_contents(struct tmpfs_inode *inode);
uint64_t tmpfs_blocks(const struct tmpfs_inode *inode);
int64_t tmpfs_read(struct vnode *vnode, void *to, uint64_t offset,
    size_t len);
int64_t tmpfs_write(struct vnode *vnode, const void *from, uint64_t offset,
    size_t len);
int64_t tmpfs_write_page(struct vnode *vnode, struct frame **page,
    uint64_t offset, size_t len);
int tmpfs_truncate(struct vnode *vnode, uint64_t size);
int tmpfs_allocate(struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len, uint64_t *done);
int tmpfs_seek_data(struct vnode *vnode, uint64_t offset, bool hole,
    uint64_t *at);
int tmpfs_object(struct vnode *vnode, struct object **out);
