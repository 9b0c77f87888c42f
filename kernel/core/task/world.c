/*
 * Stopping the world.
 *
 * `world_stopper` says who; each hart that has come to rest sets its bit in
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

static struct mutex world_mutex = {
	.rank = RANK_WORLD,
	.guard = SPINLOCK("world", RANK_WAIT),
	.queue = WAITQ(world_mutex.queue),
};
int32_t world_stopper = WORLD_RUNS;
static uint32_t resting;		/* [a] bits of harts that wait here */
static uint32_t joined;			/* [a] bits of harts that take part */

void
world_join(void)
{
	atomic_or(&joined, (uint32_t)1 << hart_this()->index);
}

void
world_stop(void)
{
	uint32_t mine, others;

	ASSERT(!spin_held_any());
	mutex_lock(&world_mutex);
	mine = (uint32_t)1 << hart_this()->index;
	atomic_store(&world_stopper, (int32_t)hart_this()->index);
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
	ASSERT(atomic_load(&world_stopper) == (int32_t)hart_this()->index);
	atomic_store(&world_stopper, WORLD_RUNS);
	while (atomic_load(&resting) != 0)
		cpu_pause();
	mutex_unlock(&world_mutex);
}

void
world_pause(void)
{
	uint32_t mine;

	if (atomic_load_relaxed(&world_stopper) == WORLD_RUNS)
		return;
	irq_disable();
	mine = (uint32_t)1 << hart_this()->index;
	if (atomic_load(&world_stopper) != (int32_t)hart_this()->index) {
		atomic_or(&resting, mine);
		while (atomic_load(&world_stopper) != WORLD_RUNS)
			cpu_pause();
		atomic_and(&resting, ~mine);
	}
	irq_enable();
}
