/*
 * The bytes of files: reading, writing, truncating, holes.
 *
 * Reading copies out of cached pages (page_cache.c).  A file system without is
 * asked for each piece, which goes through a page of the kernel's, as what is
 * written does, so that none of its locks is held while the program's memory
 * is touched.  What is written to a page that is not there makes that one page
 * the file's, and is copied once.  vnode->lock is held over the whole of a
 * write or truncation, so that appends do not mix.
 *
 * Lock order: vnode->lock, then what a page fault takes, then mount->lock.
 */
#include "unix/fs/vfs.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/sv39.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "core/vm/object.h"
#include "core/vm/reclaim.h"
#include "core/vm/uio.h"
#include "unix/fs/caller.h"
#include "unix/fs/inotify.h"
#include "unix/fs/page_cache.h"
#include "unix/fs/vnode.h"

#define FEW_BYTES	256u	/* of pieces that need no page */

/* Bytes moved, or the error that stopped it before the first. */
static int64_t
moved_or(uint64_t done, int64_t err)
{
	return done > 0 ? (int64_t)done : err;
}

/* Up to where a page of the file ends: behind it are whole blocks. */
static size_t
piece_bytes(uint64_t offset, uint64_t left)
{
	uint64_t to_end = PAGE_BYTES - offset % PAGE_BYTES;

	return (size_t)MIN(left, to_end);
}

/* Where pieces pass through: a page, or `few` bytes on the stack if all of them
 * are no more.  returns: NULL if there is no memory */
static uint8_t *
piece_begin(uint8_t *few, uint64_t left)
{
	return left <= FEW_BYTES ? few : reclaim_alloc_page();
}

static void
piece_end(const uint8_t *few, uint8_t *page)
{
	if (page != few)
		frame_free_kernel(page);
}

/* ---- Reading --------------------------------------------------------------- */

static int64_t
read_piece(struct vnode *vnode, void *to, uint64_t offset, size_t len)
{
	int64_t n = mount_enter(vnode->mount);

	if (n != 0)
		return n;
	n = vnode->mount->ops->read(vnode, to, offset, len);
	mount_leave(vnode->mount);
	return n;
}

static int64_t
read_direct(struct vnode *vnode, struct uio *uio, uint64_t offset)
{
	uint8_t few[FEW_BYTES], *page = piece_begin(few, uio->left);
	uint64_t done = 0;
	int64_t err = 0;

	if (page == NULL)
		return -ENOMEM;
	while (uio->left > 0 && err == 0) {
		size_t want = piece_bytes(offset + done, uio->left), moved;
		int64_t n = read_piece(vnode, page, offset + done, want);

		if (n <= 0) {
			err = n;
			break;
		}
		moved = uio_put(uio, page, (size_t)n);
		done += moved;
		if (moved < (size_t)n)
			err = -EFAULT;
		else if ((size_t)n < want)
			break;
	}
	piece_end(few, page);
	return moved_or(done, err);
}

static int
check_readable(const struct vnode *vnode)
{
	if (vnode->type == VNODE_DIRECTORY)
		return -EISDIR;
	return vnode->type == VNODE_FILE ? 0 : -EINVAL;
}

int64_t
vnode_read_quietly(struct vnode *vnode, struct uio *uio, uint64_t offset)
{
	int64_t result = check_readable(vnode);

	if (result != 0 || uio->left == 0)
		return result;
	if (vnode->mount->ops != NULL && vnode->mount->ops->has_pages)
		return page_cache_read(vnode, uio, offset);
	return read_direct(vnode, uio, offset);
}

int64_t
vnode_read(struct vnode *vnode, struct uio *uio, uint64_t offset)
{
	uint64_t wanted = uio->left;
	int64_t result = vnode_read_quietly(vnode, uio, offset);

	if (result >= 0 && wanted > 0)
		vnode_accessed(vnode);
	return result;
}

int64_t
vnode_read_kernel(struct vnode *vnode, void *to, uint64_t offset, size_t len)
{
	struct uio_part one;
	struct uio uio;

	uio_kernel(&uio, &one, to, len);
	return vnode_read(vnode, &uio, offset);
}

int64_t
vnode_read_uncached(struct vnode *vnode, void *to, uint64_t offset,
    size_t len)
{
	const struct vfs_ops *ops = vnode->mount->ops;
	int err = check_readable(vnode);

	if (err != 0)
		return err;
	/* Files that are objects need no lock to be read, and have one that
	 * comes before an object's. */
	if (ops != NULL && ops->object != NULL)
		return ops->read(vnode, to, offset, len);
	return read_piece(vnode, to, offset, len);
}

/* ---- Writing --------------------------------------------------------------- */

/* Whether a file may be changed now. */
static int
check_writable(const struct vnode *vnode)
{
	int err = check_readable(vnode);

	if (err == 0 && atomic_load(&vnode->write_denials) > 0)
		err = -ETXTBSY;
	return err;
}

/* Whether the file's pages are a cache of what the file system keeps. */
static bool
has_cache(const struct vnode *vnode)
{
	const struct vfs_ops *ops = vnode->mount->ops;

	return ops != NULL && ops->has_pages && ops->object == NULL;
}

/* What pieces are written from: a page that is made when there is none, each
 * where it belongs in there; or `few`, if all bytes are no more. */
struct passage {
	bool small;
	struct frame *page;		/* or NULL; whoever wants it takes it */
	uint8_t few[FEW_BYTES];
};

/* Where the piece at `offset` belongs.  returns: NULL if there is no memory */
static void *
passage_at(struct passage *passage, uint64_t offset)
{
	if (passage->small)
		return passage->few;
	if (passage->page == NULL)
		passage->page = reclaim_alloc_waiting(false);
	if (passage->page == NULL)
		return NULL;
	return (uint8_t *)frame_data(passage->page) + offset % PAGE_BYTES;
}

static int64_t
write_to_mount(struct vnode *vnode, struct passage *from, uint64_t offset,
    size_t len)
{
	const struct vfs_ops *ops;
	int64_t n = mount_enter_writing(vnode->mount);

	if (n != 0)
		return n;
	ops = vnode->mount->ops;
	if (ops->write == NULL)
		n = -EINVAL;
	else if (ops->write_page != NULL && !from->small)
		n = ops->write_page(vnode, &from->page, offset, len);
	else
		n = ops->write(vnode, passage_at(from, offset), offset, len);
	mount_leave(vnode->mount);
	return n;
}

/* To the file system first, which knows whether there is room; then to the
 * cached page.  needs: vnode->lock */
static int64_t
write_piece(struct vnode *vnode, struct passage *from, uint64_t offset,
    size_t len)
{
	uint64_t old_size = vnode->size;
	bool cache = has_cache(vnode);
	bool dirty = cache && page_cache_dirty(vnode);
	int64_t n = write_to_mount(vnode, from, offset, len);

	/* Perhaps what was deleted has only not been released yet. */
	if (n == -ENOSPC) {
		reclaim_dropped();
		n = write_to_mount(vnode, from, offset, len);
	}
	if (n > 0 && cache)
		page_cache_update(vnode, passage_at(from, offset),
		    from->small ? NULL : &from->page, offset, (size_t)n,
		    old_size, dirty);
	return n;
}

/* Writing takes the right to run as somebody else.  needs: vnode->lock */
static int
drop_privilege(struct vnode *vnode, const struct credentials *who)
{
	uint32_t mode = vnode_mode_without_privilege(vnode);
	int err;

	if (mode == vnode->mode || credentials_is_root(who))
		return 0;
	err = mount_enter_writing(vnode->mount);
	if (err != 0)
		return err;
	vnode->mode = mode;
	if (vnode->mount->ops->store != NULL)
		err = vnode->mount->ops->store(vnode);
	mount_leave(vnode->mount);
	return err;
}

/* needs: vnode->lock */
static int64_t
write_all(struct vnode *vnode, struct uio *uio, uint64_t offset)
{
	struct passage passage;
	uint64_t done = 0;
	int64_t err = 0;

	passage.small = uio->left <= FEW_BYTES;
	passage.page = NULL;
	while (uio->left > 0 && err == 0) {
		uint64_t at = offset + done;
		size_t want = piece_bytes(at, uio->left), got;
		void *to = passage_at(&passage, at);
		int64_t n;

		thread_pause();
		if (to == NULL || caller_is_dying()) {
			err = to == NULL ? -ENOMEM : -EINTR;
			break;
		}
		got = uio_get(uio, to, want);
		n = got > 0 ? write_piece(vnode, &passage, at, got) : 0;
		if (n < (int64_t)got)
			uio_back(uio, got - (uint64_t)MAX(n, 0));
		done += (uint64_t)MAX(n, 0);
		if (n < 0)
			err = n;
		else if (got < want)
			err = -EFAULT;
		else if ((size_t)n < got)
			break;
	}
	if (passage.page != NULL)
		frame_put(passage.page);
	return moved_or(done, err);
}

int64_t
vnode_write(struct vnode *vnode, struct uio *uio, uint64_t *offset,
    bool append, const struct credentials *who)
{
	int64_t result;

	mutex_lock(&vnode->lock);
	if (append)
		*offset = vnode->size;
	result = check_writable(vnode);
	if (result == 0 && *offset > INT64_MAX)
		result = -EFBIG;
	if (result == 0 && uio->left > 0)
		result = drop_privilege(vnode, who);
	if (result == 0)
		result = write_all(vnode, uio, *offset);
	mutex_unlock(&vnode->lock);
	return result;
}

int64_t
vnode_write_kernel(struct vnode *vnode, const void *from, uint64_t offset,
    size_t len)
{
	struct uio_part one;
	struct uio uio;

	uio_kernel(&uio, &one, (void *)from, len);
	return vnode_write(vnode, &uio, &offset, false, &credentials_root);
}

/* ---- Sizes and holes ------------------------------------------------------- */

int
vnode_truncate(struct vnode *vnode, uint64_t size)
{
	struct mount *mount = vnode->mount;
	uint64_t old_size;
	int err;

	mutex_lock(&vnode->lock);
	old_size = vnode->size;
	err = check_writable(vnode);
	if (err == 0 && size > INT64_MAX)
		err = -EFBIG;
	if (err == 0)
		err = drop_privilege(vnode, caller_credentials());
	if (err == 0)
		err = mount_enter_writing(mount);
	if (err == 0) {
		err = mount->ops->truncate == NULL ? -EINVAL :
		    mount->ops->truncate(vnode, size);
		mount_leave(mount);
	}
	if (err == 0 && has_cache(vnode))
		page_cache_resize(vnode, old_size, size);
	mutex_unlock(&vnode->lock);
	if (err == 0)
		change_tell(vnode, CHANGE_MODIFY);
	return err;
}

static int
check_allocate(const struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len)
{
	const uint32_t punch = ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE;

	if (len == 0)
		return -EINVAL;
	if ((mode & ~(punch | ALLOCATE_ZERO_RANGE)) ||
	    ((mode & ALLOCATE_PUNCH_HOLE) && mode != punch))
		return -EOPNOTSUPP;
	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return -EFBIG;
	if (vnode->type != VNODE_FILE)
		return vnode->type == VNODE_DIRECTORY ? -EISDIR : -ENODEV;
	if (vnode->mount->ops->allocate == NULL)
		return -EOPNOTSUPP;
	return check_writable(vnode);
}

/* As much as the mount does at once.  needs: vnode->lock */
static int
allocate_some(struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len, uint64_t *done)
{
	const uint32_t zeroes = ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE;
	uint64_t old_size = vnode->size;
	int err = mount_enter_writing(vnode->mount);

	*done = 0;
	if (err != 0)
		return err;
	err = vnode->mount->ops->allocate(vnode, mode, offset, len, done);
	mount_leave(vnode->mount);
	if (has_cache(vnode)) {
		page_cache_resize(vnode, old_size, vnode->size);
		/* What failed half-way is zero up to there. */
		if (*done > 0 && (mode & zeroes))
			page_cache_clear(vnode, offset, offset + *done);
	}
	return err;
}

int
vnode_allocate(struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len)
{
	uint64_t end = offset + len, done = 0;
	int err;

	mutex_lock(&vnode->lock);
	err = check_allocate(vnode, mode, offset, len);
	if (err == 0)
		err = drop_privilege(vnode, caller_credentials());
	while (err == 0 && offset < end) {
		err = allocate_some(vnode, mode, offset, end - offset, &done);
		offset += done;
		/* Who waits for the mount would come too late again. */
		if (err == 0 && offset < end)
			thread_yield();
	}
	mutex_unlock(&vnode->lock);
	return err;
}

int64_t
vnode_seek_data(struct vnode *vnode, uint64_t offset, bool hole)
{
	struct mount *mount = vnode->mount;
	uint64_t at = 0;
	int err;

	if (vnode->type != VNODE_FILE)
		return -EINVAL;
	/* What mappings put into holes is data. */
	err = page_cache_store(vnode);
	if (err == 0)
		err = mount_enter(mount);
	if (err != 0)
		return err;
	if (offset >= vnode->size)
		err = -ENXIO;
	else if (mount->ops->seek_data != NULL)
		err = mount->ops->seek_data(vnode, offset, hole, &at);
	else
		at = hole ? vnode->size : offset;
	if (err == 0 && !hole && at >= vnode->size)
		err = -ENXIO;
	mount_leave(mount);
	return err != 0 ? err : (int64_t)at;
}

int
vnode_sync(struct vnode *vnode, bool data_only)
{
	struct mount *mount = vnode->mount;
	int err = page_cache_store(vnode);

	/* Times and sizes stand with what is synced anyway. */
	(void)data_only;
	if (err == 0)
		err = mount_enter(mount);
	if (err != 0)
		return err;
	if (mount->ops->sync != NULL && !(mount->flags & MOUNT_READ_ONLY))
		err = mount->ops->sync(mount);
	mount_leave(mount);
	return err;
}
