/* How busy the machine is. */
#pragma once

#include "core/base/types.h"

/* What a hart's time since the machine's reset went into, in ticks. */
struct load_times {
	uint64_t user, system, idle;
};

void load_init(void);			/* once, at boot */

/* needs: hart < harts_count() */
void load_times(uint32_t hart, struct load_times *out);
/* Switches from one thread to another, of all harts. */
uint64_t load_switches(void);

/* Threads that run or are ready to, the caller among them. */
uint32_t load_active(void);

/* Their number, averaged over about 1, 5 and 15 minutes, in units of
 * 1 / LOAD_ONE. */
#define LOAD_SHIFT	11
#define LOAD_ONE	(1u << LOAD_SHIFT)
void load_averages(uint32_t averages[3]);
