/* Memory that grows downwards, for faults.  For vm only. */
#pragma once

#include "core/base/types.h"

struct space;

/*
 * Nothing is mapped at `page`: extend what is mapped above down to it, if that
 * grows, its program's stack limit allows it, and it keeps its distance.
 * returns: -EAGAIN to look again; -EFAULT; -ENOMEM
 */
int space_grow(struct space *space, vaddr_t page);
