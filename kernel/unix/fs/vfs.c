/*
 * The virtual file system: names, over whichever file system is mounted.
 *
 *	vfs.c    what is done with names: create, link, rename ...
 *	path.c   from a path to vnodes
 *	vnode.c  the table of vnodes, and what is done with one
 *	ext2/    struct vfs_ops for ext2; others go into file_systems[]
 *
 * One sleeping lock for each mount is held over each operation, disk waits
 * included: simple, and enough while there is one disk.  Nothing here touches
 * user memory.
 *
 * Lock order: mount->lock, then the disk's.  One mount, the root.
 */
#include "unix/fs/vfs.h"

#include "core/base/errno.h"
#include "core/base/print.h"
#include "unix/dev/block.h"
#include "unix/fs/buffer.h"
#include "unix/fs/ext2/super.h"
#include "unix/fs/path.h"
#include "unix/fs/vnode.h"

static const struct vfs_ops *const file_systems[] = {
	&ext2_ops,
};

static struct mount root_mount;

void
vfs_init(void)
{
	vnode_init();
	if (buffer_init() != 0)
		print("vfs: there is no memory for the block cache\n");
	mutex_init(&root_mount.lock, "mount", RANK_MOUNT);
}

int
vfs_mount_root(struct block_device *device)
{
	struct mount *mount = &root_mount;
	uint64_t root;
	int err = -ENODEV;

	mutex_lock(&mount->lock);
	mount->device = device;
	for (uint32_t i = 0; err == -ENODEV && i < ARRAY_LEN(file_systems); i++) {
		mount->ops = file_systems[i];
		err = mount->ops->mount(mount, &root);
	}
	if (err == -ENODEV) {
		print("vfs: %s holds no file system known here\n",
		    device->name);
		err = -EINVAL;
	} else if (err == 0) {
		err = vnode_find(mount, root, &mount->root);
		if (err == 0 && mount->root->type != VNODE_DIRECTORY) {
			print("vfs: the root of %s is not a directory\n",
			    device->name);
			vnode_drop(mount->root);
			err = -EIO;
		}
	}
	if (err != 0)
		mount->ops = NULL;
	mutex_unlock(&mount->lock);
	return err;
}

int
vfs_unmount_all(void)
{
	struct mount *mount = &root_mount;
	int err, result = 0;

	if (mount->ops == NULL)
		return 0;
	mutex_lock(&mount->lock);
	result = vnode_release_all(mount);
	err = mount->ops->unmount(mount);
	if (err != 0)
		result = err;
	mount->ops = NULL;
	vnode_drop(mount->root);
	mount->root = NULL;
	mutex_unlock(&mount->lock);
	return result;
}

/* Take the mount's lock, if something is mounted. */
static int
enter(void)
{
	if (root_mount.ops == NULL)
		return -EIO;
	mutex_lock(&root_mount.lock);
	if (root_mount.ops != NULL)
		return 0;
	mutex_unlock(&root_mount.lock);
	return -EIO;
}

static void
leave(void)
{
	mutex_unlock(&root_mount.lock);
}

int
vfs_sync(void)
{
	int err = enter();

	if (err != 0)
		return err;
	err = root_mount.ops->sync(&root_mount);
	leave();
	return err;
}

struct vnode *
vfs_root(void)
{
	vnode_get(root_mount.root);
	return root_mount.root;
}

int
vfs_lookup(const struct vfs_path *path, bool follow, struct vnode **out)
{
	struct path_end end;
	int err = enter();

	if (err != 0)
		return err;
	err = path_walk(&root_mount, path, follow, &end);
	if (err == 0 && end.child == NULL)
		err = -ENOENT;
	if (err == 0) {
		*out = end.child;
		end.child = NULL;
	}
	path_end_put(&end);
	leave();
	return err;
}

/* Make what `end` names; gives the new inode's number. */
static int
make(const struct path_end *end, const struct vnode_spec *spec,
    uint64_t *inode)
{
	/* A directory that was removed takes no new names. */
	if (end->parent->nlinks == 0)
		return -ENOENT;
	return root_mount.ops->create(end->parent, &end->name, spec, inode);
}

int
vfs_create(const struct vfs_path *path, uint32_t mode, bool exclusive,
    struct vnode **out)
{
	const struct vnode_spec spec = { .type = VNODE_FILE, .mode = mode };
	struct path_end end;
	uint64_t inode;
	int err = enter();

	if (err != 0)
		return err;
	err = path_walk(&root_mount, path, !exclusive, &end);
	if (err != 0)
		goto leave;
	if (end.child != NULL && exclusive) {
		err = -EEXIST;
	} else if (end.child != NULL && end.child->type == VNODE_DIRECTORY) {
		err = -EISDIR;
	} else if (end.child != NULL) {
		*out = end.child;
		end.child = NULL;
	} else {
		err = make(&end, &spec, &inode);
		if (err == 0)
			err = vnode_find(&root_mount, inode, out);
	}
leave:
	path_end_put(&end);
	leave();
	return err;
}

static int
make_new(const struct vfs_path *path, const struct vnode_spec *spec)
{
	struct path_end end;
	uint64_t inode;
	int err = enter();

	if (err != 0)
		return err;
	err = path_walk(&root_mount, path, false, &end);
	if (err == 0 && end.child != NULL)
		err = -EEXIST;
	if (err == 0)
		err = make(&end, spec, &inode);
	path_end_put(&end);
	leave();
	return err;
}

int
vfs_mkdir(const struct vfs_path *path, uint32_t mode)
{
	const struct vnode_spec spec = { .type = VNODE_DIRECTORY, .mode = mode };

	return make_new(path, &spec);
}

int
vfs_mknod(const struct vfs_path *path, uint32_t mode, uint16_t major,
    uint16_t minor)
{
	const struct vnode_spec spec = {
		.type = VNODE_DEVICE,
		.mode = mode,
		.major = major,
		.minor = minor,
	};

	return make_new(path, &spec);
}

int
vfs_symlink(const char *target, const struct vfs_path *path)
{
	const struct vnode_spec spec = {
		.type = VNODE_SYMLINK,
		.mode = 0777,
		.target = target,
	};

	if (target[0] == '\0')
		return -ENOENT;
	return make_new(path, &spec);
}

int
vfs_link(const struct vfs_path *old, const struct vfs_path *new)
{
	struct path_end from, to;
	int err = enter();

	if (err != 0)
		return err;
	err = path_walk(&root_mount, old, false, &from);
	if (err != 0)
		goto leave;
	if (from.child == NULL)
		err = -ENOENT;
	else if (from.child->type == VNODE_DIRECTORY)
		err = -EPERM;
	if (err != 0)
		goto put_from;
	err = path_walk(&root_mount, new, false, &to);
	if (err != 0)
		goto put_from;
	if (to.child != NULL)
		err = -EEXIST;
	else if (to.parent->nlinks == 0)
		err = -ENOENT;
	else
		err = root_mount.ops->link(to.parent, &to.name, from.child);
	path_end_put(&to);
put_from:
	path_end_put(&from);
leave:
	leave();
	return err;
}

int
vfs_unlink(const struct vfs_path *path)
{
	struct path_end end;
	int err = enter();

	if (err != 0)
		return err;
	err = path_walk(&root_mount, path, false, &end);
	if (err == 0) {
		if (end.child == NULL)
			err = -ENOENT;
		else if (end.parent == NULL)
			err = -EINVAL;
		else if (end.child == root_mount.root)
			err = -EBUSY;
		else
			err = root_mount.ops->unlink(end.parent, &end.name,
			    end.child);
	}
	path_end_put(&end);
	leave();
	return err;
}

/* Whether what `from` names may get the name `to`. */
static int
check_rename(const struct path_end *from, const struct path_end *to)
{
	int below;

	if (from->child == NULL)
		return -ENOENT;
	if (from->parent == NULL || to->parent == NULL)
		return -EINVAL;
	if (from->child == root_mount.root || to->child == root_mount.root)
		return -EBUSY;
	if (to->parent->nlinks == 0)
		return -ENOENT;
	if (from->child->type != VNODE_DIRECTORY) {
		if (to->child != NULL && to->child->type == VNODE_DIRECTORY)
			return -EISDIR;
		return 0;
	}
	if (to->child != NULL && to->child->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	below = path_is_below(to->parent, from->child);
	return below > 0 ? -EINVAL : below;
}

int
vfs_rename(const struct vfs_path *old, const struct vfs_path *new)
{
	struct path_end from, to;
	int err = enter();

	if (err != 0)
		return err;
	err = path_walk(&root_mount, old, false, &from);
	if (err != 0)
		goto leave;
	err = path_walk(&root_mount, new, false, &to);
	if (err != 0)
		goto put_from;
	err = check_rename(&from, &to);
	/* Two names of one file: nothing is to be done. */
	if (err == 0 && from.child != to.child)
		err = root_mount.ops->rename(from.child, from.parent,
		    &from.name, to.parent, &to.name, to.child);
	path_end_put(&to);
put_from:
	path_end_put(&from);
leave:
	leave();
	return err;
}
