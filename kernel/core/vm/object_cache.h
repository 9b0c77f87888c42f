/*
 * The pages of objects: found by (object, index), dropped when memory is
 * short.  A cached page holds one reference for the cache itself; one that
 * nobody else names can be dropped, if its object can fill it again and it is
 * not dirty.
 */
#pragma once

#include "core/base/types.h"

struct frame;
struct object;

void object_cache_init(void);		/* once, at boot */

/* returns: the page, pinned for the caller; NULL if it is not cached */
struct frame *object_cache_find(struct object *object, uint32_t index);
/* Some in a row.  gives: pages[0 .. count), each with a reference, or NULL */
void object_cache_find_row(struct object *object, uint32_t first,
    uint32_t count, struct frame **pages);

/*
 * Put a page in; takes over the caller's reference, and pins it as well.
 * needs:   object->lock
 * returns: 0; or, with the frame still the caller's, -ENXIO past the object's
 *          end, -EEXIST where a page is cached
 */
int object_cache_add(struct object *object, uint32_t index,
    struct frame *frame);

/* Drop all pages of an object nobody names. */
void object_cache_purge(struct object *object);	/* may yield */
/* Drop pages [first, first + npages) that nobody else names, dirty or not. */
void object_cache_purge_unmapped(struct object *object, uint32_t first,
    uint32_t npages);

/* Drop one page that can be filled again.  returns: whether one was found */
bool object_cache_drop(void);
/* Its pages are the first to be dropped from now on. */
void object_cache_demote(struct object *object);

/* Set the number of pages; what lies behind the end can no longer be found,
 * but is still cached until object_cache_cut.  returns: the number before */
uint32_t object_cache_set_end(struct object *object, uint32_t npages);
/* Drop the pages behind the end.  `alone`: only if nobody else names any of
 * them.  returns: whether they are gone */
bool object_cache_cut(struct object *object, bool alone);

/*
 * Up to `max` numbers of dirty pages in [first, limit), in order, the lowest
 * there are.  returns: how many
 */
uint32_t object_cache_dirty(struct object *object, uint32_t first,
    uint32_t limit, uint32_t *indices, uint32_t max);
/* Mark a cached page dirty, or clean. */
void object_cache_set_dirty(struct object *object, struct frame *frame,
    bool dirty);

/* An object with a dirty page that nobody maps, without a reference: perhaps
 * it is another one by now.  NULL if there is none. */
struct object *object_cache_find_unclean(void);
