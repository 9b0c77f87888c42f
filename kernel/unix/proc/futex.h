/*
 * Futexes: sleeping until a word of user memory is another.
 *
 * A word is known by what space_identify says of it: the space and address of
 * private memory, the object and offset of shared.  Waiters stand in buckets
 * by a hash of that.  A waiter enters its bucket first and reads the word
 * then, so that whoever changes the word and wakes afterwards finds it.
 *
 * Does not lend priorities: there are none.
 */
#pragma once

#include "core/base/types.h"

#define FUTEX_ANY	UINT32_MAX	/* a bit set that all wakes match */

void futex_init(void);			/* once, at boot */

/* When a wait ends: at ticks of timer_now() or nanoseconds since 1970. */
struct futex_deadline {
	uint64_t time;		/* UINT64_MAX: never */
	bool realtime;
};

/*
 * Sleep if the word at `address` is `expected`, until a wake that has one of
 * `bits`.
 * returns: 0; -EAGAIN if it is not; -ETIMEDOUT; -EINTR; -EFAULT; -EINVAL
 */
int futex_wait(vaddr_t address, bool shared, uint32_t expected, uint32_t bits,
    const struct futex_deadline *deadline);

/* Wake at most `max` that wait with one of `bits`.  returns: how many, or
 * -EFAULT, -EINVAL */
int64_t futex_wake(vaddr_t address, bool shared, uint32_t max, uint32_t bits);

/*
 * Wake `wake` of those that wait at `from`, and let `move` others wait at `to`;
 * if `expected` is not NULL, only if it is what stands at `from`.
 * returns: how many were woken, and moved if `expected` is given; -EAGAIN,
 *          -EFAULT, -EINVAL
 */
int64_t futex_requeue(vaddr_t from, vaddr_t to, bool shared, uint32_t wake,
    uint32_t move, const uint32_t *expected);

/*
 * Change the word at `second` as `operation` says (Linux's FUTEX_OP), wake
 * `wake` at `first`, and if what was there compares, `wake_second` at `second`.
 */
int64_t futex_wake_operation(vaddr_t first, vaddr_t second, bool shared,
    uint32_t wake, uint32_t wake_second, uint32_t operation);

/*
 * Mutexes whose word names who holds them: take one, waiting unless `try`;
 * give it up.
 * returns: 0; -EDEADLK: the caller holds it; -EAGAIN: another does (try);
 *          -ESRCH: one that is not there; -EPERM: not the caller's to give up;
 *          -ETIMEDOUT; -EINTR; -EFAULT; -EINVAL
 */
int futex_lock(vaddr_t address, bool shared, bool try,
    const struct futex_deadline *deadline);
int futex_unlock(vaddr_t address, bool shared);

/*
 * A thread goes: mark the robust mutexes it holds (the list at `head`; 0:
 * none) and wake who waits for them; clear the word at `clear` (0: none) and
 * wake who waits for it.  needs: the caller is it, and has its space still
 */
void futex_thread_exit(vaddr_t robust_head, vaddr_t clear, int32_t tid);
/* Whether there is any in the list.  needs: as above */
bool futex_thread_holds(vaddr_t robust_head);
