/*
 * Mutexes: locks that sleep.  Held across disk waits and, for ranks below
 * RANK_SPACE, across user copies.  Ranks are checked against those of the
 * mutexes the thread holds; no spinlock may be held when taking one.
 */
#pragma once

#include "core/base/types.h"
#include "core/lock/rank.h"
#include "core/task/wait.h"

struct thread;

struct mutex {
	struct thread *owner;	/* [a] NULL: free */
	uint32_t nwaiting;	/* [a] threads that sleep or are about to */
	enum rank rank;		/* [c] */
	uint64_t held_as;	/* the owner's: RANK_BIT it was taken with */
	struct spinlock guard;	/* for queue */
	struct waitq queue;
};

void mutex_init(struct mutex *mutex, const char *name, enum rank rank);
void mutex_lock(struct mutex *mutex);
/* As mutex_lock, checked as if the mutex had `rank`. */
void mutex_lock_as(struct mutex *mutex, enum rank rank);
bool mutex_try(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
/* Whether the running thread holds it. */
bool mutex_held(const struct mutex *mutex);
