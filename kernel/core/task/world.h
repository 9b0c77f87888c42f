/*
 * Stopping the world: every other hart waits, outside any operation, while
 * one looks at everything (audit).  A hart stops where it would return to a
 * program, switch threads or idle; there it holds no lock, and every tree is
 * as an operation left it.
 */
#pragma once

#include "core/base/atomic.h"
#include "core/base/types.h"

/* needs: the caller holds no spinlock, and takes no mutex until world_resume;
 * waits for other harts.  One at a time. */
void world_stop(void);
void world_resume(void);

/* Called where a hart may stop: waits there while the world is stopped. */
void world_pause(void);

#define WORLD_RUNS	(-1)		/* nobody stops it */
extern int32_t world_stopper;		/* [a] index of the hart that does */

/* Whether some hart wants the world stopped. */
static inline bool
world_stopping(void)
{
	return atomic_load_relaxed(&world_stopper) != WORLD_RUNS;
}
