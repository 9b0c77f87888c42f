#include "core/vm/object.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/cpu/boot.h"
#include "core/cpu/page.h"
#include "core/lock/spinlock.h"
#include "core/mem/frame.h"
#include "core/mem/pool.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "core/vm/reclaim.h"

static struct pool objects;

/* Objects that nobody names any more, until object_reap. */
static struct spinlock dead_lock = SPINLOCK("dead objects", RANK_DEAD);
static struct list dead_objects = { &dead_objects, &dead_objects };

/* Held while dead objects are released, so that whoever finds none left knows
 * that none is half released. */
static struct mutex reap_mutex;

void
object_init(void)
{
	pool_init(&objects, "objects", sizeof(struct object),
	    machine_capacity(OBJECTS_EACH_KIB, OBJECTS_MIN, OBJECTS_MAX));
	mutex_init(&reap_mutex, "object reaper", RANK_REAP);
	object_cache_init();
}

uint32_t
object_number(const struct object *object)
{
	return pool_number(&objects, object);
}

struct object *
object_at(uint32_t number)
{
	return pool_at(&objects, number);
}

int
object_create(const struct object_ops *ops, void *context, uint32_t npages,
    struct object **out)
{
	struct object *object = pool_alloc(&objects);

	if (object == NULL)
		return -EAGAIN;
	if (ops->claimed && !reclaim_claim(npages)) {
		pool_free(&objects, object);
		return -ENOMEM;
	}
	object->nclaimed = ops->claimed ? npages : 0;
	object->holds = 1;
	object->npages = npages;
	object->ops = ops;
	object->context = context;
	mutex_init(&object->lock, "object", RANK_OBJECT);
	list_init(&object->dead);
	atomic_store(&object->refs, 1);
	*out = object;
	return 0;
}

static int
anon_fill(void *context, uint32_t index, void *page)
{
	(void)context;
	(void)index;
	page_clear(page);
	return 0;
}

static void
anon_release(void *context)
{
	(void)context;
}

int
object_create_anon(uint32_t npages, struct object **out)
{
	static const struct object_ops anon = {
		.fill = anon_fill,
		.release = anon_release,
		.clean = false,
	};

	return object_create(&anon, NULL, npages, out);
}

void
object_get_entries(uint32_t number, uint32_t count)
{
	atomic_add_relaxed(&object_at(number)->refs, count);
}

void
object_put_entry(uint32_t number)
{
	struct object *object = object_at(number);
	uint32_t before = atomic_sub(&object->refs, 1);

	ASSERT(before > 0);
	if (before > 1)
		return;
	spin_lock(&dead_lock);
	list_push_back(&dead_objects, &object->dead);
	spin_unlock(&dead_lock);
	object_died();
}

bool
object_keeps_writes(const struct object *object)
{
	return object->ops->store != NULL || !object->ops->clean;
}

void
object_get(struct object *object)
{
	atomic_add(&object->holds, 1);
	object_get_entries(object_number(object), 1);
}

bool
object_get_live(struct object *object)
{
	uint32_t refs = atomic_load(&object->refs);

	do {
		if (refs == 0)
			return false;
	} while (!atomic_compare_swap(&object->refs, &refs, refs + 1));
	atomic_add(&object->holds, 1);
	return true;
}

void
object_put(struct object *object)
{
	atomic_sub(&object->holds, 1);
	object_put_entry(object_number(object));
}

/* returns: the first dead object, taken off the list; NULL if there is none */
static struct object *
dead_take(void)
{
	struct list *link;

	spin_lock(&dead_lock);
	link = list_pop_front(&dead_objects);
	spin_unlock(&dead_lock);
	return link == NULL ? NULL : LIST_ENTRY(link, struct object, dead);
}

uint32_t
object_reap(void)
{
	struct object *object;
	uint32_t count = 0;

	mutex_lock(&reap_mutex);
	while ((object = dead_take()) != NULL) {
		object_cache_purge(object);
		frame_unclaim(object->nclaimed);
		object->ops->release(object->context);
		object->ops = NULL;	/* free: not audited */
		pool_free(&objects, object);
		count++;
	}
	mutex_unlock(&reap_mutex);
	return count;
}

/* needs: object->lock; the page is not cached */
static int
object_fill(struct object *object, uint32_t index, struct frame **out)
{
	bool claimed = object->nclaimed > 0;
	struct frame *frame = claimed ? frame_alloc_claimed() : reclaim_alloc();
	int err;

	if (frame == NULL)
		return -ENOMEM;
	err = object->ops->fill(object->context, index, frame_data(frame));
	if (err != 0) {
		if (claimed)
			frame_free_claimed(frame);
		else
			frame_put(frame);
		return err;
	}
	object->nclaimed -= claimed;
	object_cache_add(object, index, frame);
	*out = frame;
	return 0;
}

int
object_page(struct object *object, uint32_t index, struct frame **out)
{
	int err = 0;

	if (index >= object->npages)
		return -ENXIO;
	*out = object_cache_find(object, index);
	if (*out != NULL)
		return 0;
	mutex_lock(&object->lock);
	*out = object_cache_find(object, index);
	if (*out == NULL)
		err = object_fill(object, index, out);
	mutex_unlock(&object->lock);
	return err;
}

void
object_tally_begin(void)
{
	for (uint32_t i = 0; i < objects.capacity; i++)
		object_at(i)->tally = 0;
}

void
object_tally(uint32_t number)
{
	object_at(number)->tally++;
}

uint32_t
object_tally_check(void)
{
	uint32_t errors = 0;

	for (uint32_t i = 0; i < objects.capacity; i++) {
		struct object *object = object_at(i);
		uint32_t should = object->tally + object->holds;

		/* A free one is linked through its first word. */
		if (object->ops == NULL || object->refs == should)
			continue;
		print("audit: object %u: counts %u, should count %u (%u entries, "
		    "%u holds)\n", i, object->refs, should, object->tally,
		    object->holds);
		errors++;
	}
	return errors;
}
