#include "core/vm/object_cache.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/lock/spinlock.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"

/*
 * Chains of frames that share a hash, linked by frame->chain; and the objects
 * that have pages here, those whose pages go first in front.
 */
static struct {
	struct spinlock lock;
	uint32_t *heads;	/* lock; numbers of frames */
	uint32_t nheads;	/* [c] a power of two */
	uint32_t nobjects;	/* lock; in `objects` */
	struct list objects;	/* lock */
} cache = {
	.lock = SPINLOCK("object pages", RANK_CACHE),
	.objects = { &cache.objects, &cache.objects },
};

void
object_cache_init(void)
{
	uint32_t pages = 1;

	/* One head for about four frames. */
	while (pages * (PAGE_BYTES / sizeof(uint32_t)) * 4 < frame_count())
		pages *= 2;
	cache.heads = frame_alloc_run(pages);
	if (cache.heads == NULL)
		panic("no room for the table of object pages");
	cache.nheads = (uint32_t)(pages * (PAGE_BYTES / sizeof(uint32_t)));
	for (uint32_t i = 0; i < cache.nheads; i++)
		cache.heads[i] = FRAME_NONE;
}

/* Fibonacci hashing: neighbours land apart, each as far from the last. */
#define HASH_STEP	0x9e3779b97f4a7c15u
#define HASH(object, index)	(((uint64_t)(object) << 32 | (index)) * HASH_STEP)

static inline uint32_t *
cache_head(uint64_t hash)
{
	return &cache.heads[(hash >> 32) & (cache.nheads - 1)];
}

/* Removed at once of an object that goes: interrupts wait meanwhile. */
#define PURGE_PAGES	64

/* The link that leads to the page; its value is FRAME_NONE if none does. */
static inline uint32_t *
chain_link(uint32_t *link, uint32_t object, uint32_t index)
{
	while (*link != FRAME_NONE) {
		struct frame *frame = frame_at(*link);

		if (frame->object == object + 1 && frame->index == index)
			break;
		link = &frame->chain;
	}
	return link;
}

static uint32_t *
cache_link(uint32_t object, uint32_t index)
{
	return chain_link(cache_head(HASH(object, index)), object, index);
}

/* A page's frame, by number; FRAME_NONE if it is not cached, or behind the end.
 * needs: cache.lock */
static uint32_t
cached_at(const struct object *object, uint32_t number, uint32_t index)
{
	return index < object->npages ? *cache_link(number, index) : FRAME_NONE;
}

/* an object's list, from the oldest page to the newest */
static void
list_append(struct object *object, struct frame *frame)
{
	uint32_t number = frame_number(frame);

	frame->prev = object->newest;
	frame->next = FRAME_NONE;
	if (object->newest != FRAME_NONE)
		frame_at(object->newest)->next = number;
	else
		object->oldest = number;
	object->newest = number;
}

static void
list_take(struct object *object, struct frame *frame)
{
	if (frame->prev != FRAME_NONE)
		frame_at(frame->prev)->next = frame->next;
	else
		object->oldest = frame->next;
	if (frame->next != FRAME_NONE)
		frame_at(frame->next)->prev = frame->prev;
	else
		object->newest = frame->prev;
}

struct frame *
object_cache_find(struct object *object, uint32_t index)
{
	struct frame *frame = NULL;
	uint32_t number;

	spin_lock(&cache.lock);
	number = cached_at(object, object_number(object), index);
	if (number != FRAME_NONE) {
		frame = frame_at(number);
		frame->recent = 1;
		frame_pin(frame);
	}
	spin_unlock(&cache.lock);
	return frame;
}

void
object_cache_find_row(struct object *object, uint32_t first, uint32_t count,
    struct frame **pages)
{
	uint32_t number = object_number(object);
	uint64_t hash = HASH(number, first);

	spin_lock(&cache.lock);
	for (uint32_t i = 0; i < count; i++, hash += HASH_STEP) {
		uint32_t at = *chain_link(cache_head(hash), number, first + i);

		pages[i] = NULL;
		if (at == FRAME_NONE || first + i >= object->npages)
			continue;
		pages[i] = frame_at(at);
		frame_get(pages[i]);
	}
	spin_unlock(&cache.lock);
}

int
object_cache_add(struct object *object, uint32_t index, struct frame *frame)
{
	uint32_t number = object_number(object), *link;
	bool inside;

	spin_lock(&cache.lock);
	inside = index < object->npages;
	link = cache_link(number, index);
	if (!inside || *link != FRAME_NONE) {
		spin_unlock(&cache.lock);
		return inside ? -EEXIST : -ENXIO;
	}
	frame->object = number + 1;
	frame->index = index;
	frame->dirty = 0;
	frame->recent = 0;
	frame->chain = FRAME_NONE;
	*link = frame_number(frame);
	frame_turn(frame, FRAME_PAGE);
	frame_pin(frame);
	list_append(object, frame);
	if (object->ncached++ == 0) {
		list_push_back(&cache.objects, &object->caching);
		cache.nobjects++;
	}
	spin_unlock(&cache.lock);
	return 0;
}

/* needs: cache.lock */
static void
dirty_set(struct object *object, struct frame *frame, bool dirty)
{
	if (frame->dirty == dirty)
		return;
	atomic_store_relaxed(&frame->dirty, dirty);
	atomic_store_relaxed(&object->ndirty,
	    object->ndirty + (dirty ? 1u : -1u));
}

/* Drop a page of the object.  needs: cache.lock */
static void
cache_remove(struct object *object, struct frame *frame)
{
	*cache_link(frame->object - 1, frame->index) = frame->chain;
	dirty_set(object, frame, false);
	list_take(object, frame);
	if (--object->ncached == 0) {
		list_remove(&object->caching);
		cache.nobjects--;
	}
	frame->object = 0;
	frame_put(frame);
}

/* Drop an object's pages in [first, limit), those that others name too only if
 * `all`.  needs: cache.lock */
static void
cache_remove_range(struct object *object, uint32_t first, uint32_t limit,
    bool all)
{
	uint32_t number = object_number(object), next;

	/* One look-up a page, or one look at every page there is. */
	if (limit - first <= object->ncached) {
		for (; first < limit; first++) {
			uint32_t at = *cache_link(number, first);

			if (at != FRAME_NONE &&
			    (all || frame_refs(frame_at(at)) == 1))
				cache_remove(object, frame_at(at));
		}
		return;
	}
	for (uint32_t at = object->oldest; at != FRAME_NONE; at = next) {
		struct frame *frame = frame_at(at);

		next = frame->next;
		if (frame->index >= first && frame->index < limit &&
		    (all || frame_refs(frame) == 1))
			cache_remove(object, frame);
	}
}

void
object_cache_purge(struct object *object)
{
	while (object->oldest != FRAME_NONE) {
		spin_lock(&cache.lock);
		for (int i = 0; i < PURGE_PAGES &&
		    object->oldest != FRAME_NONE; i++)
			cache_remove(object, frame_at(object->oldest));
		spin_unlock(&cache.lock);
		thread_pause();
	}
	ASSERT(object->ncached == 0);
}

void
object_cache_purge_unmapped(struct object *object, uint32_t first,
    uint32_t npages)
{
	uint32_t limit = first + MIN(npages, UINT32_MAX - first);

	spin_lock(&cache.lock);
	cache_remove_range(object, first, limit, false);
	spin_unlock(&cache.lock);
}

/* the end */
uint32_t
object_cache_set_end(struct object *object, uint32_t npages)
{
	uint32_t before;

	spin_lock(&cache.lock);
	before = object->npages;
	atomic_store(&object->npages, npages);
	spin_unlock(&cache.lock);
	return before;
}

bool
object_cache_cut(struct object *object, bool alone)
{
	bool cut = true;

	spin_lock(&cache.lock);
	for (uint32_t at = object->oldest; alone && at != FRAME_NONE;
	    at = frame_at(at)->next)
		if (frame_at(at)->index >= object->npages &&
		    frame_refs(frame_at(at)) > 1)
			cut = false;
	if (cut)
		cache_remove_range(object, object->npages, UINT32_MAX, true);
	spin_unlock(&cache.lock);
	return cut;
}

/* dirty pages */
void
object_cache_set_dirty(struct object *object, struct frame *frame, bool dirty)
{
	spin_lock(&cache.lock);
	/* It may have been cut off meanwhile. */
	if (frame->object == object_number(object) + 1)
		dirty_set(object, frame, dirty);
	spin_unlock(&cache.lock);
}

/* Put a number where it belongs among the lowest; the highest may fall out.
 * returns: how many there are then */
static uint32_t
lowest_insert(uint32_t *indices, uint32_t count, uint32_t max, uint32_t index)
{
	uint32_t at = count;

	if (count == max) {
		if (indices[count - 1] < index)
			return count;
		at = --count;
	}
	for (; at > 0 && indices[at - 1] > index; at--)
		indices[at] = indices[at - 1];
	indices[at] = index;
	return count + 1;
}

uint32_t
object_cache_dirty(struct object *object, uint32_t first, uint32_t limit,
    uint32_t *indices, uint32_t max)
{
	uint32_t number = object_number(object), count = 0, link;

	spin_lock(&cache.lock);
	if (object->ndirty == 0)
		goto unlock;
	/* One look-up a page, or one look at every page there is. */
	if (limit - first > 4 * object->ncached) {
		for (uint32_t at = object->oldest; at != FRAME_NONE;
		    at = frame_at(at)->next)
			if (frame_at(at)->dirty &&
			    frame_at(at)->index >= first &&
			    frame_at(at)->index < limit)
				count = lowest_insert(indices, count, max,
				    frame_at(at)->index);
		goto unlock;
	}
	for (uint32_t index = first; index < limit && count < max; index++) {
		link = *cache_link(number, index);
		if (link != FRAME_NONE && frame_at(link)->dirty)
			indices[count++] = index;
	}
unlock:
	spin_unlock(&cache.lock);
	return count;
}

uint32_t
object_cached_in(struct object *object, uint32_t first, uint32_t limit,
    uint32_t *indices, uint32_t max)
{
	uint32_t number = object_number(object), count = 0;

	spin_lock(&cache.lock);
	if (object->ncached == 0 || first >= limit) {
		/* none */
	} else if (limit - first > 4 * object->ncached) {
		for (uint32_t at = object->oldest; at != FRAME_NONE;
		    at = frame_at(at)->next)
			if (frame_at(at)->index >= first &&
			    frame_at(at)->index < limit)
				count = lowest_insert(indices, count, max,
				    frame_at(at)->index);
	} else {
		for (uint32_t index = first; index < limit && count < max;
		    index++)
			if (*cache_link(number, index) != FRAME_NONE)
				indices[count++] = index;
	}
	spin_unlock(&cache.lock);
	return count;
}

/* when memory is short */
struct object *
object_cache_find_unclean(void)
{
	struct object *found = NULL;

	spin_lock(&cache.lock);
	LIST_FOR(link, &cache.objects) {
		struct object *object = LIST_ENTRY(link, struct object,
		    caching);
		uint32_t at = object->ndirty > 0 && object->ops->store != NULL ?
		    object->oldest : FRAME_NONE;

		while (at != FRAME_NONE && (!frame_at(at)->dirty ||
		    frame_refs(frame_at(at)) > 1))
			at = frame_at(at)->next;
		if (at != FRAME_NONE) {
			found = object;
			break;
		}
	}
	spin_unlock(&cache.lock);
	return found;
}

/* Whether its pages can be filled again, and are not to stay. */
static bool
object_is_droppable(const struct object *object)
{
	return object->ops->clean && !object->ops->claimed;
}

/* Of an object that is droppable.  needs: cache.lock */
static bool
page_is_droppable(const struct frame *frame)
{
	return !frame->dirty && frame_refs(frame) == 1;
}

/* Drop the oldest page of the object that was not asked for lately; those
 * passed by are the newest then.  needs: cache.lock */
static bool
drop_from(struct object *object)
{
	for (uint32_t left = object->ncached; left > 0; left--) {
		struct frame *frame = frame_at(object->oldest);

		if (page_is_droppable(frame) && !frame->recent) {
			cache_remove(object, frame);
			return true;
		}
		frame->recent = 0;
		list_take(object, frame);
		list_append(object, frame);
	}
	return false;
}

bool
object_cache_drop(void)
{
	bool dropped = false;

	spin_lock(&cache.lock);
	/* Twice, for the first time may only find pages asked for lately. */
	for (uint32_t left = 2 * cache.nobjects; left > 0 && !dropped; left--) {
		struct object *object = LIST_ENTRY(cache.objects.next,
		    struct object, caching);

		dropped = object_is_droppable(object) && drop_from(object);
		if (!dropped) {
			list_remove(&object->caching);
			list_push_back(&cache.objects, &object->caching);
		}
	}
	spin_unlock(&cache.lock);
	return dropped;
}

void
object_cache_demote(struct object *object)
{
	spin_lock(&cache.lock);
	if (object->ncached > 0) {
		list_remove(&object->caching);
		list_push_front(&cache.objects, &object->caching);
	}
	spin_unlock(&cache.lock);
}

void
object_pages_count(struct object_pages *pages)
{
	*pages = (struct object_pages){ 0 };
	spin_lock(&cache.lock);
	LIST_FOR(link, &cache.objects) {
		const struct object *object = LIST_ENTRY(link, struct object,
		    caching);

		if (object->ops->clean)
			pages->file += object->ncached;
		else
			pages->shared += object->ncached;
		pages->dirty += object->ndirty;
	}
	spin_unlock(&cache.lock);
}

void
object_pages_look(uint64_t *droppable, uint64_t *mapped)
{
	*droppable = *mapped = 0;
	spin_lock(&cache.lock);
	LIST_FOR(link, &cache.objects) {
		struct object *object = LIST_ENTRY(link, struct object,
		    caching);
		bool may_drop = object_is_droppable(object);

		for (uint32_t at = object->oldest; at != FRAME_NONE;
		    at = frame_at(at)->next) {
			*droppable += may_drop && page_is_droppable(frame_at(at));
			*mapped += frame_refs(frame_at(at)) > 1;
		}
	}
	spin_unlock(&cache.lock);
}
