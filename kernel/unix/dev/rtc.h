/* The clock that goes on while the machine is off (Goldfish RTC). */
#pragma once

/* Set the realtime clock by it, where there is one.  Once, at boot. */
void rtc_init(void);
