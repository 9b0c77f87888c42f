/* The host's stand-in: of csr.h, what the core uses. */
#pragma once

#include "fibers.h"

/* Until another hart has done something. */
static inline void
cpu_pause(void)
{
	fiber_wait("another hart");
}
