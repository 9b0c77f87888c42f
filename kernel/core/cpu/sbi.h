/*
 * The firmware's services (RISC-V Supervisor Binary Interface 1.0).
 *
 * Hart masks are SBI's: bit i of `mask` is hart id `base` + i.
 * Errors are SBI's own numbers: 0 is success, the rest negative.
 */
#pragma once

#include "core/base/types.h"

/* Stop the machine (SRST, else legacy shutdown); `failed` ends QEMU with a
 * failure status. */
_Noreturn void sbi_poweroff(bool failed);
/* One byte to the firmware's console: for use before there is a driver. */
void sbi_putc(char c);

/* Interrupt this hart when time reaches `deadline`, and not before. */
void sbi_timer_set(uint64_t deadline);
int sbi_interrupt(uint64_t mask, uint64_t base);
/* Start a hart: S-mode at `entry`, translation off, `argument` in a1. */
int sbi_hart_start(uint64_t hartid, paddr_t entry, uint64_t argument);

/* FENCE.I on other harts. */
int sbi_fence_code(uint64_t mask, uint64_t base);
/* SFENCE.VMA on other harts, for [start, start + len); len UINT64_MAX: all. */
int sbi_fence(uint64_t mask, uint64_t base, vaddr_t start, uint64_t len);
int sbi_fence_asid(uint64_t mask, uint64_t base, vaddr_t start, uint64_t len,
    uint64_t asid);
