/*
 * Files on a file system.
 *
 *	program <-> page of the kernel's <-> vnode
 *
 * Bytes go through a page (or, when there is none or little to move, some
 * bytes of stack), so that no lock of the file system is held while the
 * program's memory is touched.
 */
#include "unix/fs/file_vnode.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"

#define SMALL_BYTES	512	/* of stack, where a page is not worth it */
#define RECORD_BYTES_MAX 512

/* Where bytes stop on their way. */
struct bounce {
	uint8_t *bytes;
	size_t size;
	void *page;			/* NULL: it is the stack's */
};

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

static int64_t
read_pieces(struct vnode *vnode, struct bounce *bounce, struct uio *uio,
    uint64_t *offset)
{
	int64_t done = 0;

	while (uio->left > 0) {
		size_t want = piece_bytes(bounce, *offset, uio->left), moved;
		int64_t n;

		n = done > 0 && is_interrupted() ? 0 : vnode_read_kernel(vnode,
		    bounce->bytes, *offset, want);
		if (n <= 0)
			return done > 0 ? done : n;
		moved = uio_put(uio, bounce->bytes, (size_t)n);
		*offset += moved;
		done += moved;
		if (moved < (size_t)n)
			return done > 0 ? done : -EFAULT;
		if ((size_t)n < want)
			break;
	}
	return done;
}

static int64_t
write_pieces(struct vnode *vnode, struct bounce *bounce, struct uio *uio,
    uint64_t *offset)
{
	int64_t done = 0;

	while (uio->left > 0) {
		size_t want = piece_bytes(bounce, *offset, uio->left), got;
		int64_t n = 0;

		if (done > 0 && is_interrupted())
			return done;
		got = uio_get(uio, bounce->bytes, want);
		if (got > 0)
			n = vnode_write_kernel(vnode, bounce->bytes, *offset,
			    got);
		uio_back(uio, got - (n > 0 ? (size_t)n : 0));
		if (n < 0)
			return done > 0 ? done : n;
		*offset += n;
		done += n;
		if (got < want)
			return done > 0 ? done : -EFAULT;
		if ((size_t)n < want)
			break;
	}
	return done;
}

static int64_t
regular_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint8_t small[SMALL_BYTES];
	struct bounce bounce;
	int64_t result;

	bounce_open(&bounce, small, uio->left);
	result = read_pieces(file->vnode, &bounce, uio, offset);
	bounce_close(&bounce);
	return result;
}

static int64_t
regular_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint8_t small[SMALL_BYTES];
	struct bounce bounce;
	struct vnode_stat stat;
	int64_t result;
	int err;

	if (file_flags(file) & FILE_APPEND) {
		err = vnode_stat(file->vnode, &stat);
		if (err != 0)
			return err;
		*offset = stat.size;
	}
	bounce_open(&bounce, small, uio->left);
	result = write_pieces(file->vnode, &bounce, uio, offset);
	bounce_close(&bounce);
	return result;
}

/* ---- Offsets ------------------------------------------------------------- */

int64_t
vnode_file_seek(struct file *file, int64_t offset, int whence)
{
	struct vnode_stat stat;
	int64_t base = 0;
	int err;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		base = (int64_t)file->offset;
		break;
	case SEEK_END:
		err = vnode_stat(file->vnode, &stat);
		if (err != 0)
			return err;
		base = (int64_t)stat.size;
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(base, offset, &base))
		return -EOVERFLOW;
	if (base < 0)
		return -EINVAL;
	file->offset = (uint64_t)base;
	return base;
}

/* ---- Directories --------------------------------------------------------- */

static int64_t
directory_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)file;
	(void)uio;
	(void)offset;
	return -EISDIR;
}

static int
directory_read_entries(struct file *file, struct directory_reader *reader)
{
	struct vfs_entry entry;
	int result;

	for (;;) {
		result = vnode_readdir(file->vnode, file->offset, &entry);
		if (result <= 0)
			return result;
		result = reader->emit(reader, &entry);
		if (result != 0)
			return result;
		file->offset = entry.next;
	}
}

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
read_records(struct file *file, struct uio *uio, size_t record_bytes,
    void (*record)(const struct vfs_entry *entry, void *bytes))
{
	uint8_t bytes[RECORD_BYTES_MAX];
	struct vfs_entry entry;
	int64_t done = 0;

	while (uio->left > 0) {
		size_t start = file->offset % record_bytes, want, moved;
		int result = is_interrupted() ? -EINTR : entry_read(file,
		    file->offset / record_bytes, &entry);

		if (result <= 0)
			return done > 0 ? done : result;
		record(&entry, bytes);
		want = MIN(uio->left, record_bytes - start);
		moved = uio_put(uio, bytes + start, want);
		file->offset += moved;
		done += moved;
		if (moved < want)
			return done > 0 ? done : -EFAULT;
	}
	return done;
}

int64_t
file_read_records(struct file *file, struct uio *uio, size_t record_bytes,
    void (*record)(const struct vfs_entry *entry, void *bytes))
{
	int64_t result;

	ASSERT(record_bytes > 0 && record_bytes <= RECORD_BYTES_MAX);
	if (!(file_flags(file) & FILE_READ))
		return -EBADF;
	if (file->ops->read_directory == NULL)
		return -ENOTDIR;
	mutex_lock(&file->lock);
	result = read_records(file, uio, record_bytes, record);
	mutex_unlock(&file->lock);
	return result;
}

const struct file_ops regular_ops = {
	.name = "file",
	.read = regular_read,
	.write = regular_write,
	.seek = vnode_file_seek,
};

const struct file_ops directory_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = vnode_file_seek,
	.read_directory = directory_read_entries,
};
