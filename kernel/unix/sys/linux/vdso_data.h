/*
 * What the kernel tells the code of the vDSO (vdso/): the page after it.
 *
 * A single word changes, `realtime_offset`, and words are read whole: so there
 * is nothing to be read twice.
 */
#pragma once

#include "core/base/types.h"

struct vdso_data {
	uint64_t hz;			/* ticks a second of the time CSR */
	uint64_t realtime_offset;	/* nanoseconds to add to monotonic time */
};
