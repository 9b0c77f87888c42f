/* A panic's details, beyond base/panic.h. */
#pragma once

#include "core/cpu/trap.h"

/* panic, showing the registers of a trap too. */
_Noreturn void panic_in_trap(const struct trapframe *frame,
    const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Called when another hart interrupts this one: stops here if it panicked. */
void panic_check(void);

/*
 * The function an address of the kernel's text is in.
 * returns: its name, and *offset from its start; NULL if unknown
 */
const char *symbol_name(vaddr_t addr, uint64_t *offset);
