/*
 * The vDSO of Linux programs: telling the time without the kernel.
 *
 * The time is the time CSR, in nanoseconds; kernel/core/task/clock.c reckons
 * in the same way, so the two never disagree.  Clocks of what a program has
 * used are the kernel's to tell.
 */
#include "unix/sys/linux/vdso_data.h"

#define NANOS		1000000000u

#define CALL_CLOCK_GETTIME	113
#define CALL_CLOCK_GETRES	114
#define CALL_GETCPU		168
#define CALL_FLUSH_ICACHE	259

enum clock {
	REALTIME = 0,
	MONOTONIC = 1,
	MONOTONIC_RAW = 4,
	REALTIME_COARSE = 5,
	MONOTONIC_COARSE = 6,
	BOOTTIME = 7,
};

struct timespec {
	int64_t seconds, nanos;
};

struct timeval {
	int64_t seconds, micros;
};

/* The page after the code: vdso.ld says where. */
extern const volatile struct vdso_data vdso_data
	__attribute__((visibility("hidden")));

static long
call(long number, long a, long b, long c)
{
	register long a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c;
	register long a7 asm("a7") = number;

	asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
	return a0;
}

static uint64_t
monotonic_nanos(void)
{
	uint64_t ticks, hz = vdso_data.hz;

	asm volatile("csrr %0, time" : "=r"(ticks) : : "memory");
	return ticks / hz * NANOS + ticks % hz * NANOS / hz;
}

/* returns: whether `clock` is one told here */
static int
clock_nanos(int clock, uint64_t *nanos)
{
	switch (clock) {
	case REALTIME:
	case REALTIME_COARSE:
		*nanos = monotonic_nanos() + vdso_data.realtime_offset;
		return 1;
	case MONOTONIC:
	case MONOTONIC_RAW:
	case MONOTONIC_COARSE:
	case BOOTTIME:
		*nanos = monotonic_nanos();
		return 1;
	}
	return 0;
}

int
__vdso_clock_gettime(int clock, struct timespec *out)
{
	uint64_t nanos;

	if (!clock_nanos(clock, &nanos))
		return (int)call(CALL_CLOCK_GETTIME, clock, (long)out, 0);
	out->seconds = (int64_t)(nanos / NANOS);
	out->nanos = (int64_t)(nanos % NANOS);
	return 0;
}

int
__vdso_gettimeofday(struct timeval *out, int32_t zone[2])
{
	uint64_t nanos;

	if (out != NULL) {
		clock_nanos(REALTIME, &nanos);
		out->seconds = (int64_t)(nanos / NANOS);
		out->micros = (int64_t)(nanos % NANOS / 1000);
	}
	if (zone != NULL)
		zone[0] = zone[1] = 0;
	return 0;
}

int
__vdso_clock_getres(int clock, struct timespec *out)
{
	uint64_t nanos;

	if (!clock_nanos(clock, &nanos))
		return (int)call(CALL_CLOCK_GETRES, clock, (long)out, 0);
	if (out != NULL) {
		out->seconds = 0;
		out->nanos = 1;
	}
	return 0;
}

int
__vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	return (int)call(CALL_GETCPU, (long)cpu, (long)node, (long)unused);
}

int
__vdso_flush_icache(void *start, void *end, unsigned long flags)
{
	return (int)call(CALL_FLUSH_ICACHE, (long)start, (long)end,
	    (long)flags);
}
