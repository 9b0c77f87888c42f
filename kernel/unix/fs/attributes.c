/*
 * What is known of a vnode besides its bytes: type, mode, owner, times; and
 * who may change it.
 */
#include "unix/fs/vfs.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/task/clock.h"
#include "core/vm/reclaim.h"
#include "unix/fs/inotify.h"
#include "unix/fs/vnode.h"

#define BLOCK_BYTES_GOOD	4096
#define RELATIVE_ATIME_SECONDS	(24 * 60 * 60)

uint32_t
vnode_type_mode(enum vnode_type type)
{
	static const uint32_t modes[] = {
		[VNODE_FILE] = MODE_FILE,
		[VNODE_DIRECTORY] = MODE_DIRECTORY,
		[VNODE_DEVICE] = MODE_DEVICE,
		[VNODE_SYMLINK] = MODE_SYMLINK,
		[VNODE_FIFO] = MODE_FIFO,
		[VNODE_SOCKET] = MODE_SOCKET,
		[VNODE_BLOCK_DEVICE] = MODE_BLOCK_DEVICE,
	};

	return modes[type];
}

enum vnode_type
vnode_type_of(const struct vnode *vnode)
{
	return vnode->type;
}

uint64_t
vnode_size(const struct vnode *vnode)
{
	return atomic_load_relaxed(&vnode->size);
}

uint32_t
vnode_mount_flags(const struct vnode *vnode)
{
	return atomic_load_relaxed(&vnode->mount->flags);
}

int
vnode_stat(struct vnode *vnode, struct vnode_stat *stat)
{
	struct mount *mount = vnode->mount;
	int err = mount_enter(mount);

	if (err != 0)
		return err;
	*stat = (struct vnode_stat) {
		.type = vnode->type,
		.device = mount->id,
		.inode = vnode->inode,
		.nlinks = vnode->nlinks,
		.size = vnode->size,
		.blocks = vnode->blocks,
		.block_bytes = BLOCK_BYTES_GOOD,
		.mode = vnode_type_mode(vnode->type) | vnode->mode,
		.uid = vnode->uid,
		.gid = vnode->gid,
		.major = vnode->major,
		.minor = vnode->minor,
		.atime = vnode->atime,
		.mtime = vnode->mtime,
		.ctime = vnode->ctime,
		.btime = vnode->btime,
		.mount_id = mount->id,
		.is_mount_root = vnode == mount->root,
	};
	mount_leave(mount);
	return 0;
}

int
vnode_may(struct vnode *vnode, const struct credentials *who, uint32_t want)
{
	bool stored = vnode->type == VNODE_FILE ||
	    vnode->type == VNODE_DIRECTORY || vnode->type == VNODE_SYMLINK;

	if ((want & MAY_WRITE) && stored &&
	    (vnode_mount_flags(vnode) & MOUNT_READ_ONLY))
		return -EROFS;
	if ((want & MAY_EXECUTE) && vnode->type == VNODE_FILE &&
	    (vnode_mount_flags(vnode) & MOUNT_NO_EXEC))
		return -EACCES;
	return credentials_may(who, vnode->uid, vnode->gid,
	    vnode_type_mode(vnode->type) | vnode->mode, want);
}

/* ---- Times --------------------------------------------------------------- */

struct timestamp
vfs_now(void)
{
	uint64_t nanos = clock_realtime_nanos();

	return (struct timestamp) {
		.seconds = (int64_t)(nanos / NANOS_PER_SECOND),
		.nanos = (uint32_t)(nanos % NANOS_PER_SECOND),
	};
}

void
vnode_touch_inode(struct vnode *vnode)
{
	vnode->ctime = vfs_now();
}

void
vnode_touch_contents(struct vnode *vnode)
{
	vnode->mtime = vnode->ctime = vfs_now();
}

static bool
is_after(const struct timestamp *one, const struct timestamp *other)
{
	return one->seconds != other->seconds ?
	    one->seconds > other->seconds : one->nanos > other->nanos;
}

/* Whether an access at `now` is worth writing down: the first after a change,
 * and one a day. */
static bool
atime_is_due(const struct vnode *vnode, const struct timestamp *now)
{
	uint32_t flags = vnode_mount_flags(vnode);

	if (flags & (MOUNT_NO_ATIME | MOUNT_READ_ONLY))
		return false;
	if ((flags & MOUNT_NO_DIRECTORY_ATIME) &&
	    vnode->type == VNODE_DIRECTORY)
		return false;
	if (flags & MOUNT_STRICT_ATIME)
		return is_after(now, &vnode->atime);
	return !is_after(&vnode->atime, &vnode->mtime) ||
	    !is_after(&vnode->atime, &vnode->ctime) ||
	    now->seconds - vnode->atime.seconds >= RELATIVE_ATIME_SECONDS;
}

void
vnode_accessed(struct vnode *vnode)
{
	struct timestamp now = vfs_now();
	struct mount *mount = vnode->mount;

	if (!atime_is_due(vnode, &now) || mount_enter_writing(mount) != 0)
		return;
	vnode->atime = now;
	/* A disk that cannot keep it says so where it matters. */
	if (mount->ops->store != NULL)
		(void)mount->ops->store(vnode);
	mount_leave(mount);
}

/* ---- Changes ------------------------------------------------------------- */

/* chown: a user may give a file to another group of theirs, no more. */
static int
check_owner_change(const struct vnode *vnode,
    const struct vnode_change *change, const struct credentials *who)
{
	bool owner = who->fsuid == vnode->uid;

	if (credentials_is_root(who))
		return 0;
	if ((change->what & CHANGE_UID) &&
	    (!owner || change->uid != vnode->uid))
		return -EPERM;
	if ((change->what & CHANGE_GID) && (!owner ||
	    (change->gid != vnode->gid &&
	    !credentials_in_group(who, change->gid))))
		return -EPERM;
	return 0;
}

/* utimens: who may write may say "now", and no other time. */
static int
check_time_change(struct vnode *vnode, const struct vnode_change *change,
    const struct credentials *who)
{
	const uint32_t both_now = CHANGE_ATIME_NOW | CHANGE_MTIME_NOW;
	const uint32_t times = both_now | CHANGE_ATIME | CHANGE_MTIME;

	if (!(change->what & times) || credentials_owns(who, vnode->uid))
		return 0;
	if ((change->what & times) == both_now)
		return vnode_may(vnode, who, MAY_WRITE);
	return -EPERM;
}

static int
check_change(struct vnode *vnode, const struct vnode_change *change,
    const struct credentials *who)
{
	int err = check_owner_change(vnode, change, who);

	if (err == 0 && (change->what & CHANGE_MODE)) {
		if (vnode->type == VNODE_SYMLINK)
			err = -EOPNOTSUPP;
		else if (!credentials_owns(who, vnode->uid))
			err = -EPERM;
	}
	return err != 0 ? err : check_time_change(vnode, change, who);
}

uint32_t
vnode_mode_without_privilege(const struct vnode *vnode)
{
	uint32_t mode = vnode->mode & ~MODE_SET_UID;

	/* Without the group's x it would mean something else. */
	if (mode & 0010)
		mode &= ~MODE_SET_GID;
	return mode;
}

static void
apply_change(struct vnode *vnode, const struct vnode_change *change,
    const struct credentials *who)
{
	struct timestamp now = vfs_now();

	if (change->what & CHANGE_UID)
		vnode->uid = change->uid;
	if (change->what & CHANGE_GID)
		vnode->gid = change->gid;
	if ((change->what & (CHANGE_UID | CHANGE_GID)) &&
	    vnode->type != VNODE_DIRECTORY)
		vnode->mode = vnode_mode_without_privilege(vnode);
	if (change->what & CHANGE_MODE) {
		vnode->mode = change->mode & MODE_PERMISSIONS;
		if (!credentials_is_root(who) &&
		    !credentials_in_group(who, vnode->gid))
			vnode->mode &= ~MODE_SET_GID;
	}
	if (change->what & CHANGE_ATIME_NOW)
		vnode->atime = now;
	if (change->what & CHANGE_MTIME_NOW)
		vnode->mtime = now;
	if (change->what & CHANGE_ATIME)
		vnode->atime = change->atime;
	if (change->what & CHANGE_MTIME)
		vnode->mtime = change->mtime;
	vnode->ctime = now;
}

int
vnode_change(struct vnode *vnode, const struct vnode_change *change,
    const struct credentials *who)
{
	struct mount *mount = vnode->mount;
	struct vnode before;
	int err = mount_enter_writing(mount);

	if (err != 0)
		return err;
	err = check_change(vnode, change, who);
	if (err == 0) {
		before = *vnode;
		apply_change(vnode, change, who);
		if (mount->ops->store != NULL)
			err = mount->ops->store(vnode);
		if (err != 0) {
			vnode->mode = before.mode;
			vnode->uid = before.uid;
			vnode->gid = before.gid;
			vnode->atime = before.atime;
			vnode->mtime = before.mtime;
			vnode->ctime = before.ctime;
		}
	}
	mount_leave(mount);
	if (err == 0)
		change_tell(vnode, CHANGE_ATTRIBUTES);
	return err;
}

int
vnode_statfs(struct vnode *vnode, struct vfs_statfs *out)
{
	struct mount *mount = vnode->mount;
	int err;

	/* What was deleted is free. */
	reclaim_dropped();
	err = mount_enter(mount);
	if (err != 0)
		return err;
	*out = (struct vfs_statfs) {
		.magic = mount->ops->magic,
		.block_bytes = BLOCK_BYTES_GOOD,
		.name_max = 255,
		.mount_flags = mount->flags,
		.device = mount->id,
	};
	if (mount->ops->statfs != NULL)
		err = mount->ops->statfs(mount, out);
	mount_leave(mount);
	return err;
}

void
vnode_deny_writes(struct vnode *vnode)
{
	atomic_add(&vnode->write_denials, 1);
}

void
vnode_allow_writes(struct vnode *vnode)
{
	atomic_sub(&vnode->write_denials, 1);
}

void
vnode_add_writer(struct vnode *vnode)
{
	atomic_add(&vnode->writers, 1);
}

void
vnode_remove_writer(struct vnode *vnode)
{
	ASSERT(atomic_sub(&vnode->writers, 1) > 0);
}

bool
vnode_has_writers(const struct vnode *vnode)
{
	return atomic_load(&vnode->writers) > 0;
}
