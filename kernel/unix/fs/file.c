/*
 * Open files.
 *
 *	descriptors (proc) -> struct file -> vnode, or pipe, or device
 *
 * Bytes between a program and a vnode go through a page of the kernel's (or,
 * when there is none or little to move, some bytes of stack), so that no lock
 * of the file system is held while the program's memory is touched.
 *
 * Lock order: file->lock, held over a whole read or write of a vnode, user
 * copies included, so that the offset moves by what was moved; below it the
 * locks of pipe, console, mount.  Pipes and devices are used without it: they
 * may wait for ever.
 */
#include "unix/fs/file.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/mem/frame.h"
#include "core/mem/pool.h"
#include "core/task/mutex.h"
#include "core/task/thread.h"
#include "core/vm/user.h"
#include "unix/fs/chardev.h"
#include "unix/fs/pipe.h"

#define SMALL_BYTES	512	/* of stack, where a page is not worth it */
#define RECORD_BYTES_MAX 512

/* [a] atomic, [c] constant while it is open, [l] lock */
struct file {
	uint32_t refs;			/* [a] */
	bool readable, writable;	/* [c] */
	bool write_end;			/* [c] of the pipe */
	struct vnode *vnode;		/* [c] NULL for a pipe */
	struct pipe *pipe;		/* [c] NULL, or which */
	const struct chardev *device;	/* [c] of a VNODE_DEVICE */
	uint16_t minor;			/* [c] */
	struct mutex lock;
	uint64_t offset;		/* [l] */
	uint64_t cookie_record;		/* [l] the record `cookie` stands for */
	uint64_t cookie;		/* [l] */
};

/* Where bytes stop on their way. */
struct bounce {
	uint8_t *bytes;
	size_t size;
	void *page;			/* NULL: it is the stack's */
};

static struct pool file_pool;

void
file_init(void)
{
	pool_init(&file_pool, "files", sizeof(struct file),
	    machine_capacity(FILES_EACH_KIB, FILES_MIN, FILES_MAX));
	pipe_init();
	vfs_init();
}

uint32_t
file_count(void)
{
	return pool_used(&file_pool);
}

static struct file *
file_alloc(bool readable, bool writable)
{
	struct file *file = pool_alloc(&file_pool);

	if (file == NULL)
		return NULL;
	file->refs = 1;
	file->readable = readable;
	file->writable = writable;
	mutex_init(&file->lock, "file", RANK_FILE);
	return file;
}

int
file_open(struct vnode *vnode, bool readable, bool writable,
    struct file **out)
{
	const struct chardev *device = NULL;
	struct vnode_stat stat;
	struct file *file;
	int err;

	err = vnode_stat(vnode, &stat);
	if (err != 0)
		return err;
	if (stat.type == VNODE_DEVICE) {
		device = chardev_find(stat.major);
		if (device == NULL)
			return -ENXIO;
	}
	file = file_alloc(readable, writable);
	if (file == NULL)
		return -ENFILE;
	file->vnode = vnode;
	file->device = device;
	file->minor = stat.minor;
	*out = file;
	return 0;
}

int
file_open_pipe(struct file **read_end, struct file **write_end)
{
	struct pipe *pipe = pipe_open();

	if (pipe == NULL)
		return -ENFILE;
	*read_end = file_alloc(true, false);
	if (*read_end == NULL)
		goto close_pipe;
	*write_end = file_alloc(false, true);
	if (*write_end == NULL)
		goto free_read_end;
	(*read_end)->pipe = (*write_end)->pipe = pipe;
	(*write_end)->write_end = true;
	return 0;

free_read_end:
	pool_free(&file_pool, *read_end);
close_pipe:
	pipe_close(pipe, false);
	pipe_close(pipe, true);
	return -ENFILE;
}

void
file_get(struct file *file)
{
	ASSERT(atomic_add(&file->refs, 1) > 0);
}

void
file_put(struct file *file)
{
	if (atomic_sub(&file->refs, 1) > 1)
		return;
	if (file->pipe != NULL)
		pipe_close(file->pipe, file->write_end);
	if (file->vnode != NULL)
		vnode_put(file->vnode);
	pool_free(&file_pool, file);
}

/* Moving bytes */

/* needs: `small` has SMALL_BYTES */
static void
bounce_open(struct bounce *bounce, uint8_t *small, uint64_t len)
{
	bounce->page = len > SMALL_BYTES ? frame_alloc_kernel() : NULL;
	bounce->bytes = bounce->page != NULL ? bounce->page : small;
	bounce->size = bounce->page != NULL ? PAGE_BYTES : SMALL_BYTES;
}

static void
bounce_close(struct bounce *bounce)
{
	if (bounce->page != NULL)
		frame_free_kernel(bounce->page);
}

/* How much to move next: up to where a page of the file ends, so that the
 * pieces behind it are whole blocks. */
static size_t
piece_bytes(const struct bounce *bounce, uint64_t offset, uint64_t left)
{
	size_t to_end = bounce->size - offset % bounce->size;

	return MIN(left, to_end);
}

/* Whether the thread is to die: then nobody waits for the rest. */
static bool
is_interrupted(void)
{
	return atomic_load_relaxed(&thread_this()->interrupted);
}

/* needs: file->lock */
static int64_t
read_vnode(struct file *file, struct bounce *bounce, vaddr_t to,
    uint64_t len)
{
	uint64_t done = 0;

	while (done < len) {
		size_t want = piece_bytes(bounce, file->offset, len - done);
		size_t copied;
		int64_t n;
		int err;

		n = is_interrupted() ? -EINTR : vnode_read_kernel(file->vnode,
		    bounce->bytes, file->offset, want);
		if (n <= 0)
			return done > 0 ? (int64_t)done : n;
		err = user_write(to + done, bounce->bytes, (size_t)n, &copied);
		file->offset += copied;
		done += copied;
		if (err != 0)
			return done > 0 ? (int64_t)done : err;
		if ((size_t)n < want)
			break;
	}
	return (int64_t)done;
}

/* needs: file->lock */
static int64_t
write_vnode(struct file *file, struct bounce *bounce, vaddr_t from,
    uint64_t len)
{
	uint64_t done = 0;

	while (done < len) {
		size_t want = piece_bytes(bounce, file->offset, len - done);
		size_t copied;
		int64_t n = 0;
		int err;

		if (is_interrupted())
			return done > 0 ? (int64_t)done : -EINTR;
		err = user_read(bounce->bytes, from + done, want, &copied);
		if (copied > 0)
			n = vnode_write_kernel(file->vnode, bounce->bytes,
			    file->offset, copied);
		if (n > 0) {
			file->offset += n;
			done += n;
		}
		if (n < 0 || err != 0)
			return done > 0 ? (int64_t)done : n < 0 ? n : err;
		if ((size_t)n < want)
			break;
	}
	return (int64_t)done;
}

int64_t
file_read(struct file *file, vaddr_t to, uint64_t len)
{
	uint8_t small[SMALL_BYTES];
	struct bounce bounce;
	int64_t result;

	if (!file->readable)
		return -EBADF;
	if (file->pipe != NULL)
		return pipe_read(file->pipe, to, len);
	if (file->device != NULL)
		return file->device->read(file->minor, to, len);
	bounce_open(&bounce, small, len);
	mutex_lock(&file->lock);
	result = read_vnode(file, &bounce, to, len);
	mutex_unlock(&file->lock);
	bounce_close(&bounce);
	return result;
}

int64_t
file_write(struct file *file, vaddr_t from, uint64_t len)
{
	uint8_t small[SMALL_BYTES];
	struct bounce bounce;
	int64_t result;

	if (!file->writable)
		return -EBADF;
	if (file->pipe != NULL)
		return pipe_write(file->pipe, from, len);
	if (file->device != NULL)
		return file->device->write(file->minor, from, len);
	bounce_open(&bounce, small, len);
	mutex_lock(&file->lock);
	result = write_vnode(file, &bounce, from, len);
	mutex_unlock(&file->lock);
	bounce_close(&bounce);
	return result;
}

/* What is known of a file */

int
file_stat(struct file *file, struct vnode_stat *stat)
{
	if (file->vnode == NULL)
		return -EINVAL;
	return vnode_stat(file->vnode, stat);
}

struct vnode *
file_vnode(const struct file *file)
{
	return file->vnode;
}

bool
file_readable(const struct file *file)
{
	return file->readable;
}

uint64_t
file_offset(const struct file *file)
{
	return atomic_load_relaxed(&file->offset);
}

/* Directories */

/*
 * Entry number `record` of the directory.
 * needs:   file->lock
 * returns: 1, 0 if there are fewer, or -errno
 */
static int
entry_read(struct file *file, uint64_t record, struct vfs_entry *entry)
{
	int result;

	/* Somebody moved the offset back, or the cookie is of another place:
	 * count from the start. */
	if (record < file->cookie_record)
		file->cookie_record = file->cookie = 0;
	for (;;) {
		result = vnode_readdir(file->vnode, file->cookie, entry);
		if (result <= 0 || file->cookie_record == record)
			return result;
		file->cookie = entry->next;
		file->cookie_record++;
	}
}

/* needs: file->lock */
static int64_t
read_records(struct file *file, vaddr_t to, uint64_t len,
    size_t record_bytes,
    void (*record)(const struct vfs_entry *entry, void *bytes))
{
	uint8_t bytes[RECORD_BYTES_MAX];
	struct vfs_entry entry;
	uint64_t done = 0;

	while (done < len) {
		size_t start = file->offset % record_bytes, copied;
		int result = is_interrupted() ? -EINTR : entry_read(file,
		    file->offset / record_bytes, &entry);

		if (result <= 0)
			return done > 0 ? (int64_t)done : result;
		record(&entry, bytes);
		result = user_write(to + done, bytes + start,
		    MIN(len - done, record_bytes - start), &copied);
		file->offset += copied;
		done += copied;
		if (result != 0)
			return done > 0 ? (int64_t)done : result;
	}
	return (int64_t)done;
}

int64_t
file_read_directory(struct file *file, vaddr_t to, uint64_t len,
    size_t record_bytes,
    void (*record)(const struct vfs_entry *entry, void *bytes))
{
	int64_t result;

	ASSERT(record_bytes > 0 && record_bytes <= RECORD_BYTES_MAX);
	if (!file->readable)
		return -EBADF;
	if (file->vnode == NULL)
		return -ENOTDIR;
	mutex_lock(&file->lock);
	result = read_records(file, to, len, record_bytes, record);
	mutex_unlock(&file->lock);
	return result;
}
