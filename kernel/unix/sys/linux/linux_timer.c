/* The calls about timers: setitimer's and timer_create's. */
#include "unix/sys/linux/linux_time.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/proc/signal.h"
#include "unix/proc/timers.h"
#include "unix/sys/linux/linux_calls.h"

#define TIMER_ABSTIME	1u

/* struct sigevent's sigev_notify */
#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1
#define SIGEV_THREAD_ID	4

struct linux_itimerval {
	struct linux_timeval interval, value;
};

struct linux_itimerspec {
	struct linux_timespec interval, value;
};

struct linux_sigevent {
	uint64_t value;
	int32_t signo;
	int32_t notify;
	int32_t tid;
	uint8_t zero[44];
};

_Static_assert(sizeof(struct linux_sigevent) == 64, "");

static bool
timeval_nanos(const struct linux_timeval *time, uint64_t *nanos)
{
	if (time->seconds < 0 || time->micros < 0 || time->micros >= 1000000)
		return false;
	*nanos = linux_timespec_nanos(&(struct linux_timespec){
		time->seconds, time->micros * 1000,
	});
	return true;
}

static struct linux_timeval
timeval_of(uint64_t nanos)
{
	uint64_t micros = nanos / 1000 + (nanos % 1000 != 0);

	return (struct linux_timeval){
		.seconds = (int64_t)(micros / 1000000),
		.micros = (int64_t)(micros % 1000000),
	};
}

static int
interval_write(vaddr_t to, const struct timer_setting *setting)
{
	struct linux_itimerval out = {
		.interval = timeval_of(setting->interval),
		.value = timeval_of(setting->expires),
	};

	return user_write(to, &out, sizeof(out), NULL);
}

int64_t
linux_getitimer(const struct linux_args *args)
{
	uint32_t which = (uint32_t)args->a[0];
	struct timer_setting old;

	if (which >= INTERVAL_COUNT)
		return -EINVAL;
	interval_timer_change((enum interval_timer)which, NULL, &old);
	return interval_write(args->a[1], &old);
}

int64_t
linux_setitimer(const struct linux_args *args)
{
	uint32_t which = (uint32_t)args->a[0];
	struct timer_setting new = { 0, 0 }, old;
	struct linux_itimerval in;
	int err;

	if (args->a[1] != 0) {
		err = user_read(&in, args->a[1], sizeof(in), NULL);
		if (err != 0)
			return err;
		if (!timeval_nanos(&in.interval, &new.interval) ||
		    !timeval_nanos(&in.value, &new.expires))
			return -EINVAL;
	}
	if (which >= INTERVAL_COUNT)
		return -EINVAL;
	interval_timer_change((enum interval_timer)which, &new, &old);
	return args->a[2] == 0 ? 0 : interval_write(args->a[2], &old);
}

/* returns: 0 with how the program wants to be told; -EINVAL; -EFAULT */
static int
notice_read(struct timer_notice *notice, vaddr_t from)
{
	struct linux_sigevent event;
	int err;

	*notice = (struct timer_notice){
		.signo = SIGALRM,
		.value_is_id = true,
	};
	if (from == 0)
		return 0;
	err = user_read(&event, from, sizeof(event), NULL);
	if (err != 0)
		return err;
	*notice = (struct timer_notice){
		.signo = event.signo,
		.value = event.value,
	};
	if (event.notify == SIGEV_NONE) {
		notice->signo = 0;
		return 0;
	}
	if (event.notify == (SIGEV_SIGNAL | SIGEV_THREAD_ID))
		notice->tid = event.tid;
	else if (event.notify != SIGEV_SIGNAL)
		return -EINVAL;
	if (event.signo < 1 || event.signo > SIGNAL_COUNT ||
	    (notice->tid <= 0 && event.notify != SIGEV_SIGNAL))
		return -EINVAL;
	return 0;
}

int64_t
linux_timer_create(const struct linux_args *args)
{
	int32_t clock = linux_clock_of_caller((int32_t)args->a[0]), id;
	struct timer_notice notice;
	int err;

	if (!linux_clock_known(clock))
		return -EINVAL;
	/* They can be read, but not waited for. */
	if (clock == CLOCK_MONOTONIC_RAW || clock == CLOCK_REALTIME_COARSE ||
	    clock == CLOCK_MONOTONIC_COARSE)
		return -EOPNOTSUPP;
	err = notice_read(&notice, args->a[1]);
	if (err == 0)
		err = posix_timer_create((enum clock)clock, &notice, &id);
	if (err != 0)
		return err;
	err = user_write(args->a[2], &id, sizeof(id), NULL);
	if (err != 0)
		posix_timer_delete(id);
	return err;
}

static int
setting_write(vaddr_t to, const struct timer_setting *setting)
{
	struct linux_itimerspec out = {
		.interval = linux_timespec_of(setting->interval),
		.value = linux_timespec_of(setting->expires),
	};

	return user_write(to, &out, sizeof(out), NULL);
}

int64_t
linux_timer_settime(const struct linux_args *args)
{
	/* Other flags are not looked at, on Linux neither. */
	uint64_t flags = (uint32_t)args->a[1];
	vaddr_t from = args->a[2], to = args->a[3];
	struct timer_setting new, old;
	int err;

	if (from == 0)
		return -EINVAL;
	err = linux_nanos_read(&new.interval, from +
	    offsetof(struct linux_itimerspec, interval));
	if (err == 0)
		err = linux_nanos_read(&new.expires, from +
		    offsetof(struct linux_itimerspec, value));
	if (err == 0)
		err = posix_timer_change((int32_t)args->a[0],
		    flags & TIMER_ABSTIME, &new, &old);
	return err != 0 || to == 0 ? err : setting_write(to, &old);
}

int64_t
linux_timer_gettime(const struct linux_args *args)
{
	struct timer_setting old;
	int err = posix_timer_change((int32_t)args->a[0], false, NULL, &old);

	return err != 0 ? err : setting_write(args->a[1], &old);
}

int64_t
linux_timer_getoverrun(const struct linux_args *args)
{
	return posix_timer_overrun((int32_t)args->a[0]);
}

int64_t
linux_timer_delete(const struct linux_args *args)
{
	return posix_timer_delete((int32_t)args->a[0]);
}
