/*
 * Files on a file system: an offset before a vnode.  Who writes is held to the
 * limit of what it may make of a file.
 */
#include "unix/fs/file_vnode.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/layout.h"
#include "core/task/thread.h"
#include "core/vm/range.h"
#include "unix/fs/caller.h"
#include "unix/fs/memfd.h"

#define RECORD_BYTES_MAX 512

/* Whether the thread is to die: then nobody waits for the rest. */
static bool
is_interrupted(void)
{
	return atomic_load_relaxed(&thread_this()->interrupted);
}

/* A directory was read, or a file mapped. */
static void
accessed(struct file *file)
{
	if (!(file_flags(file) & FILE_NO_ATIME))
		vnode_accessed(file->vnode);
}

/* ---- Bytes --------------------------------------------------------------- */

static int64_t
regular_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	int64_t result;

	if (file_flags(file) & FILE_NO_ATIME)
		result = vnode_read_quietly(file->vnode, uio, *offset);
	else
		result = vnode_read(file->vnode, uio, *offset);

	if (result > 0)
		*offset += (uint64_t)result;
	return result;
}

/*
 * Leave out of a write at `offset` what is beyond the caller's limit.
 * gives:   *hidden: bytes taken off uio->left
 * returns: 0, or -EFBIG where nothing is left
 */
static int
limit_write(struct uio *uio, uint64_t offset, uint64_t *hidden)
{
	uint64_t limit = caller_file_limit();

	*hidden = 0;
	if (uio->left == 0 || uio->left <= limit - MIN(limit, offset))
		return 0;
	if (offset >= limit) {
		caller_file_too_large();
		return -EFBIG;
	}
	*hidden = uio->left - (limit - offset);
	uio->left -= *hidden;
	return 0;
}

static int64_t
regular_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	bool append = file_flags(file) & FILE_APPEND;
	uint64_t hidden;
	int64_t result;

	result = limit_write(uio, append ? vnode_size(file->vnode) : *offset,
	    &hidden);
	if (result != 0)
		return result;
	result = vnode_write(file->vnode, uio, offset, append,
	    caller_credentials());
	uio->left += hidden;
	if (result > 0)
		*offset += (uint64_t)result;
	return result;
}

static int
vnode_file_sync(struct file *file, bool data_only)
{
	return vnode_sync(file->vnode, data_only);
}

static int
regular_map(struct file *file, struct file_map *map)
{
	uint64_t first = map->offset / PAGE_BYTES;
	int err;

	if (first + map->len / PAGE_BYTES > UINT32_MAX)
		return -EOVERFLOW;
	if ((map->prot & PROT_EXEC) &&
	    (vnode_mount_flags(file->vnode) & MOUNT_NO_EXEC))
		return -EPERM;
	if (map->shared && memfd_may_map(file->vnode) != 0) {
		if (map->prot & PROT_WRITE)
			return -EPERM;
		map->may_write = false;
	}
	err = vnode_object(file->vnode, &map->object);
	if (err != 0)
		return err;
	map->first_page = (uint32_t)first;
	accessed(file);
	return 0;
}

/* ---- Offsets ------------------------------------------------------------- */

/* needs: file->lock, or nobody minds */
static int64_t
seek_base(struct file *file, int whence, int64_t *base)
{
	struct vnode_stat stat;
	int err = 0;

	*base = 0;
	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		*base = (int64_t)file->offset;
		break;
	case SEEK_END:
		err = vnode_stat(file->vnode, &stat);
		*base = (int64_t)stat.size;
		break;
	default:
		err = -EINVAL;
	}
	return err;
}

int64_t
vnode_file_seek(struct file *file, int64_t offset, int whence)
{
	int64_t base, result;

	if (whence == SEEK_DATA || whence == SEEK_HOLE) {
		if (offset < 0)
			return -ENXIO;
		result = vnode_seek_data(file->vnode, (uint64_t)offset,
		    whence == SEEK_HOLE);
	} else {
		result = seek_base(file, whence, &base);
		if (result != 0)
			return result;
		if (__builtin_add_overflow(base, offset, &result))
			return -EOVERFLOW;
		if (result < 0)
			return -EINVAL;
	}
	if (result >= 0)
		file->offset = (uint64_t)result;
	return result;
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
	struct vnode_stat stat;
	struct vfs_entry entry;
	int result = vnode_stat(file->vnode, &stat);

	/* One that was removed has not even itself in it. */
	if (result == 0 && stat.nlinks == 0)
		result = -ENOENT;
	if (result != 0)
		return result;
	for (;;) {
		result = vnode_readdir(file->vnode, file->offset, &entry);
		if (result == 0)
			accessed(file);
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
	.map = regular_map,
	.sync = vnode_file_sync,
};

const struct file_ops directory_ops = {
	.name = "directory",
	.read = directory_read,
	.seek = vnode_file_seek,
	.read_directory = directory_read_entries,
	.sync = vnode_file_sync,
};
