/*
 * Renaming: two names of one mount, looked up under its lock, checked, and
 * then handed to the file system, which can only fail for want of room.
 */
#include "unix/fs/names.h"

#include "core/base/errno.h"
#include "unix/fs/inotify.h"

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
	int err = name_may_remove(from->parent, from->child, who);

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
		return name_may_enter(to->parent, who);
	err = name_may_remove(to->parent, to->child, who);
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
		err = ops->exchange == NULL ? -EINVAL :
		    ops->exchange(from->child, from->parent, &from->name,
		    to->child, to->parent, &to->name);
		if (err == 0) {
			vnode_found(from->child, to->parent);
			vnode_found(to->child, from->parent);
		}
		return err;
	}
	err = check_replace(from, to, who);
	/* Two names of one file: nothing is to be done. */
	if (err != 0 || from->child == to->child)
		return err;
	vnode_found(from->child, NULL);
	vnode_found(to->child, NULL);
	err = ops->rename == NULL ? -EPERM : ops->rename(from->child,
	    from->parent, &from->name, to->parent, &to->name, to->child);
	if (err == 0)
		vnode_found(from->child, to->parent);
	return err;
}

static void
tell_renamed(struct path_end *from, struct path_end *to, uint32_t flags)
{
	change_tell_moved(from->child, from->parent, &from->name, to->parent,
	    &to->name);
	if (flags & VFS_RENAME_EXCHANGE)
		change_tell_moved(to->child, to->parent, &to->name,
		    from->parent, &from->name);
	else if (to->child != NULL)
		change_tell_links(to->child);
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
	err = name_find_child(from);
	if (err == 0)
		err = name_find_child(to);
	if (err == 0)
		err = rename_locked(from, to, flags, who);
	mount_leave(mount);
	if (err == 0 && from->child != to->child)
		tell_renamed(from, to, flags);
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
