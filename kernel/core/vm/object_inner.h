/* What is inside an object.  For vm only. */
#pragma once

#include "core/base/list.h"
#include "core/task/mutex.h"
#include "core/vm/object.h"

/*
 *	LIVE --- last reference dropped ---> DEAD: on the list of the dead
 *	  ^                                   | object_reap
 *	  |                                   v
 *	  +------- object_get_live ---------- IDLE, if it is kept
 *	                                      | object_shed, object_forget
 *	                                      v
 *	                                     GONE: being released
 */
enum object_state {
	OBJECT_FREE,
	OBJECT_LIVE,
	OBJECT_DEAD,
	OBJECT_IDLE,
	OBJECT_GONE,
};

/* [c] constant, [a] atomic, [f] lock, [h] cache lock, [d] the lists' lock */
struct object {
	uint32_t refs;			/* [a] entries, copies and holds */
	uint32_t holds;			/* [a] of refs: held by code */
	uint32_t npages;		/* [h] to change, [a] to read */
	uint32_t ncached;		/* [h] */
	uint32_t ndirty;		/* [h] to change, [a] to read */
	uint32_t newest, oldest;	/* [h] its cached pages, linked by prev
					 * (older) and next (newer) */
	uint32_t nclaimed;		/* [f] frames claimed, not used yet */
	const struct object_ops *ops;	/* [c] */
	void *context;			/* [c] */
	struct mutex lock;		/* one fill or store at a time */
	enum object_state state;	/* [d] */
	bool forgotten;			/* [d] */
	struct list link;		/* [d] among the dead, or the idle */
	struct list caching;		/* [h] objects that have cached pages */
	uint32_t tally;			/* the world stopped: recount */
};

/* For object_cache.c: an object by its number. */
struct object *object_at(uint32_t number);
