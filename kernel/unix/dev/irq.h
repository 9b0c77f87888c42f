/* The platform interrupt controller (RISC-V PLIC 1.0). */
#pragma once

#include "core/base/types.h"

/* Route `source` to `handler(context)`, which runs with interrupts off. */
void irq_register(uint32_t source, void (*handler)(void *), void *context);
/* On the boot hart once, then on every hart. */
void irq_init(void);
void irq_init_hart(void);
