/*
 * Spinlocks: for short stretches that neither sleep nor touch user memory.
 * Holding one keeps interrupts off on this hart.  Ranks are checked.
 */
#pragma once

#include "core/base/types.h"
#include "core/lock/rank.h"

struct spinlock {
	uint32_t locked;	/* [a] */
	uint32_t hart;		/* index of the holder, or who was it last */
	uint64_t rank;		/* [c] RANK_BIT */
	const char *name;	/* [c] */
};

#define SPINLOCK(name, rank)	{ 0, 0, RANK_BIT(rank), (name) }

void spin_init(struct spinlock *lock, const char *name, enum rank rank);

/* needs: no lock of this or a higher rank is held by this hart */
void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* Whether this hart holds `lock`. */
bool spin_held(const struct spinlock *lock);

/* Whether this hart holds any spinlock: then it must not sleep or fault. */
bool spin_held_any(void);
