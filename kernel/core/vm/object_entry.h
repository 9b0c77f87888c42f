/* How entries name objects: by number, one reference each.  For vm only. */
#pragma once

#include "core/base/types.h"

struct object;

uint32_t object_number(const struct object *object);
struct object *object_at(uint32_t number);

/* References for `count` more entries.  needs: one is held already */
void object_get_entries(uint32_t number, uint32_t count);
/* An entry no longer names it.  Safe under spinlocks below RANK_CACHE. */
void object_put_entry(uint32_t number);

/* For the recount, the world stopped: add the references that running code
 * and caches hold to the tallies, begin and check those of objects. */
void object_tally_begin(void);
void object_tally(uint32_t number);
void object_tally_pages(void);
/* returns: how many objects have a wrong count; prints a line for each */
uint32_t object_tally_check(void);
