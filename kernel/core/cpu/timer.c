/* The clock, by stimecmp where every hart has it, else by SBI. */
#include "core/cpu/timer.h"

#include "core/cpu/boot.h"
#include "core/cpu/csr.h"
#include "core/cpu/sbi.h"

#define MICROS	1000000u	/* in a second */

uint64_t
timer_now(void)
{
	return csr_read(time);
}

void
timer_set(uint64_t deadline)
{
	if (machine()->has_sstc)
		csr_write(CSR_STIMECMP, deadline);
	else
		sbi_timer_set(deadline);
}

/* Seconds apart, so that no product overflows. */
uint64_t
timer_from_micros(uint64_t micros)
{
	uint64_t hz = machine()->timebase_hz;

	return micros / MICROS * hz + micros % MICROS * hz / MICROS;
}

uint64_t
timer_to_micros(uint64_t ticks)
{
	uint64_t hz = machine()->timebase_hz;

	return ticks / hz * MICROS + ticks % hz * MICROS / hz;
}
