/* getrusage, times, limits. */
#include "unix/sys/linux/linux_usage.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/proc/limit.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"
#include "unix/proc/usage.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

#define RUSAGE_SELF	0
#define RUSAGE_CHILDREN	(-1)
#define RUSAGE_THREAD	1

#define MICROS_PER_TICK	10000	/* times(2) counts hundredths of a second */

struct linux_rusage {
	struct linux_timeval user, system;
	int64_t resident_max;		/* KiB */
	int64_t shared, data, stack;	/* not kept, as on Linux */
	int64_t faults, faults_disk;
	int64_t swaps, blocks_in, blocks_out, sent, received, signals;
	int64_t switches, preemptions;
};

struct linux_tms {
	int64_t user, system, children_user, children_system;
};

struct linux_timeval
linux_timeval_from_ticks(uint64_t ticks)
{
	uint64_t micros = timer_to_micros(ticks);
	const struct linux_timeval time = {
		(int64_t)(micros / 1000000), (int64_t)(micros % 1000000),
	};

	return time;
}

int
linux_usage_write(const struct usage *usage, vaddr_t to)
{
	const struct linux_rusage out = {
		.user = linux_timeval_from_ticks(usage->user_ticks),
		.system = linux_timeval_from_ticks(usage->system_ticks),
		.resident_max = (int64_t)(usage->resident_max *
		    (PAGE_BYTES / 1024)),
		.faults = (int64_t)usage->faults,
		.faults_disk = (int64_t)usage->faults_disk,
		.switches = (int64_t)usage->switches,
		.preemptions = (int64_t)usage->preemptions,
	};

	return user_write(to, &out, sizeof(out), NULL);
}

int64_t
linux_getrusage(const struct linux_args *args)
{
	struct usage usage;

	switch ((int32_t)args->a[0]) {
	case RUSAGE_SELF:
		proc_usage(&usage, NULL);
		break;
	case RUSAGE_CHILDREN:
		proc_usage(NULL, &usage);
		break;
	case RUSAGE_THREAD:
		usage_of_thread(proc_thread_this(), &usage);
		break;
	default:
		return -EINVAL;
	}
	return linux_usage_write(&usage, args->a[1]);
}

static int64_t
tms_from_ticks(uint64_t ticks)
{
	return (int64_t)(timer_to_micros(ticks) / MICROS_PER_TICK);
}

int64_t
linux_times(const struct linux_args *args)
{
	struct usage own, children;
	struct linux_tms tms;
	int err;

	if (args->a[0] != 0) {
		proc_usage(&own, &children);
		tms.user = tms_from_ticks(own.user_ticks);
		tms.system = tms_from_ticks(own.system_ticks);
		tms.children_user = tms_from_ticks(children.user_ticks);
		tms.children_system = tms_from_ticks(children.system_ticks);
		err = user_write(args->a[0], &tms, sizeof(tms), NULL);
		if (err != 0)
			return err;
	}
	return tms_from_ticks(timer_now());
}

static int64_t
limit_common(int32_t pid, uint64_t which, vaddr_t new, vaddr_t old)
{
	struct limit set, was;
	int err;

	if (which >= LIMITS)
		return -EINVAL;
	if (new != 0) {
		err = user_read(&set, new, sizeof(set), NULL);
		if (err != 0)
			return err;
		if (set.soft > set.hard)
			return -EINVAL;
	}
	err = limit_change(pid, (uint32_t)which, new != 0 ? &set : NULL, &was);
	if (err == 0 && old != 0)
		err = user_write(old, &was, sizeof(was), NULL);
	return err;
}

int64_t
linux_prlimit64(const struct linux_args *args)
{
	return limit_common((int32_t)args->a[0], (uint32_t)args->a[1],
	    args->a[2], args->a[3]);
}

int64_t
linux_getrlimit(const struct linux_args *args)
{
	/* Here a null pointer is just a wrong one. */
	if (args->a[1] == 0)
		return -EFAULT;
	return limit_common(0, (uint32_t)args->a[0], 0, args->a[1]);
}

int64_t
linux_setrlimit(const struct linux_args *args)
{
	if (args->a[1] == 0)
		return -EFAULT;
	return limit_common(0, (uint32_t)args->a[0], args->a[1], 0);
}
