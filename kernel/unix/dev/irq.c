/*
 * The platform interrupt controller (RISC-V PLIC 1.0).
 *
 * Registers, by byte offset, all 32 bits wide:
 *
 *	0x000000 + 4 * source		priority; 0: never
 *	0x002000 + 0x80 * context	enable bits, one a source
 *	0x200000 + 0x1000 * context	threshold
 *	0x200004 + 0x1000 * context	claim (read), complete (write)
 *
 * Every source may interrupt every hart: whoever claims first serves it, the
 * others read 0.  Takes no lock; handlers are registered while booting.
 */
#include "unix/dev/irq.h"

#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/cpu/boot.h"
#include "core/cpu/hart.h"
#include "core/cpu/trap.h"
#include "unix/dev/random.h"

#define PLIC_ENABLE	0x2000
#define PLIC_ENABLE_STEP 0x80
#define PLIC_CONTEXT	0x200000
#define PLIC_CONTEXT_STEP 0x1000
#define PLIC_CLAIM	4

static struct {
	void (*handler)(void *);
	void *context;
} irq_handlers[IRQ_SOURCES_MAX];	/* [c] after boot */

static volatile uint32_t *
plic_register(uint64_t offset)
{
	return (volatile uint32_t *)((uint8_t *)machine()->plic.registers +
	    offset);
}

static uint32_t
sources_count(void)
{
	return MIN(machine()->plic_nsources + 1, IRQ_SOURCES_MAX);
}

static volatile uint32_t *
enable_word(int32_t context, uint32_t source)
{
	return plic_register(PLIC_ENABLE + PLIC_ENABLE_STEP * (uint64_t)context +
	    source / 32 * 4);
}

void
irq_register(uint32_t source, void (*handler)(void *), void *context)
{
	if (source == 0 || source >= sources_count() ||
	    machine()->plic.registers == NULL) {
		print("irq: there is no interrupt source %u\n", source);
		return;
	}
	irq_handlers[source].context = context;
	irq_handlers[source].handler = handler;
	*plic_register(source * 4) = 1;
	for (uint32_t i = 0; i < HARTS_MAX; i++) {
		int32_t plic_context = machine()->plic_context[i];

		if (plic_context >= 0)
			*enable_word(plic_context, source) |=
			    (uint32_t)1 << source % 32;
	}
}

void
irq_init(void)
{
	if (machine()->plic.registers == NULL) {
		print("irq: the machine has no PLIC\n");
		return;
	}
	/* Firmware may have left anything enabled. */
	for (uint32_t source = 1; source < sources_count(); source++)
		*plic_register(source * 4) = 0;
	for (uint32_t i = 0; i < HARTS_MAX; i++) {
		int32_t context = machine()->plic_context[i];

		if (context < 0)
			continue;
		for (uint32_t source = 0; source < sources_count(); source += 32)
			*enable_word(context, source) = 0;
	}
}

void
irq_init_hart(void)
{
	int32_t context = machine()->plic_context[hart_this()->index];

	if (machine()->plic.registers == NULL || context < 0)
		return;
	*plic_register(PLIC_CONTEXT +
	    PLIC_CONTEXT_STEP * (uint64_t)context) = 0;
}

void
trap_on_device(void)
{
	int32_t context = machine()->plic_context[hart_this()->index];
	volatile uint32_t *claim;
	uint32_t source;

	ASSERT(context >= 0 && machine()->plic.registers != NULL);
	claim = plic_register(PLIC_CONTEXT +
	    PLIC_CONTEXT_STEP * (uint64_t)context + PLIC_CLAIM);
	while ((source = *claim) != 0) {
		random_stir(source);
		if (source < IRQ_SOURCES_MAX &&
		    irq_handlers[source].handler != NULL)
			irq_handlers[source].handler(irq_handlers[source].context);
		*claim = source;
	}
}
