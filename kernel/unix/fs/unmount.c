/*
 * Ending mounts, changing their flags, and writing them back.
 *
 * A mount that was detached while somebody used it ends when vfs_tidy finds it
 * idle: the writer thread asks every few seconds.
 */
#include "unix/fs/mount_inner.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "unix/fs/inotify.h"
#include "unix/fs/page_cache.h"

/* Whether more than its own reference to its root is there. */
static bool
is_held(struct mount *mount)
{
	uint32_t root_refs;
	bool held;

	mutex_lock(&mount->lock);
	held = vnode_purge(mount, &root_refs) > 1 || root_refs > 1;
	mutex_unlock(&mount->lock);
	return held;
}

int
mount_end(struct mount *mount)
{
	uint32_t root_refs;
	int err;

	(void)page_cache_write_back(mount);
	page_cache_forget();
	if (is_held(mount))
		return -EBUSY;
	/* Their vnodes are put without the lock. */
	change_tell_unmounted(mount);
	page_cache_forget();
	mutex_lock(&mount->lock);
	if (vnode_purge(mount, &root_refs) > 1 || root_refs > 1) {
		mutex_unlock(&mount->lock);
		return -EBUSY;
	}
	err = mount->ops->unmount(mount);
	mount->ops = NULL;			/* the vnode is only memory now */
	vnode_drop(mount->root);
	(void)vnode_purge(mount, &root_refs);
	mutex_unlock(&mount->lock);
	list_remove(&mount->link);
	mount_free(mount);
	return err;
}

/* Whether another mount stands on this one.  needs: the table */
static bool
carries_mounts(const struct mount *mount)
{
	const struct mount *other;

	for (uint32_t id = 0; (other = mount_next(id)) != NULL;
	    id = other->id + 1) {
		if (other->covers != NULL && other->covers->mount == mount)
			return true;
	}
	return false;
}

/* Detach the mount and all that stand on it, which are all younger.
 * needs: the table */
static void
detach(struct mount *mount)
{
	struct mount *other;
	struct vnode *covered;

	covered = mount_uncover(mount, 0);
	mount->detached = true;
	for (uint32_t id = 0; (other = mount_next(id)) != NULL;
	    id = other->id + 1) {
		struct mount *below = other->covers == NULL ? NULL :
		    other->covers->mount;

		if (below != NULL && below->detached) {
			vnode_put(mount_uncover(other, 0));
			other->detached = true;
		}
	}
	if (covered != NULL)
		vnode_put(covered);
}

/*
 * End it at once.
 * needs:   the table; the caller's reference to the root
 * returns: 0 or -EBUSY
 */
static int
uncover_idle(struct mount *mount)
{
	struct vnode *covered = NULL;
	uint32_t root_refs;

	(void)page_cache_write_back(mount);
	page_cache_forget();
	mutex_lock(&mount->lock);
	/* The mount's reference and the caller's. */
	if (vnode_purge(mount, &root_refs) == 1 && root_refs == 2)
		covered = mount_uncover(mount, root_refs);
	mutex_unlock(&mount->lock);
	if (covered == NULL)
		return -EBUSY;
	vnode_put(covered);
	mount->detached = true;
	return 0;
}

int
vfs_tidy(void)
{
	struct mount *mount;
	int result = 0;

	mounts_enter();
	for (uint32_t id = 0; (mount = mount_next(id)) != NULL;) {
		id = mount->id + 1;
		if (mount->detached && mount_end(mount) == -EIO)
			result = -EIO;
	}
	mounts_leave();
	return result;
}

/* The mount whose root `where` is; *root with a reference. */
static int
find_mount(const struct vfs_path *where, struct vnode **root)
{
	int err;

	if (where->who != NULL && !credentials_privileged(where->who))
		return -EPERM;
	err = vfs_lookup(where, true, root);
	if (err != 0)
		return err;
	if (*root == (*root)->mount->root)
		return 0;
	vnode_put(*root);
	return -EINVAL;
}

int
vfs_unmount(const struct vfs_path *where, bool detached)
{
	struct mount *mount;
	struct vnode *root;
	int err;

	err = find_mount(where, &root);
	if (err != 0)
		return err;
	mount = root->mount;
	mounts_enter();
	if (mount->detached)
		err = -EINVAL;
	else if (mount->covers == NULL || (!detached && carries_mounts(mount)))
		err = -EBUSY;
	else if (detached)
		detach(mount);
	else
		err = uncover_idle(mount);
	mounts_leave();
	vnode_put(root);
	return err != 0 ? err : vfs_tidy();
}

int
vfs_remount(const struct vfs_path *where, const struct mount_request *request)
{
	struct mount *mount;
	struct vnode *root;
	int err;

	if (request->flags & ~MOUNT_FLAGS)
		return -EINVAL;
	err = find_mount(where, &root);
	if (err != 0)
		return err;
	mount = root->mount;
	if (request->flags & MOUNT_READ_ONLY)
		(void)page_cache_write_back(mount);
	err = mount_enter(mount);
	if (err == 0) {
		/* What is open to be written would no longer be. */
		if ((request->flags & MOUNT_READ_ONLY) &&
		    vnode_any_written(mount))
			err = -EBUSY;
		else if (mount->ops->remount != NULL)
			err = mount->ops->remount(mount, request);
		else if (request->options[0] != '\0')
			err = -EINVAL;
		if (err == 0)
			mount->flags = request->flags;
		mount_leave(mount);
	}
	vnode_put(root);
	return err;
}

/* ---- Writing back -------------------------------------------------------- */

static int
sync_one(struct mount *mount)
{
	int result = page_cache_write_back(mount);
	int err = mount_enter(mount);

	if (err != 0)
		return err;
	if (mount->ops->sync != NULL)
		err = mount->ops->sync(mount);
	mount_leave(mount);
	return err != 0 ? err : result;
}

int
vfs_sync(void)
{
	struct mount *mount;
	int err, result = 0;

	mounts_enter();
	for (uint32_t id = 0; (mount = mount_next(id)) != NULL;
	    id = mount->id + 1) {
		err = sync_one(mount);
		if (err != 0)
			result = err;
	}
	mounts_leave();
	return result;
}

int
vfs_sync_mount(struct vnode *vnode)
{
	return sync_one(vnode->mount);
}

int
vfs_unmount_all(void)
{
	struct mount *mount;
	int err, result = 0;

	mounts_enter();
	while ((mount = mount_last()) != NULL) {
		err = page_cache_write_back(mount);
		if (err != 0)
			result = err;
		page_cache_forget();
		mutex_lock(&mount->lock);
		err = vnode_release_all(mount);
		if (err == 0)
			err = mount->ops->unmount(mount);
		else
			(void)mount->ops->unmount(mount);
		if (err != 0)
			result = err;
		/* Who holds something of it gets errors from now on. */
		mount->ops = NULL;
		mutex_unlock(&mount->lock);
		list_remove(&mount->link);
	}
	mounts_leave();
	return result;
}
