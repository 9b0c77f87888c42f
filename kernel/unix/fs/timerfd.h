/* Timerfd: a timer that is read. */
#pragma once

#include "unix/fs/file.h"

/* Nanoseconds.  value 0: it does not run; interval 0: it rings once. */
struct timerfd_time {
	uint64_t value, interval;
};

/* realtime: by the clock that can be set, else since the machine's reset.
 * returns: 0, -ENFILE, -ENOMEM */
int timerfd_create(bool realtime, uint32_t flags, struct file **out);

/* Whether it is a timerfd of the realtime clock. */
bool timerfd_is_realtime(const struct file *file);

/* Give what is left of it; set it anew, `absolute`: to a time of its clock.
 * returns: 0; -EINVAL (no timer) */
int timerfd_get(struct file *file, struct timerfd_time *out);
int timerfd_set(struct file *file, bool absolute,
    const struct timerfd_time *time, struct timerfd_time *old);
