/* What is known of files: the stat family, access, statfs. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/pipe.h"
#include "unix/fs/socket/socket.h"
#include "unix/fs/vfs.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

#define STATX_BASIC	0x7ffu
#define STATX_BTIME	0x800u
#define STATX_MNT_ID	0x1000u
#define STATX_RESERVED	0x80000000u
#define STATX_ATTR_MOUNT_ROOT 0x2000u
#define STATX_SYNC_TYPE	0x6000u		/* of the flags: how fresh */

/* Mount flags as statfs tells them. */
#define ST_VALID	0x20u
#define ST_RELATIVE_ATIME 0x1000u

/* Kinds of files without a name, as statfs tells them. */
#define MAGIC_PIPES	0x50495045u
#define MAGIC_SOCKETS	0x534f434bu
#define MAGIC_OTHERS	0x09041934u

struct linux_stat {
	uint64_t device, inode;
	uint32_t mode, nlinks, uid, gid;
	uint64_t rdev, pad;
	int64_t size;
	int32_t block_bytes, pad2;
	int64_t blocks;
	struct linux_timespec atime, mtime, ctime;
	uint32_t unused[2];
};
_Static_assert(sizeof(struct linux_stat) == 128, "");

struct linux_statx_time {
	int64_t seconds;
	uint32_t nanos, pad;
};

struct linux_statx {
	uint32_t mask, block_bytes;
	uint64_t attributes;
	uint32_t nlinks, uid, gid;
	uint16_t mode, pad;
	uint64_t inode, size, blocks, attributes_mask;
	struct linux_statx_time atime, btime, ctime, mtime;
	uint32_t rdev_major, rdev_minor, device_major, device_minor;
	uint64_t mount_id;
	uint32_t direct_align[2];
	uint64_t spare[12];
};
_Static_assert(sizeof(struct linux_statx) == 256, "");

struct linux_statfs {
	uint64_t magic, block_bytes, nblocks, free, available, ninodes,
	    inodes_free;
	uint32_t id[2];
	uint64_t name_max, fragment_bytes, flags, spare[4];
};
_Static_assert(sizeof(struct linux_statfs) == 120, "");

/* A device number as new stat has it. */
static uint64_t
device_number(uint32_t major, uint32_t minor)
{
	return (minor & 0xff) | (uint64_t)(major & 0xfff) << 8 |
	    (uint64_t)(minor & ~0xffu) << 12 |
	    (uint64_t)(major & ~0xfffu) << 32;
}

static struct linux_timespec
timespec_of(const struct timestamp *time)
{
	const struct linux_timespec out = { time->seconds, time->nanos };

	return out;
}

static struct linux_statx_time
statx_time_of(const struct timestamp *time)
{
	const struct linux_statx_time out = { time->seconds, time->nanos, 0 };

	return out;
}

static int
stat_write(const struct vnode_stat *stat, vaddr_t to)
{
	struct linux_stat out = {
		/* Mounts have no device of their own: major 0, as on Linux. */
		.device = device_number(0, stat->device),
		.inode = stat->inode,
		.mode = stat->mode,
		.nlinks = stat->nlinks,
		.uid = stat->uid,
		.gid = stat->gid,
		.rdev = device_number(stat->major, stat->minor),
		.size = (int64_t)stat->size,
		.block_bytes = (int32_t)stat->block_bytes,
		.blocks = (int64_t)stat->blocks,
		.atime = timespec_of(&stat->atime),
		.mtime = timespec_of(&stat->mtime),
		.ctime = timespec_of(&stat->ctime),
	};

	return user_write(to, &out, sizeof(out), NULL);
}

static int
statx_write(const struct vnode_stat *stat, vaddr_t to)
{
	struct linux_statx out = {
		.mask = STATX_BASIC | STATX_BTIME | STATX_MNT_ID,
		.block_bytes = stat->block_bytes,
		.attributes = stat->is_mount_root ? STATX_ATTR_MOUNT_ROOT : 0,
		.attributes_mask = STATX_ATTR_MOUNT_ROOT,
		.nlinks = stat->nlinks,
		.uid = stat->uid,
		.gid = stat->gid,
		.mode = (uint16_t)stat->mode,
		.inode = stat->inode,
		.size = stat->size,
		.blocks = stat->blocks,
		.atime = statx_time_of(&stat->atime),
		.btime = statx_time_of(&stat->btime),
		.ctime = statx_time_of(&stat->ctime),
		.mtime = statx_time_of(&stat->mtime),
		.rdev_major = stat->major,
		.rdev_minor = stat->minor,
		.device_minor = stat->device,
		.mount_id = stat->mount_id,
	};

	return user_write(to, &out, sizeof(out), NULL);
}

static int
stat_file(uint64_t fd, struct vnode_stat *stat)
{
	struct file *file;
	int err = linux_file_get_any(fd, &file);

	if (err != 0)
		return err;
	err = file_stat(file, stat);
	file_put(file);
	return err;
}

/* flags: LINUX_AT_SYMLINK_NOFOLLOW, LINUX_AT_EMPTY_PATH */
static int
stat_path(int32_t fd, vaddr_t from, uint32_t flags, struct vnode_stat *stat)
{
	struct linux_path path;
	struct vnode *vnode;
	int err;

	/* The empty path is the descriptor itself, whatever that is. */
	err = linux_path_read_empty(&path, fd, from);
	if (err != 0)
		return err;
	if (linux_path_is_empty(&path) && !(flags & LINUX_AT_EMPTY_PATH)) {
		err = -ENOENT;
	} else if (linux_path_is_empty(&path) && path.base != NULL) {
		err = file_stat(path.base, stat);
	} else {
		if (linux_path_is_empty(&path))
			path.path.text = ".";
		err = vfs_lookup(&path.path,
		    !(flags & LINUX_AT_SYMLINK_NOFOLLOW), &vnode);
		if (err == 0) {
			err = vnode_stat(vnode, stat);
			vnode_put(vnode);
		}
	}
	linux_path_done(&path);
	return err;
}

int64_t
linux_fstat(const struct linux_args *args)
{
	struct vnode_stat stat;
	int err = stat_file(args->a[0], &stat);

	return err != 0 ? err : stat_write(&stat, args->a[1]);
}

int64_t
linux_newfstatat(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[3];
	struct vnode_stat stat;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_AT_SYMLINK_NOFOLLOW |
	    LINUX_AT_NO_AUTOMOUNT | LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	err = stat_path((int32_t)args->a[0], args->a[1], flags, &stat);
	return err != 0 ? err : stat_write(&stat, args->a[2]);
}

int64_t
linux_statx(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[2], mask = (uint32_t)args->a[3];
	struct vnode_stat stat;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_AT_SYMLINK_NOFOLLOW |
	    LINUX_AT_NO_AUTOMOUNT | LINUX_AT_EMPTY_PATH | STATX_SYNC_TYPE) ||
	    (flags & STATX_SYNC_TYPE) == STATX_SYNC_TYPE ||
	    (mask & STATX_RESERVED))
		return -EINVAL;
	err = stat_path((int32_t)args->a[0], args->a[1], flags, &stat);
	return err != 0 ? err : statx_write(&stat, args->a[4]);
}

static int64_t
access_common(const struct linux_args *args, uint32_t flags)
{
	uint32_t want = (uint32_t)args->a[2];
	struct credentials real;
	struct linux_path path;
	int err;

	if (!FLAGS_KNOWN(want, MAY_READ | MAY_WRITE | MAY_EXECUTE) ||
	    !FLAGS_KNOWN(flags, LINUX_AT_EACCESS | LINUX_AT_EMPTY_PATH |
	    LINUX_AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	err = linux_path_read_empty(&path, (int32_t)args->a[0], args->a[1]);
	if (err != 0)
		return err;
	if (!(flags & LINUX_AT_EACCESS)) {
		credentials_real(path.path.who, &real);
		path.path.who = &real;
	}
	if (!linux_path_is_empty(&path))
		err = vfs_access(&path.path,
		    !(flags & LINUX_AT_SYMLINK_NOFOLLOW), want);
	else if (!(flags & LINUX_AT_EMPTY_PATH))
		err = -ENOENT;
	else if (path.path.base != NULL)
		err = vnode_may(path.path.base, path.path.who, want);
	linux_path_done(&path);
	return err;
}

int64_t
linux_faccessat(const struct linux_args *args)
{
	return access_common(args, 0);
}

int64_t
linux_faccessat2(const struct linux_args *args)
{
	return access_common(args, (uint32_t)args->a[3]);
}

static int
statfs_write(struct vnode *vnode, vaddr_t to)
{
	struct linux_statfs out = { 0 };
	struct vfs_statfs stat;
	int err = vnode_statfs(vnode, &stat);

	if (err != 0)
		return err;
	out.magic = stat.magic;
	out.block_bytes = out.fragment_bytes = stat.block_bytes;
	out.nblocks = stat.nblocks;
	out.free = stat.free_blocks;
	out.available = stat.available_blocks;
	out.ninodes = stat.ninodes;
	out.inodes_free = stat.free_inodes;
	out.id[0] = stat.device;
	out.name_max = stat.name_max;
	/* The low ones have the values they have for mount. */
	out.flags = ST_VALID | (stat.mount_flags & (MOUNT_READ_ONLY |
	    MOUNT_NO_SUID | MOUNT_NO_DEVICES | MOUNT_NO_EXEC |
	    MOUNT_NO_ATIME | MOUNT_NO_DIRECTORY_ATIME));
	if (stat.mount_flags & MOUNT_RELATIVE_ATIME)
		out.flags |= ST_RELATIVE_ATIME;
	return user_write(to, &out, sizeof(out), NULL);
}

int64_t
linux_statfs(const struct linux_args *args)
{
	struct linux_path path;
	struct vnode *vnode;
	int err = linux_path_read(&path, LINUX_AT_FDCWD, args->a[0]);

	if (err != 0)
		return err;
	err = vfs_lookup(&path.path, true, &vnode);
	linux_path_done(&path);
	if (err != 0)
		return err;
	err = statfs_write(vnode, args->a[1]);
	vnode_put(vnode);
	return err;
}

/* What has no name stands on a file system of its kind. */
static int
statfs_nameless(struct file *file, vaddr_t to)
{
	const struct linux_statfs out = {
		.magic = pipe_of(file) != NULL ? MAGIC_PIPES :
		    file_is_socket(file) ? MAGIC_SOCKETS : MAGIC_OTHERS,
		.block_bytes = PAGE_BYTES,
		.fragment_bytes = PAGE_BYTES,
		.name_max = LINUX_NAME_MAX,
		.flags = ST_VALID,
	};

	return user_write(to, &out, sizeof(out), NULL);
}

int64_t
linux_fstatfs(const struct linux_args *args)
{
	struct file *file;
	int err = linux_file_get_any(args->a[0], &file);

	if (err != 0)
		return err;
	err = file->vnode != NULL ? statfs_write(file->vnode, args->a[1]) :
	    statfs_nameless(file, args->a[1]);
	file_put(file);
	return err;
}
