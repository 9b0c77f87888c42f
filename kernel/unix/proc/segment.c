/*
 * The table of live segments.
 *
 * Lock order: segments_lock (RANK_EXEC) comes after spaces and before
 * objects.  A segment stays in the list until its object is released, so a
 * look-up may find one that is dying; then a second one is made beside it.
 */
#include "unix/proc/segment.h"

#include "core/base/errno.h"
#include "core/base/list.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/cpu/sv39.h"
#include "core/mem/pool.h"
#include "core/task/mutex.h"
#include "core/vm/object.h"
#include "unix/fs/vfs.h"

/* [c] constant, [s] segments_lock */
struct segment {
	struct object *object;		/* [c] */
	struct vnode *vnode;		/* [c] */
	uint64_t offset, bytes;		/* [c] */
	struct list link;		/* [s] */
};

static struct pool segment_pool;
static struct mutex segments_lock;
static struct list segments;		/* [s] */

void
segment_init(void)
{
	pool_init(&segment_pool, "segment", sizeof(struct segment),
	    machine_capacity(OBJECTS_EACH_KIB, OBJECTS_MIN, OBJECTS_MAX));
	mutex_init(&segments_lock, "segments", RANK_EXEC);
	list_init(&segments);
}

static int
segment_fill(void *context, uint32_t index, void *page)
{
	const struct segment *segment = context;
	uint64_t start = (uint64_t)index * PAGE_BYTES;
	size_t len = MIN(PAGE_BYTES, segment->bytes - start);
	int64_t n;

	n = vnode_read_uncached(segment->vnode, page,
	    segment->offset + start, len);
	if (n != (int64_t)len)
		return -EIO;
	memset((char *)page + len, 0, PAGE_BYTES - len);
	return 0;
}

static void
segment_release(void *context)
{
	struct segment *segment = context;

	mutex_lock(&segments_lock);
	list_remove(&segment->link);
	mutex_unlock(&segments_lock);
	vnode_allow_writes(segment->vnode);
	vnode_put(segment->vnode);
	pool_free(&segment_pool, segment);
}

static const struct object_ops segment_ops = {
	.fill = segment_fill,
	.release = segment_release,
	.clean = true,
	.claimed = true,
};

/* needs: segments_lock.  returns: its object, with a reference; NULL */
static struct object *
segment_find(const struct vnode *vnode, uint64_t offset, uint64_t bytes)
{
	LIST_FOR(link, &segments) {
		struct segment *segment = LIST_ENTRY(link, struct segment,
		    link);

		if (segment->vnode == vnode && segment->offset == offset &&
		    segment->bytes == bytes &&
		    object_get_live(segment->object))
			return segment->object;
	}
	return NULL;
}

/* needs: segments_lock */
static int
segment_create(struct vnode *vnode, uint64_t offset, uint64_t bytes,
    struct object **out)
{
	struct segment *segment = pool_alloc(&segment_pool);
	uint32_t npages = ROUND_UP(bytes, PAGE_BYTES) / PAGE_BYTES;
	int err;

	if (segment == NULL)
		return -EAGAIN;
	err = object_create(&segment_ops, segment, npages, &segment->object);
	if (err != 0) {
		pool_free(&segment_pool, segment);
		return err;
	}
	segment->vnode = vnode;			/* nothing below may fail */
	segment->offset = offset;
	segment->bytes = bytes;
	vnode_get(vnode);
	vnode_deny_writes(vnode);
	list_push_front(&segments, &segment->link);
	*out = segment->object;
	return 0;
}

static int
segment_find_or_create(struct vnode *vnode, uint64_t offset, uint64_t bytes,
    struct object **out)
{
	int err = 0;

	mutex_lock(&segments_lock);
	*out = segment_find(vnode, offset, bytes);
	if (*out == NULL)
		err = segment_create(vnode, offset, bytes, out);
	mutex_unlock(&segments_lock);
	return err;
}

int
segment_object(struct vnode *vnode, uint64_t offset, uint64_t bytes,
    struct object **out)
{
	int err = segment_find_or_create(vnode, offset, bytes, out);

	/* The dead still count until they are buried; that can be hurried. */
	if ((err == -EAGAIN || err == -ENOMEM) && object_reap() > 0)
		err = segment_find_or_create(vnode, offset, bytes, out);
	return err;
}

struct vnode *
segment_vnode(const struct object *object, uint64_t *offset)
{
	const struct segment *segment = object_context(object, &segment_ops);

	if (segment == NULL)
		return NULL;
	/* The segment holds one, and the object the segment. */
	vnode_get(segment->vnode);
	*offset = segment->offset;
	return segment->vnode;
}
