/*
 * Open files: what a descriptor stands for, and what can be done with it.
 *
 *	descriptor -> struct file -> ops, private: a pipe's end, a socket, ...
 *	                          -> vnode: what was opened by name, if so
 *
 * A file is counted: descriptors hold it, and so does every call while it uses
 * it (descriptor_get, file_put), since another thread may close the descriptor
 * meanwhile.
 *
 * A file with `ops->seek` has an offset, which read and write move under
 * file->lock; the others are streams, and are called without it, as they may
 * wait for ever.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"
#include "core/task/mutex.h"
#include "core/vm/uio.h"
#include "unix/fs/poll.h"
#include "unix/fs/vfs.h"

struct file;
struct file_async;
struct object;

/* file->flags.  What open gives and fcntl may change stands in
 * FILE_STATUS_FLAGS; the rest is constant. */
#define FILE_READ	0x0001u
#define FILE_WRITE	0x0002u
#define FILE_APPEND	0x0004u	/* every write goes to the end */
#define FILE_NONBLOCK	0x0008u	/* -EAGAIN instead of waiting */
#define FILE_PATH	0x0010u	/* O_PATH: only names a place */
#define FILE_SYNC	0x0020u	/* a write returns when it is on the disk */
#define FILE_DATA_SYNC	0x0040u	/* ... its bytes, if not the times */
#define FILE_NO_ATIME	0x0080u	/* reading leaves the time of access */
#define FILE_DIRECT	0x0100u	/* O_DIRECT: of a pipe, packets */
#define FILE_NO_TTY	0x0200u	/* for open: not to be the session's terminal */
#define FILE_UNCOUNTED	0x0400u	/* exec does not mind that it is open to write */
#define FILE_ASYNC	0x0800u	/* signals say what is ready: file_async.h */
#define FILE_STATUS_FLAGS \
	(FILE_APPEND | FILE_NONBLOCK | FILE_NO_ATIME | FILE_DIRECT | FILE_ASYNC)

/* For seek: Linux's values. */
#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#define SEEK_DATA	3
#define SEEK_HOLE	4

/* For map: what is to be mapped, and what of. */
struct file_map {
	uint64_t offset;		/* page-aligned */
	uint64_t len;			/* page-aligned */
	uint32_t prot;			/* PROT_ */
	bool shared;
	struct object *object;		/* given, with a reference */
	uint32_t first_page;		/* given: of the object */
	bool may_write;			/* given: may become writable later */
};

/* For reading a directory: takes an entry, or says why not.
 * returns: 0 taken; 1 no room; -errno */
struct directory_reader {
	int (*emit)(struct directory_reader *reader,
	    const struct vfs_entry *entry);
};

/*
 * What a kind of file can do.  Any may be NULL, which means what is said.
 * Result: 0 or -errno where nothing else is said.
 */
struct file_ops {
	const char *name;		/* for /proc: "pipe", "[eventpoll]" */
	/*
	 * Once a file was opened by name, before anybody has it; it may set
	 * file->private, replace file->ops, or wait (FIFOs).  NULL: nothing.
	 */
	int (*open)(struct file *file);
	/* The last reference goes; file->vnode is put after.  NULL: nothing */
	void (*release)(struct file *file);
	/*
	 * Move bytes by `uio`; `offset` is where, and is moved by what was
	 * moved (of a stream: NULL).  Waits unless FILE_NONBLOCK.
	 * returns: bytes moved, 0 at the end; -EAGAIN, -ERESTARTSYS, -EFAULT
	 *          ... before the first.  NULL: -EINVAL
	 */
	int64_t (*read)(struct file *file, struct uio *uio, uint64_t *offset);
	int64_t (*write)(struct file *file, struct uio *uio, uint64_t *offset);
	/* What is ready (POLL_); cheap, any number of times, table may be
	 * NULL.  Holds mutexes of no rank above RANK_SPACE.  NULL: POLL_ALWAYS */
	uint32_t (*poll)(struct file *file, struct poll_table *table);
	/* NULL: -ENOTTY */
	int64_t (*ioctl)(struct file *file, uint32_t request, vaddr_t argument);
	/* With file->lock, sets file->offset.  returns: it.  NULL: a stream,
	 * -ESPIPE */
	int64_t (*seek)(struct file *file, int64_t offset, int whence);
	/* NULL: -ENODEV */
	int (*map)(struct file *file, struct file_map *map);
	/* With file->lock.  returns: 0 at the end or what emit said. NULL:
	 * -ENOTDIR */
	int (*read_directory)(struct file *file,
	    struct directory_reader *reader);
	/* NULL: -EINVAL */
	int (*sync)(struct file *file, bool data_only);
	/* NULL: the vnode's; without a vnode, an anonymous file's */
	int (*stat)(struct file *file, struct vnode_stat *stat);
	/* fcntl wants to set FILE_STATUS_FLAGS.  NULL: it may */
	int (*set_flags)(struct file *file, uint32_t flags);
	/* One line or more for /proc/PID/fdinfo.  returns: bytes.  NULL: none */
	size_t (*describe)(struct file *file, char *to, size_t size);
};

/* Who counts the files of one door's programs: see file_charge. */
struct file_quota {
	uint32_t used;			/* [a] */
	uint32_t max;			/* [c] */
};

/* [a] atomic, [c] constant once it is open, [l] lock, [w] watch lock */
struct file {
	const struct file_ops *ops;	/* [c] */
	void *private;			/* [c] of ops' */
	struct vnode *vnode;		/* [c] with a reference, or NULL */
	uint32_t refs;			/* [a] */
	uint32_t flags;			/* [a] FILE_ */
	char *path;			/* [c] as opened, on the heap; or NULL */
	struct file_quota *quota;	/* [c] or NULL */
	struct list epoll_items;	/* [w] of epoll instances that watch it */
	struct mutex lock;
	uint64_t offset;		/* [l] */
	uint64_t cookie_record;		/* [l] the record `cookie` stands for */
	uint64_t cookie;		/* [l] see file_read_records */
	struct file_async *async;	/* [l] whom to signal; NULL: nobody */
};

void file_init(void);		/* once, at boot */
uint32_t file_count(void);	/* open ones */
uint32_t file_capacity(void);	/* how many there can be */

/* A file that has no name: a pipe's end, a socket, an eventfd.
 * returns: 0 or -ENFILE (`private` stays the caller's) */
int file_create(const struct file_ops *ops, void *private, uint32_t flags,
    struct file **out);

/*
 * Open a vnode: permissions were checked (vfs_open).  Takes over the caller's
 * reference to `vnode` where it succeeds; `path` (may be NULL) is copied.
 * returns: 0; -ENFILE, -ENOMEM, -ENXIO (no such device, or nobody has the
 *          other end of a FIFO), -ERESTARTSYS, what the device says
 */
int file_open(struct vnode *vnode, const char *path, uint32_t flags,
    struct file **out);

/*
 * Open what a file is once more, with flags of its own (/proc/self/fd/N):
 * permissions were checked.
 * returns: as file_open; -ENXIO: what has no name and is no pipe
 */
int file_reopen(struct file *file, uint32_t flags, struct file **out);

/* Count it among a door's files from now on.  returns: 0 or -ENFILE */
int file_charge(struct file *file, struct file_quota *quota);

void file_get(struct file *file);
void file_put(struct file *file);

/*
 * returns: bytes moved (0: end of file), or -EBADF (not open for that),
 * -EFAULT, -EISDIR, -EPIPE, -EAGAIN, -ERESTARTSYS, -ENOSPC, -ENOMEM,
 * -ESPIPE (_at of a stream), -EINVAL ...
 */
int64_t file_read(struct file *file, struct uio *uio);
int64_t file_write(struct file *file, struct uio *uio);
/* At an offset that is given, leaving the file's own alone. */
int64_t file_read_at(struct file *file, struct uio *uio, uint64_t offset);
int64_t file_write_at(struct file *file, struct uio *uio, uint64_t offset);

/* returns: the new offset; -ESPIPE, -EINVAL, -ENXIO (no data behind it),
 * -EOVERFLOW */
int64_t file_seek(struct file *file, int64_t offset, int whence);
/* Where the next read or write goes, at this moment. */
uint64_t file_offset(const struct file *file);

uint32_t file_poll(struct file *file, struct poll_table *table);
int64_t file_ioctl(struct file *file, uint32_t request, vaddr_t argument);
/* -ENODEV; -EACCES where the file is not open for what is asked */
int file_map(struct file *file, struct file_map *map);
int file_sync(struct file *file, bool data_only);
int file_stat(struct file *file, struct vnode_stat *stat);

uint32_t file_flags(const struct file *file);
/* Change those of FILE_STATUS_FLAGS.  returns: 0 or what the file says */
int file_set_flags(struct file *file, uint32_t flags);
bool file_nonblock(const struct file *file);
/* Whether this read or write is not to wait. */
bool file_no_wait(const struct file *file, const struct uio *uio);

/*
 * Give the next entries of a directory to the reader, from where the offset
 * is, which is the cookie of the first; it moves by what was taken.
 * returns: 0 at the end, 1 where the reader had no room, -errno
 */
int file_read_directory(struct file *file, struct directory_reader *reader);

/*
 * Read a directory's next entries through `record`, which turns one entry
 * into `record_bytes` bytes for the program.  The offset counts these bytes.
 * returns: bytes read, or -errno
 */
int64_t file_read_records(struct file *file, struct uio *uio,
    size_t record_bytes,
    void (*record)(const struct vfs_entry *entry, void *bytes));
