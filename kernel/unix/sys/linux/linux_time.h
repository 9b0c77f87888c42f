/* Times as programs of the Linux door see them, in nanoseconds. */
#pragma once

#include "unix/sys/linux/linux_user.h"

/* needs: a valid one (linux_timespec_read).  More than fits is INT64_MAX. */
uint64_t linux_timespec_nanos(const struct linux_timespec *time);
struct linux_timespec linux_timespec_of(uint64_t nanos);

/* returns: 0; -EFAULT; -EINVAL */
int linux_nanos_read(uint64_t *nanos, vaddr_t from);

/* CLOCK_PROCESS or CLOCK_THREAD, if that is what it is by another name. */
int32_t linux_clock_of_caller(int32_t clock);

/* Whether there is a clock of this number, but for those of others. */
bool linux_clock_known(int32_t clock);
