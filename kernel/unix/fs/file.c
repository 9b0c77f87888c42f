/*
 * Open files: their life, and what every kind of file shares.  What kinds do
 * stands in their own files: file_vnode.c, pipe.c, fifo.c, ...
 *
 * Lock order: file->lock, held over a whole read or write of a file with an
 * offset, user copies included, so that the offset moves by what was moved;
 * below it the locks of what is behind.
 */
#include "unix/fs/file.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/cpu/layout.h"
#include "core/mem/pool.h"
#include "core/vm/heap.h"
#include "core/vm/range.h"
#include "unix/fs/device.h"
#include "unix/fs/epoll.h"
#include "unix/fs/fifo.h"
#include "unix/fs/file_async.h"
#include "unix/fs/file_lock.h"
#include "unix/fs/file_vnode.h"
#include "unix/fs/inotify.h"
#include "unix/fs/pipe.h"

static struct pool file_pool;

/* Files without a name look like one of these: inode 0, mode 0600. */
#define NAMELESS_MODE	0600

/* What O_PATH opens: it can be asked about, and no more. */
static const struct file_ops path_ops = { .name = "path" };

void
file_init(void)
{
	pool_init(&file_pool, "files", sizeof(struct file),
	    machine_capacity(FILES_EACH_KIB, FILES_MIN, FILES_MAX));
	pipe_init();
	file_lock_init();
	inotify_init();
	vfs_init();
}

uint32_t
file_capacity(void)
{
	return machine_capacity(FILES_EACH_KIB, FILES_MIN, FILES_MAX);
}

uint32_t
file_count(void)
{
	return pool_used(&file_pool);
}

int
file_create(const struct file_ops *ops, void *private, uint32_t flags,
    struct file **out)
{
	struct file *file = pool_alloc(&file_pool);

	if (file == NULL)
		return -ENFILE;
	file->ops = ops;
	file->private = private;
	file->flags = flags;
	file->refs = 1;
	list_init(&file->epoll_items);
	mutex_init(&file->lock, "file", RANK_FILE);
	*out = file;
	return 0;
}

/* Set what it can do by what it is. */
static int
choose_ops(struct file *file, const struct vnode_stat *stat)
{
	const struct file_ops *own = vnode_file_ops(file->vnode);

	if (own != NULL) {
		file->ops = own;
		return 0;
	}
	switch (stat->type) {
	case VNODE_FILE:
		file->ops = &regular_ops;
		return 0;
	case VNODE_DIRECTORY:
		file->ops = &directory_ops;
		return 0;
	case VNODE_FIFO:
		file->ops = &fifo_ops;
		return 0;
	case VNODE_DEVICE:
	case VNODE_BLOCK_DEVICE:
		file->ops = device_ops(stat->type == VNODE_BLOCK_DEVICE,
		    stat->major, stat->minor);
		return file->ops != NULL ? 0 : -ENXIO;
	case VNODE_SOCKET:
		return -ENXIO;
	case VNODE_SYMLINK:
		return -ELOOP;
	}
	return -ENXIO;
}

/* A copy of a path on the heap, cut to what that gives. */
static char *
copy_path(const char *path)
{
	size_t len = strnlen(path, PATH_BYTES - 1);
	char *copy = heap_alloc(len + 1);

	if (copy != NULL)
		memcpy(copy, path, len);
	return copy;
}

/* Whether exec must not run what it has open. */
static bool
is_writer(const struct file *file)
{
	return file->vnode != NULL &&
	    vnode_type_of(file->vnode) == VNODE_FILE &&
	    (file->flags & (FILE_WRITE | FILE_PATH | FILE_UNCOUNTED)) ==
	    FILE_WRITE;
}

int
file_open(struct vnode *vnode, const char *path, uint32_t flags,
    struct file **out)
{
	struct vnode_stat stat;
	struct file *file;
	int err;

	err = vnode_stat(vnode, &stat);
	if (err == 0)
		err = file_create(&path_ops, NULL, flags, &file);
	if (err != 0)
		return err;
	if (path != NULL) {
		file->path = copy_path(path);
		if (file->path == NULL) {
			err = -ENOMEM;
			goto free_file;
		}
	}
	file->vnode = vnode;
	if (!(flags & FILE_PATH))
		err = choose_ops(file, &stat);
	if (err == 0 && file->ops->open != NULL)
		err = file->ops->open(file);
	if (err != 0)
		goto free_path;
	if (is_writer(file))
		vnode_add_writer(vnode);
	if (!(flags & FILE_PATH))
		change_tell(vnode, CHANGE_OPEN);
	*out = file;
	return 0;

free_path:
	heap_free(file->path);
free_file:
	pool_free(&file_pool, file);
	return err;
}

int
file_reopen(struct file *file, uint32_t flags, struct file **out)
{
	struct pipe *pipe = pipe_of(file);
	int err;

	if (file->vnode == NULL)
		return pipe != NULL ? pipe_reopen(pipe, flags, out) : -ENXIO;
	vnode_get(file->vnode);
	err = file_open(file->vnode, file->path, flags, out);
	if (err != 0)
		vnode_put(file->vnode);
	return err;
}

int
file_charge(struct file *file, struct file_quota *quota)
{
	ASSERT(file->quota == NULL);
	if (atomic_add(&quota->used, 1) >= quota->max) {
		atomic_sub(&quota->used, 1);
		return -ENFILE;
	}
	file->quota = quota;
	return 0;
}

void
file_get(struct file *file)
{
	ASSERT(atomic_add(&file->refs, 1) > 0);
}

/* Tell those who watch it of something done through the file. */
static void
told(const struct file *file, uint32_t what)
{
	if (file->vnode != NULL && !(file_flags(file) & FILE_PATH))
		change_tell(file->vnode, what);
}

void
file_put(struct file *file)
{
	if (atomic_sub(&file->refs, 1) > 1)
		return;
	epoll_forget(file);
	file_async_end(file);
	file_lock_released(file);
	if (file->ops->release != NULL)
		file->ops->release(file);
	if (file->vnode != NULL) {
		told(file, file->flags & FILE_WRITE ? CHANGE_CLOSE_WRITE :
		    CHANGE_CLOSE_NO_WRITE);
		if (is_writer(file))
			vnode_remove_writer(file->vnode);
		vnode_put(file->vnode);
	}
	if (file->quota != NULL)
		atomic_sub(&file->quota->used, 1);
	heap_free(file->path);
	pool_free(&file_pool, file);
}

/* ---- Moving bytes -------------------------------------------------------- */

static int64_t
read_done(struct file *file, int64_t moved)
{
	if (moved > 0)
		told(file, CHANGE_ACCESS);
	return moved;
}

/* Whether it has neither an offset nor a name, and so nothing is to be done
 * but to move bytes. */
static bool
is_plain(const struct file *file)
{
	return file->vnode == NULL && file->ops->seek == NULL;
}

/* `move`, read or write, at the file's offset if it has one. */
static __attribute__((noinline)) int64_t
move_at_offset(struct file *file, struct uio *uio,
    int64_t (*move)(struct file *file, struct uio *uio, uint64_t *offset))
{
	int64_t result;

	if (file->ops->seek == NULL)
		return move(file, uio, NULL);
	mutex_lock(&file->lock);
	result = move(file, uio, &file->offset);
	mutex_unlock(&file->lock);
	return result;
}

int64_t
file_read(struct file *file, struct uio *uio)
{
	if (!(file_flags(file) & FILE_READ))
		return -EBADF;
	if (file->ops->read == NULL)
		return -EINVAL;
	if (is_plain(file))
		return file->ops->read(file, uio, NULL);
	return read_done(file, move_at_offset(file, uio, file->ops->read));
}

/* What was written goes to the disk now if the file was opened so. */
static int64_t
write_done(struct file *file, int64_t written)
{
	uint32_t flags = file_flags(file);
	int err = 0;

	if (written > 0)
		told(file, CHANGE_MODIFY);
	if (written > 0 && (flags & (FILE_SYNC | FILE_DATA_SYNC)) &&
	    file->ops->sync != NULL)
		err = file->ops->sync(file, !(flags & FILE_SYNC));
	return err != 0 ? err : written;
}

int64_t
file_write(struct file *file, struct uio *uio)
{
	if (!(file_flags(file) & FILE_WRITE))
		return -EBADF;
	if (file->ops->write == NULL)
		return -EINVAL;
	if (is_plain(file))
		return file->ops->write(file, uio, NULL);
	return write_done(file, move_at_offset(file, uio, file->ops->write));
}

int64_t
file_read_at(struct file *file, struct uio *uio, uint64_t offset)
{
	if (!(file_flags(file) & FILE_READ))
		return -EBADF;
	if (file->ops->seek == NULL)
		return -ESPIPE;
	if (file->ops->read == NULL)
		return -EINVAL;
	return read_done(file, file->ops->read(file, uio, &offset));
}

int64_t
file_write_at(struct file *file, struct uio *uio, uint64_t offset)
{
	if (!(file_flags(file) & FILE_WRITE))
		return -EBADF;
	if (file->ops->seek == NULL)
		return -ESPIPE;
	if (file->ops->write == NULL)
		return -EINVAL;
	return write_done(file, file->ops->write(file, uio, &offset));
}

int64_t
file_seek(struct file *file, int64_t offset, int whence)
{
	int64_t result;

	if (file_flags(file) & FILE_PATH)
		return -EBADF;
	if (file->ops->seek == NULL)
		return -ESPIPE;
	mutex_lock(&file->lock);
	result = file->ops->seek(file, offset, whence);
	mutex_unlock(&file->lock);
	return result;
}

uint64_t
file_offset(const struct file *file)
{
	return atomic_load_relaxed(&file->offset);
}

/* ---- What else can be done ----------------------------------------------- */

uint32_t
file_poll(struct file *file, struct poll_table *table)
{
	if (file_flags(file) & FILE_PATH)
		return POLL_NVAL;
	if (file->ops->poll == NULL)
		return POLL_ALWAYS;
	return file->ops->poll(file, table);
}

int64_t
file_ioctl(struct file *file, uint32_t request, vaddr_t argument)
{
	if (file_flags(file) & FILE_PATH)
		return -EBADF;
	if (file->ops->ioctl == NULL)
		return -ENOTTY;
	return file->ops->ioctl(file, request, argument);
}

int
file_map(struct file *file, struct file_map *map)
{
	uint32_t flags = file_flags(file);

	if (flags & FILE_PATH)
		return -EBADF;
	if (!(flags & FILE_READ))
		return -EACCES;
	if (map->shared && (map->prot & PROT_WRITE) && !(flags & FILE_WRITE))
		return -EACCES;
	if (file->ops->map == NULL)
		return -ENODEV;
	map->may_write = !map->shared || (flags & FILE_WRITE);
	return file->ops->map(file, map);
}

int
file_sync(struct file *file, bool data_only)
{
	if (file_flags(file) & FILE_PATH)
		return -EBADF;
	if (file->ops->sync == NULL)
		return -EINVAL;
	return file->ops->sync(file, data_only);
}

int
file_stat(struct file *file, struct vnode_stat *stat)
{
	if (file->ops->stat != NULL)
		return file->ops->stat(file, stat);
	if (file->vnode != NULL)
		return vnode_stat(file->vnode, stat);
	*stat = (struct vnode_stat){
		.type = VNODE_FILE,
		.mode = NAMELESS_MODE,
		.nlinks = 1,
		.block_bytes = PAGE_BYTES,
	};
	return 0;
}

uint32_t
file_flags(const struct file *file)
{
	return atomic_load_relaxed(&file->flags);
}

bool
file_nonblock(const struct file *file)
{
	return file_flags(file) & FILE_NONBLOCK;
}

bool
file_no_wait(const struct file *file, const struct uio *uio)
{
	return uio->no_wait || file_nonblock(file);
}

int
file_set_flags(struct file *file, uint32_t flags)
{
	uint32_t old = file_flags(file);
	int err = 0;

	if (file->ops->set_flags != NULL)
		err = file->ops->set_flags(file, flags);
	if (err != 0)
		return err;
	while (!atomic_compare_swap(&file->flags, &old,
	    (old & ~FILE_STATUS_FLAGS) | (flags & FILE_STATUS_FLAGS)))
		continue;
	return 0;
}

int
file_read_directory(struct file *file, struct directory_reader *reader)
{
	int result;

	if (!(file_flags(file) & FILE_READ))
		return -EBADF;
	if (file->ops->read_directory == NULL)
		return -ENOTDIR;
	mutex_lock(&file->lock);
	result = file->ops->read_directory(file, reader);
	mutex_unlock(&file->lock);
	told(file, CHANGE_ACCESS);
	return result;
}
