/*
 * Locks of a machine whose harts take turns.  Ranks are checked as the real
 * ones do.  A lock that is held is waited for by letting other harts run;
 * if none can, that is a deadlock.
 */
#include "core/lock/spinlock.h"
#include "core/task/mutex.h"

#include "fibers.h"
#include "machine.h"

void
spin_init(struct spinlock *lock, const char *name, enum rank rank)
{
	*lock = (struct spinlock)SPINLOCK(name, rank);
}

void
spin_lock(struct spinlock *lock)
{
	struct hart *hart = hart_this();

	CHECK(hart->spin_ranks < lock->rank,
	    "%s (rank %llx) after ranks %llx", lock->name,
	    (unsigned long long)lock->rank,
	    (unsigned long long)hart->spin_ranks);
	machine_point("spin_lock");
	while (lock->locked)
		fiber_wait(lock->name);
	lock->locked = 1;
	lock->hart = hart->index;
	hart->spin_ranks |= lock->rank;
}

void
spin_unlock(struct spinlock *lock)
{
	CHECK(spin_held(lock), "%s is not held", lock->name);
	hart_this()->spin_ranks &= ~lock->rank;
	lock->locked = 0;
	machine_point("spin_unlock");
}

bool
spin_held(const struct spinlock *lock)
{
	return lock->locked && lock->hart == hart_this()->index;
}

bool
spin_held_any(void)
{
	return hart_this()->spin_ranks != 0;
}

void
mutex_init(struct mutex *mutex, const char *name, enum rank rank)
{
	(void)name;
	mutex->owner = NULL;
	mutex->nwaiting = 0;
	mutex->rank = rank;
}

void
mutex_lock(struct mutex *mutex)
{
	struct thread *thread = thread_this();

	CHECK(!spin_held_any(), "a mutex taken under a spinlock");
	CHECK(thread->held_ranks >> mutex->rank == 0,
	    "mutex of rank %u after ranks %llx", mutex->rank,
	    (unsigned long long)thread->held_ranks);
	machine_point("mutex_lock");
	while (mutex->owner != NULL)
		fiber_sleep("a mutex");
	fiber_enter();
	mutex->owner = thread;
	thread->held_ranks |= (uint64_t)1 << mutex->rank;
}

void
mutex_unlock(struct mutex *mutex)
{
	struct thread *thread = thread_this();

	CHECK(mutex->owner == thread, "a mutex of another thread");
	CHECK(!spin_held_any(), "a mutex released under a spinlock");
	thread->held_ranks &= ~((uint64_t)1 << mutex->rank);
	mutex->owner = NULL;
	machine_point("mutex_unlock");
}

bool
mutex_held(const struct mutex *mutex)
{
	return mutex->owner == thread_this();
}
