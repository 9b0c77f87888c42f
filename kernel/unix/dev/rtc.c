/*
 * The Goldfish real-time clock.  Registers, by byte offset, 32 bits wide:
 *
 *	0x00	nanoseconds since 1970, low half; reading it keeps the high
 *	0x04	high half, as it was then
 *
 * Its alarm is not used; nor is it ever set.
 */
#include "unix/dev/rtc.h"

#include "core/base/print.h"
#include "core/cpu/boot.h"
#include "core/task/clock.h"

#define RTC_LOW		0
#define RTC_HIGH	1

void
rtc_init(void)
{
	const volatile uint32_t *registers = machine()->rtc.registers;
	uint64_t low, high;

	if (registers == NULL) {
		print("rtc: the machine has no clock, it is 1970\n");
		return;
	}
	low = registers[RTC_LOW];
	high = registers[RTC_HIGH];
	clock_realtime_set(high << 32 | low);
}
