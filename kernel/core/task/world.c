/*
 * Stopping the world.
 *
 * `stopper` says who; each hart that has come to rest sets its bit in
 * `resting` and clears it when it goes on.  world_resume waits for the bits to
 * go, so the next stop does not take an old one for a new.
 */
#include "core/task/world.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/task/mutex.h"
#include "core/task/sched.h"

#define NOBODY	(-1)

static struct mutex world_mutex = {
	.rank = RANK_WORLD,
	.held_as = RANK_WORLD,
	.guard = SPINLOCK("world", RANK_WAIT),
	.queue = WAITQ(world_mutex.queue),
};
static int32_t stopper = NOBODY;	/* [a] index of the hart that stops others */
static uint32_t resting;		/* [a] bits of harts that wait here */
static uint32_t joined;			/* [a] bits of harts that take part */

void
world_join(void)
{
	atomic_or(&joined, (uint32_t)1 << hart_this()->index);
}

bool
world_stopping(void)
{
	return atomic_load(&stopper) != NOBODY;
}

void
world_stop(void)
{
	uint32_t mine, others;

	ASSERT(!spin_held_any());
	mutex_lock(&world_mutex);
	mine = (uint32_t)1 << hart_this()->index;
	atomic_store(&stopper, (int32_t)hart_this()->index);
	others = atomic_load(&joined) & ~mine;
	for (uint32_t i = 0; i < harts_count(); i++)
		if (others >> i & 1)
			hart_interrupt(i);
	while ((atomic_load(&resting) & others) != others)
		cpu_pause();
}

void
world_resume(void)
{
	ASSERT(atomic_load(&stopper) == (int32_t)hart_this()->index);
	atomic_store(&stopper, NOBODY);
	while (atomic_load(&resting) != 0)
		cpu_pause();
	mutex_unlock(&world_mutex);
}

void
world_pause(void)
{
	uint32_t mine;

	if (atomic_load_relaxed(&stopper) == NOBODY)
		return;
	irq_disable();
	mine = (uint32_t)1 << hart_this()->index;
	if (atomic_load(&stopper) != (int32_t)hart_this()->index) {
		atomic_or(&resting, mine);
		while (world_stopping())
			cpu_pause();
		atomic_and(&resting, ~mine);
	}
	irq_enable();
}
