/* The reaper: a kernel thread that releases memory objects nobody names. */
#pragma once

/* Start it.  returns: 0 or -EAGAIN */
int reaper_start(void);
/*
 * Free everything that was put off: when this returns, memory, objects and
 * files that nobody used when it was called are free.  Sleeps.
 */
void reaper_settle(void);
/* Wait until it is not at work; it does none after.  Sleeps. */
void reaper_stop(void);
