/* The calls about futexes. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/proc/futex.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/proc/table.h"
#include "unix/sys/linux/linux_time.h"

enum futex_operation {
	FUTEX_WAIT = 0,
	FUTEX_WAKE = 1,
	FUTEX_REQUEUE = 3,
	FUTEX_CMP_REQUEUE = 4,
	FUTEX_WAKE_OP = 5,
	FUTEX_LOCK_PI = 6,
	FUTEX_UNLOCK_PI = 7,
	FUTEX_TRYLOCK_PI = 8,
	FUTEX_WAIT_BITSET = 9,
	FUTEX_WAKE_BITSET = 10,
	FUTEX_LOCK_PI2 = 13,
};

#define FUTEX_PRIVATE	128u
#define FUTEX_REALTIME	256u
#define FUTEX_COMMAND	(~(FUTEX_PRIVATE | FUTEX_REALTIME))

/* Wait, once more with the same deadline after a signal.  Words: address,
 * expected and bits, the deadline, whether it is realtime and shared. */
static int64_t
wait_until(struct signal_restart *restart)
{
	const struct futex_deadline deadline = {
		.time = restart->words[2],
		.realtime = restart->words[3] & 1,
	};
	bool forever = deadline.time == UINT64_MAX && !deadline.realtime;
	int err;

	err = futex_wait(restart->words[0], restart->words[3] >> 1,
	    (uint32_t)restart->words[1], (uint32_t)(restart->words[1] >> 32),
	    &deadline);
	if (err != -EINTR)
		return err;
	if (forever)
		return -ERESTARTSYS;
	restart->function = wait_until;
	return -ERESTART_RESTARTBLOCK;
}

/* `bits` 0: the time is a span. */
static int64_t
futex_wait_call(const struct linux_args *args, bool shared, bool realtime,
    uint32_t bits)
{
	struct signal_restart *restart =
	    &proc_thread_this()->signals.restart;
	uint64_t time = UINT64_MAX, now = timer_now();
	int err;

	if (args->a[3] != 0) {
		err = linux_nanos_read(&time, args->a[3]);
		if (err != 0)
			return err;
		if (!realtime)
			time = clock_ticks_from_nanos(time);
		if (bits == 0)
			time = MIN(time, UINT64_MAX - 1 - now) + now;
	} else {
		realtime = false;
	}
	restart->words[0] = args->a[0];
	restart->words[1] = (uint32_t)args->a[2] |
	    (uint64_t)(bits == 0 ? FUTEX_ANY : bits) << 32;
	restart->words[2] = time;
	restart->words[3] = (uint64_t)realtime | (uint64_t)shared << 1;
	return wait_until(restart);
}

/* The time is a moment: by the realtime clock, unless LOCK_PI2 says none. */
static int64_t
futex_lock_call(const struct linux_args *args, bool shared, bool realtime)
{
	struct futex_deadline deadline = { UINT64_MAX, false };
	int64_t result = 0;

	if (args->a[3] != 0) {
		result = linux_nanos_read(&deadline.time, args->a[3]);
		deadline.realtime = realtime;
		if (!realtime)
			deadline.time = clock_ticks_from_nanos(deadline.time);
	}
	if (result == 0)
		result = futex_lock(args->a[0], shared, false, &deadline);
	return result == -EINTR ? -ERESTARTNOINTR : result;
}

int64_t
linux_futex(const struct linux_args *args)
{
	uint32_t operation = (uint32_t)args->a[1];
	bool shared = (operation & FUTEX_PRIVATE) == 0;
	bool realtime = operation & FUTEX_REALTIME;
	uint32_t value = (uint32_t)args->a[2], second = (uint32_t)args->a[3];
	uint32_t last = (uint32_t)args->a[5];
	uint32_t command = operation & FUTEX_COMMAND;

	if (realtime && command != FUTEX_WAIT_BITSET &&
	    command != FUTEX_LOCK_PI2)
		return -ENOSYS;
	switch (command) {
	case FUTEX_WAIT:
		return futex_wait_call(args, shared, false, 0);
	case FUTEX_WAIT_BITSET:
		return last == 0 ? -EINVAL :
		    futex_wait_call(args, shared, realtime, last);
	case FUTEX_WAKE:
		return futex_wake(args->a[0], shared, value, FUTEX_ANY);
	case FUTEX_WAKE_BITSET:
		return futex_wake(args->a[0], shared, value, last);
	case FUTEX_REQUEUE:
	case FUTEX_CMP_REQUEUE:
		if ((int32_t)value < 0 || (int32_t)second < 0)
			return -EINVAL;
		return futex_requeue(args->a[0], args->a[4], shared, value,
		    second, command == FUTEX_REQUEUE ? NULL : &last);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return futex_lock_call(args, shared, realtime ||
		    command == FUTEX_LOCK_PI);
	case FUTEX_TRYLOCK_PI:
		return futex_lock(args->a[0], shared, true, NULL);
	case FUTEX_UNLOCK_PI:
		return futex_unlock(args->a[0], shared);
	case FUTEX_WAKE_OP:
		return futex_wake_operation(args->a[0], args->a[4], shared,
		    value, second, last);
	}
	return -ENOSYS;
}

/* struct robust_list_head: three words. */
#define ROBUST_HEAD_BYTES	24

int64_t
linux_set_robust_list(const struct linux_args *args)
{
	if (args->a[1] != ROBUST_HEAD_BYTES)
		return -EINVAL;
	proc_thread_this()->robust_head = args->a[0];
	return 0;
}

/* Of a thread of the caller's user, by its number; 0: the caller. */
static int
robust_head_of(int32_t tid, uint64_t *head)
{
	const struct proc_thread *self = proc_thread_this(), *thread = self;
	const struct credentials *who = proc_credentials();
	int err = 0;

	spin_lock(&proc_lock);
	if (tid != 0)
		thread = table_find_thread(tid);
	if (thread == NULL)
		err = -ESRCH;
	else if (thread->proc != self->proc && !credentials_privileged(who) &&
	    who->euid != thread->credentials.uid)
		err = -EPERM;
	else
		*head = thread->robust_head;
	spin_unlock(&proc_lock);
	return err;
}

int64_t
linux_get_robust_list(const struct linux_args *args)
{
	uint64_t head, nbytes = ROBUST_HEAD_BYTES;
	int err = robust_head_of((int32_t)args->a[0], &head);

	if (err == 0)
		err = user_write(args->a[2], &nbytes, sizeof(nbytes), NULL);
	if (err == 0)
		err = user_write(args->a[1], &head, sizeof(head), NULL);
	return err;
}
