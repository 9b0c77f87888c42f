/*
 * Mutexes.  Taking a free one is one atomic operation; giving it up looks for
 * waiters after the owner is gone, and a waiter counts itself before it tries
 * again: so one of the two sees the other.
 */
#include "core/task/mutex.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/hart.h"
#include "core/task/thread.h"

_Static_assert(RANK_COUNT <= 64, "one bit a rank");

void
mutex_init(struct mutex *mutex, const char *name, enum rank rank)
{
	mutex->owner = NULL;
	mutex->nwaiting = 0;
	mutex->rank = rank;
	mutex->held_as = rank;
	spin_init(&mutex->guard, name, RANK_WAIT);
	wait_init(&mutex->queue);
}

static bool
mutex_take(struct mutex *mutex, struct thread *self)
{
	struct thread *nobody = NULL;

	return atomic_compare_swap(&mutex->owner, &nobody, self);
}

static void
mutex_wait(struct mutex *mutex, struct thread *self)
{
	spin_lock(&mutex->guard);
	atomic_add(&mutex->nwaiting, 1);
	while (!mutex_take(mutex, self))
		wait_on(&mutex->queue, &mutex->guard);
	atomic_sub(&mutex->nwaiting, 1);
	spin_unlock(&mutex->guard);
}

void
mutex_lock_as(struct mutex *mutex, enum rank rank)
{
	struct thread *self = hart_this()->thread;

	ASSERT(hart_this()->spin_ranks == 0);
	ASSERT(self->held_ranks >> rank == 0);
	if (!mutex_take(mutex, self))
		mutex_wait(mutex, self);
	self->held_ranks |= (uint64_t)1 << rank;
	mutex->held_as = rank;
}

void
mutex_lock(struct mutex *mutex)
{
	mutex_lock_as(mutex, mutex->rank);
}

bool
mutex_try(struct mutex *mutex)
{
	struct thread *self = hart_this()->thread;

	/* Not waiting, it cannot deadlock, but two of one rank share a bit. */
	ASSERT((self->held_ranks >> mutex->rank & 1) == 0);
	if (!mutex_take(mutex, self))
		return false;
	self->held_ranks |= (uint64_t)1 << mutex->rank;
	mutex->held_as = mutex->rank;
	return true;
}

void
mutex_unlock(struct mutex *mutex)
{
	struct thread *self = hart_this()->thread;

	ASSERT(mutex->owner == self);
	self->held_ranks &= ~((uint64_t)1 << mutex->held_as);
	atomic_store(&mutex->owner, NULL);
	if (atomic_load(&mutex->nwaiting) == 0)
		return;
	spin_lock(&mutex->guard);
	wake_one(&mutex->queue);
	spin_unlock(&mutex->guard);
}

bool
mutex_held(const struct mutex *mutex)
{
	return atomic_load_relaxed(&mutex->owner) == hart_this()->thread;
}
