/*
 * The pages of an object, one at a time: filled, written to, stored; and what
 * becomes of them when the object gets smaller.
 *
 * Lock order: object->lock, then what fill and store take; the cache's lock.
 */
#include "core/vm/object.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/page.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "core/vm/reclaim.h"
#include "core/vm/revoke.h"
#include "core/vm/stats.h"
#include "core/vm/zero.h"

/* Pages whose numbers are looked up at once, to be stored in order. */
#define STORE_BATCH	32
/* Pages that are cut off before others get their turn. */
#define CUT_PAGES	64

/* how entries count */
void
page_copy_new(struct frame *copy, const struct frame *page)
{
	page_copy(frame_data(copy), frame_data(page));
	copy->flags = (page->flags & FRAME_GROWS) | FRAME_COPY;
	copy->object = page->object;
	copy->index = page->index;
	stats_count_copy();
}

void
page_copy_private(struct frame *copy, const struct frame *page)
{
	if (page->object != 0) {
		object_get_entries(page->object - 1, 1);
		page_copy_new(copy, page);
		return;
	}
	if (page == zero_frame())
		frame_clear(copy);
	else
		page_copy(frame_data(copy), frame_data(page));
	copy->flags = page->flags & FRAME_GROWS;
	stats_count_copy();
}

void
object_page_put(struct frame *page)
{
	uint32_t object = page->object;

	if (page->flags & FRAME_COPY) {
		if (!frame_drop(page))
			return;
		page->object = 0;
		frame_free(page);
		object_put_entry(object - 1);
	} else {
		/* The page is the cache's, the object still ours. */
		frame_put(page);
		object_put_entry(object - 1);
	}
}

bool
object_page_tracked(const struct frame *page)
{
	return object_at(page->object - 1)->ops->store != NULL;
}

void
object_page_written(struct frame *page)
{
	/* Who is storing it meanwhile finds it mapped, and leaves it dirty. */
	if (object_page_tracked(page) && !atomic_load_relaxed(&page->dirty))
		object_cache_set_dirty(object_at(page->object - 1), page, true);
}

/* filling */
/*
 * Put a page into the cache, from `spare` if one was set aside, else claimed.
 * needs: object->lock; the page is not cached
 */
static int
page_make(struct object *object, uint32_t index, struct frame **spare,
    struct frame **out)
{
	bool claimed = object->nclaimed > 0;
	struct frame *frame = claimed ? frame_alloc_claimed() : *spare;
	int err;

	if (frame == NULL)
		return -ENOMEM;
	err = object->ops->fill(object->context, index, frame_data(frame));
	if (err == 0)
		err = object_cache_add(object, index, frame);
	if (err != 0) {
		if (claimed)
			frame_free_claimed(frame);
		return err;
	}
	if (!claimed)
		*spare = NULL;
	object->nclaimed -= claimed;
	*out = frame;
	return 0;
}

int
object_page(struct object *object, uint32_t index, struct frame **out)
{
	struct frame *spare = NULL;
	int err = 0;

	*out = object_cache_find(object, index);
	if (*out != NULL)
		return 0;
	if (index >= atomic_load(&object->npages))
		return -ENXIO;
	if (!object->ops->claimed) {
		/* Before the lock: to make room, others may be stored. */
		spare = reclaim_alloc_waiting(false);
		if (spare == NULL)
			return -ENOMEM;
	}
	mutex_lock(&object->lock);
	*out = object_cache_find(object, index);
	if (*out == NULL)
		err = page_make(object, index, &spare, out);
	mutex_unlock(&object->lock);
	if (spare != NULL)
		frame_put(spare);
	return err;
}

int
object_page_give(struct object *object, uint32_t index, struct frame *frame)
{
	int err;

	/* Who is filling that page puts in his. */
	mutex_lock(&object->lock);
	err = object_cache_add(object, index, frame);
	mutex_unlock(&object->lock);
	if (err == 0)
		frame_unpin(frame);
	return err;
}

struct frame *
object_page_find(struct object *object, uint32_t index)
{
	return object_cache_find(object, index);
}

void
object_drop_pages(struct object *object, uint32_t first, uint32_t npages)
{
	object_cache_purge_unmapped(object, first, npages);
}

void
object_clear(struct object *object, uint32_t index, uint32_t from, uint32_t to)
{
	struct frame *frame = object_cache_find(object, index);

	if (frame == NULL)
		return;
	memset((char *)frame_data(frame) + from, 0, to - from);
	frame_unpin(frame);
}

void
object_clear_range(struct object *object, uint64_t offset, uint64_t end)
{
	uint32_t indices[32], count, first;

	end = MIN(end, (uint64_t)object->npages << PAGE_SHIFT);
	while (offset < end) {
		uint64_t start = offset % PAGE_BYTES;
		uint64_t stop = MIN(PAGE_BYTES, start + end - offset);

		object_clear(object, (uint32_t)(offset >> PAGE_SHIFT),
		    (uint32_t)start, (uint32_t)stop);
		offset += stop - start;
		if (offset % PAGE_BYTES != 0 || end - offset < PAGE_BYTES)
			continue;
		/* Whole pages: only those that are there. */
		first = (uint32_t)(offset >> PAGE_SHIFT);
		offset = ROUND_DOWN(end, PAGE_BYTES);
		while ((count = object_cached_in(object, first,
		    (uint32_t)(offset >> PAGE_SHIFT), indices,
		    ARRAY_LEN(indices))) > 0) {
			for (uint32_t i = 0; i < count; i++)
				object_clear(object, indices[i], 0, PAGE_BYTES);
			first = indices[count - 1] + 1;
		}
	}
}

/* dirty pages */
void
object_mark_dirty(struct object *object, uint32_t index)
{
	struct frame *frame = object_cache_find(object, index);

	if (frame == NULL)
		return;
	object_cache_set_dirty(object, frame, true);
	frame_unpin(frame);
}

bool
object_dirty(const struct object *object)
{
	return atomic_load(&object->ndirty) > 0;
}

/* needs: object->lock */
static int
page_store(struct object *object, uint32_t index)
{
	struct frame *frame = object_cache_find(object, index);
	int err;

	if (frame == NULL)
		return 0;
	/* Clean first: what is written from now on makes it dirty again. */
	object_cache_set_dirty(object, frame, false);
	err = object->ops->store(object->context, index, frame_data(frame));
	/* The cache, our pin, and somebody who may write at any moment. */
	if (err != 0 || frame_refs(frame) > 2)
		object_cache_set_dirty(object, frame, true);
	frame_unpin(frame);
	return err;
}

int
object_write_back(struct object *object, uint32_t first, uint32_t npages)
{
	uint32_t indices[STORE_BATCH], count, limit;
	int result = 0, err;

	if (object->ops->store == NULL || !object_dirty(object))
		return 0;
	limit = MIN(first + MIN(npages, UINT32_MAX - first),
	    atomic_load(&object->npages));
	while (first < limit) {
		mutex_lock(&object->lock);
		count = object_cache_dirty(object, first, limit, indices,
		    STORE_BATCH);
		for (uint32_t i = 0; i < count; i++) {
			err = page_store(object, indices[i]);
			if (err != 0 && result == 0)
				result = err;
		}
		mutex_unlock(&object->lock);
		if (count < STORE_BATCH)
			break;
		first = indices[count - 1] + 1;
	}
	return result;
}

/* the end */
/* Drop pages [first, limit), which are behind the end, but those that somebody
 * names; not all at once, if they are many. */
static void
cut_slowly(struct object *object, uint32_t first, uint32_t limit)
{
	/* Where they are few in a large range, they go at once. */
	if (limit - first > 4 * (uint64_t)object_cached(object))
		return;
	for (; limit - first > CUT_PAGES && object_cached(object) > 0;
	    limit -= CUT_PAGES) {
		object_cache_purge_unmapped(object, limit - CUT_PAGES,
		    CUT_PAGES);
		thread_pause();
	}
}

void
object_resize(struct object *object, uint32_t npages)
{
	uint32_t before = object_cache_set_end(object, npages);

	if (npages >= before)
		return;
	cut_slowly(object, npages, before);
	/* Nobody maps any of it, or holds a page it is about to map. */
	if (atomic_load(&object->refs) == atomic_load(&object->holds) &&
	    object_cache_cut(object, true))
		return;
	object_revoke(object);
}
