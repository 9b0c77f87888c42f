/* What is inside an object.  For vm only. */
#pragma once

#include "core/base/list.h"
#include "core/task/mutex.h"
#include "core/vm/object.h"

/* [c] constant, [a] atomic, [f] lock, [h] cache lock, [d] the dead list */
struct object {
	uint32_t refs;			/* [a] entries and holds */
	uint32_t holds;			/* [a] of refs: held by code */
	uint32_t npages;		/* [c] */
	uint32_t ncached;		/* [h] */
	uint32_t nclaimed;		/* [f] frames claimed, not used yet */
	const struct object_ops *ops;	/* [c] */
	void *context;			/* [c] */
	struct mutex lock;		/* one fill at a time */
	struct list dead;		/* [d] */
	uint32_t tally;			/* the world stopped: recount */
};
