/*
 * Taking a space's lock.  Faults, and who promises or gives back a range, put
 * things off in ways that only they know of: nodes that borrow (borrow.h), a
 * promise that is not written (vacancy.h).  For everybody else the tree is all
 * there is.
 */
#pragma once

#include "core/vm/borrow.h"

/* Lock the space, to promise a range of it, or give one back. */
static inline void
space_lock_vacant(struct space *space)
{
	mutex_lock(&space->lock);
	if (space->nborrowers > 0)
		space_take_all(space);
}

/* Have the tree say all that is promised.  needs: space->lock
 * returns: whether it did not */
static inline bool
space_write_promised(struct space *space)
{
	if (!vacancy_is_promised(&space->vacancy))
		return false;
	vacancy_end(space);
	return true;
}

/* Lock the space, to do anything else but serve a fault. */
static inline void
space_lock(struct space *space)
{
	space_lock_vacant(space);
	if (space->vacancy.len > 0)
		vacancy_end(space);
}
