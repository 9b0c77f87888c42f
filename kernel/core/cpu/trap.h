/*
 * Traps: how the kernel is entered.
 *
 * A trap from a program saves all its integer registers in the trapframe at
 * the top of its thread's kernel stack; a trap in the kernel saves them below
 * the interrupted frame.  trap.c sorts by scause and calls the hooks below.
 *
 * The hooks are link-time hooks: each has one definition, in an upper layer.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

/* Saved registers; trap.S knows the layout. */
struct trapframe {
	uint64_t ra, sp, gp, tp;
	uint64_t t0, t1, t2, s0, s1;
	uint64_t a0, a1, a2, a3, a4, a5, a6, a7;
	uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11;
	uint64_t t3, t4, t5, t6;
	uint64_t pc;		/* sepc */
	uint64_t status;	/* sstatus, of a trap in the kernel; the address
				 * of a program's page fault that is not served */
	uint64_t hart;		/* struct hart * to load into tp on the next trap */
};

/*
 * An environment call: sys.  pc already points past the ecall.
 *
 * whole:   gp and s0 to s11 are in the frame, too; if not, calls that copy
 *          them or change them must not be made
 * returns: whether it was made; always, if `whole`
 */
bool trap_on_syscall(struct trapframe *frame, bool whole);

/*
 * A page fault at a user address, in a program or inside a user copy: vm.
 * Interrupts are on.
 * returns: 0 to try again, or -EFAULT, -ENOMEM
 */
int trap_on_fault(vaddr_t addr, enum access access);

/*
 * A program did what cannot be served: proc.  `error` is what trap_on_fault
 * returned for a page fault, 0 for any other exception.
 */
void trap_on_crash(struct trapframe *frame, uint64_t scause, uint64_t stval,
    int error);

/* Timer, device and inter-hart interrupts; interrupts are off. */
void trap_on_timer(void);
void trap_on_device(void);
void trap_on_ipi(void);

/*
 * About to return to a program, interrupts off: die if killed, yield if the
 * slice is over, wait if the world is stopped.  May sleep.
 */
void trap_on_return(void);
/* Whether there is anything of that to do. */
bool trap_has_work(void);

/*
 * Leave the kernel for a program with the registers in `frame`, which is the
 * current thread's.  Does what the end of a trap does, trap_on_return too.
 */
_Noreturn void trap_return(struct trapframe *frame);
