/*
 * Futexes whose word the kernel changes: wakes that operate on it, and what a
 * thread leaves behind: the word that says it runs, and mutexes it held.
 */
#include "unix/proc/futex_word.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/vm/user.h"
#include "unix/proc/futex.h"

/* Fields of FUTEX_WAKE_OP's last argument. */
#define OP(operation)		((operation) >> 28 & 7)
#define OP_SHIFTS(operation)	((operation) >> 31 & 1)
#define COMPARISON(operation)	((operation) >> 24 & 0xf)
#define OP_ARGUMENT(operation)	sign_extend((operation) >> 12 & 0xfff)
#define COMPARE_ARGUMENT(operation)	sign_extend((operation) & 0xfff)

#define LIST_PRIORITY	1	/* bit 0 of a link: a lock of another kind */

static int32_t
sign_extend(uint32_t bits12)
{
	return (int32_t)(bits12 << 20) >> 20;
}

/* returns: 0, -ENOSYS */
static int
operate(uint32_t operation, uint32_t word, uint32_t *out)
{
	uint32_t argument = (uint32_t)OP_ARGUMENT(operation);

	if (OP_SHIFTS(operation))
		argument = 1u << (argument & 31);
	switch (OP(operation)) {
	case 0:
		*out = argument;
		return 0;
	case 1:
		*out = word + argument;
		return 0;
	case 2:
		*out = word | argument;
		return 0;
	case 3:
		*out = word & ~argument;
		return 0;
	case 4:
		*out = word ^ argument;
		return 0;
	}
	return -ENOSYS;
}

/* returns: 0, with whether `word` compares; -ENOSYS */
static int
compare(uint32_t operation, int32_t word, bool *holds)
{
	int32_t argument = COMPARE_ARGUMENT(operation);

	switch (COMPARISON(operation)) {
	case 0:
		*holds = word == argument;
		return 0;
	case 1:
		*holds = word != argument;
		return 0;
	case 2:
		*holds = word < argument;
		return 0;
	case 3:
		*holds = word <= argument;
		return 0;
	case 4:
		*holds = word > argument;
		return 0;
	case 5:
		*holds = word >= argument;
		return 0;
	}
	return -ENOSYS;
}

/* Do the operation at once.  gives: *old, the word before */
static int
word_change(vaddr_t at, uint32_t operation, uint32_t *old)
{
	uint32_t expected, new;
	int err;

	err = user_load_word(at, &expected);
	while (err == 0) {
		err = operate(operation, expected, &new);
		if (err == 0)
			err = user_swap_word(at, expected, new, old);
		if (err != 0 || *old == expected)
			break;
		expected = *old;
	}
	return err;
}

int64_t
futex_wake_operation(vaddr_t first, vaddr_t second, bool shared, uint32_t wake,
    uint32_t wake_second, uint32_t operation)
{
	int64_t nwoken, more;
	uint32_t old;
	bool holds;
	int err;

	err = compare(operation, 0, &holds);
	if (err == 0 && first % sizeof(uint32_t) != 0)
		err = -EINVAL;
	if (err == 0)
		err = word_change(second, operation, &old);
	if (err != 0)
		return err;
	nwoken = futex_wake(first, shared, wake, FUTEX_ANY);
	compare(operation, (int32_t)old, &holds);
	if (nwoken < 0 || !holds)
		return nwoken;
	more = futex_wake(second, shared, wake_second, FUTEX_ANY);
	return more < 0 ? more : nwoken + more;
}

/*
 * The thread held, or was about to take or give up (`pending`), the mutex
 * whose word is at `at`.
 */
static int
mutex_abandon(vaddr_t at, int32_t tid, bool pending)
{
	uint32_t word, found;
	int err;

	err = user_load_word(at, &word);
	if (err != 0)
		return err;
	/* Given up, but whoever waits was not woken. */
	if (pending && word == 0)
		futex_wake(at, true, 1, FUTEX_ANY);
	while ((word & FUTEX_WORD_TID) == (uint32_t)tid) {
		err = user_swap_word(at, word, (word & FUTEX_WORD_WAITERS) |
		    FUTEX_WORD_DIED, &found);
		if (err != 0)
			return err;
		if (found == word) {
			if (word & FUTEX_WORD_WAITERS)
				futex_wake(at, true, 1, FUTEX_ANY);
			return 0;
		}
		word = found;
	}
	return 0;
}

/* The list as the program has it, each link leading to the next, the last back
 * to the head. */
struct robust_list {
	uint64_t first;
	int64_t offset;			/* of a mutex's word from its link */
	uint64_t pending;		/* a link, or 0 */
};

bool
futex_thread_holds(vaddr_t robust_head)
{
	struct robust_list list;

	return user_read(&list, robust_head, sizeof(list), NULL) == 0 &&
	    (list.first != robust_head || list.pending != 0);
}

static void
mutexes_abandon(vaddr_t head, int32_t tid)
{
	struct robust_list list;
	uint64_t link, next;
	int err;

	if (user_read(&list, head, sizeof(list), NULL) != 0)
		return;
	link = list.first;
	/* The list is the program's: it may be broken, or a ring. */
	for (uint32_t i = 0; i < ROBUST_MUTEXES_MAX; i++) {
		vaddr_t at = link & ~(uint64_t)LIST_PRIORITY;

		if (at == head)
			break;
		err = user_read(&next, at, sizeof(next), NULL);
		if (at != (list.pending & ~(uint64_t)LIST_PRIORITY) &&
		    mutex_abandon(at + (uint64_t)list.offset, tid, false) != 0)
			return;
		if (err != 0)
			return;
		link = next;
	}
	if (list.pending != 0)
		(void)mutex_abandon((list.pending & ~(uint64_t)LIST_PRIORITY) +
		    (uint64_t)list.offset, tid, true);
}

void
futex_thread_exit(vaddr_t robust_head, vaddr_t clear, int32_t tid)
{
	uint32_t zero = 0;

	if (robust_head != 0)
		mutexes_abandon(robust_head, tid);
	if (clear != 0 && user_write(clear, &zero, sizeof(zero), NULL) == 0)
		futex_wake(clear, true, 1, FUTEX_ANY);
}
