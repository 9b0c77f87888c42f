/* How urgent reads and writes are, which disks here do not ask: they serve who
 * comes first. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "unix/fs/credentials.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"

#define IOPRIO_CLASS_NONE	0u
#define IOPRIO_CLASS_RT		1u
#define IOPRIO_CLASS_BE		2u
#define IOPRIO_CLASS_IDLE	3u
#define IOPRIO_CLASS_SHIFT	13
#define IOPRIO_DATA(priority)	((priority) & ((1u << IOPRIO_CLASS_SHIFT) - 1))
#define IOPRIO_LEVELS		8u

#define IOPRIO_WHO_PROCESS	1u
#define IOPRIO_WHO_PGRP		2u
#define IOPRIO_WHO_USER		3u

static int
priority_check(uint32_t priority)
{
	switch (priority >> IOPRIO_CLASS_SHIFT) {
	case IOPRIO_CLASS_RT:
		if (!credentials_privileged(proc_credentials()))
			return -EPERM;
		/* fall through */
	case IOPRIO_CLASS_BE:
		return IOPRIO_DATA(priority) < IOPRIO_LEVELS ? 0 : -EINVAL;
	case IOPRIO_CLASS_IDLE:
		return 0;
	case IOPRIO_CLASS_NONE:
		return IOPRIO_DATA(priority) == 0 ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static int
who_read(uint32_t who, enum nice_which *which)
{
	switch (who) {
	case IOPRIO_WHO_PROCESS:
		*which = NICE_PROCESS;
		return 0;
	case IOPRIO_WHO_PGRP:
		*which = NICE_GROUP;
		return 0;
	case IOPRIO_WHO_USER:
		*which = NICE_USER;
		return 0;
	default:
		return -EINVAL;
	}
}

int64_t
linux_ioprio_set(const struct linux_args *args)
{
	uint32_t priority = (uint32_t)args->a[2];
	enum nice_which which;
	int err = priority_check(priority);

	if (err == 0)
		err = who_read((uint32_t)args->a[0], &which);
	return err != 0 ? err : proc_set_io_priority(which,
	    (int32_t)args->a[1], priority);
}

int64_t
linux_ioprio_get(const struct linux_args *args)
{
	enum nice_which which;
	uint32_t priority = 0;
	int err = who_read((uint32_t)args->a[0], &which);

	if (err == 0)
		err = proc_get_io_priority(which, (int32_t)args->a[1],
		    &priority);
	return err != 0 ? err : (int64_t)priority;
}
