/*
 * Spinlocks.  Short on purpose: every page fault takes several.
 *
 * A hart in a panic does not wait: whoever held the lock was stopped or is
 * the very hart that panics, and only the last words are left to print.
 */
#include "core/lock/spinlock.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"

void
spin_init(struct spinlock *lock, const char *name, enum rank rank)
{
	*lock = (struct spinlock)SPINLOCK(name, rank);
}

static inline void
taken(struct spinlock *lock, struct hart *hart, uint64_t ranks)
{
	lock->hart = hart->index;
	hart->spin_ranks = ranks;
}

/* Wait for the lock and take it. */
static __attribute__((noinline)) void
spin_wait(struct spinlock *lock, struct hart *hart, uint64_t ranks)
{
	do {
		while (atomic_load_relaxed(&lock->locked) && !hart->in_panic)
			cpu_pause();
	} while (atomic_swap_acquire(&lock->locked, 1) && !hart->in_panic);
	taken(lock, hart, ranks);
}

void
spin_lock(struct spinlock *lock)
{
	uint64_t before = csr_read_clear(sstatus, SSTATUS_SIE);
	struct hart *hart = hart_this();
	uint64_t ranks = hart->spin_ranks, rank = lock->rank;

	if (ranks == 0)
		hart->irq_before = before & SSTATUS_SIE;
	ASSERT(ranks < rank);
	if (atomic_swap_acquire(&lock->locked, 1))
		spin_wait(lock, hart, ranks | rank);
	else
		taken(lock, hart, ranks | rank);
}

void
spin_unlock(struct spinlock *lock)
{
	struct hart *hart = hart_this();
	uint64_t ranks = hart->spin_ranks - lock->rank;

	ASSERT(lock->locked && lock->hart == hart->index);
	atomic_store_release(&lock->locked, 0);
	hart->spin_ranks = ranks;
	if (ranks == 0)
		csr_set(sstatus, hart->irq_before);
}

bool
spin_held(const struct spinlock *lock)
{
	/* Only this hart writes its own index there. */
	return atomic_load_relaxed(&lock->locked) &&
	    atomic_load_relaxed(&lock->hart) == hart_this()->index;
}

bool
spin_held_any(void)
{
	return hart_this()->spin_ranks != 0;
}
