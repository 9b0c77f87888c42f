/*
 * What changes names.  Each operation walks to the directory, takes the lock
 * of its mount, and looks the last component up there: that is the name it
 * acts on, whatever happened before.
 */
#include "unix/fs/names.h"

#include "core/base/errno.h"
#include "core/vm/object.h"

/* ---- Permission ---------------------------------------------------------- */

static int
may_enter_names(struct vnode *directory, const struct credentials *who)
{
	/* A directory that was removed takes no new names. */
	if (directory->nlinks == 0)
		return -ENOENT;
	return vnode_may(directory, who, MAY_WRITE | MAY_EXECUTE);
}

/* Whether the name of `child` may be taken away. */
static int
may_remove(struct vnode *directory, const struct vnode *child,
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

/* Look the name up, as it stands in its directory: not what is mounted there.
 * needs: the mount's lock.  gives: end->child, NULL if there is none */
static int
find_child(struct path_end *end)
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
 * returns: 0, for unlock_name; or -errno
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
			err = find_child(end);
		if (err == 0)
			return 0;
		mount_leave(end->parent->mount);
	}
	path_end_put(end);
	return err;
}

static void
unlock_name(struct path_end *end)
{
	mount_leave(end->parent->mount);
	path_end_put(end);
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
	int err = may_enter_names(end->parent, path_who(path));

	if (err != 0)
		return err;
	if (ops->create == NULL)
		return -EPERM;
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
	err = find_child(end);
	if (err == 0 && end->child != NULL)
		err = 1;
	if (err == 0)
		err = make(path, end, &spec, &inode);
	if (err == 0)
		err = vnode_find(mount, inode, &end->child);
	if (err == 0)
		vnode_found(end->child, end->parent);
	mount_leave(mount);
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
	unlock_name(&end);
	return err;
}

static int
make_new(const struct vfs_path *path, struct vnode_spec *spec)
{
	struct vnode_spec asked = *spec;
	int err = make_once(path, spec);

	/* Perhaps what was deleted has only not been released yet. */
	if (err == -ENOSPC && object_reap() > 0) {
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
		if (path_who(path)->euid != 0)
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
	else if (vnode->nlinks == 0)
		err = -ENOENT;
	if (err == 0)
		err = may_enter_names(end.parent, who);
	if (err == 0)
		err = may_link(vnode, who);
	if (err == 0)
		err = mount->ops->link(end.parent, &end.name, vnode);
	unlock_name(&end);
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
	err = may_remove(end->parent, child, who);
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
	unlock_name(&end);
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

/* ---- Renaming ------------------------------------------------------------- */

/* A directory cannot move below itself. */
static int
check_not_below(struct vnode *directory, const struct vnode *child)
{
	int below;

	if (child == NULL || child->type != VNODE_DIRECTORY)
		return 0;
	below = path_is_below(directory, child);
	return below > 0 ? -EINVAL : below;
}

/* Whether `from->child` may leave its directory for `to->parent`. */
static int
check_move(const struct path_end *from, const struct path_end *to,
    const struct credentials *who)
{
	int err = may_remove(from->parent, from->child, who);

	if (err == 0 && from->child->covered_by != NULL)
		err = -EBUSY;
	/* Its ".." is going to change. */
	if (err == 0 && from->child->type == VNODE_DIRECTORY &&
	    from->parent != to->parent)
		err = vnode_may(from->child, who, MAY_WRITE);
	return err != 0 ? err : check_not_below(to->parent, from->child);
}

/* Whether what `from` names may get the name `to`, and what has it may go. */
static int
check_replace(const struct path_end *from, const struct path_end *to,
    const struct credentials *who)
{
	bool directory = from->child->type == VNODE_DIRECTORY;
	int err;

	if (!directory && (from->slash || to->slash))
		return -ENOTDIR;
	if (to->child == NULL)
		return may_enter_names(to->parent, who);
	err = may_remove(to->parent, to->child, who);
	if (err != 0)
		return err;
	if (directory && to->child->type != VNODE_DIRECTORY)
		return -ENOTDIR;
	if (!directory && to->child->type == VNODE_DIRECTORY)
		return -EISDIR;
	return to->child->covered_by != NULL ? -EBUSY : 0;
}

/* needs: both children are known, the mount's lock */
static int
rename_locked(struct path_end *from, struct path_end *to, uint32_t flags,
    const struct credentials *who)
{
	const struct vfs_ops *ops = from->parent->mount->ops;
	int err;

	if (from->child == NULL)
		return -ENOENT;
	if ((flags & VFS_RENAME_NO_REPLACE) && to->child != NULL)
		return -EEXIST;
	if ((flags & VFS_RENAME_EXCHANGE) && to->child == NULL)
		return -ENOENT;
	err = check_move(from, to, who);
	if (err != 0)
		return err;
	if (flags & VFS_RENAME_EXCHANGE) {
		err = check_move(to, from, who);
		if (err != 0 || from->child == to->child)
			return err;
		vnode_found(from->child, NULL);
		vnode_found(to->child, NULL);
		return ops->exchange == NULL ? -EINVAL :
		    ops->exchange(from->child, from->parent, &from->name,
		    to->child, to->parent, &to->name);
	}
	err = check_replace(from, to, who);
	/* Two names of one file: nothing is to be done. */
	if (err != 0 || from->child == to->child)
		return err;
	vnode_found(from->child, NULL);
	vnode_found(to->child, NULL);
	return ops->rename == NULL ? -EPERM : ops->rename(from->child,
	    from->parent, &from->name, to->parent, &to->name, to->child);
}

/* needs: both parents are known, no lock */
static int
rename_between(struct path_end *from, struct path_end *to, uint32_t flags,
    const struct credentials *who)
{
	struct mount *mount = from->parent->mount;
	int err;

	if (to->parent->mount != mount)
		return -EXDEV;
	if (from->last != PATH_NAME || to->last != PATH_NAME)
		return to->last != PATH_NAME &&
		    (flags & VFS_RENAME_NO_REPLACE) ? -EEXIST : -EBUSY;
	err = mount_enter_writing(mount);
	if (err != 0)
		return err;
	err = find_child(from);
	if (err == 0)
		err = find_child(to);
	if (err == 0)
		err = rename_locked(from, to, flags, who);
	mount_leave(mount);
	return err;
}

int
vfs_rename_with(const struct vfs_path *old, const struct vfs_path *new,
    uint32_t flags)
{
	struct path_end from, to;
	int err;

	if ((flags & VFS_RENAME_NO_REPLACE) && (flags & VFS_RENAME_EXCHANGE))
		return -EINVAL;
	vnode_make_room();
	err = path_walk_parent(old, &from);
	if (err != 0)
		return err;
	err = path_walk_parent(new, &to);
	if (err == 0) {
		err = rename_between(&from, &to, flags, path_who(new));
		path_end_put(&to);
	}
	path_end_put(&from);
	return err;
}

int
vfs_rename(const struct vfs_path *old, const struct vfs_path *new)
{
	return vfs_rename_with(old, new, 0);
}
