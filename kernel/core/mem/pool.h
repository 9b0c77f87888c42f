/*
 * Pools: fixed numbers of objects of one type, their memory taken at boot.
 * So a kernel structure costs no frame later, running out of them is an
 * ordinary error, and the count of free frames speaks of programs only.
 *
 * An object is cleared when it is freed: who makes a process waits for that,
 * who ends one does not.
 */
#pragma once

#include "core/base/types.h"
#include "core/lock/spinlock.h"

struct pool {
	struct spinlock lock;
	uint32_t object_bytes;	/* [c] */
	uint32_t capacity;	/* [c] */
	uint32_t nfree;		/* lock */
	void *objects;		/* [c] array of `capacity` */
	void *free;		/* lock: first free object, linked by first word */
};

/* needs: booting, frames ready; panics if RAM cannot hold it (8 MiB holds
 * all pools) */
void pool_init(struct pool *pool, const char *name, size_t object_bytes,
    uint32_t capacity);

/* returns: an object, all bytes zero; NULL if all are in use */
void *pool_alloc(struct pool *pool);
void pool_free(struct pool *pool, void *object);

/* Objects are numbered 0 .. capacity - 1. */
uint32_t pool_number(const struct pool *pool, const void *object);
void *pool_at(const struct pool *pool, uint32_t number);
uint32_t pool_used(struct pool *pool);
