/*
 * Copies to and from user memory.
 *
 * Each instruction that touches user memory has an entry in the exception
 * table: where to go on if its fault cannot be served.  The loops that copy
 * eight words or bytes a turn fall back on the loop of single bytes, from the
 * start of their turn: it copies what can be copied and stops at the byte that
 * cannot.
 *
 *	a0 = to, a1 = from, a2 = bytes not copied yet
 *
 * The entries stand in the order of the instructions: trap.c searches the
 * table by halving.
 */
#include "core/cpu/offsets.h"

/* An instruction that touches user memory, and where its failure leads. */
	.macro	USER fixup, instruction:vararg
77:	\instruction
	.pushsection .exceptions, "a"
	.dword	77b, \fixup
	.popsection
	.endm

/* An instruction of the kernel's own side: written alike. */
	.macro	KERNEL fixup, instruction:vararg
	\instruction
	.endm

/* Eight pieces of `bytes` each, from a1 to a0, and on. */
	.macro	TURN LOAD, STORE, get, put, bytes
	\LOAD	6f, \get a3, 0 * \bytes(a1)
	\LOAD	6f, \get a4, 1 * \bytes(a1)
	\LOAD	6f, \get a5, 2 * \bytes(a1)
	\LOAD	6f, \get a6, 3 * \bytes(a1)
	\LOAD	6f, \get a7, 4 * \bytes(a1)
	\LOAD	6f, \get t0, 5 * \bytes(a1)
	\LOAD	6f, \get t1, 6 * \bytes(a1)
	\LOAD	6f, \get t2, 7 * \bytes(a1)
	\STORE	6f, \put a3, 0 * \bytes(a0)
	\STORE	6f, \put a4, 1 * \bytes(a0)
	\STORE	6f, \put a5, 2 * \bytes(a0)
	\STORE	6f, \put a6, 3 * \bytes(a0)
	\STORE	6f, \put a7, 4 * \bytes(a0)
	\STORE	6f, \put t0, 5 * \bytes(a0)
	\STORE	6f, \put t1, 6 * \bytes(a0)
	\STORE	6f, \put t2, 7 * \bytes(a0)
	addi	a0, a0, 8 * \bytes
	addi	a1, a1, 8 * \bytes
	addi	a2, a2, -8 * \bytes
	.endm

/*
 * The body of both directions: LOAD and STORE are USER or KERNEL.
 * Words where both sides are aligned alike, bytes up to there and after.
 */
	.macro	COPY LOAD, STORE
	li	t6, STATUS_SUM
	csrs	sstatus, t6
	xor	t0, a0, a1
	andi	t0, t0, 7
	bnez	t0, 5f
	li	t5, 16
	bltu	a2, t5, 6f
	/* Bytes up to the first word. */
1:	andi	t0, a0, 7
	beqz	t0, 2f
	\LOAD	7f, lbu t1, 0(a1)
	\STORE	7f, sb t1, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	addi	a2, a2, -1
	j	1b
	/* Eight words a turn. */
2:	li	t5, 64
	bltu	a2, t5, 4f
3:	TURN	\LOAD, \STORE, ld, sd, 8
	bgeu	a2, t5, 3b
	/* A word a turn. */
4:	li	t5, 8
	bltu	a2, t5, 6f
	\LOAD	6f, ld a3, 0(a1)
	\STORE	6f, sd a3, 0(a0)
	addi	a0, a0, 8
	addi	a1, a1, 8
	addi	a2, a2, -8
	j	4b
	/* Eight bytes a turn. */
5:	li	t5, 8
	bltu	a2, t5, 6f
	TURN	\LOAD, \STORE, lbu, sb, 1
	j	5b
	/* Bytes. */
6:	beqz	a2, 7f
	\LOAD	7f, lbu t1, 0(a1)
	\STORE	7f, sb t1, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	addi	a2, a2, -1
	j	6b
7:	csrc	sstatus, t6
	mv	a0, a2
	ret
	.endm

	.text
	.globl	usercopy_to
usercopy_to:
	.cfi_startproc
	COPY	KERNEL, USER
	.cfi_endproc

	.globl	usercopy_from
usercopy_from:
	.cfi_startproc
	COPY	USER, KERNEL
	.cfi_endproc

/* a0 = to, a1 = bytes */
	.globl	usercopy_clear
usercopy_clear:
	.cfi_startproc
	li	t6, STATUS_SUM
	csrs	sstatus, t6
	/* Bytes up to the first word. */
1:	andi	t0, a0, 7
	beqz	t0, 2f
	beqz	a1, 5f
	USER	5f, sb zero, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, -1
	j	1b
	/* Eight words a turn. */
2:	li	t5, 64
3:	bltu	a1, t5, 4f
	USER	4f, sd zero, 0(a0)
	USER	4f, sd zero, 8(a0)
	USER	4f, sd zero, 16(a0)
	USER	4f, sd zero, 24(a0)
	USER	4f, sd zero, 32(a0)
	USER	4f, sd zero, 40(a0)
	USER	4f, sd zero, 48(a0)
	USER	4f, sd zero, 56(a0)
	addi	a0, a0, 64
	addi	a1, a1, -64
	j	3b
	/* Bytes. */
4:	beqz	a1, 5f
	USER	5f, sb zero, 0(a0)
	addi	a0, a0, 1
	addi	a1, a1, -1
	j	4b
5:	csrc	sstatus, t6
	mv	a0, a1
	ret
	.cfi_endproc

/* a0 = to, a1 = from, a2 = room; a3 = bytes copied */
	.globl	usercopy_string
usercopy_string:
	.cfi_startproc
	li	t6, STATUS_SUM
	csrs	sstatus, t6
	li	a3, 0
1:	beq	a3, a2, 2f
	add	t0, a1, a3
	USER	3f, lbu t1, 0(t0)
	add	t0, a0, a3
	sb	t1, 0(t0)
	addi	a3, a3, 1
	bnez	t1, 1b
2:	csrc	sstatus, t6
	mv	a0, a3
	ret
3:	csrc	sstatus, t6
	li	a0, -1
	ret
	.cfi_endproc

/* a0 = address, a1 = where the word goes */
	.globl	usercopy_load_word
usercopy_load_word:
	.cfi_startproc
	li	t6, STATUS_SUM
	csrs	sstatus, t6
	USER	1f, lw t1, 0(a0)
	csrc	sstatus, t6
	sw	t1, 0(a1)
	li	a0, 0
	ret
1:	csrc	sstatus, t6
	li	a0, -1
	ret
	.cfi_endproc

/* a0 = address, a1 = expected, a2 = new, a3 = where the word found goes */
	.globl	usercopy_swap_word
usercopy_swap_word:
	.cfi_startproc
	li	t6, STATUS_SUM
	csrs	sstatus, t6
	/* A fault between the two loses the reservation: then once more. */
1:	USER	3f, lr.w.aqrl t1, (a0)
	bne	t1, a1, 2f
	USER	3f, sc.w.aqrl t2, a2, (a0)
	bnez	t2, 1b
2:	csrc	sstatus, t6
	sw	t1, 0(a3)
	li	a0, 0
	ret
3:	csrc	sstatus, t6
	li	a0, -1
	ret
	.cfi_endproc
