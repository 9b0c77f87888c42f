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

static void
spin_wait(struct spinlock *lock, const struct hart *hart)
{
	do {
		while (atomic_load_relaxed(&lock->locked)) {
			if (hart->in_panic)
				return;
			cpu_pause();
		}
	} while (atomic_swap_acquire(&lock->locked, 1));
}

void
spin_lock(struct spinlock *lock)
{
	bool were_on = csr_read_clear(sstatus, SSTATUS_SIE) & SSTATUS_SIE;
	struct hart *hart = hart_this();
	uint64_t ranks = hart->spin_ranks, rank = lock->rank;

	if (ranks == 0)
		hart->irq_were_on = were_on;
	ASSERT(ranks < rank);
	if (atomic_swap_acquire(&lock->locked, 1))
		spin_wait(lock, hart);
	lock->hart = hart->index;
	hart->spin_ranks = ranks | rank;
}

void
spin_unlock(struct spinlock *lock)
{
	struct hart *hart = hart_this();
	uint64_t ranks = hart->spin_ranks & ~lock->rank;

	ASSERT(lock->locked && lock->hart == hart->index);
	atomic_store_release(&lock->locked, 0);
	hart->spin_ranks = ranks;
	if (ranks == 0 && hart->irq_were_on)
		csr_set(sstatus, SSTATUS_SIE);
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
