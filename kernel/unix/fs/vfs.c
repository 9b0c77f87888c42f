/*
 * What is done by name and does not change names: looking up, opening,
 * asking, and the way back from a directory to its path.
 *
 *	vfs.c         open, access, readlink, paths of directories
 *	names.c       create, link, unlink; rename.c
 *	path.c        from a path to vnodes
 *	mount.c       the table of mounts; unmount.c: ending and writing back
 *	vnode.c       the table of vnodes
 *	attributes.c  mode, owner, times
 *	data.c        bytes; page_cache.c: the pages that hold them
 *	ext2/, tmpfs  struct vfs_ops; the table is in mount.c
 *
 * One sleeping lock for each mount is held over each of its operations, disk
 * waits included; cached pages are read without it.  A name that was walked
 * to may be gone a moment later: what makes one looks again under the lock,
 * and the walk starts over if it was not the first.
 */
#include "unix/fs/vfs.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/vm/reclaim.h"
#include "unix/fs/buffer.h"
#include "unix/fs/names.h"
#include "unix/fs/path.h"
#include "unix/fs/vnode.h"

void
vfs_init(void)
{
	vnode_init();
	mount_init();
	if (buffer_init() != 0)
		print("vfs: there is no memory for the block cache\n");
}

int
vfs_lookup(const struct vfs_path *path, bool follow, struct vnode **out)
{
	struct path_end end;
	int err;

	vnode_make_room();
	err = path_walk(path, follow, &end);
	if (err == 0 && end.child == NULL)
		err = -ENOENT;
	if (err == 0) {
		*out = end.child;
		end.child = NULL;
	}
	path_end_put(&end);
	return err;
}

/* ---- Opening ------------------------------------------------------------- */

/* What a type can be opened for. */
static int
check_type(const struct vnode *vnode, uint32_t flags)
{
	switch (vnode->type) {
	case VNODE_DIRECTORY:
		if (flags & (VFS_WRITE | VFS_TRUNCATE | VFS_CREATE))
			return -EISDIR;
		return flags & VFS_EXECUTE ? -EACCES : 0;
	case VNODE_SYMLINK:
		return flags & VFS_DIRECTORY ? -ENOTDIR : -ELOOP;
	case VNODE_SOCKET:
		return -ENXIO;
	case VNODE_DEVICE:
	case VNODE_BLOCK_DEVICE:
		if (vnode_mount_flags(vnode) & MOUNT_NO_DEVICES)
			return -EACCES;
		break;
	case VNODE_FILE:
	case VNODE_FIFO:
		break;
	}
	if (flags & VFS_DIRECTORY)
		return -ENOTDIR;
	return (flags & VFS_EXECUTE) && vnode->type != VNODE_FILE ?
	    -EACCES : 0;
}

int
vnode_open(struct vnode *vnode, const struct credentials *who, uint32_t flags)
{
	uint32_t want = 0;
	int err;

	if (flags & VFS_PATH_ONLY)
		return (flags & VFS_DIRECTORY) &&
		    vnode->type != VNODE_DIRECTORY ? -ENOTDIR : 0;
	err = check_type(vnode, flags);
	if (err != 0)
		return err;
	want |= flags & VFS_READ ? MAY_READ : 0;
	want |= flags & (VFS_WRITE | VFS_TRUNCATE) ? MAY_WRITE : 0;
	want |= flags & VFS_EXECUTE ? MAY_EXECUTE : 0;
	err = vnode_may(vnode, who, want);
	if (err == 0 && (want & MAY_WRITE) && vnode->type == VNODE_FILE &&
	    atomic_load(&vnode->write_denials) > 0)
		err = -ETXTBSY;
	if (err == 0 && (flags & VFS_TRUNCATE) && vnode->type == VNODE_FILE)
		err = vnode_truncate(vnode, 0);
	return err;
}

/* One try.  returns: 0, -errno, or 1: to be tried again, for the name came to
 * be meanwhile */
static int
open_once(const struct vfs_path *path, struct vfs_open *request,
    struct path_end *end)
{
	uint32_t flags = request->flags;
	bool exclusive = (flags & VFS_CREATE) && (flags & VFS_EXCLUSIVE);
	int err;

	err = path_walk(path, !exclusive && !(flags & VFS_NO_FOLLOW), end);
	if (err != 0)
		return err;
	if (end->child != NULL)
		return exclusive ? -EEXIST :
		    vnode_open(end->child, path_who(path), flags);
	if (!(flags & VFS_CREATE))
		return -ENOENT;
	if (end->slash)
		return -EISDIR;
	err = name_create_file(path, end, request->mode);
	/* As in make_new (names.c). */
	if (err == -ENOSPC) {
		reclaim_dropped();
		err = name_create_file(path, end, request->mode);
	}
	request->created = err == 0;
	return err;
}

int
vfs_open(const struct vfs_path *path, struct vfs_open *request,
    struct vnode **out)
{
	struct path_end end;
	int err;

	vnode_make_room();
	request->created = false;
	do {
		err = open_once(path, request, &end);
		if (err == 0) {
			*out = end.child;
			end.child = NULL;
		}
		path_end_put(&end);
	} while (err > 0);
	return err;
}

int
vfs_create(const struct vfs_path *path, uint32_t mode, bool exclusive,
    struct vnode **out)
{
	struct vfs_open request = {
		.flags = VFS_CREATE | (exclusive ? VFS_EXCLUSIVE : 0),
		.mode = mode,
	};

	return vfs_open(path, &request, out);
}

/* ---- Asking -------------------------------------------------------------- */

int64_t
vfs_readlink(const struct vfs_path *path, char *to, size_t size)
{
	struct vnode *vnode;
	int64_t len;
	int err;

	err = vfs_lookup(path, false, &vnode);
	if (err != 0)
		return err;
	len = vnode_readlink(vnode, to, size);
	vnode_put(vnode);
	return len;
}

int
vfs_access(const struct vfs_path *path, bool follow, uint32_t want)
{
	struct vnode *vnode;
	int err;

	err = vfs_lookup(path, follow, &vnode);
	if (err != 0)
		return err;
	err = vnode_may(vnode, path_who(path), want);
	vnode_put(vnode);
	return err;
}

int
vfs_truncate(const struct vfs_path *path, uint64_t size)
{
	struct vnode *vnode;
	int err;

	err = vfs_lookup(path, true, &vnode);
	if (err != 0)
		return err;
	if (vnode->type == VNODE_DIRECTORY)
		err = -EISDIR;
	else if (vnode->type != VNODE_FILE)
		err = -EINVAL;
	if (err == 0)
		err = vnode_may(vnode, path_who(path), MAY_WRITE);
	if (err == 0)
		err = vnode_truncate(vnode, size);
	vnode_put(vnode);
	return err;
}

int64_t
vnode_readlink(struct vnode *vnode, char *to, size_t size)
{
	const struct vfs_ops *ops = vnode->mount->ops;
	int64_t result;

	if (vnode->type == VNODE_SYMLINK && ops != NULL &&
	    ops->link_text != NULL)
		return ops->link_text(vnode, to, size);
	result = mount_enter(vnode->mount);
	if (result != 0)
		return result;
	if (vnode->type == VNODE_SYMLINK)
		result = vnode->mount->ops->readlink(vnode, to, size);
	else
		result = -EINVAL;
	mount_leave(vnode->mount);
	return result;
}

int
vnode_readdir(struct vnode *vnode, uint64_t cookie, struct vfs_entry *entry)
{
	int err = mount_enter(vnode->mount);

	if (err != 0)
		return err;
	entry->type = 0;
	if (vnode->type != VNODE_DIRECTORY)
		err = -ENOTDIR;
	else if (vnode->nlinks > 0)
		err = vnode->mount->ops->readdir(vnode, cookie, entry);
	mount_leave(vnode->mount);
	return err;
}

const struct file_ops *
vnode_file_ops(struct vnode *vnode)
{
	const struct vfs_ops *ops = vnode->mount->ops;

	return ops != NULL && ops->file_ops != NULL ? ops->file_ops(vnode) :
	    NULL;
}

/* ---- From a directory to its path ----------------------------------------- */

static bool
is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' ||
	    (name[1] == '.' && name[2] == '\0'));
}

/* Whether a name of `vnode` is the next one.
 * returns: 1; 0; -ENOENT: there is none; -EIO */
static int
try_name(struct vnode *vnode, struct vnode *parent, uint64_t cookie,
    struct vfs_entry *entry)
{
	int result = parent->mount->ops->readdir(parent, cookie, entry);

	if (result <= 0)
		return result < 0 ? result : -ENOENT;
	return entry->inode == vnode->inode && !is_dots(entry->name);
}

/* The name of `vnode` in `parent`: the one that is remembered, where it was the
 * last time, or else the first one.  needs: the mount's lock */
static int
find_name(struct vnode *vnode, struct vnode *parent, struct vfs_entry *entry)
{
	const struct vfs_ops *ops = parent->mount->ops;
	int result;

	if (ops->known_name != NULL &&
	    ops->known_name(parent, vnode->inode, entry))
		return 0;
	result = try_name(vnode, parent, vnode->name_at, entry);
	if (result > 0)
		return 0;
	entry->next = 0;
	do {
		vnode->name_at = entry->next;
		result = try_name(vnode, parent, vnode->name_at, entry);
	} while (result == 0);
	return MIN(result, 0);
}

/* The directory that `vnode` has a name in.  needs: the mount's lock */
static int
find_above(struct vnode *vnode, uint64_t *inode)
{
	const struct vfs_name dotdot = { "..", 2 };

	if (vnode->nlinks == 0)
		return -ENOENT;
	if (vnode->type == VNODE_DIRECTORY)
		return vnode->mount->ops->lookup(vnode, &dotdot, inode);
	*inode = vnode->found_in;
	return *inode != 0 ? 0 : -ENOENT;
}

/* From a vnode that is no mount's root to the directory above.
 * gives: *parent with a reference; entry->name, what it is called there */
static int
step_up(struct vnode *vnode, struct vnode **parent, struct vfs_entry *entry)
{
	struct mount *mount = vnode->mount;
	uint64_t inode;
	int err = mount_enter(mount);

	if (err != 0)
		return err;
	err = find_above(vnode, &inode);
	if (err == 0)
		err = vnode_find(mount, inode, parent);
	if (err == 0) {
		err = find_name(vnode, *parent, entry);
		if (err != 0)
			vnode_drop(*parent);
	}
	mount_leave(mount);
	return err;
}

/*
 * Put names in front of to[*start], from `at` up to `root`.
 * Takes over the reference to `at`.
 */
static int
climb(struct vnode *at, const struct vnode *root, char *to, size_t *start)
{
	struct vfs_entry entry;
	struct vnode *above;
	size_t len;
	int err = 0;

	while (err == 0 && at != root) {
		if (at == at->mount->root) {
			above = mount_covers(at->mount);
			err = above == NULL ? -ENOENT : 0;
		} else {
			err = step_up(at, &above, &entry);
			len = err == 0 ? strlen(entry.name) : 0;
			if (err == 0 && *start < len + 1) {
				vnode_put(above);
				err = -ERANGE;
			}
			if (err == 0) {
				*start -= len;
				memcpy(to + *start, entry.name, len);
				to[--*start] = '/';
			}
		}
		if (err == 0) {
			vnode_put(at);
			at = above;
		}
	}
	vnode_put(at);
	return err;
}

int64_t
vnode_path(struct vnode *vnode, struct place *place, char *to, size_t size)
{
	struct vnode *root;
	size_t start = size;
	int err;

	if (size < 2)
		return -ERANGE;
	if (vnode->nlinks == 0)
		return -ENOENT;
	root = place != NULL ? place_root(place) : vfs_root();
	to[--start] = '\0';
	vnode_get(vnode);
	err = climb(vnode, root, to, &start);
	vnode_put(root);
	if (err != 0)
		return err;
	if (start == size - 1)
		to[--start] = '/';
	memmove(to, to + start, size - start);
	return (int64_t)(size - start - 1);
}
