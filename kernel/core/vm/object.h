/*
 * Memory objects: what a mapping can name besides fresh memory.  An object
 * has pages, filled by its owner's code when first looked at, and kept until
 * memory runs short (or, without a way to fill them again, for its life).
 *
 * References are held by entries of trees and by whoever calls object_get.
 * The last to go leaves the object on a list; object_reap, which may sleep,
 * calls its `release`.
 */
#pragma once

#include "core/base/types.h"

struct frame;
struct object;

struct object_ops {
	/*
	 * Fill `page` (PAGE_BYTES, contents undefined) with page `index` of
	 * the object.  May sleep; called once at a time per object.
	 * returns: 0 or -EIO
	 */
	int (*fill)(void *context, uint32_t index, void *page);
	/* Nobody names the object any more.  May sleep. */
	void (*release)(void *context);
	/* Whether pages can be dropped and filled again. */
	bool clean;
	/* Whether room for all pages is claimed at once: then object_page
	 * never fails for want of memory, and no page is dropped. */
	bool claimed;
};

void object_init(void);		/* once, at boot */

/*
 * An object of `npages` pages with one reference.
 * returns: 0; -EAGAIN if the table of objects is full, -ENOMEM if there is no room
 *          to claim (object_reap may help with both)
 */
int object_create(const struct object_ops *ops, void *context,
    uint32_t npages, struct object **out);
/* Zero-filled memory to be shared; fills and releases by itself. */
int object_create_anon(uint32_t npages, struct object **out);

/* Whether its pages stay for its life: they cannot be filled again. */
bool object_keeps_pages(const struct object *object);

void object_get(struct object *object);
/* Take a reference unless the last one is gone.  returns: whether taken */
bool object_get_live(struct object *object);
void object_put(struct object *object);

/*
 * Link-time hook, defined by main.c: object_reap has something to do.  Called
 * in any context, with spinlocks up to RANK_FRAMES held.
 */
void object_died(void);

/* Release objects nobody names, and wait for those that another thread is
 * releasing; sleeps.  returns: how many were released here */
uint32_t object_reap(void);

/*
 * Page `index`, filled, pinned for the caller (frame_unpin).
 * needs:   no spinlock and no space's lock; may sleep
 * returns: 0; -EFAULT past the end; -ENOMEM; -EIO
 */
int object_page(struct object *object, uint32_t index, struct frame **out);

/* Pages cached and not mapped anywhere: what memory shortage can drop. */
uint32_t object_pages_droppable(void);
