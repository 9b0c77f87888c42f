/*
 * Mutexes.  Taking a free one is one atomic operation; giving it up looks for
 * waiters after the owner is gone, and a waiter counts itself before it tries
 * again: so one of the two sees the other.
 */
#include "core/task/mutex.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/task/thread.h"

/* How often a mutex is looked at before who wants it sleeps. */
#define SPINS_MAX	500

void
mutex_init(struct mutex *mutex, const char *name, enum rank rank)
{
	mutex->owner = NULL;
	mutex->nwaiting = 0;
	mutex->rank = rank;
	spin_init(&mutex->guard, name, RANK_WAIT);
	wait_init(&mutex->queue);
}

static inline bool
mutex_take(struct mutex *mutex, struct thread *self, uint64_t rank)
{
	struct thread *nobody = NULL;

	if (!atomic_compare_swap(&mutex->owner, &nobody, self))
		return false;
	self->held_ranks |= rank;
	mutex->held_as = rank;
	return true;
}

/*
 * Wait for an owner that runs, as it does on another hart: most hold a mutex for
 * less than sleeping costs.  One that does not run is not waited for.
 * returns: whether the mutex was taken
 */
static bool
mutex_spin(struct mutex *mutex, struct thread *self, uint64_t rank)
{
	for (uint32_t i = 0; i < SPINS_MAX; i++) {
		struct thread *owner = atomic_load_relaxed(&mutex->owner);

		if (owner == NULL && mutex_take(mutex, self, rank))
			return true;
		/* It may be gone, but what was a thread stays readable. */
		if (owner != NULL && atomic_load_relaxed(&owner->state) !=
		    THREAD_RUNNING)
			return false;
		cpu_pause();
	}
	return false;
}

static __attribute__((noinline)) void
mutex_wait(struct mutex *mutex, struct thread *self, uint64_t rank)
{
	if (mutex_spin(mutex, self, rank))
		return;
	spin_lock(&mutex->guard);
	atomic_add(&mutex->nwaiting, 1);
	while (!mutex_take(mutex, self, rank))
		wait_on(&mutex->queue, &mutex->guard);
	atomic_sub(&mutex->nwaiting, 1);
	spin_unlock(&mutex->guard);
}

void
mutex_lock_as(struct mutex *mutex, enum rank rank)
{
	struct thread *self = hart_this()->thread;

	/* In one: then nothing has to be saved unless it fails. */
	ASSERT(!spin_held_any() && self->held_ranks < RANK_BIT(rank));
	if (!mutex_take(mutex, self, RANK_BIT(rank)))
		mutex_wait(mutex, self, RANK_BIT(rank));
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
	ASSERT((self->held_ranks & RANK_BIT(mutex->rank)) == 0);
	return mutex_take(mutex, self, RANK_BIT(mutex->rank));
}

static __attribute__((noinline)) void
mutex_wake(struct mutex *mutex)
{
	spin_lock(&mutex->guard);
	wake_one(&mutex->queue);
	spin_unlock(&mutex->guard);
}

void
mutex_unlock(struct mutex *mutex)
{
	struct thread *self = hart_this()->thread;

	ASSERT(mutex->owner == self);
	self->held_ranks &= ~mutex->held_as;
	atomic_store(&mutex->owner, NULL);
	if (atomic_load(&mutex->nwaiting) != 0)
		mutex_wake(mutex);
}

bool
mutex_held(const struct mutex *mutex)
{
	return atomic_load_relaxed(&mutex->owner) == hart_this()->thread;
}
