/* The reaper: a kernel thread that releases memory objects nobody names. */
#pragma once

/* Start it.  returns: 0 or -EAGAIN */
int reaper_start(void);
/* Wait until it is not at work; it does none after.  Sleeps. */
void reaper_stop(void);
