/*
 * Where traps enter and leave: the labels of trap.S, and the functions of
 * trap.c that only trap.S calls.
 */
#pragma once

#include "core/cpu/trap.h"

/* Values for stvec. */
void trap_entry(void);
void trap_early(void);

/* Load a program's registers and go there.  needs: interrupts off */
_Noreturn void trap_leave(struct trapframe *frame);

/* A system call; gp and s0 to s11 are not in the frame.
 * returns: 0: back to the program; else, with them there, go on with
 *          trap_call_completed(frame, that) */
uint64_t trap_call(struct trapframe *frame);
void trap_call_completed(struct trapframe *frame, uint64_t why);
/* A page fault, likewise; the latter is trap_fault_completed. */
uint64_t trap_fault(struct trapframe *frame, uint64_t scause);
void trap_fault_completed(struct trapframe *frame, uint64_t why);
/* Any other trap. */
void trap_from_user(struct trapframe *frame);
void trap_from_kernel(struct trapframe *frame);
_Noreturn void trap_overflow(struct trapframe *frame);
_Noreturn void trap_while_booting(uint64_t scause, uint64_t pc,
    uint64_t stval);
