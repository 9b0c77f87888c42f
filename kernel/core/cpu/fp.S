/*
 * The floating-point registers.  struct fp_state: f0 .. f31, fcsr.
 *
 * The instructions are made by hand: the kernel is built for machines without
 * them, and how one file is let have them differs between assemblers.
 */
#define FCSR		0x003
#define FCSR_OFFSET	256
#define FS_DIRTY	0x6000
#define FS_CLEAN	0x4000
#define A0		10

/* fsd f\n, 8 * \n(a0) */
	.macro	STORE n
	.word	(8 * \n >> 5) << 25 | \n << 20 | A0 << 15 | 3 << 12 | \
		(8 * \n & 31) << 7 | 0x27
	.endm

/* fld f\n, 8 * \n(a0) */
	.macro	LOAD n
	.word	8 * \n << 20 | A0 << 15 | 3 << 12 | \n << 7 | 0x07
	.endm

	.text
	.globl	fp_store
fp_store:
	.cfi_startproc
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	STORE	\n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	STORE	\n
	.endr
	csrr	t0, FCSR
	sd	t0, FCSR_OFFSET(a0)
	ret
	.cfi_endproc

	.globl	fp_load
fp_load:
	.cfi_startproc
	li	t0, FS_DIRTY
	li	t1, FS_CLEAN
	csrs	sstatus, t0
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	LOAD	\n
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	LOAD	\n
	.endr
	ld	t2, FCSR_OFFSET(a0)
	csrw	FCSR, t2
	csrc	sstatus, t0
	csrs	sstatus, t1
	ret
	.cfi_endproc
