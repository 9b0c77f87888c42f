/* Callouts, as the scheduler and the clock see them. */
#pragma once

#include "core/base/types.h"

void callouts_init(void);		/* once, before any other */

/* Call those whose time has come.  needs: an interrupt's context, no lock */
void callouts_run(uint64_t now);
/* When this hart has to ring next; UINT64_MAX: never. */
uint64_t callout_next(void);
/* The realtime clock was set. */
void callouts_follow_realtime(void);
