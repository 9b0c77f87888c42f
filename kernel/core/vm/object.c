/*
 * The life of objects: references, death, being kept idle.
 *
 * Lock order: reap_mutex; then, as fill and store do, whatever the object's
 * owner locks in `release`.  lists_lock is a spinlock, below the cache's.
 */
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

/* Objects that nobody names any more, until object_reap; and those kept, the
 * longest idle first. */
static struct spinlock lists_lock = SPINLOCK("dead objects", RANK_DEAD);
static struct list dead_objects = { &dead_objects, &dead_objects };
static struct list idle_objects = { &idle_objects, &idle_objects };

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
	object->newest = object->oldest = FRAME_NONE;
	object->ops = ops;
	object->context = context;
	mutex_init(&object->lock, "object", RANK_OBJECT);
	list_init(&object->link);
	list_init(&object->caching);
	object->state = OBJECT_LIVE;
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

void *
object_context(const struct object *object, const struct object_ops *ops)
{
	return object->ops == ops ? object->context : NULL;
}

bool
object_is_mapped(const struct object *object)
{
	return atomic_load(&object->refs) > atomic_load(&object->holds);
}

uint32_t
object_cached(const struct object *object)
{
	return atomic_load_relaxed(&object->ncached);
}

uint32_t
object_npages(const struct object *object)
{
	return atomic_load(&object->npages);
}

bool
object_keeps_writes(const struct object *object)
{
	return object->ops->store != NULL || !object->ops->clean;
}

void
object_get_entries(uint32_t number, uint32_t count)
{
	atomic_add_relaxed(&object_at(number)->refs, count);
}

/* The last reference may be gone: put it among the dead if so.
 * needs: lists_lock.  returns: whether it is new there */
static bool
object_die(struct object *object)
{
	if (atomic_load(&object->refs) > 0 || object->state != OBJECT_LIVE)
		return false;
	object->state = OBJECT_DEAD;
	list_push_back(&dead_objects, &object->link);
	return true;
}

void
object_put_entries(uint32_t number, uint32_t count)
{
	struct object *object = object_at(number);
	uint32_t before = atomic_sub(&object->refs, count);
	bool died;

	ASSERT(before >= count);
	if (before > count)
		return;
	/* Whoever finds it now may make it live again, and another may drop
	 * that: only one of us two finds it live with no reference. */
	spin_lock(&lists_lock);
	died = object_die(object);
	spin_unlock(&lists_lock);
	if (died)
		object_died();
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
	bool live;

	spin_lock(&lists_lock);
	live = object->state != OBJECT_GONE && object->state != OBJECT_FREE;
	if (live) {
		object_get(object);
		if (object->state != OBJECT_LIVE)
			list_remove(&object->link);
		object->state = OBJECT_LIVE;
	}
	spin_unlock(&lists_lock);
	return live;
}

void
object_put(struct object *object)
{
	atomic_sub(&object->holds, 1);
	object_put_entry(object_number(object));
}

void
object_forget(struct object *object)
{
	bool died = false;

	spin_lock(&lists_lock);
	object->forgotten = true;
	if (object->state == OBJECT_IDLE) {
		list_remove(&object->link);
		object->state = OBJECT_LIVE;
		died = object_die(object);
	}
	spin_unlock(&lists_lock);
	if (died)
		object_died();
}

/* death */
/* The first of a list, taken off it and held; NULL if there is none. */
static struct object *
list_take(struct list *list)
{
	struct object *object = NULL;
	struct list *link;

	spin_lock(&lists_lock);
	link = list_pop_front(list);
	if (link != NULL) {
		object = LIST_ENTRY(link, struct object, link);
		object->state = OBJECT_LIVE;
		object_get(object);
	}
	spin_unlock(&lists_lock);
	return object;
}

/* The object is still held by list_take alone, and so nobody else can get at
 * it once it is gone. */
static void
object_release(struct object *object)
{
	object_cache_purge(object);
	frame_unclaim(object->nclaimed);
	object->ops->release(object->context);
	object->ops = NULL;	/* free: not audited */
	object->state = OBJECT_FREE;
	pool_free(&objects, object);
}

/*
 * Done with what list_take took: it lives on, if somebody has found it; is
 * kept; or is released.  returns: whether it was released
 */
static bool
object_settle(struct object *object, bool keep)
{
	bool alone, idle;

	spin_lock(&lists_lock);
	atomic_sub(&object->holds, 1);
	alone = atomic_sub(&object->refs, 1) == 1;
	idle = alone && keep && object->ops->keep && !object->forgotten;
	if (idle) {
		object->state = OBJECT_IDLE;
		list_push_back(&idle_objects, &object->link);
	} else if (alone) {
		object->state = OBJECT_GONE;
	}
	spin_unlock(&lists_lock);
	if (idle)
		object_cache_demote(object);
	else if (alone)
		object_release(object);
	return alone && !idle;
}

/* Store what is dirty, while it can still be found: so nobody reads from the
 * disk what is on its way there. */
static void
object_clean(struct object *object)
{
	int err = 0;

	if (!object->forgotten && object->ops->store != NULL)
		err = object_write_back(object, 0, UINT32_MAX);
	if (err != 0)
		print("writing back a file: error %d\n", -err);
}

uint32_t
object_reap(void)
{
	struct object *object;
	uint32_t count = 0;

	mutex_lock(&reap_mutex);
	while ((object = list_take(&dead_objects)) != NULL) {
		object_clean(object);
		count += object_settle(object, true);
	}
	mutex_unlock(&reap_mutex);
	return count;
}

uint32_t
object_shed(uint32_t wanted)
{
	struct object *object;
	uint32_t count = 0;

	mutex_lock(&reap_mutex);
	while (count < wanted &&
	    (object = list_take(&idle_objects)) != NULL) {
		object_clean(object);
		count += object_settle(object, false);
	}
	mutex_unlock(&reap_mutex);
	return count;
}

bool
object_clean_some(void)
{
	struct object *object = object_cache_find_unclean();
	uint32_t before;

	/* What it says may be past: then we look at another, or fail. */
	if (object == NULL || !object_get_live(object))
		return false;
	before = atomic_load(&object->ndirty);
	object_clean(object);
	before -= MIN(before, atomic_load(&object->ndirty));
	object_put(object);
	return before > 0;
}

/* the recount */
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

void
object_tally_pages(void)
{
	for (uint32_t i = 0; i < frame_count(); i++) {
		const struct frame *frame = frame_at(i);

		if (frame->kind != FRAME_PAGE || frame->object == 0)
			continue;
		if (frame->flags & FRAME_COPY)
			object_tally(frame->object - 1);
		else
			(*frame_tally(frame))++;
	}
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
		print("audit: object %u: counts %u, should count %u (%u entries "
		    "and copies, %u holds)\n", i, object->refs, should,
		    object->tally, object->holds);
		errors++;
	}
	return errors;
}
