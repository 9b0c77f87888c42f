/*
 * Futexes that say who holds them, so that the holder could be lent priority
 * (FUTEX_LOCK_PI).  There is one priority, so nothing is lent; what is left is
 * a mutex whose slow paths are the kernel's:
 *
 *	word: 0			free; programs take and give it up themselves
 *	      tid		held, and nobody waits
 *	      tid | WAITERS	held; whoever gives it up calls the kernel
 *
 * Who gives it up frees it and wakes one waiter, which takes it unless
 * somebody was faster.  One that has slept does not know whether others still
 * do, and leaves the bit set.
 */
#include "unix/proc/futex.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/fs/caller.h"
#include "unix/fs/credentials.h"
#include "unix/proc/futex_word.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"

/*
 * Take the word, or say in it that somebody waits.
 * returns: 0, it is the caller's; -EAGAIN, it is not: *word is what it says;
 *          -EDEADLK; -ESRCH: who holds it is not there; -EFAULT, -EINVAL
 */
static int
word_take(vaddr_t address, bool slept, bool try, uint32_t *word)
{
	uint32_t tid = (uint32_t)proc_thread_this()->tid, found;
	struct credentials who;
	int err = user_load_word(address, &found);

	while (err == 0) {
		uint32_t old = found, new = old | FUTEX_WORD_WAITERS;
		bool is_free = (old & FUTEX_WORD_TID) == 0;

		if ((old & FUTEX_WORD_TID) == tid)
			return -EDEADLK;
		if (is_free)
			new = (old & ~FUTEX_WORD_TID) | tid |
			    (slept ? FUTEX_WORD_WAITERS : 0);
		else if (try)
			return -EAGAIN;
		else if (proc_credentials_of((int32_t)(old & FUTEX_WORD_TID),
		    &who) != 0)
			return -ESRCH;
		err = user_swap_word(address, old, new, &found);
		if (err == 0 && found == old) {
			*word = new;
			return is_free ? 0 : -EAGAIN;
		}
	}
	return err;
}

int
futex_lock(vaddr_t address, bool shared, bool try,
    const struct futex_deadline *deadline)
{
	bool slept = false;
	uint32_t word = 0;
	int err;

	for (;;) {
		err = word_take(address, slept, try, &word);
		if (err != -EAGAIN || try)
			return err;
		err = futex_wait(address, shared, word, FUTEX_ANY, deadline);
		if (err != 0 && err != -EAGAIN)
			return err;
		slept |= err == 0;
		/* Who will not use it must not take it. */
		if (slept && caller_is_dying()) {
			futex_wake(address, shared, 1, FUTEX_ANY);
			return -EINTR;
		}
	}
}

int
futex_unlock(vaddr_t address, bool shared)
{
	uint32_t tid = (uint32_t)proc_thread_this()->tid, found, old;
	int err = user_load_word(address, &found);
	int64_t woken;

	if (err != 0)
		return err;
	do {
		old = found;
		if ((old & FUTEX_WORD_TID) != tid)
			return -EPERM;
		err = user_swap_word(address, old, 0, &found);
		if (err != 0)
			return err;
	} while (found != old);
	woken = futex_wake(address, shared, 1, FUTEX_ANY);
	return woken < 0 ? (int)woken : 0;
}
