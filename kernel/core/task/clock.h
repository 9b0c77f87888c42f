/* Sleeping for a time, and the slices that make threads take turns. */
#pragma once

#include "core/base/types.h"

/*
 * Sleep until timer_now() reaches `deadline`.
 * returns: 0, or -EINTR if the thread was interrupted
 */
int clock_sleep(uint64_t deadline);
