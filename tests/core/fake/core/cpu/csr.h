/* The host's stand-in: of csr.h, what the core uses. */
#pragma once

#include "fibers.h"

/* Until another hart has done something. */
static inline void
cpu_pause(void)
{
	fiber_wait("another hart");
}

/* The unit of floating point is nobody's business here. */
#define SSTATUS_FS	0ul
#define SSTATUS_FS_CLEAN	0ul
#define csr_read(name)	0ul
#define csr_clear(name, bits) ((void)(bits))
#define csr_set(name, bits) ((void)(bits))
