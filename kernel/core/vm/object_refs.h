/* References to objects that entries take or drop, many at once.  For vm only. */
#pragma once

#include "core/base/types.h"

/* References to objects, taken or dropped, of which neighbours mostly want the
 * same. */
struct object_refs {
	void (*settle)(uint32_t number, uint32_t count);
	uint32_t number;
	uint32_t count;
};

/* By value, and not inlined: so that loops have the fields in registers. */
static __attribute__((noinline, unused)) void
object_refs_tell(void (*settle)(uint32_t number, uint32_t count),
    uint32_t number, uint32_t count)
{
	if (count > 0)
		settle(number, count);
}

static inline void
object_refs_settle(struct object_refs *refs)
{
	object_refs_tell(refs->settle, refs->number, refs->count);
	refs->count = 0;
}

static inline void
object_refs_add(struct object_refs *refs, uint32_t number)
{
	if (refs->number != number)
		object_refs_settle(refs);
	refs->number = number;
	refs->count++;
}
