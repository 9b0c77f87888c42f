#include "core/mem/pool.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/mem/frame.h"

void
pool_init(struct pool *pool, const char *name, size_t object_bytes,
    uint32_t capacity)
{
	size_t each = ROUND_UP(object_bytes, 16);
	uint64_t pages = ROUND_UP(each * capacity, PAGE_BYTES) >> PAGE_SHIFT;

	spin_init(&pool->lock, name, RANK_POOL);
	pool->object_bytes = (uint32_t)each;
	pool->capacity = capacity;
	pool->nfree = capacity;
	pool->free = NULL;
	pool->objects = frame_alloc_run((uint32_t)pages);
	if (pool->objects == NULL)
		panic("%s: no room for %u objects of %zu bytes", name, capacity,
		    object_bytes);
	for (uint32_t i = capacity; i-- > 0; ) {
		void **object = pool_at(pool, i);

		*object = pool->free;
		pool->free = object;
	}
}

void *
pool_alloc(struct pool *pool)
{
	void **object;

	spin_lock(&pool->lock);
	object = pool->free;
	if (object != NULL) {
		pool->free = *object;
		pool->nfree--;
	}
	spin_unlock(&pool->lock);
	if (object != NULL)
		*object = NULL;
	return object;
}

void
pool_free(struct pool *pool, void *object)
{
	ASSERT(pool_number(pool, object) < pool->capacity);
	memset(object, 0, pool->object_bytes);
	spin_lock(&pool->lock);
	*(void **)object = pool->free;
	pool->free = object;
	pool->nfree++;
	spin_unlock(&pool->lock);
}

uint32_t
pool_number(const struct pool *pool, const void *object)
{
	size_t at = (size_t)((const char *)object - (char *)pool->objects);

	ASSERT(at % pool->object_bytes == 0);
	return (uint32_t)(at / pool->object_bytes);
}

void *
pool_at(const struct pool *pool, uint32_t number)
{
	return (char *)pool->objects + (size_t)number * pool->object_bytes;
}

uint32_t
pool_used(struct pool *pool)
{
	/* It changes at once anyway. */
	return pool->capacity - atomic_load_relaxed(&pool->nfree);
}
