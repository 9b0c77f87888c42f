/*
 * Sleeping for a time, the slices that make threads take turns, and the
 * clocks programs know: monotonic since the machine's reset, and realtime,
 * which is that and an offset.
 */
#pragma once

#include "core/base/types.h"

/*
 * Sleep until timer_now() reaches `deadline`.
 * returns: 0, or -EINTR if the thread was interrupted
 */
int clock_sleep(uint64_t deadline);

/* The same until the realtime clock shows `nanos`, however it is set. */
int clock_sleep_realtime(uint64_t nanos);

#define NANOS_PER_SECOND	1000000000u

/* Ticks of timer_now() and nanoseconds; rounded down, and up. */
uint64_t clock_nanos_from_ticks(uint64_t ticks);
uint64_t clock_ticks_from_nanos(uint64_t nanos);

/* Nanoseconds since the machine's reset; since 1970.  Any context. */
uint64_t clock_monotonic_nanos(void);
uint64_t clock_realtime_nanos(void);

/* What is to be added to the one for the other. */
uint64_t clock_realtime_offset(void);

/* Set the realtime clock, and call the callouts whose time has come by it. */
void clock_realtime_set(uint64_t nanos);

/* Link-time hook, defined by unix/sys: the offset is another.  No lock is
 * held. */
void clock_on_set(uint64_t offset);
