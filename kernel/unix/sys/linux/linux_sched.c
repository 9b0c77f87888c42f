/*
 * Scheduling: harts, nice values, and policies.  Those that give nobody more
 * than his share are kept, and threads of all of them have their turn alike;
 * root is refused the others with -EINVAL, everybody else with -EPERM.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/user.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_user.h"

#define RT_PRIORITY_MIN	1
#define RT_PRIORITY_MAX	99

#define HARTS_MASK_BYTES sizeof(uint64_t)

struct linux_sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t clamp_min, clamp_max;
};

#define SCHED_ATTR_MIN	offsetof(struct linux_sched_attr, clamp_min)

int64_t
linux_sched_yield(const struct linux_args *args)
{
	(void)args;
	thread_yield();
	return 0;
}

int64_t
linux_sched_setaffinity(const struct linux_args *args)
{
	uint64_t harts = 0;
	int err = user_read(&harts, args->a[2],
	    MIN((uint32_t)args->a[1], sizeof(harts)), NULL);

	return err != 0 ? err :
	    proc_set_harts((int32_t)args->a[0], (uint32_t)harts);
}

int64_t
linux_sched_getaffinity(const struct linux_args *args)
{
	uint32_t size = (uint32_t)args->a[1], harts;
	uint64_t mask;
	int err;

	if (size < sizeof(mask) || size % sizeof(mask) != 0)
		return -EINVAL;
	err = proc_get_harts((int32_t)args->a[0], &harts);
	if (err != 0)
		return err;
	mask = harts;
	err = user_write(args->a[2], &mask, sizeof(mask), NULL);
	return err != 0 ? err : (int64_t)sizeof(mask);
}

/* Whether there is such a thread.  returns: 0; -EINVAL, -ESRCH */
static int
thread_check(int32_t tid)
{
	struct credentials who;

	return tid < 0 ? -EINVAL : proc_credentials_of(tid, &who);
}

static int
policy_check(uint32_t policy, int32_t priority)
{
	switch (policy) {
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return priority == 0 ? 0 : -EINVAL;
	case SCHED_FIFO:
	case SCHED_RR:
		if (priority < RT_PRIORITY_MIN || priority > RT_PRIORITY_MAX)
			return -EINVAL;
		return credentials_privileged(proc_credentials()) ? -EINVAL : -EPERM;
	default:
		return -EINVAL;
	}
}

/* What a struct sched_param says.  returns: 0; -EINVAL: there is none; -EFAULT
 */
static int
priority_read(int32_t *priority, vaddr_t from)
{
	return from == 0 ? -EINVAL :
	    user_read(priority, from, sizeof(*priority), NULL);
}

int64_t
linux_sched_setscheduler(const struct linux_args *args)
{
	int32_t priority;
	int err = priority_read(&priority, args->a[2]);

	if (err == 0)
		err = thread_check((int32_t)args->a[0]);
	if (err == 0)
		err = policy_check((uint32_t)args->a[1], priority);
	return err != 0 ? err : proc_set_policy((int32_t)args->a[0],
	    (uint32_t)args->a[1]);
}

int64_t
linux_sched_setparam(const struct linux_args *args)
{
	int32_t priority;
	int err = priority_read(&priority, args->a[1]);

	if (err == 0)
		err = thread_check((int32_t)args->a[0]);
	/* All policies that can be had have but this one. */
	return err == 0 && priority != 0 ? -EINVAL : err;
}

int64_t
linux_sched_getscheduler(const struct linux_args *args)
{
	uint32_t policy = SCHED_OTHER;
	int err = thread_check((int32_t)args->a[0]);

	if (err == 0)
		err = proc_get_policy((int32_t)args->a[0], &policy);
	return err != 0 ? err : (int64_t)policy;
}

int64_t
linux_sched_getparam(const struct linux_args *args)
{
	const int32_t priority = 0;
	int err = args->a[1] == 0 ? -EINVAL :
	    thread_check((int32_t)args->a[0]);

	return err != 0 ? err :
	    user_write(args->a[1], &priority, sizeof(priority), NULL);
}

/* The priorities of a policy, whether it can be had or not. */
static int64_t
priority_bound(uint32_t policy, int32_t bound)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return bound;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	default:
		return -EINVAL;
	}
}

int64_t
linux_sched_get_priority_max(const struct linux_args *args)
{
	return priority_bound((uint32_t)args->a[0], RT_PRIORITY_MAX);
}

int64_t
linux_sched_get_priority_min(const struct linux_args *args)
{
	return priority_bound((uint32_t)args->a[0], RT_PRIORITY_MIN);
}

int64_t
linux_sched_rr_get_interval(const struct linux_args *args)
{
	const struct linux_timespec slice = { 0, SLICE_MICROS * 1000 };
	int err = thread_check((int32_t)args->a[0]);

	return err != 0 ? err :
	    user_write(args->a[1], &slice, sizeof(slice), NULL);
}

int64_t
linux_sched_setattr(const struct linux_args *args)
{
	struct linux_sched_attr attr;
	uint32_t size;
	int err;

	if ((uint32_t)args->a[2] != 0 || args->a[1] == 0)
		return -EINVAL;
	err = user_read(&size, args->a[1], sizeof(size), NULL);
	if (err != 0)
		return err;
	if (size == 0)
		size = SCHED_ATTR_MIN;
	if (size < SCHED_ATTR_MIN)
		return -E2BIG;
	err = linux_struct_read(&attr, sizeof(attr), args->a[1], size);
	if (err == 0)
		err = thread_check((int32_t)args->a[0]);
	if (err != 0)
		return err;
	if (attr.flags != 0)
		return -EINVAL;
	err = policy_check(attr.policy, (int32_t)attr.priority);
	/* Who is idle keeps the nice value for when it is not. */
	if (err == 0 && attr.policy != SCHED_IDLE)
		err = proc_set_nice(NICE_PROCESS, (int32_t)args->a[0],
		    attr.nice);
	if (err == 0)
		err = proc_set_policy((int32_t)args->a[0], attr.policy);
	return err == -EACCES ? -EPERM : err;
}

int64_t
linux_sched_getattr(const struct linux_args *args)
{
	struct linux_sched_attr attr = { .size = sizeof(attr) };
	uint32_t size = (uint32_t)args->a[2];
	int err = thread_check((int32_t)args->a[0]);

	if (err != 0)
		return err;
	if (size < SCHED_ATTR_MIN || (uint32_t)args->a[3] != 0 ||
	    args->a[1] == 0)
		return -EINVAL;
	err = proc_get_nice(NICE_PROCESS, (int32_t)args->a[0], &attr.nice);
	if (err == 0)
		err = proc_get_policy((int32_t)args->a[0], &attr.policy);
	if (err != 0)
		return err;
	attr.size = MIN(size, sizeof(attr));
	return user_write(args->a[1], &attr, attr.size, NULL);
}

int64_t
linux_setpriority(const struct linux_args *args)
{
	if ((uint32_t)args->a[0] > NICE_USER)
		return -EINVAL;
	return proc_set_nice((enum nice_which)args->a[0],
	    (int32_t)args->a[1], (int32_t)args->a[2]);
}

int64_t
linux_getpriority(const struct linux_args *args)
{
	int32_t nice = 0;
	int err;

	if ((uint32_t)args->a[0] > NICE_USER)
		return -EINVAL;
	err = proc_get_nice((enum nice_which)args->a[0], (int32_t)args->a[1],
	    &nice);
	/* Told as 40 to 1, so that it is never negative. */
	return err != 0 ? err : 20 - nice;
}
