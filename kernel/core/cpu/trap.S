/*
 * Entry from programs and from the kernel itself, and the way back.
 *
 * sscratch is the trapframe (top of the kernel stack) while a program runs,
 * and 0 while the kernel does: that is how the two are told apart.
 *
 *	kernel stack:  | ... frames of the kernel ... | trapframe |
 *	                                          sp ^            ^ stack_top
 *
 * tp is never restored in the kernel: a thread may come back from a fault on
 * another hart: who runs a thread says so in its trapframe.  SUM and SPP are
 * clear wherever C runs.
 *
 * C keeps s0 to s11, and does not use gp.  So a system call or a page fault
 * leaves them where they are, and puts them in the frame only if somebody will
 * look at them there, or change them: some calls do, and all that may happen on
 * the way back.
 */
#include "core/cpu/offsets.h"

/* What C may change, but sp, tp and t0. */
	.macro	SAVE_TEMPORARIES
	sd	ra, FRAME_RA(sp)
	sd	t1, FRAME_T1(sp)
	sd	t2, FRAME_T2(sp)
	sd	a0, FRAME_A0(sp)
	sd	a1, FRAME_A1(sp)
	sd	a2, FRAME_A2(sp)
	sd	a3, FRAME_A3(sp)
	sd	a4, FRAME_A4(sp)
	sd	a5, FRAME_A5(sp)
	sd	a6, FRAME_A6(sp)
	sd	a7, FRAME_A7(sp)
	sd	t3, FRAME_T3(sp)
	sd	t4, FRAME_T4(sp)
	sd	t5, FRAME_T5(sp)
	sd	t6, FRAME_T6(sp)
	.endm

	.macro	SAVE_REST
	sd	gp, FRAME_GP(sp)
	sd	s0, FRAME_S0(sp)
	sd	s1, FRAME_S1(sp)
	sd	s2, FRAME_S2(sp)
	sd	s3, FRAME_S3(sp)
	sd	s4, FRAME_S4(sp)
	sd	s5, FRAME_S5(sp)
	sd	s6, FRAME_S6(sp)
	sd	s7, FRAME_S7(sp)
	sd	s8, FRAME_S8(sp)
	sd	s9, FRAME_S9(sp)
	sd	s10, FRAME_S10(sp)
	sd	s11, FRAME_S11(sp)
	.endm

	.macro	LOAD_TEMPORARIES
	ld	ra, FRAME_RA(sp)
	ld	t1, FRAME_T1(sp)
	ld	t2, FRAME_T2(sp)
	ld	a0, FRAME_A0(sp)
	ld	a1, FRAME_A1(sp)
	ld	a2, FRAME_A2(sp)
	ld	a3, FRAME_A3(sp)
	ld	a4, FRAME_A4(sp)
	ld	a5, FRAME_A5(sp)
	ld	a6, FRAME_A6(sp)
	ld	a7, FRAME_A7(sp)
	ld	t3, FRAME_T3(sp)
	ld	t4, FRAME_T4(sp)
	ld	t5, FRAME_T5(sp)
	ld	t6, FRAME_T6(sp)
	.endm

/* Back to the program with what a system call saved, but sp. */
	.macro	TO_USER_BEGIN
	ld	t1, FRAME_PC(sp)
	csrw	sepc, t1
	csrw	sscratch, sp
	LOAD_TEMPORARIES
	ld	t0, FRAME_T0(sp)
	ld	tp, FRAME_TP(sp)
	.endm

	.text
	.balign	4
	.globl	trap_entry
trap_entry:
	csrrw	sp, sscratch, sp
	beqz	sp, from_kernel

	SAVE_TEMPORARIES
	sd	t0, FRAME_T0(sp)
	sd	tp, FRAME_TP(sp)
	csrrw	t0, sscratch, zero
	csrr	t1, sepc
	sd	t0, FRAME_SP(sp)
	ld	tp, FRAME_HART(sp)
	csrr	t0, scause
	li	t2, CAUSE_ECALL_USER
	mv	a0, sp
	bne	t0, t2, not_a_call

	addi	t1, t1, ECALL_BYTES
	sd	t1, FRAME_PC(sp)
	call	trap_call
	bnez	a0, call_completed
to_program:
	TO_USER_BEGIN
	ld	sp, FRAME_SP(sp)
	sret

call_completed:
	SAVE_REST
	mv	a1, a0
	mv	a0, sp
	call	trap_call_completed
	j	to_user

not_a_call:
	sd	t1, FRAME_PC(sp)
	addi	t1, t0, -CAUSE_FAULT_FIRST
	li	t2, CAUSE_FAULT_LAST - CAUSE_FAULT_FIRST
	bltu	t2, t1, not_a_fault
	mv	a1, t0
	call	trap_fault
	beqz	a0, to_program
	SAVE_REST
	mv	a1, a0
	mv	a0, sp
	call	trap_fault_completed
	j	to_user

not_a_fault:
	csrr	t2, sstatus
	sd	t2, FRAME_STATUS(sp)
	SAVE_REST
	call	trap_from_user

/* sp = the trapframe, interrupts are off. */
to_user:
	TO_USER_BEGIN
	ld	gp, FRAME_GP(sp)
	ld	s0, FRAME_S0(sp)
	ld	s1, FRAME_S1(sp)
	ld	s2, FRAME_S2(sp)
	ld	s3, FRAME_S3(sp)
	ld	s4, FRAME_S4(sp)
	ld	s5, FRAME_S5(sp)
	ld	s6, FRAME_S6(sp)
	ld	s7, FRAME_S7(sp)
	ld	s8, FRAME_S8(sp)
	ld	s9, FRAME_S9(sp)
	ld	s10, FRAME_S10(sp)
	ld	s11, FRAME_S11(sp)
	ld	sp, FRAME_SP(sp)
	sret

/* Backtraces cross this: what was interrupted goes on where pc says, which is
 * column 64 in their tables. */
from_kernel:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column 64
	.cfi_def_cfa_offset FRAME_BYTES
	.cfi_offset	64, FRAME_PC - FRAME_BYTES
	.cfi_offset	ra, FRAME_RA - FRAME_BYTES
	.cfi_offset	s0, FRAME_S0 - FRAME_BYTES
	csrrw	sp, sscratch, sp
	addi	sp, sp, -FRAME_BYTES
	/* Is there room, or is this the guard page? */
	csrw	sscratch, t0
	srli	t0, sp, STACK_BIT
	andi	t0, t0, 1
	beqz	t0, overflow
	csrrw	t0, sscratch, zero

	SAVE_TEMPORARIES
	SAVE_REST
	sd	t0, FRAME_T0(sp)
	sd	tp, FRAME_TP(sp)
	addi	t0, sp, FRAME_BYTES
	csrr	t1, sepc
	csrr	t2, sstatus
	sd	t0, FRAME_SP(sp)
	sd	t1, FRAME_PC(sp)
	sd	t2, FRAME_STATUS(sp)
	li	t0, STATUS_SUM | STATUS_SPP
	csrc	sstatus, t0
	mv	a0, sp
	call	trap_from_kernel

	ld	t0, FRAME_PC(sp)
	ld	t1, FRAME_STATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	LOAD_TEMPORARIES
	ld	t0, FRAME_T0(sp)
	addi	sp, sp, FRAME_BYTES
	sret
	.cfi_endproc

overflow:
	sd	sp, HART_OVERFLOW_SP(tp)
	ld	sp, HART_PANIC_STACK(tp)
	addi	sp, sp, -FRAME_BYTES
	csrrw	t0, sscratch, zero
	SAVE_TEMPORARIES
	SAVE_REST
	sd	t0, FRAME_T0(sp)
	sd	tp, FRAME_TP(sp)
	ld	t0, HART_OVERFLOW_SP(tp)
	addi	t0, t0, FRAME_BYTES
	csrr	t1, sepc
	csrr	t2, sstatus
	sd	t0, FRAME_SP(sp)
	sd	t1, FRAME_PC(sp)
	sd	t2, FRAME_STATUS(sp)
	mv	a0, sp
	call	trap_overflow
	unimp

/* _Noreturn void trap_leave(struct trapframe *frame); interrupts are off */
	.globl	trap_leave
trap_leave:
	mv	sp, a0
	j	to_user

/* Until the kernel's own page tables stand, any trap is the end; what is kept
 * of it is for the backtrace. */
	.balign	4
	.globl	trap_early
trap_early:
	.cfi_startproc
	.cfi_signal_frame
	.cfi_return_column 64
	.cfi_def_cfa_offset 32
	.cfi_offset	64, -8
	.cfi_offset	ra, -16
	.cfi_offset	s0, -24
	addi	sp, sp, -32
	csrr	a1, sepc
	sd	a1, 24(sp)
	sd	ra, 16(sp)
	sd	s0, 8(sp)
	csrr	a0, scause
	csrr	a2, stval
	call	trap_while_booting
	unimp
	.cfi_endproc
