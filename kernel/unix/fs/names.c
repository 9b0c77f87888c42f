/*
 * What changes names.  Each operation walks to the directory, takes the lock
 * of its mount, and looks the last component up there: that is the name it
 * acts on, whatever happened before.
 */
#include "unix/fs/names.h"

#include "core/base/errno.h"
#include "unix/fs/inotify.h"
#include "core/vm/reclaim.h"

/* ---- Permission ---------------------------------------------------------- */

int
name_may_enter(struct vnode *directory, const struct credentials *who)
{
	/* A directory that was removed takes no new names. */
	if (directory->nlinks == 0)
		return -ENOENT;
	return vnode_may(directory, who, MAY_WRITE | MAY_EXECUTE);
}

int
name_may_remove(struct vnode *directory, const struct vnode *child,
    const struct credentials *who)
{
	int err = vnode_may(directory, who, MAY_WRITE | MAY_EXECUTE);

	if (err != 0)
		return err;
	if ((directory->mode & MODE_STICKY) &&
	    !credentials_owns(who, directory->uid) && child->uid != who->fsuid)
		return -EPERM;
	return 0;
}

/* Links to what one could neither read nor write help only to keep it from
 * being deleted, or fixed. */
static int
may_link(struct vnode *vnode, const struct credentials *who)
{
	const uint32_t runs_as_group = MODE_SET_GID | 0010;

	if (credentials_owns(who, vnode->uid))
		return 0;
	if (vnode->type != VNODE_FILE || (vnode->mode & MODE_SET_UID) ||
	    (vnode->mode & runs_as_group) == runs_as_group ||
	    vnode_may(vnode, who, MAY_READ | MAY_WRITE) != 0)
		return -EPERM;
	return 0;
}

/* ---- The name acted on ---------------------------------------------------- */

int
name_find_child(struct path_end *end)
{
	struct vnode *directory = end->parent;
	struct mount *mount = directory->mount;
	uint64_t inode;
	int err;

	if (directory->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	err = mount->ops->lookup(directory, &end->name, &inode);
	if (err == 0)
		err = vnode_find(mount, inode, &end->child);
	return err == -ENOENT ? 0 : err;
}

/*
 * Walk to a name, take the mount's lock, and look.
 * returns: 0, with the lock, end->child set; or -errno
 */
static int
lock_name(const struct vfs_path *path, struct path_end *end)
{
	int err;

	vnode_make_room();
	err = path_walk_parent(path, end);
	if (err != 0)
		return err;
	err = mount_enter_writing(end->parent->mount);
	if (err == 0) {
		if (end->last == PATH_NAME)
			err = name_find_child(end);
		if (err == 0)
			return 0;
		mount_leave(end->parent->mount);
	}
	path_end_put(end);
	return err;
}

/* ---- Creating ------------------------------------------------------------- */

/* Who owns what is made in a directory, and with what mode. */
static void
set_owner(struct vnode_spec *spec, const struct vfs_path *path,
    const struct vnode *directory)
{
	const struct credentials *who = path_who(path);
	const uint32_t runs_as_group = MODE_SET_GID | 0010;
	uint32_t umask = path->place == NULL ? 0 : place_umask(path->place);

	spec->mode &= MODE_PERMISSIONS & ~umask;
	if (spec->type == VNODE_SYMLINK)
		spec->mode = 0777;
	spec->uid = who->fsuid;
	spec->gid = who->fsgid;
	if (!(directory->mode & MODE_SET_GID))
		return;
	spec->gid = directory->gid;
	if (spec->type == VNODE_DIRECTORY)
		spec->mode |= MODE_SET_GID;
	else if ((spec->mode & runs_as_group) == runs_as_group &&
	    !credentials_is_root(who) && !credentials_in_group(who, spec->gid))
		spec->mode &= ~MODE_SET_GID;
}

/* needs: the mount's lock; the name is not there */
static int
make(const struct vfs_path *path, const struct path_end *end,
    struct vnode_spec *spec, uint64_t *inode)
{
	const struct vfs_ops *ops = end->parent->mount->ops;
	int err = name_may_enter(end->parent, path_who(path));

	if (err != 0)
		return err;
	/* Where names are only looked up, one that is not there is just that. */
	if (ops->create == NULL)
		return ops->forgets ? -ENOENT : -EPERM;
	set_owner(spec, path, end->parent);
	return ops->create(end->parent, &end->name, spec, inode);
}

int
name_create_file(const struct vfs_path *path, struct path_end *end,
    uint32_t mode)
{
	struct vnode_spec spec = { .type = VNODE_FILE, .mode = mode };
	struct mount *mount = end->parent->mount;
	uint64_t inode;
	int err = mount_enter_writing(mount);

	if (err != 0)
		return err;
	err = name_find_child(end);
	if (err == 0 && end->child != NULL)
		err = 1;
	if (err == 0)
		err = make(path, end, &spec, &inode);
	if (err == 0)
		err = vnode_find(mount, inode, &end->child);
	if (err == 0)
		vnode_found(end->child, end->parent);
	mount_leave(mount);
	if (err == 0)
		change_tell_name(end->parent, &end->name, end->child,
		    CHANGE_CREATE, 0);
	return err;
}

/* An inode was made that no vnode could stand for: release it again. */
static void
unmake(struct mount *mount, uint64_t inode)
{
	struct vnode vnode = { .mount = mount, .inode = inode };

	if (mount->ops->load(&vnode) == 0)
		(void)mount->ops->release(&vnode);
}

/* needs: the mount's lock */
static int
make_unnamed(const struct vfs_path *path, uint32_t mode,
    struct vnode *directory, struct vnode **out)
{
	struct vnode_spec spec = { .type = VNODE_FILE, .mode = mode };
	struct mount *mount = directory->mount;
	uint64_t inode;
	int err = name_may_enter(directory, path_who(path));

	if (err != 0)
		return err;
	if (!mount->ops->makes_unnamed)
		return -EOPNOTSUPP;
	set_owner(&spec, path, directory);
	err = mount->ops->create(directory, NULL, &spec, &inode);
	if (err != 0)
		return err;
	err = vnode_find(mount, inode, out);
	if (err != 0) {
		unmake(mount, inode);
		return err;
	}
	(*out)->nlinks = 0;
	(void)mount->ops->store(*out);
	return 0;
}

int
vfs_make_unnamed(const struct vfs_path *path, uint32_t mode, bool linkable,
    struct vnode **out)
{
	struct path_end end;
	int err;

	vnode_make_room();
	err = path_walk(path, true, &end);
	if (err != 0)
		return err;
	if (end.child == NULL)
		err = -ENOENT;
	else if (end.child->type != VNODE_DIRECTORY)
		err = -ENOTDIR;
	else
		err = mount_enter_writing(end.child->mount);
	if (err == 0) {
		err = make_unnamed(path, mode, end.child, out);
		if (err == 0)
			(*out)->linkable = linkable;
		mount_leave(end.child->mount);
	}
	path_end_put(&end);
	return err;
}

/* One try of make_new. */
static int
make_once(const struct vfs_path *path, struct vnode_spec *spec)
{
	struct path_end end;
	uint64_t inode;
	int err = lock_name(path, &end);

	if (err != 0)
		return err;
	if (end.last != PATH_NAME || end.child != NULL)
		err = -EEXIST;
	else if (end.slash && spec->type != VNODE_DIRECTORY)
		err = -ENOENT;
	else
		err = make(path, &end, spec, &inode);
	mount_leave(end.parent->mount);
	if (err == 0)
		change_tell_name(end.parent, &end.name, NULL, CHANGE_CREATE |
		    (spec->type == VNODE_DIRECTORY ? CHANGE_IS_DIRECTORY : 0),
		    0);
	path_end_put(&end);
	return err;
}

static int
make_new(const struct vfs_path *path, struct vnode_spec *spec)
{
	struct vnode_spec asked = *spec;
	int err = make_once(path, spec);

	/* Perhaps what was deleted has only not been released yet. */
	if (err == -ENOSPC) {
		reclaim_dropped();
		*spec = asked;
		err = make_once(path, spec);
	}
	return err;
}

int
vfs_mkdir(const struct vfs_path *path, uint32_t mode)
{
	struct vnode_spec spec = {
		.type = VNODE_DIRECTORY,
		.mode = mode & (MODE_STICKY | 0777),
	};

	return make_new(path, &spec);
}

int
vfs_make_node(const struct vfs_path *path, enum vnode_type type,
    uint32_t mode, uint32_t major, uint32_t minor)
{
	struct vnode_spec spec = { .type = type, .mode = mode };

	if (type == VNODE_DEVICE || type == VNODE_BLOCK_DEVICE) {
		if (!credentials_privileged(path_who(path)))
			return -EPERM;
		spec.major = major;
		spec.minor = minor;
	} else if (type != VNODE_FILE && type != VNODE_FIFO &&
	    type != VNODE_SOCKET) {
		return type == VNODE_DIRECTORY ? -EPERM : -EINVAL;
	}
	return make_new(path, &spec);
}

int
vfs_mknod(const struct vfs_path *path, uint32_t mode, uint16_t major,
    uint16_t minor)
{
	return vfs_make_node(path, VNODE_DEVICE, mode, major, minor);
}

int
vfs_symlink(const char *target, const struct vfs_path *path)
{
	struct vnode_spec spec = { .type = VNODE_SYMLINK, .target = target };

	if (target[0] == '\0')
		return -ENOENT;
	return make_new(path, &spec);
}

/* ---- Linking and unlinking ------------------------------------------------ */

int
vfs_link_vnode(struct vnode *vnode, const struct vfs_path *new)
{
	const struct credentials *who = path_who(new);
	struct mount *mount = vnode->mount;
	struct path_end end;
	int err = lock_name(new, &end);

	if (err != 0)
		return err;
	if (end.last != PATH_NAME || end.child != NULL)
		err = -EEXIST;
	else if (end.slash)
		err = -ENOENT;
	else if (end.parent->mount != mount)
		err = -EXDEV;
	else if (vnode->type == VNODE_DIRECTORY || mount->ops->link == NULL)
		err = -EPERM;
	else if (vnode->nlinks == 0 && !vnode->linkable)
		err = -ENOENT;
	if (err == 0)
		err = name_may_enter(end.parent, who);
	if (err == 0)
		err = may_link(vnode, who);
	if (err == 0)
		err = mount->ops->link(end.parent, &end.name, vnode);
	if (err == 0)
		vnode->linkable = false;
	mount_leave(end.parent->mount);
	if (err == 0) {
		change_tell_links(vnode);
		change_tell_name(end.parent, &end.name, vnode, CHANGE_CREATE,
		    0);
	}
	path_end_put(&end);
	return err;
}

int
vfs_link_at(const struct vfs_path *old, bool follow,
    const struct vfs_path *new)
{
	struct vnode *vnode;
	int err = vfs_lookup(old, follow, &vnode);

	if (err != 0)
		return err;
	err = vnode->type == VNODE_DIRECTORY ? -EPERM :
	    vfs_link_vnode(vnode, new);
	vnode_put(vnode);
	return err;
}

int
vfs_link(const struct vfs_path *old, const struct vfs_path *new)
{
	return vfs_link_at(old, false, new);
}

/* Which kinds a call may remove. */
#define REMOVE_FILES		1u
#define REMOVE_DIRECTORIES	2u

static int
check_last_removable(const struct path_end *end, uint32_t kinds)
{
	if (end->last == PATH_NAME)
		return 0;
	if (!(kinds & REMOVE_DIRECTORIES))
		return -EISDIR;
	if (end->last == PATH_DOTDOT)
		return -ENOTEMPTY;
	return end->name.len == 0 ? -EBUSY : -EINVAL;
}

static int
check_removable(const struct path_end *end, uint32_t kinds,
    const struct credentials *who)
{
	const struct vnode *child = end->child;
	int err = check_last_removable(end, kinds);

	if (err != 0)
		return err;
	if (child == NULL)
		return -ENOENT;
	err = name_may_remove(end->parent, child, who);
	if (err != 0)
		return err;
	if (child->type == VNODE_DIRECTORY && !(kinds & REMOVE_DIRECTORIES))
		return -EISDIR;
	if (child->type != VNODE_DIRECTORY &&
	    (!(kinds & REMOVE_FILES) || end->slash))
		return -ENOTDIR;
	if (child->covered_by != NULL)
		return -EBUSY;
	return end->parent->mount->ops->unlink == NULL ? -EPERM : 0;
}

static int
remove_name(const struct vfs_path *path, uint32_t kinds)
{
	struct path_end end;
	int err = lock_name(path, &end);

	if (err != 0)
		return err;
	err = check_removable(&end, kinds, path_who(path));
	if (err == 0) {
		vnode_found(end.child, NULL);
		err = end.parent->mount->ops->unlink(end.parent, &end.name,
		    end.child);
	}
	mount_leave(end.parent->mount);
	if (err == 0) {
		change_tell_name(end.parent, &end.name, end.child,
		    CHANGE_DELETE, 0);
		change_tell_links(end.child);
	}
	path_end_put(&end);
	return err;
}

int
vfs_unlink(const struct vfs_path *path)
{
	return remove_name(path, REMOVE_FILES | REMOVE_DIRECTORIES);
}

int
vfs_unlink_file(const struct vfs_path *path)
{
	return remove_name(path, REMOVE_FILES);
}

int
vfs_rmdir(const struct vfs_path *path)
{
	return remove_name(path, REMOVE_DIRECTORIES);
}
