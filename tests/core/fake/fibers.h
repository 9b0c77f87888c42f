/*
 * Harts that run at the same time: each a fiber with a stack of its own.  A
 * choice function says, at each point, who goes on; so an interleaving is a
 * list of choices and can be repeated.
 */
#pragma once

#include "core/base/types.h"

/*
 * Run body(0) on hart 0, ... body(count - 1), interleaved at points.
 * choose(ready) is asked at each point with a mask of fibers that can go on,
 * and returns the index of one of them.
 * returns: when all are done; fails if all that are left wait for each other
 */
void fibers_run(uint32_t count, void (*body)(uint32_t index),
    uint32_t (*choose)(uint32_t ready, const char *what));

/* Whether fibers run now. */
bool fibers_running(void);

/* A point: another fiber may go on here. */
void fiber_point(const char *what);
/* The running fiber cannot go on before another did. */
void fiber_wait(const char *what);
/* The same where a hart would switch threads: it rests from then on, until
 * fiber_enter. */
void fiber_sleep(const char *what);

/* In the kernel, or not: out of it, too, a hart rests. */
void fiber_enter(void);
void fiber_leave(void);
/* Wait until all other fibers rest; then run alone. */
void fibers_stop_others(void);
void fibers_resume_others(void);
