/*
 * Objects: what mappings name besides fresh memory.  An object has pages,
 * numbered from 0, a way to fill each, perhaps a way to store it, and a cache
 * of those that were.
 *
 *	entries of trees --> [ object ] --> fill, store
 *	                        |
 *	                        v cached pages, one reference each; a page that
 *	                          others name too is mapped
 *
 * References are held by entries of trees that name the object or one of its
 * pages, by private copies of its pages (which remember where they came from),
 * and by whoever calls object_get.  When the last is gone the object either is
 * kept with its pages, idle, until memory or objects run short, or goes onto a
 * list; object_reap, which may sleep, then writes back what is dirty and calls
 * its `release`.
 *
 * Dirty pages are those written through shared mappings, and those somebody
 * marked.  They are never dropped before they were stored.
 */
#pragma once

#include "core/base/types.h"

struct frame;
struct object;

struct object_ops {
	/*
	 * Fill `page` (PAGE_BYTES, contents undefined) with page `index` of
	 * the object.  May sleep; called once at a time per object.
	 * returns: 0 or -EIO, -ENOSPC
	 */
	int (*fill)(void *context, uint32_t index, void *page);
	/*
	 * Write a page back to where it was filled from; what lies past the
	 * end is ignored.  May sleep; called with the object's lock held, as
	 * fill is.  NULL: it cannot be.
	 * returns: 0 or -errno; the page stays dirty then
	 */
	int (*store)(void *context, uint32_t index, const void *page);
	/* Nobody names the object any more.  May sleep. */
	void (*release)(void *context);
	/* Whether pages that are not dirty can be dropped and filled again. */
	bool clean;
	/* Whether room for all pages is claimed at once: then object_page
	 * never fails for want of memory, and no page is dropped. */
	bool claimed;
	/* Whether it is kept, with its pages, when nobody names it. */
	bool keep;
};

void object_init(void);		/* once, at boot */

/*
 * An object of `npages` pages with one reference.
 * returns: 0; -EAGAIN if the table of objects is full, -ENOMEM if there is no
 *          room to claim (object_reap and object_shed may help with both)
 */
int object_create(const struct object_ops *ops, void *context,
    uint32_t npages, struct object **out);
/* Zero-filled memory to be shared; fills and releases by itself. */
int object_create_anon(uint32_t npages, struct object **out);

/* Its context, if it is of that kind; else NULL. */
void *object_context(const struct object *object,
    const struct object_ops *ops);
uint32_t object_npages(const struct object *object);
/* Whether entries of trees, or copies of its pages, name it. */
bool object_is_mapped(const struct object *object);
/* Pages of it that are in memory, at this moment. */
uint32_t object_cached(const struct object *object);

/* Whether what is written to its pages lasts: they stay, or are stored. */
bool object_keeps_writes(const struct object *object);

void object_get(struct object *object);
/* Take a reference unless it is being released: an idle one comes to life
 * again.  needs: whoever calls keeps `release` from finishing meanwhile, by a
 * lock that it takes.  returns: whether taken */
bool object_get_live(struct object *object);
void object_put(struct object *object);
/* Do not keep it when it is idle, nor store what is dirty: its contents are of
 * no use to anyone who does not name it already. */
void object_forget(struct object *object);

/*
 * Link-time hook, defined by main.c: object_reap has something to do.  Called
 * in any context, with spinlocks up to RANK_FRAMES held.
 */
void object_died(void);

/* Release objects nobody names, and wait for those that another thread is
 * releasing; sleeps.  returns: how many were released here */
uint32_t object_reap(void);
/* Release up to `count` of those kept idle, the longest idle first; sleeps.
 * returns: how many */
uint32_t object_shed(uint32_t count);

/* Store dirty pages of some object, of those nobody maps; sleeps.
 * returns: whether any was stored */
bool object_clean_some(void);

/*
 * Change the number of pages.  Shrinking drops those beyond the end: from the
 * cache, and from every mapping, where touching them is -ENXIO from now on;
 * private copies of them go as well.  Never fails.
 *
 * The bytes behind the end in the last page are the caller's to clear.
 * needs: nothing else resizes it now; no spinlock; not called from fill
 */
void object_resize(struct object *object, uint32_t npages);
/* Clear bytes [from, to) of page `index`, if it is cached. */
void object_clear(struct object *object, uint32_t index, uint32_t from,
    uint32_t to);

/*
 * Page `index`, filled, pinned for the caller (frame_unpin).
 * needs:   no spinlock and no space's lock; may sleep
 * returns: 0; -ENXIO past the end; -ENOMEM; -EIO
 */
int object_page(struct object *object, uint32_t index, struct frame **out);
/* The same if it is cached, at once; else NULL. */
struct frame *object_page_find(struct object *object, uint32_t index);
/*
 * Make `frame`, which the caller took and filled, page `index`.
 * needs:   as object_page; the object has not claimed room
 * returns: 0; or, with the frame still the caller's, -EEXIST if the page is
 *          cached, -ENXIO past the end
 */
int object_page_give(struct object *object, uint32_t index,
    struct frame *frame);
/* Forget cached pages [first, first + npages) that nobody maps, dirty or not. */
void object_drop_pages(struct object *object, uint32_t first, uint32_t npages);

/* Clear bytes [offset, end) of all pages that are cached. */
void object_clear_range(struct object *object, uint64_t offset, uint64_t end);
/*
 * Which pages of [first, limit) are cached.
 * returns: how many, up to `max`; gives: the lowest indices, in order
 */
uint32_t object_cached_in(struct object *object, uint32_t first,
    uint32_t limit, uint32_t *indices, uint32_t max);

/* What was written to the page, if it is cached, must be stored. */
void object_mark_dirty(struct object *object, uint32_t index);
bool object_dirty(const struct object *object);
/*
 * Store dirty pages of [first, first + npages).  A page that is mapped stays
 * dirty, for it may be written at any moment.
 * needs:   no lock that `store` takes
 * returns: 0, or the first error; the other pages are tried all the same
 */
int object_write_back(struct object *object, uint32_t first, uint32_t npages);

/* Pages of objects: those that can be filled again, those that cannot; and of
 * both, those that must be stored. */
struct object_pages {
	uint64_t file, shared, dirty;
};
void object_pages_count(struct object_pages *pages);
/* Looks at each.  gives: how many are not mapped, and could be dropped; how
 * many are mapped */
void object_pages_look(uint64_t *droppable, uint64_t *mapped);
