/*
 * A hart (hardware thread) and what the kernel keeps for each.  tp holds its
 * address whenever the kernel runs.
 *
 * The kernel is not preempted: a thread stays on its hart until it sleeps,
 * yields or returns to its program, so what is [h] needs no lock.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"

struct hart_sched;
struct thread;

/* [h] this hart's own, [c] constant after boot */
struct hart {
	uint32_t index;			/* [c] 0 .. harts_count() - 1 */
	uint32_t irq_nesting;		/* [h] irq_disable calls not yet undone */
	uint64_t hartid;		/* [c] as SBI names it */
	struct thread *thread;		/* [h] running here */
	struct thread *idle;		/* [c] runs when nothing else does */
	uint64_t spin_ranks;		/* [h] a bit for each spinlock held, and
					 * IRQ_DISABLED; not 0: interrupts are
					 * off */
	uint8_t irq_before;		/* [h] SIE before spin_ranks was not 0 */
	bool reschedule;		/* [h] the slice is over, or the world
					 * is to stop: yield soon */
	bool in_panic;			/* [h] */
	uint64_t faults;		/* [h] page faults taken */
	vaddr_t panic_stack;		/* [c] top of the spare stack */
	vaddr_t overflow_sp;		/* [h] sp that met the guard page */
	vaddr_t stack_top;		/* [c] of the idle thread's stack */
	uint64_t left_at;		/* [h] when it last went to a program */
	uint64_t user_ticks;		/* [h] spent there, not yet charged */
	struct hart_sched *sched;	/* [c] what the scheduler keeps of it */
};

/* In spin_ranks: below the ranks of all spinlocks. */
#define IRQ_DISABLED	((uint64_t)1)

/* How many harts run, and the one with an index. */
uint32_t harts_count(void);
struct hart *hart_at(uint32_t index);

/* Turn interrupts off on this hart; nests. */
void irq_disable(void);
/* Undo one irq_disable.  What was before comes back with the outermost, or with
 * the last spinlock. */
void irq_enable(void);

/* Interrupt another hart (SBI IPI): it leaves wfi and takes trap_on_ipi. */
void hart_interrupt(uint32_t index);

/*
 * Only for boot: make a hart known, its idle stack being slot `index`; and
 * prepare the hart that runs this for traps.
 */
void hart_register(uint32_t index, uint64_t hartid);
void hart_prepare(void);

/* Whether `sp` is on a kernel stack, ordinary or spare, that is mapped. */
bool hart_stack_contains(vaddr_t sp);

#include "core/cpu/hart_this.h"
