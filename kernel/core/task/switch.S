/*
 * Changing threads.  struct context: ra, sp, gp, s0 .. s11.  gp is a program's
 * that waits in a system call (core/cpu/trap.S).
 */
	.text
	.globl	context_switch
context_switch:
	.cfi_startproc
	sd	ra, 0(a0)
	sd	sp, 8(a0)
	sd	gp, 16(a0)
	sd	s0, 24(a0)
	sd	s1, 32(a0)
	sd	s2, 40(a0)
	sd	s3, 48(a0)
	sd	s4, 56(a0)
	sd	s5, 64(a0)
	sd	s6, 72(a0)
	sd	s7, 80(a0)
	sd	s8, 88(a0)
	sd	s9, 96(a0)
	sd	s10, 104(a0)
	sd	s11, 112(a0)
	ld	ra, 0(a1)
	ld	sp, 8(a1)
	ld	gp, 16(a1)
	ld	s0, 24(a1)
	ld	s1, 32(a1)
	ld	s2, 40(a1)
	ld	s3, 48(a1)
	ld	s4, 56(a1)
	ld	s5, 64(a1)
	ld	s6, 72(a1)
	ld	s7, 80(a1)
	ld	s8, 88(a1)
	ld	s9, 96(a1)
	ld	s10, 104(a1)
	ld	s11, 112(a1)
	ret
	.cfi_endproc

/* Where a new thread's first switch leads: s1 = entry, s2 = its argument. */
	.globl	thread_trampoline
thread_trampoline:
	mv	a0, s1
	mv	a1, s2
	call	thread_begin
	unimp
