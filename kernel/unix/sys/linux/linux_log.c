/* syslog(2): reading the kernel's log. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/dev/log.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"

#define SYSLOG_ACTION_CLOSE	0
#define SYSLOG_ACTION_OPEN	1
#define SYSLOG_ACTION_READ	2
#define SYSLOG_ACTION_READ_ALL	3
#define SYSLOG_ACTION_READ_CLEAR	4
#define SYSLOG_ACTION_CLEAR	5
#define SYSLOG_ACTION_SIZE_UNREAD	9
#define SYSLOG_ACTION_SIZE_BUFFER	10

#define PIECE_BYTES	256
/* Messages come with any lock held, so that they can wake nobody: how often to
 * look for one. */
#define LOOK_NANOS	50000000u

static uint64_t cleared;	/* [a] the place where READ_ALL begins */
static uint64_t taken;		/* [a] the place where READ goes on */

/* Write what is kept from *at on.  returns: bytes or -EFAULT */
static int64_t
piece_by_piece(uint64_t *at, vaddr_t to, uint64_t len)
{
	char piece[PIECE_BYTES];
	uint64_t done = 0;
	size_t n;

	while (done < len) {
		n = log_read(at, piece, MIN(len - done, sizeof(piece)));
		if (n == 0)
			break;
		if (user_write(to + done, piece, n, NULL) != 0)
			return -EFAULT;
		done += n;
	}
	return (int64_t)done;
}

/* The last whole lines that fit. */
static int64_t
read_all(vaddr_t to, uint64_t len, bool clear)
{
	uint64_t end = log_end(), at = atomic_load(&cleared);
	int64_t result;

	if (end - at > len)
		at = log_line(end - len);
	else
		at = log_line(at);
	result = piece_by_piece(&at, to, MIN(len, end - MIN(at, end)));
	if (result >= 0 && clear)
		atomic_store(&cleared, end);
	return result;
}

/* What nobody has read so; waits for it. */
static int64_t
read_next(vaddr_t to, uint64_t len)
{
	uint64_t at = atomic_load(&taken);
	int64_t result;

	if (len == 0)
		return 0;
	while (log_end() == at) {
		if (clock_sleep(timer_now() +
		    clock_ticks_from_nanos(LOOK_NANOS)) != 0)
			return -ERESTARTSYS;
		at = atomic_load(&taken);
	}
	result = piece_by_piece(&at, to, len);
	if (result >= 0)
		atomic_store(&taken, at);
	return result;
}

int64_t
linux_syslog(const struct linux_args *args)
{
	int32_t action = (int32_t)args->a[0], len = (int32_t)args->a[2];
	bool reads = action == SYSLOG_ACTION_READ ||
	    action == SYSLOG_ACTION_READ_ALL ||
	    action == SYSLOG_ACTION_READ_CLEAR;

	/* Everybody may look; the rest is root's. */
	if (action != SYSLOG_ACTION_READ_ALL &&
	    action != SYSLOG_ACTION_SIZE_BUFFER &&
	    !credentials_privileged(proc_credentials()))
		return -EPERM;
	if (reads && (args->a[1] == 0 || len < 0))
		return -EINVAL;
	switch (action) {
	case SYSLOG_ACTION_CLOSE:
	case SYSLOG_ACTION_OPEN:
		return 0;
	case SYSLOG_ACTION_READ:
		return read_next(args->a[1], (uint64_t)len);
	case SYSLOG_ACTION_READ_ALL:
	case SYSLOG_ACTION_READ_CLEAR:
		return read_all(args->a[1], (uint64_t)len,
		    action == SYSLOG_ACTION_READ_CLEAR);
	case SYSLOG_ACTION_CLEAR:
		atomic_store(&cleared, log_end());
		return 0;
	case SYSLOG_ACTION_SIZE_UNREAD:
		return (int64_t)(log_end() - MAX(atomic_load(&taken),
		    log_oldest()));
	case SYSLOG_ACTION_SIZE_BUFFER:
		return LOG_RING_BYTES;
	default:
		return -EINVAL;
	}
}
