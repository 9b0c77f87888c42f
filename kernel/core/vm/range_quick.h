/* The usual changes of ranges.  For range.c only. */
#pragma once

#include "core/vm/space_tree.h"

/*
 * Promise a range, or give it back, where few entries have to change and
 * nothing has to be copied (rows_find).
 *
 * needs:   space->lock; a valid range; to set marks that name an object, that
 *          there is no vacancy
 * returns: whether it was done; if not, nothing has changed
 */
bool range_quick_set(struct space *space, vaddr_t start, uint64_t len,
    entry_t mark);
bool range_quick_drop(struct space *space, vaddr_t start, uint64_t len);
