/*
 * Locks: vnode->object is set under vnode->lock and objects_lock, cleared by
 * the object's release under objects_lock alone, so whoever finds it there
 * under objects_lock may ask whether it still lives.
 *
 * What the file system is told and what the page gets are two steps.  A fill
 * that comes between reads the new bytes; one that began before is waited for
 * (object_page), and its page then gets them.
 */
#include "unix/fs/page_cache.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "core/vm/object.h"
#include "core/vm/uio.h"
#include "unix/fs/caller.h"

static struct spinlock objects_lock = SPINLOCK("file pages", RANK_PAGES);

static uint32_t
pages_of(uint64_t size)
{
	return (uint32_t)(ROUND_UP(size, PAGE_BYTES) >> PAGE_SHIFT);
}

/* ---- The object of a vnode -------------------------------------------------- */

static int
fill(void *context, uint32_t index, void *page)
{
	struct vnode *vnode = context;
	int64_t n = mount_enter(vnode->mount);

	if (n != 0)
		return (int)n;
	n = vnode->mount->ops->read(vnode, page,
	    (uint64_t)index * PAGE_BYTES, PAGE_BYTES);
	mount_leave(vnode->mount);
	if (n < 0)
		return (int)n;
	memset((char *)page + n, 0, PAGE_BYTES - (size_t)n);
	return 0;
}

static int
store(void *context, uint32_t index, const void *page)
{
	struct vnode *vnode = context;
	uint64_t offset = (uint64_t)index * PAGE_BYTES;
	size_t len = 0;
	int64_t n = mount_enter(vnode->mount);

	if (n != 0)
		return (int)n;
	if (offset < vnode->size)
		len = MIN(PAGE_BYTES, vnode->size - offset);
	if (len > 0)
		n = vnode->mount->ops->write(vnode, page, offset, len);
	mount_leave(vnode->mount);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -ENOSPC;
}

static void
release(void *context)
{
	struct vnode *vnode = context;

	spin_lock(&objects_lock);
	atomic_store_relaxed(&vnode->object, NULL);
	spin_unlock(&objects_lock);
	vnode_put(vnode);
}

static const struct object_ops page_ops = {
	.fill = fill,
	.store = store,
	.release = release,
	.clean = true,
	.keep = true,
};

/* returns: its object, with a reference; NULL if it has none that lives.
 * gives: *dying: it has one that does not */
static struct object *
find_object(struct vnode *vnode, bool *dying)
{
	struct object *object;

	*dying = false;
	if (atomic_load_relaxed(&vnode->object) == NULL)
		return NULL;
	spin_lock(&objects_lock);
	object = vnode->object;
	if (object != NULL && !object_get_live(object)) {
		object = NULL;
		*dying = true;
	}
	spin_unlock(&objects_lock);
	return object;
}

/* needs: vnode->lock; it has no object */
static int
create_object(struct vnode *vnode, struct object **out)
{
	uint32_t npages = pages_of(vnode->size);
	int err = object_create(&page_ops, vnode, npages, out);

	if (err == -EAGAIN && object_shed(OBJECTS_SHED) > 0)
		err = object_create(&page_ops, vnode, npages, out);
	if (err != 0)
		return err;
	vnode_get(vnode);
	spin_lock(&objects_lock);
	atomic_store_relaxed(&vnode->object, *out);
	spin_unlock(&objects_lock);
	return 0;
}

int
vnode_object(struct vnode *vnode, struct object **out)
{
	const struct vfs_ops *ops = vnode->mount->ops;
	bool dying;
	int err = 0;

	if (ops == NULL)
		return -EIO;
	if (vnode->type != VNODE_FILE || !ops->has_pages)
		return -ENODEV;
	if (ops->object != NULL)
		return ops->object(vnode, out);
	*out = find_object(vnode, &dying);
	if (*out != NULL)
		return 0;
	mutex_lock(&vnode->lock);
	while ((*out = find_object(vnode, &dying)) == NULL && dying)
		(void)object_reap();
	if (*out == NULL)
		err = create_object(vnode, out);
	mutex_unlock(&vnode->lock);
	return err;
}

struct vnode *
vnode_of_object(struct object *object)
{
	struct vnode *vnode = object_context(object, &page_ops);

	if (vnode == NULL)
		return tmpfs_vnode_of_object(object);
	vnode_get(vnode);
	return vnode;
}

/* ---- Reading and writing ----------------------------------------------------- */

/* A page of the object to read from; NULL if it is a hole in one that holds
 * its file's only copy. */
static int
page_to_read(const struct vnode *vnode, struct object *object, uint32_t index,
    struct frame **frame)
{
	if (vnode->mount->ops->object == NULL)
		return object_page(object, index, frame);
	*frame = object_page_find(object, index);
	return 0;
}

static int64_t
read_object(struct vnode *vnode, struct object *object, struct uio *uio,
    uint64_t offset)
{
	uint64_t done = 0, size;
	int err = 0;

	while (err == 0 && uio->left > 0 &&
	    offset + done < (size = vnode_size(vnode))) {
		uint64_t at = offset + done, start = at % PAGE_BYTES;
		size_t n = MIN(PAGE_BYTES - start, uio->left), moved;
		struct frame *frame;

		thread_pause();
		n = MIN(n, size - at);
		err = caller_is_dying() ? -EINTR : page_to_read(vnode, object,
		    (uint32_t)(at >> PAGE_SHIFT), &frame);
		if (err != 0)
			break;
		if (frame == NULL) {
			moved = uio_put_zeros(uio, n);
		} else {
			moved = uio_put(uio,
			    (const char *)frame_data(frame) + start, n);
			frame_unpin(frame);
		}
		done += moved;
		if (moved < n)
			err = -EFAULT;
	}
	/* It was cut shorter meanwhile. */
	if (err == -ENXIO)
		err = 0;
	return done > 0 ? (int64_t)done : err;
}

int64_t
page_cache_read(struct vnode *vnode, struct uio *uio, uint64_t offset)
{
	struct object *object;
	int64_t result;

	if (offset >= vnode_size(vnode))
		return 0;
	result = vnode_object(vnode, &object);
	if (result != 0)
		return result;
	result = read_object(vnode, object, uio, offset);
	object_put(object);
	return result;
}

bool
page_cache_dirty(struct vnode *vnode)
{
	bool dying, dirty;
	struct object *object = find_object(vnode, &dying);

	if (object == NULL)
		return false;
	dirty = object_dirty(object);
	object_put(object);
	return dirty;
}

static void
resize(struct object *object, uint64_t old_size, uint64_t size)
{
	uint32_t tail = (uint32_t)(MIN(old_size, size) % PAGE_BYTES);

	/* What mappings wrote behind the end was never part of the file. */
	if (tail != 0)
		object_clear(object,
		    (uint32_t)(MIN(old_size, size) >> PAGE_SHIFT), tail,
		    PAGE_BYTES);
	if (pages_of(size) != object_npages(object))
		object_resize(object, pages_of(size));
}

/* Put bytes into one page.  returns: 0; else the page could not be made */
static int
update_page(struct object *object, const void *from, struct frame **page,
    uint64_t offset, size_t len)
{
	uint32_t index = (uint32_t)(offset >> PAGE_SHIFT);
	struct frame *there;
	int err;

	if (len == PAGE_BYTES && page != NULL &&
	    object_page_give(object, index, *page) == 0) {
		*page = NULL;
		return 0;
	}
	err = object_page(object, index, &there);
	if (err != 0)
		return err;
	memcpy((char *)frame_data(there) + offset % PAGE_BYTES, from, len);
	frame_unpin(there);
	return 0;
}

void
page_cache_update(struct vnode *vnode, const void *from, struct frame **page,
    uint64_t offset, size_t len, uint64_t old_size, bool dirty)
{
	bool dying;
	struct object *object = find_object(vnode, &dying);

	if (object == NULL)
		return;
	if (offset + len > old_size)
		resize(object, old_size, offset + len);
	/* Without memory there is no page: it is filled when it is read. */
	if (update_page(object, from, page, offset, len) == 0 && dirty)
		object_mark_dirty(object, (uint32_t)(offset >> PAGE_SHIFT));
	object_put(object);
}

void
page_cache_resize(struct vnode *vnode, uint64_t old_size, uint64_t size)
{
	bool dying;
	struct object *object = find_object(vnode, &dying);

	if (object == NULL)
		return;
	resize(object, old_size, size);
	object_put(object);
}

void
page_cache_clear(struct vnode *vnode, uint64_t offset, uint64_t end)
{
	bool dying;
	struct object *object = find_object(vnode, &dying);

	if (object == NULL)
		return;
	object_clear_range(object, offset, end);
	object_put(object);
}

/* ---- Writing back ------------------------------------------------------------- */

int
page_cache_store(struct vnode *vnode)
{
	bool dying;
	struct object *object = find_object(vnode, &dying);
	int err = 0;

	if (object == NULL)
		return 0;
	if (object_dirty(object))
		err = object_write_back(object, 0, object_npages(object));
	object_put(object);
	return err;
}

int
page_cache_write_back(struct mount *mount)
{
	struct vnode *vnode, *before = NULL;
	uint32_t chain = 0;
	int err, result = 0;

	while ((vnode = vnode_next(mount, true, &chain, before)) != NULL) {
		if (before != NULL)
			vnode_put(before);
		before = vnode;
		err = page_cache_store(vnode);
		if (err != 0)
			result = err;
	}
	if (before != NULL)
		vnode_put(before);
	return result;
}

void
page_cache_unlinked(struct vnode *vnode)
{
	bool dying;
	struct object *object = find_object(vnode, &dying);

	if (object == NULL)
		return;
	object_forget(object);
	object_put(object);
}

void
page_cache_forget(void)
{
	while (object_shed(OBJECTS_SHED) > 0)
		continue;
	(void)object_reap();
}
