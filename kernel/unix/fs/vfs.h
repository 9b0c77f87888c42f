/*
 * The virtual file system: names and in-memory inodes (vnodes), over file
 * systems that fill in struct vfs_ops (vnode.h).
 *
 * A vnode is counted: look-ups return one with a reference for the caller.
 * Functions with a path check what its `who` may do; those with a vnode alone
 * trust their caller, who opened it.  Nothing here touches user memory while it
 * holds a lock, but vnode_read and vnode_write, which may hold the vnode's
 * (RANK_VNODE).  All functions may sleep.
 */
#pragma once

#include "core/base/types.h"
#include "unix/fs/credentials.h"
#include "unix/fs/mount.h"
#include "unix/fs/place.h"

struct file_ops;
struct object;
struct uio;
struct vnode;

enum vnode_type {
	VNODE_FILE = 1,
	VNODE_DIRECTORY,
	VNODE_DEVICE,			/* a character device */
	VNODE_SYMLINK,
	VNODE_FIFO,
	VNODE_SOCKET,
	VNODE_BLOCK_DEVICE,
};

/* Mode bits, with the values all Unixes have. */
#define MODE_TYPE		0170000u
#define MODE_SOCKET		0140000u
#define MODE_SYMLINK		0120000u
#define MODE_FILE		0100000u
#define MODE_BLOCK_DEVICE	0060000u
#define MODE_DIRECTORY		0040000u
#define MODE_DEVICE		0020000u
#define MODE_FIFO		0010000u
#define MODE_SET_UID		0004000u
#define MODE_SET_GID		0002000u
#define MODE_STICKY		0001000u
#define MODE_PERMISSIONS	0007777u	/* all but the type */

/* The type as mode bits. */
uint32_t vnode_type_mode(enum vnode_type type);

struct timestamp {
	int64_t seconds;		/* since 1970 */
	uint32_t nanos;
};

struct vnode_stat {
	enum vnode_type type;
	uint32_t device;		/* number of the mount */
	uint64_t inode;
	uint32_t nlinks;
	uint64_t size;			/* bytes */
	uint64_t blocks;		/* 512 bytes each */
	uint32_t block_bytes;		/* good to read and write at once */
	uint32_t mode;			/* with its type: MODE_* */
	uint32_t uid, gid;
	uint32_t major, minor;		/* of a device, else 0 */
	struct timestamp atime, mtime, ctime, btime;
	uint32_t mount_id;
	bool is_mount_root;
};

struct vfs_entry {			/* one name in a directory */
	uint64_t inode;
	uint64_t next;			/* cookie of the entry after it */
	enum vnode_type type;		/* 0: not known without a look-up */
	char name[256];
};

/* Take the memory of vnodes and the block cache: once, at boot, while runs of
 * frames can be had.  file_init calls it. */
void vfs_init(void);

struct vnode *vfs_root(void);			/* with a reference */
void vnode_get(struct vnode *vnode);
void vnode_put(struct vnode *vnode);

/* ---- By name ------------------------------------------------------------ */

/*
 * Where a path starts: at the place's root if it begins with '/', else at
 * `base`, or if that is NULL at the place's working directory.  `name_max` is
 * the door's: components longer than it are cut (xv6) when it is < 255.
 */
struct vfs_path {
	struct vnode *base;
	const char *text;
	struct place *place;		/* NULL: the tree's own root, umask 0 */
	const struct credentials *who;	/* NULL: root */
	uint32_t name_max;
};

/* All below return 0 or what a path can always be answered with: -ENOENT,
 * -ENOTDIR, -EACCES, -ELOOP, -ENAMETOOLONG, -ENFILE, -ENOMEM, -EIO; those that
 * change something also -EROFS, -ENOSPC, and what is said. */

/* follow: whether a symlink as last component is followed. */
int vfs_lookup(const struct vfs_path *path, bool follow, struct vnode **out);

/* What open is asked for. */
#define VFS_READ	0x01u
#define VFS_WRITE	0x02u
#define VFS_EXECUTE	0x04u	/* for exec: a regular file that may run */
#define VFS_CREATE	0x10u
#define VFS_EXCLUSIVE	0x20u	/* with CREATE: -EEXIST if it is there */
#define VFS_TRUNCATE	0x40u
#define VFS_NO_FOLLOW	0x80u	/* -ELOOP for a symlink at the end */
#define VFS_DIRECTORY	0x100u	/* -ENOTDIR for anything else */
#define VFS_PATH_ONLY	0x200u	/* O_PATH: no access to what it names */

struct vfs_open {
	uint32_t flags;
	uint32_t mode;			/* of a new file, before the umask */
	bool created;			/* given: it was not there */
};

/*
 * Everything open(2) checks and does by name: permissions, devices on mounts
 * without, directories not to be written (-EISDIR), files that run
 * (-ETXTBSY), making, truncating.
 */
int vfs_open(const struct vfs_path *path, struct vfs_open *request,
    struct vnode **out);
/* The same for a vnode at hand (a descriptor's, opened again). */
int vnode_open(struct vnode *vnode, const struct credentials *who,
    uint32_t flags);

/*
 * Make a file without a name on the file system of the directory `path`, for
 * which names may be put there; it lasts as long as it is held.  linkable:
 * vfs_link_vnode may give it a name.  -EOPNOTSUPP, -ENOTDIR
 */
int vfs_make_unnamed(const struct vfs_path *path, uint32_t mode,
    bool linkable, struct vnode **out);

/* Open `path` as a file, made if it is not there (exclusive: only then);
 * mode: permission bits.  -EISDIR if it is a directory. */
int vfs_create(const struct vfs_path *path, uint32_t mode, bool exclusive,
    struct vnode **out);
/* -EEXIST, -EMLINK */
int vfs_mkdir(const struct vfs_path *path, uint32_t mode);
/* type: FILE, DEVICE, BLOCK_DEVICE, FIFO or SOCKET; devices: only root may
 * (-EPERM). */
int vfs_make_node(const struct vfs_path *path, enum vnode_type type,
    uint32_t mode, uint32_t major, uint32_t minor);
int vfs_mknod(const struct vfs_path *path, uint32_t mode, uint16_t major,
    uint16_t minor);
/* -EPERM for directories, -EXDEV, -EMLINK, -EEXIST.  follow: of `old` */
int vfs_link(const struct vfs_path *old, const struct vfs_path *new);
int vfs_link_at(const struct vfs_path *old, bool follow,
    const struct vfs_path *new);
/* ... for a vnode at hand; -ENOENT if it has no name left. */
int vfs_link_vnode(struct vnode *vnode, const struct vfs_path *new);
/* xv6's: files and empty directories. */
int vfs_unlink(const struct vfs_path *path);
int vfs_unlink_file(const struct vfs_path *path);	/* -EISDIR */
/* -ENOTDIR, -ENOTEMPTY, -EBUSY (mounted on), -EINVAL ("."),  */
int vfs_rmdir(const struct vfs_path *path);

#define VFS_RENAME_NO_REPLACE	1u	/* -EEXIST if `new` is there */
#define VFS_RENAME_EXCHANGE	2u	/* both are there, and change places */

int vfs_rename(const struct vfs_path *old, const struct vfs_path *new);
int vfs_rename_with(const struct vfs_path *old, const struct vfs_path *new,
    uint32_t flags);
int vfs_symlink(const char *target, const struct vfs_path *path);
/* returns: length, cut to `size`, not NUL-terminated; -EINVAL: no symlink */
int64_t vfs_readlink(const struct vfs_path *path, char *to, size_t size);

/* want: MAY_READ | MAY_WRITE | MAY_EXECUTE, or 0 for being there. */
int vfs_access(const struct vfs_path *path, bool follow, uint32_t want);
/* By name, so permission to write is asked for; -EISDIR, -EINVAL, -ETXTBSY. */
int vfs_truncate(const struct vfs_path *path, uint64_t size);

/*
 * The absolute path of `vnode`, seen from the place's root (NULL: the tree's);
 * of one with several names, that by which it was found last.
 * returns: its length without the NUL; -ERANGE (does not fit), -ENOENT (it was
 *          removed, or cannot be reached from there)
 */
int64_t vnode_path(struct vnode *vnode, struct place *place, char *to,
    size_t size);

/* ---- What is known of a vnode, and changed ------------------------------- */

int vnode_stat(struct vnode *vnode, struct vnode_stat *stat);
/* How an open file of it works, if not as others of its type; else NULL. */
const struct file_ops *vnode_file_ops(struct vnode *vnode);
enum vnode_type vnode_type_of(const struct vnode *vnode);
uint64_t vnode_size(const struct vnode *vnode);
/* Flags of the mount it is on (MOUNT_*): exec asks for NO_SUID. */
uint32_t vnode_mount_flags(const struct vnode *vnode);

/* returns: 0, -EACCES, -EROFS (a file or directory, to be written) */
int vnode_may(struct vnode *vnode, const struct credentials *who,
    uint32_t want);

#define CHANGE_MODE		0x01u
#define CHANGE_UID		0x02u
#define CHANGE_GID		0x04u
#define CHANGE_ATIME		0x08u	/* to `atime` */
#define CHANGE_MTIME		0x10u
#define CHANGE_ATIME_NOW	0x20u
#define CHANGE_MTIME_NOW	0x40u

struct vnode_change {
	uint32_t what;
	uint32_t mode;			/* permission bits */
	uint32_t uid, gid;
	struct timestamp atime, mtime;
};

/*
 * chmod, chown, utimens.  Who may not own set-uid bits loses them; -EPERM where
 * only the owner or root may; -EROFS.
 */
int vnode_change(struct vnode *vnode, const struct vnode_change *change,
    const struct credentials *who);

struct vfs_statfs {
	uint64_t magic;			/* Linux's number for the type */
	uint64_t block_bytes;
	uint64_t nblocks, free_blocks, available_blocks;
	uint64_t ninodes, free_inodes;
	uint32_t name_max;
	uint32_t mount_flags;		/* MOUNT_* */
	uint32_t device;
};

int vnode_statfs(struct vnode *vnode, struct vfs_statfs *out);

/* ---- Bytes --------------------------------------------------------------- */

/*
 * returns: bytes moved; less than asked for at the end of the file, or of the
 * disk (-ENOSPC if none was written), after a fault in the program's memory
 * (-EFAULT if none was moved); -EISDIR; -EINVAL if it is no file; -EFBIG.
 * Of a write, set-uid bits go unless `who` is root.
 */
int64_t vnode_read(struct vnode *vnode, struct uio *uio, uint64_t offset);
/* ... leaving its time of access. */
int64_t vnode_read_quietly(struct vnode *vnode, struct uio *uio,
    uint64_t offset);
/* append: at the end of the file at that moment; *offset is where it went. */
int64_t vnode_write(struct vnode *vnode, struct uio *uio, uint64_t *offset,
    bool append, const struct credentials *who);
/* The same with the kernel's memory. */
int64_t vnode_read_kernel(struct vnode *vnode, void *to, uint64_t offset,
    size_t len);
/* From the file system itself, past the cached pages: for who fills pages of
 * another object, with its lock held.  len: at most a page */
int64_t vnode_read_uncached(struct vnode *vnode, void *to, uint64_t offset,
    size_t len);
int64_t vnode_write_kernel(struct vnode *vnode, const void *from,
    uint64_t offset, size_t len);

/* The caller may write it.  -EFBIG, -ETXTBSY, -EINVAL if it is no file */
int vnode_truncate(struct vnode *vnode, uint64_t size);

#define ALLOCATE_KEEP_SIZE	0x01u	/* the values of Linux's fallocate */
#define ALLOCATE_PUNCH_HOLE	0x02u	/* with KEEP_SIZE */
#define ALLOCATE_ZERO_RANGE	0x10u

/* -EOPNOTSUPP: another mode, or the file system cannot; -ENOSPC, -EFBIG */
int vnode_allocate(struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len);
/* The next byte at or after `offset` that is data (or in a hole; the file's
 * end is one).  returns: it, or -ENXIO behind the end */
int64_t vnode_seek_data(struct vnode *vnode, uint64_t offset, bool hole);

/* To the disk.  data_only: not the times. */
int vnode_sync(struct vnode *vnode, bool data_only);

/* Give: *entry, the first at or after `cookie` (0: the first of all).
 * returns: 1, 0 at the end, -ENOTDIR */
int vnode_readdir(struct vnode *vnode, uint64_t cookie,
    struct vfs_entry *entry);
/* A directory was read, or a mapped file: its time of access. */
void vnode_accessed(struct vnode *vnode);
/* returns: length; not NUL-terminated */
int64_t vnode_readlink(struct vnode *vnode, char *to, size_t size);

/*
 * The cache of a regular file's pages, to be mapped; with a reference.
 * returns: 0, -ENODEV (it has none), -ENOMEM, -EAGAIN
 */
int vnode_object(struct vnode *vnode, struct object **out);
/* Whose pages an object caches, with a reference; NULL if no file's. */
struct vnode *vnode_of_object(struct object *object);

/* A file that is being run must not change under its programs: while the
 * count of denials is not 0, writing and truncating fail with -ETXTBSY. */
void vnode_deny_writes(struct vnode *vnode);
void vnode_allow_writes(struct vnode *vnode);
/* Files that are open to write it.  Who denies writes first and asks then, or
 * counts itself first and asks for denials then, misses nobody. */
void vnode_add_writer(struct vnode *vnode);
void vnode_remove_writer(struct vnode *vnode);
bool vnode_has_writers(const struct vnode *vnode);
