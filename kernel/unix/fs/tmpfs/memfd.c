/*
 * Files of a tmpfs that is mounted nowhere, made when the first is asked for.
 */
#include "unix/fs/tmpfs/tmpfs.h"

#include "core/base/errno.h"
#include "core/vm/object.h"
#include "unix/fs/mount_inner.h"

static struct mount *nowhere;		/* set once, under the table of mounts */

/* returns: 0 or -ENOMEM */
static int
find_mount(struct mount **out)
{
	const struct mount_request request = {
		.source = "memfd",
		.options = "size=0,nr_inodes=0",
		.flags = MOUNT_NO_SUID,
	};
	int err = 0;

	mounts_enter();
	if (nowhere == NULL)
		err = mount_create(&tmpfs_ops, NULL, "", &request, &nowhere);
	*out = nowhere;
	mounts_leave();
	return err;
}

int
memfd_create(uint32_t mode, const struct credentials *who, bool can_seal,
    struct vnode **out)
{
	const struct vnode_spec spec = {
		.type = VNODE_FILE,
		.mode = mode,
		.uid = who->fsuid,
		.gid = who->fsgid,
	};
	struct tmpfs_inode *inode;
	struct mount *mount;
	int err = find_mount(&mount);

	if (err == 0)
		err = mount_enter(mount);
	if (err != 0)
		return err;
	inode = tmpfs_inode_new(mount->private, &spec, &err);
	if (inode != NULL) {
		inode->nlinks = 0;
		inode->seals = can_seal ? 0 : SEAL_SEAL;
		err = vnode_find(mount, inode->number, out);
		if (err != 0)
			tmpfs_inode_free(mount->private, inode);
	}
	mount_leave(mount);
	return err;
}

static bool
is_memfd(const struct vnode *vnode)
{
	return vnode->mount == nowhere && vnode->type == VNODE_FILE;
}

bool
vnode_is_memfd(const struct vnode *vnode)
{
	return is_memfd(vnode);
}

int64_t
memfd_seals(struct vnode *vnode)
{
	int64_t seals;

	if (!is_memfd(vnode) || mount_enter(vnode->mount) != 0)
		return -EINVAL;
	seals = tmpfs_inode(vnode)->seals;
	mount_leave(vnode->mount);
	return seals;
}

int
memfd_add_seals(struct vnode *vnode, uint32_t seals)
{
	struct tmpfs_inode *inode = tmpfs_inode(vnode);
	int err = 0;

	if (!is_memfd(vnode) || (seals & ~SEALS))
		return -EINVAL;
	/* Not while it is written, nor between the look and the seal. */
	mutex_lock(&vnode->lock);
	if (mount_enter(vnode->mount) != 0) {
		mutex_unlock(&vnode->lock);
		return -EINVAL;
	}
	if (inode->seals & SEAL_SEAL)
		err = -EPERM;
	else if ((seals & SEAL_WRITE) && !(inode->seals & SEAL_WRITE) &&
	    object_is_mapped(inode->object))
		err = -EBUSY;
	else
		inode->seals |= seals;
	mount_leave(vnode->mount);
	mutex_unlock(&vnode->lock);
	return err;
}

int
memfd_may_map(struct vnode *vnode)
{
	int64_t seals = memfd_seals(vnode);

	if (seals < 0)
		return 0;
	return seals & (SEAL_WRITE | SEAL_FUTURE_WRITE) ? -EPERM : 0;
}
