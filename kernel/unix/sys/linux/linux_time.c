/* The calls that tell the time, set it, and sleep. */
#include "unix/sys/linux/linux_time.h"

#include "core/base/errno.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/proc/table.h"
#include "unix/proc/timers.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

#define TIMER_ABSTIME	1u

/* A clock of another process or thread: ~id << 3, and these. */
#define CLOCK_ID(clock)		((int32_t)~((clock) >> 3))
#define CLOCK_OF_THREAD		4
#define CLOCK_KIND		3
#define CLOCK_KIND_SCHED	2	/* user and system time, as all we have */

uint64_t
linux_timespec_nanos(const struct linux_timespec *time)
{
	if ((uint64_t)time->seconds >= INT64_MAX / NANOS_PER_SECOND)
		return INT64_MAX;
	return (uint64_t)time->seconds * NANOS_PER_SECOND +
	    (uint64_t)time->nanos;
}

struct linux_timespec
linux_timespec_of(uint64_t nanos)
{
	return (struct linux_timespec){
		.seconds = (int64_t)(nanos / NANOS_PER_SECOND),
		.nanos = (int64_t)(nanos % NANOS_PER_SECOND),
	};
}

int
linux_nanos_read(uint64_t *nanos, vaddr_t from)
{
	struct linux_timespec time;
	int err = linux_timespec_read(&time, from);

	*nanos = err == 0 ? linux_timespec_nanos(&time) : 0;
	return err;
}

static int
nanos_write(vaddr_t to, uint64_t nanos)
{
	struct linux_timespec time = linux_timespec_of(nanos);

	return user_write(to, &time, sizeof(time), NULL);
}

bool
linux_clock_known(int32_t clock)
{
	return (clock >= CLOCK_REALTIME && clock <= CLOCK_BOOTTIME_ALARM) ||
	    clock == CLOCK_TAI;
}

/* What a process or thread has used; 0 names the caller.
 * returns: 0; -EINVAL if there is no such, or it is not the caller's */
static int
used_nanos(int32_t id, bool of_thread, uint64_t *nanos)
{
	const struct proc_thread *self = proc_thread_this(), *thread = self;
	const struct proc *proc = self->proc;
	int err = 0;

	spin_lock(&proc_lock);
	if (id != 0 && of_thread)
		thread = table_find_thread(id);
	else if (id != 0)
		proc = table_find(id);
	if (thread == NULL || proc == NULL || thread->proc != self->proc)
		err = -EINVAL;
	else
		*nanos = of_thread ? thread_nanos_used(thread) :
		    proc_nanos_used(proc);
	spin_unlock(&proc_lock);
	return err;
}

/* returns: 0 with the time by any clock there is; -EINVAL */
static int
any_clock_nanos(int32_t clock, uint64_t *nanos)
{
	if (clock < 0)
		return (clock & CLOCK_KIND) != CLOCK_KIND_SCHED ? -EINVAL :
		    used_nanos(CLOCK_ID(clock), clock & CLOCK_OF_THREAD,
		    nanos);
	if (!linux_clock_known(clock))
		return -EINVAL;
	if (clock == CLOCK_PROCESS || clock == CLOCK_THREAD)
		return used_nanos(0, clock == CLOCK_THREAD, nanos);
	*nanos = clock_nanos((enum clock)clock);
	return 0;
}

int32_t
linux_clock_of_caller(int32_t clock)
{
	const struct proc_thread *self = proc_thread_this();
	bool of_thread = clock & CLOCK_OF_THREAD;
	int32_t own = of_thread ? self->tid : self->proc->pid;

	if (clock >= 0 || (clock & CLOCK_KIND) != CLOCK_KIND_SCHED ||
	    (CLOCK_ID(clock) != 0 && CLOCK_ID(clock) != own))
		return clock;
	return of_thread ? CLOCK_THREAD : CLOCK_PROCESS;
}

int64_t
linux_clock_gettime(const struct linux_args *args)
{
	uint64_t nanos;
	int err = any_clock_nanos((int32_t)args->a[0], &nanos);

	return err != 0 ? err : nanos_write(args->a[1], nanos);
}

int64_t
linux_clock_getres(const struct linux_args *args)
{
	uint64_t nanos;
	int err = any_clock_nanos((int32_t)args->a[0], &nanos);

	if (err != 0 || args->a[1] == 0)
		return err;
	return nanos_write(args->a[1], 1);
}

/* returns: 0; -EPERM; -EINVAL before what has passed since the reset */
static int64_t
realtime_set(uint64_t nanos)
{
	if (!credentials_privileged(proc_credentials()))
		return -EPERM;
	if (nanos < clock_monotonic_nanos() || nanos >= INT64_MAX)
		return -EINVAL;
	clock_realtime_set(nanos);
	return 0;
}

int64_t
linux_clock_settime(const struct linux_args *args)
{
	int32_t clock = (int32_t)args->a[0];
	uint64_t nanos;
	int err;

	if (clock != CLOCK_REALTIME)
		return -EINVAL;
	err = linux_nanos_read(&nanos, args->a[1]);
	return err != 0 ? err : realtime_set(nanos);
}

int64_t
linux_gettimeofday(const struct linux_args *args)
{
	uint64_t nanos = clock_realtime_nanos();
	struct linux_timeval time = {
		.seconds = (int64_t)(nanos / NANOS_PER_SECOND),
		.micros = (int64_t)(nanos % NANOS_PER_SECOND / 1000),
	};
	int32_t zone[2] = { 0, 0 };
	int err = 0;

	if (args->a[0] != 0)
		err = user_write(args->a[0], &time, sizeof(time), NULL);
	if (err == 0 && args->a[1] != 0)
		err = user_write(args->a[1], zone, sizeof(zone), NULL);
	return err;
}

/* There is no time zone to set: the kernel knows universal time. */
int64_t
linux_settimeofday(const struct linux_args *args)
{
	struct linux_timeval time;
	int32_t zone[2] = { 0, 0 };
	int err = 0;

	if (!credentials_privileged(proc_credentials()))
		return -EPERM;
	if (args->a[1] != 0)
		err = user_read(zone, args->a[1], sizeof(zone), NULL);
	if (err == 0 && (zone[0] != 0 || zone[1] != 0))
		err = -EINVAL;
	if (err != 0 || args->a[0] == 0)
		return err;
	err = user_read(&time, args->a[0], sizeof(time), NULL);
	if (err != 0)
		return err;
	if (time.seconds < 0 || time.micros < 0 || time.micros >= 1000000 ||
	    (uint64_t)time.seconds >= INT64_MAX / NANOS_PER_SECOND)
		return -EINVAL;
	return realtime_set((uint64_t)time.seconds * NANOS_PER_SECOND +
	    (uint64_t)time.micros * 1000);
}

/* ---- sleeping: words of the restart are deadline in ticks, and where what
 * is left is to be told ---- */

static int64_t
sleep_go_on(struct signal_restart *restart)
{
	uint64_t deadline = restart->words[0], now;
	vaddr_t left = restart->words[1];
	int err = clock_sleep(deadline);

	if (err == 0)
		return 0;
	now = timer_now();
	if (left != 0)
		err = nanos_write(left, now >= deadline ? 0 :
		    clock_nanos_from_ticks(deadline - now));
	else
		err = 0;
	if (err != 0)
		return err;
	restart->function = sleep_go_on;
	return -ERESTART_RESTARTBLOCK;
}

static int64_t
sleep_for(uint64_t nanos, vaddr_t left)
{
	struct signal_restart *restart =
	    &proc_thread_this()->signals.restart;
	uint64_t ticks = clock_ticks_from_nanos(nanos), now = timer_now();

	restart->words[0] = ticks > UINT64_MAX - 1 - now ? UINT64_MAX - 1 :
	    now + ticks;
	restart->words[1] = left;
	return sleep_go_on(restart);
}

int64_t
linux_nanosleep(const struct linux_args *args)
{
	uint64_t nanos;
	int err = linux_nanos_read(&nanos, args->a[0]);

	return err != 0 ? err : sleep_for(nanos, args->a[1]);
}

/* By a clock of time used: others must use it, so look now and then. */
static int64_t
sleep_by_use(int32_t clock, bool absolute, uint64_t until)
{
	uint64_t now, most = NANOS_PER_SECOND / 100;
	int64_t err;

	err = any_clock_nanos(clock, &now);
	if (err == 0 && !absolute)
		until += now;
	while (err == 0 && now < until) {
		err = clock_sleep(timer_now() + clock_ticks_from_nanos(
		    MIN(MAX(until - now, 1000000u), most)));
		if (err == 0)
			err = any_clock_nanos(clock, &now);
	}
	return err == -EINTR && absolute ? -ERESTARTNOHAND : err;
}

int64_t
linux_clock_nanosleep(const struct linux_args *args)
{
	int32_t clock = linux_clock_of_caller((int32_t)args->a[0]);
	bool absolute = args->a[1] & TIMER_ABSTIME;
	uint64_t nanos;
	int err;

	if ((args->a[1] & ~(uint64_t)TIMER_ABSTIME) != 0 ||
	    clock == CLOCK_THREAD || clock == CLOCK_MONOTONIC_RAW ||
	    clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE)
		return -EINVAL;
	err = any_clock_nanos(clock, &nanos);
	if (err == 0)
		err = linux_nanos_read(&nanos, args->a[2]);
	if (err != 0)
		return err;
	if (clock < 0 || clock == CLOCK_PROCESS)
		return sleep_by_use(clock, absolute, nanos);
	if (!absolute)
		return sleep_for(nanos, args->a[3]);
	if (clock_is_realtime((enum clock)clock))
		err = clock_sleep_realtime(nanos);
	else
		err = clock_sleep(clock_ticks_from_nanos(nanos));
	return err == -EINTR ? -ERESTARTNOHAND : err;
}
