/* The clock: the time CSR, and one deadline per hart (Sstc or SBI TIME). */
#pragma once

#include "core/base/types.h"

/* Ticks of the time CSR since the machine's reset; timebase_hz a second. */
uint64_t timer_now(void);
/* Ask for trap_on_timer on this hart at `deadline`; UINT64_MAX for never. */
void timer_set(uint64_t deadline);
uint64_t timer_from_micros(uint64_t micros);
uint64_t timer_to_micros(uint64_t ticks);
