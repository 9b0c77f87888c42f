/*
 * The bytes of tmpfs files: pages of an object that can be filled with zeros
 * only, and stay for its life.  Pages are counted where they come to be, by a
 * write, a fallocate, or a fault on a mapping.
 *
 * Lock order: the mount's (RANK_MOUNT_MEMORY), the object's.  Filling takes
 * no lock: it happens in page faults.
 */
#include "unix/fs/tmpfs/tmpfs.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/page.h"
#include "core/cpu/sv39.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "core/vm/heap.h"
#include "core/vm/object.h"
#include "unix/fs/caller.h"

#define SIZE_MAX_BYTES	((uint64_t)UINT32_MAX << PAGE_SHIFT)

static uint32_t
pages_of(uint64_t size)
{
	return (uint32_t)(ROUND_UP(size, PAGE_BYTES) >> PAGE_SHIFT);
}

/* ---- Objects ------------------------------------------------------------------ */

/* There is to be one page more.  returns: 0 or -ENOSPC */
static int
count_page(struct tmpfs_pages *pages)
{
	struct tmpfs *fs = pages->fs;
	uint64_t before = atomic_add(&fs->pages_used, 1);

	if (fs->pages_max > 0 && before >= fs->pages_max) {
		atomic_sub(&fs->pages_used, 1);
		return -ENOSPC;
	}
	atomic_add(&pages->count, 1);
	return 0;
}

static void
uncount_page(struct tmpfs_pages *pages)
{
	atomic_sub(&pages->count, 1);
	atomic_sub(&pages->fs->pages_used, 1);
}

static int
fill(void *context, uint32_t index, void *page)
{
	int err = count_page(context);

	(void)index;
	if (err == 0)
		page_clear(page);
	return err;
}

static void
release(void *context)
{
	struct tmpfs_pages *pages = context;

	atomic_sub(&pages->fs->pages_used, (uint64_t)pages->count);
	tmpfs_put(pages->fs);
	heap_free(pages);
}

static const struct object_ops contents_ops = {
	.fill = fill,
	.release = release,
	.clean = false,
};

int
tmpfs_open_contents(struct tmpfs *fs, struct tmpfs_inode *inode)
{
	struct tmpfs_pages *pages = heap_alloc(sizeof(*pages));
	int err;

	if (pages == NULL)
		return -ENOMEM;
	pages->fs = fs;
	pages->inode = inode->number;
	err = object_create(&contents_ops, pages, 0, &inode->object);
	if (err != 0) {
		heap_free(pages);
		return err == -EAGAIN ? -ENFILE : err;
	}
	atomic_add(&fs->refs, 1);
	inode->pages = pages;
	return 0;
}

void
tmpfs_close_contents(struct tmpfs_inode *inode)
{
	object_put(inode->object);
}

uint64_t
tmpfs_blocks(const struct tmpfs_inode *inode)
{
	if (inode->pages == NULL)
		return 0;
	return (uint64_t)atomic_load(&inode->pages->count) *
	    (PAGE_BYTES / 512);
}

int
tmpfs_object(struct vnode *vnode, struct object **out)
{
	*out = tmpfs_inode(vnode)->object;
	object_get(*out);
	return 0;
}

struct vnode *
tmpfs_vnode_of_object(struct object *object)
{
	struct tmpfs_pages *pages = object_context(object, &contents_ops);
	struct mount *mount = pages == NULL ? NULL : pages->fs->mount;
	struct vnode *vnode = NULL;

	if (mount == NULL || mount_enter(mount) != 0)
		return NULL;
	if (tmpfs_inode_find(pages->fs, pages->inode) != NULL)
		(void)vnode_find(mount, pages->inode, &vnode);
	mount_leave(mount);
	return vnode;
}

/* Some pages of the object were dropped: count again. */
static void
settle(struct tmpfs_inode *inode)
{
	struct tmpfs_pages *pages = inode->pages;
	uint32_t now = object_cached(inode->object);
	uint32_t before = atomic_swap(&pages->count, now);

	atomic_add(&pages->fs->pages_used, (uint64_t)now - before);
}

/* ---- Bytes --------------------------------------------------------------------- */

int64_t
tmpfs_read(struct vnode *vnode, void *to, uint64_t offset, size_t len)
{
	struct object *object = tmpfs_inode(vnode)->object;
	size_t done = 0;

	if (offset >= vnode->size)
		return 0;
	len = MIN(len, vnode->size - offset);
	while (done < len) {
		uint64_t at = offset + done, start = at % PAGE_BYTES;
		size_t n = MIN(len - done, PAGE_BYTES - start);
		struct frame *frame =
		    object_page_find(object, (uint32_t)(at >> PAGE_SHIFT));

		if (frame == NULL) {
			memset((char *)to + done, 0, n);
		} else {
			memcpy((char *)to + done,
			    (const char *)frame_data(frame) + start, n);
			frame_unpin(frame);
		}
		done += n;
	}
	return (int64_t)len;
}

static int
check_size(const struct tmpfs_inode *inode, uint64_t size)
{
	if (size > SIZE_MAX_BYTES)
		return -EFBIG;
	if (size > inode->size && (inode->seals & SEAL_GROW))
		return -EPERM;
	return size < inode->size && (inode->seals & SEAL_SHRINK) ? -EPERM : 0;
}

/* Make the object as large as `size` needs, the file's own size apart. */
static void
fit(struct tmpfs_inode *inode, uint64_t size)
{
	uint32_t tail = (uint32_t)(MIN(size, inode->size) % PAGE_BYTES);

	/* What mappings wrote behind the end was never part of the file. */
	if (tail != 0 && size != inode->size)
		object_clear(inode->object,
		    (uint32_t)(MIN(size, inode->size) >> PAGE_SHIFT), tail,
		    PAGE_BYTES);
	if (pages_of(size) != object_npages(inode->object))
		object_resize(inode->object, pages_of(size));
}

/* Make the object large enough for a write up to `end`. */
static int
write_begin(struct tmpfs_inode *inode, uint64_t end)
{
	int err = 0;

	if (inode->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE))
		return -EPERM;
	if (end > inode->size) {
		err = check_size(inode, end);
		if (err == 0)
			fit(inode, end);
	}
	return err;
}

/* `len` bytes up to `end` were written, or none for `err`. */
static int64_t
write_end(struct vnode *vnode, uint64_t end, size_t len, int err)
{
	struct tmpfs_inode *inode = tmpfs_inode(vnode);

	if (err != 0) {
		if (end > inode->size)
			object_resize(inode->object, pages_of(inode->size));
		return err;
	}
	vnode->size = MAX(vnode->size, end);
	vnode_touch_contents(vnode);
	(void)tmpfs_store(vnode);
	return (int64_t)len;
}

int64_t
tmpfs_write(struct vnode *vnode, const void *from, uint64_t offset, size_t len)
{
	struct tmpfs_inode *inode = tmpfs_inode(vnode);
	uint64_t start = offset % PAGE_BYTES, end;
	struct frame *frame;
	int err;

	len = MIN(len, PAGE_BYTES - start);
	end = offset + len;
	err = write_begin(inode, end);
	if (err != 0)
		return err;
	err = object_page(inode->object, (uint32_t)(offset >> PAGE_SHIFT),
	    &frame);
	if (err == 0) {
		memcpy((char *)frame_data(frame) + start, from, len);
		frame_unpin(frame);
	}
	return write_end(vnode, end, len, err);
}

/* Make `page`, of which `len` bytes from `start` on count, the file's. */
static int
page_give(struct tmpfs_inode *inode, struct frame *page, uint32_t index,
    uint64_t start, size_t len)
{
	char *bytes = frame_data(page);
	int err = count_page(inode->pages);

	if (err != 0)
		return err;
	memset(bytes, 0, start);
	memset(bytes + start + len, 0, PAGE_BYTES - start - len);
	err = object_page_give(inode->object, index, page);
	if (err != 0)
		uncount_page(inode->pages);
	return err;
}

int64_t
tmpfs_write_page(struct vnode *vnode, struct frame **page, uint64_t offset,
    size_t len)
{
	struct tmpfs_inode *inode = tmpfs_inode(vnode);
	struct object *object = inode->object;
	uint64_t start = offset % PAGE_BYTES, end = offset + len;
	uint32_t index = (uint32_t)(offset >> PAGE_SHIFT);
	bool inside = index < object_npages(object);
	struct frame *there = NULL;
	int err = write_begin(inode, end);

	if (err != 0)
		return err;
	if (inside)
		there = object_page_find(object, index);
	if (there == NULL &&
	    page_give(inode, *page, index, start, len) == 0) {
		*page = NULL;
		return write_end(vnode, end, len, 0);
	}
	/* A fault may have made it meanwhile; or there is no room. */
	if (there == NULL)
		err = object_page(object, index, &there);
	if (err == 0) {
		memcpy((char *)frame_data(there) + start,
		    (const char *)frame_data(*page) + start, len);
		frame_unpin(there);
	}
	return write_end(vnode, end, len, err);
}

int
tmpfs_truncate(struct vnode *vnode, uint64_t size)
{
	struct tmpfs_inode *inode = tmpfs_inode(vnode);
	int err = check_size(inode, size);

	if (err != 0)
		return err;
	fit(inode, size);
	settle(inode);
	vnode->size = size;
	vnode_touch_contents(vnode);
	return tmpfs_store(vnode);
}

/* ---- Holes ---------------------------------------------------------------------- */

/* Clear bytes; pages that are wholly in the range are dropped if nobody maps
 * them. */
static void
punch(struct tmpfs_inode *inode, uint64_t offset, uint64_t end)
{
	uint32_t first = pages_of(offset), last;

	end = MIN(end, (uint64_t)object_npages(inode->object) << PAGE_SHIFT);
	object_clear_range(inode->object, offset, end);
	last = (uint32_t)(end >> PAGE_SHIFT);
	if (last > first)
		object_drop_pages(inode->object, first, last - first);
	settle(inode);
}

/* Make pages there for the range, and drop those made if one cannot be. */
static int
reserve(struct tmpfs_inode *inode, uint64_t offset, uint64_t end)
{
	uint32_t before = atomic_load(&inode->pages->count);
	uint64_t room = frame_count();

	if (inode->pages->fs->pages_max > 0)
		room = MIN(room, inode->pages->fs->pages_max);
	if ((end - offset) / PAGE_BYTES > room)
		return -ENOSPC;
	for (uint64_t at = ROUND_DOWN(offset, PAGE_BYTES); at < end;
	    at += PAGE_BYTES) {
		struct frame *frame;
		int err = caller_is_dying() ? -EINTR : object_page(
		    inode->object, (uint32_t)(at >> PAGE_SHIFT), &frame);

		if (err == 0) {
			frame_unpin(frame);
			thread_pause();
			continue;
		}
		/* Without holes there before, those made stay: no harm. */
		if (before == 0)
			punch(inode, 0, end);
		return err;
	}
	return 0;
}

int
tmpfs_allocate(struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len, uint64_t *done)
{
	struct tmpfs_inode *inode = tmpfs_inode(vnode);
	uint64_t end = offset + len, size = MAX(end, vnode->size);
	int err;

	*done = 0;
	if (inode->seals & (SEAL_WRITE | SEAL_FUTURE_WRITE))
		return -EPERM;
	if (mode & ALLOCATE_KEEP_SIZE)
		size = vnode->size;
	/* Pages behind a file's end would go when it is next cut. */
	if (!(mode & ALLOCATE_PUNCH_HOLE) &&
	    pages_of(end) > pages_of(size))
		return -EOPNOTSUPP;
	err = check_size(inode, size);
	if (err != 0)
		return err;
	if (size > vnode->size)
		fit(inode, size);
	if (mode & (ALLOCATE_PUNCH_HOLE | ALLOCATE_ZERO_RANGE))
		punch(inode, offset, end);
	if (!(mode & ALLOCATE_PUNCH_HOLE))
		err = reserve(inode, offset, end);
	if (err == 0) {
		vnode->size = size;
		*done = len;
	} else {
		fit(inode, vnode->size);
	}
	settle(inode);
	vnode_touch_contents(vnode);
	(void)tmpfs_store(vnode);
	return err;
}

int
tmpfs_seek_data(struct vnode *vnode, uint64_t offset, bool hole, uint64_t *at)
{
	struct object *object = tmpfs_inode(vnode)->object;
	uint32_t page = (uint32_t)(offset >> PAGE_SHIFT), next;
	uint32_t limit = pages_of(vnode->size);

	*at = offset;
	/* A hole begins where the row of pages from here on ends. */
	while (hole && page < limit &&
	    object_cached_in(object, page, page + 1, &next, 1) > 0)
		page++;
	if (!hole)
		page = object_cached_in(object, page, limit, &next, 1) > 0 ?
		    next : limit;
	*at = MAX(*at, (uint64_t)page << PAGE_SHIFT);
	*at = MIN(*at, vnode->size);
	return 0;
}
