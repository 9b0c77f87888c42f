/*
 * The pages of objects: found by (object, index), dropped when memory is
 * short.  A cached page holds one reference for the cache itself; one that
 * nobody else names can be dropped, if its object can fill it again.
 */
#pragma once

#include "core/base/types.h"

struct frame;
struct object;

void object_cache_init(void);		/* once, at boot */

/* returns: the page, pinned for the caller; NULL if it is not cached */
struct frame *object_cache_find(struct object *object, uint32_t index);

/* Put a page in; takes over the caller's reference, and pins it as well.
 * needs: object->lock; no page is cached there */
void object_cache_add(struct object *object, uint32_t index,
    struct frame *frame);

/* Drop all pages of an object nobody names. */
void object_cache_purge(struct object *object);

/* Drop one page that can be filled again.  returns: whether one was found */
bool object_cache_drop(void);
