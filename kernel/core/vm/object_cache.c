#include "core/vm/object_cache.h"

#include "core/base/panic.h"
#include "core/lock/spinlock.h"
#include "core/mem/frame.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"

/* Chains of frames that share a hash, linked by frame->chain. */
static struct {
	struct spinlock lock;
	uint32_t *heads;	/* lock; numbers of frames */
	uint32_t nheads;	/* [c] a power of two */
	uint32_t count;		/* lock; pages cached */
	uint32_t hand;		/* lock; where to look for one to drop */
} cache = { .lock = SPINLOCK("object pages", RANK_CACHE) };

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

static uint32_t *
cache_head(uint32_t object, uint32_t index)
{
	/* Fibonacci hashing: neighbours land apart. */
	uint64_t key = (uint64_t)object << 32 | index;

	return &cache.heads[(key * 0x9e3779b97f4a7c15u >> 32) &
	    (cache.nheads - 1)];
}

/* The link that leads to the page; its value is FRAME_NONE if none does. */
static uint32_t *
cache_link(uint32_t object, uint32_t index)
{
	uint32_t *link = cache_head(object, index);

	while (*link != FRAME_NONE) {
		struct frame *frame = frame_at(*link);

		if (frame->object == object + 1 && frame->index == index)
			break;
		link = &frame->chain;
	}
	return link;
}

struct frame *
object_cache_find(struct object *object, uint32_t index)
{
	struct frame *frame = NULL;
	uint32_t number;

	spin_lock(&cache.lock);
	number = *cache_link(object_number(object), index);
	if (number != FRAME_NONE) {
		frame = frame_at(number);
		frame_pin(frame);
	}
	spin_unlock(&cache.lock);
	return frame;
}

void
object_cache_add(struct object *object, uint32_t index, struct frame *frame)
{
	uint32_t number = object_number(object);
	uint32_t *head = cache_head(number, index);

	spin_lock(&cache.lock);
	ASSERT(*cache_link(number, index) == FRAME_NONE);
	frame->object = number + 1;
	frame->index = index;
	frame->chain = *head;
	*head = frame_number(frame);
	frame_turn(frame, FRAME_PAGE);
	frame_pin(frame);
	object->ncached++;
	cache.count++;
	spin_unlock(&cache.lock);
}

/* needs: cache.lock; the link leads to a page */
static void
cache_remove(uint32_t *link)
{
	struct frame *frame = frame_at(*link);

	*link = frame->chain;
	object_at(frame->object - 1)->ncached--;
	cache.count--;
	frame->object = 0;
	frame_put(frame);
}

void
object_cache_purge(struct object *object)
{
	uint32_t number = object_number(object);

	spin_lock(&cache.lock);
	for (uint32_t i = 0; i < object->npages && object->ncached > 0; i++) {
		uint32_t *link = cache_link(number, i);

		if (*link != FRAME_NONE)
			cache_remove(link);
	}
	ASSERT(object->ncached == 0);
	spin_unlock(&cache.lock);
}

/* needs: cache.lock */
static bool
page_is_droppable(const struct frame *frame)
{
	const struct object_ops *ops;

	if (frame->object == 0 || frame_refs(frame) > 1)
		return false;
	ops = object_at(frame->object - 1)->ops;
	return ops->clean && !ops->claimed;
}

bool
object_cache_drop(void)
{
	bool dropped = false;

	spin_lock(&cache.lock);
	for (uint32_t i = 0; i < frame_count() && cache.count > 0; i++) {
		struct frame *frame = frame_at(cache.hand);

		cache.hand = (cache.hand + 1) % frame_count();
		if (page_is_droppable(frame)) {
			cache_remove(cache_link(frame->object - 1,
			    frame->index));
			dropped = true;
			break;
		}
	}
	spin_unlock(&cache.lock);
	return dropped;
}

uint32_t
object_pages_droppable(void)
{
	uint32_t count = 0;

	spin_lock(&cache.lock);
	for (uint32_t i = 0; i < frame_count() && cache.count > 0; i++)
		count += page_is_droppable(frame_at(i));
	spin_unlock(&cache.lock);
	return count;
}

void
object_tally_pages(void)
{
	for (uint32_t i = 0; i < frame_count(); i++)
		frame_at(i)->tally += frame_at(i)->object != 0;
}
