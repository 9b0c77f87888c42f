/* How entries name objects: by number, one reference each.  For vm only. */
#pragma once

#include "core/base/types.h"
#include "core/mem/frame.h"

struct object;

/* References for `count` more entries.  needs: one is held already */
void object_get_entries(uint32_t number, uint32_t count);
/* `count` entries no longer name it.  Safe under spinlocks below RANK_CACHE. */
void object_put_entries(uint32_t number, uint32_t count);
static inline void
object_put_entry(uint32_t number)
{
	object_put_entries(number, 1);
}

/*
 * A leaf or held entry that names an object's own page holds a reference to
 * the object beside the one to the page; so does, itself, a private copy.
 */

/* Whose own page it is: the object's number + 1; 0: nobody's.
 * needs: a reference to the page */
static inline uint32_t
page_object(const struct frame *page)
{
	return page->flags & FRAME_COPY ? 0 : page->object;
}

/* Make `copy`, new and nobody's yet, a private copy of `page`, which is an
 * object's or a copy itself, and remember of what.  Takes over a reference to
 * the object. */
void page_copy_new(struct frame *copy, const struct frame *page);
/* The same for any page that entries name; takes a reference itself. */
void page_copy_private(struct frame *copy, const struct frame *page);
/* One entry less names the page. */
void object_page_put(struct frame *page);	/* of an object, or a copy */
static inline void
page_put(struct frame *page)
{
	if (page->object != 0)
		object_page_put(page);
	else if (frame_drop(page))
		frame_free(page);
}

/* Whether writes to an object's own page must be seen, to store it later. */
bool object_page_tracked(const struct frame *page);
/* It may be written from now on.  needs: a reference to the page */
void object_page_written(struct frame *page);

uint32_t object_number(const struct object *object);
struct object *object_at(uint32_t number);

/* For the recount, the world stopped: add the references that running code
 * and caches hold to the tallies, begin and check those of objects. */
void object_tally_begin(void);
void object_tally(uint32_t number);
void object_tally_pages(void);
/* returns: how many objects have a wrong count; prints a line for each */
uint32_t object_tally_check(void);
