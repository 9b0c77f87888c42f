/*
 * Harts: their table, and turning their interrupts on and off.
 *
 * Index 0 is the hart that booted; the others follow in the device tree's
 * order.  Hart i's idle stack is slot i.
 */
#include "core/cpu/hart.h"

#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/kernelmap.h"
#include "core/cpu/layout.h"
#include "core/cpu/offsets.h"
#include "core/cpu/sbi.h"
#include "core/cpu/timer.h"
#include "core/cpu/trap_entry.h"

extern char panic_stacks[], panic_stacks_end[];

_Static_assert(offsetof(struct hart, hartid) == HART_ID, "");
_Static_assert(offsetof(struct hart, panic_stack) == HART_PANIC_STACK, "");
_Static_assert(offsetof(struct hart, overflow_sp) == HART_OVERFLOW_SP, "");
_Static_assert(offsetof(struct hart, stack_top) == HART_STACK_TOP, "");
_Static_assert(sizeof(struct hart) == HART_BYTES, "");
_Static_assert(STACK_BYTES == 1 << STACK_BIT, "");

struct hart harts[HARTS_MAX];	/* head.S starts on the first */
static uint32_t nharts;		/* [c] */

uint32_t
harts_count(void)
{
	return nharts;
}

struct hart *
hart_at(uint32_t index)
{
	ASSERT(index < nharts);
	return &harts[index];
}

void
irq_disable(void)
{
	/* Off first: only then does the thread surely stay on this hart. */
	uint64_t before = csr_read_clear(sstatus, SSTATUS_SIE);
	struct hart *hart = hart_this();

	if (hart->spin_ranks == 0)
		hart->irq_before = before & SSTATUS_SIE;
	hart->spin_ranks |= IRQ_DISABLED;
	hart->irq_nesting++;
}

void
irq_enable(void)
{
	struct hart *hart = hart_this();

	if (--hart->irq_nesting > 0)
		return;
	hart->spin_ranks &= ~IRQ_DISABLED;
	if (hart->spin_ranks == 0)
		csr_set(sstatus, hart->irq_before);
}

void
hart_interrupt(uint32_t index)
{
	int err = sbi_interrupt(1, hart_at(index)->hartid);

	ASSERT(err == 0);
}

void
hart_register(uint32_t index, uint64_t hartid)
{
	struct hart *hart = &harts[index];

	hart->index = index;
	hart->hartid = hartid;
	hart->panic_stack = (vaddr_t)panic_stacks +
	    (index + 1) * PANIC_STACK_BYTES;
	hart->stack_top = STACK_BASE + (index + 1) * STACK_SLOT_BYTES;
	nharts = MAX(nharts, index + 1);
}

void
hart_prepare(void)
{
	csr_write(stvec, (vaddr_t)trap_entry);
	csr_write(sscratch, 0);
	csr_write(scounteren, SCOUNTEREN_ALL);
	csr_clear(sstatus, SSTATUS_SIE | SSTATUS_SPP | SSTATUS_SUM |
	    SSTATUS_FS);
	timer_set(UINT64_MAX);
	csr_write(sie, SIE_SOFTWARE | SIE_TIMER | SIE_EXTERNAL);
}

bool
hart_stack_contains(vaddr_t sp)
{
	vaddr_t stacks_end = STACK_BASE +
	    kernelmap_stacks() * (vaddr_t)STACK_SLOT_BYTES;

	if (sp >= STACK_BASE && sp < stacks_end)
		return (sp & STACK_BYTES) != 0;
	return sp >= (vaddr_t)panic_stacks && sp < (vaddr_t)panic_stacks_end;
}
