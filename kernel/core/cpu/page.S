/* Whole pages: 128 words a turn, so that the loop itself costs next to nothing. */
#define PAGE_BYTES	4096
#define TURN_BYTES	1024

	.text
	.globl	page_clear
page_clear:
	.cfi_startproc
	li	a1, PAGE_BYTES
	add	a1, a0, a1
1:
	.set	at, 0
	.rept	TURN_BYTES / 8
	sd	zero, at(a0)
	.set	at, at + 8
	.endr
	addi	a0, a0, TURN_BYTES
	bne	a0, a1, 1b
	ret
	.cfi_endproc

	.globl	page_copy
page_copy:
	.cfi_startproc
	li	a2, PAGE_BYTES
	add	a2, a0, a2
1:
	.set	at, 0
	.rept	TURN_BYTES / 64
	ld	a3, at(a1)
	ld	a4, at + 8(a1)
	ld	a5, at + 16(a1)
	ld	a6, at + 24(a1)
	ld	a7, at + 32(a1)
	ld	t0, at + 40(a1)
	ld	t1, at + 48(a1)
	ld	t2, at + 56(a1)
	sd	a3, at(a0)
	sd	a4, at + 8(a0)
	sd	a5, at + 16(a0)
	sd	a6, at + 24(a0)
	sd	a7, at + 32(a0)
	sd	t0, at + 40(a0)
	sd	t1, at + 48(a0)
	sd	t2, at + 56(a0)
	.set	at, at + 64
	.endr
	addi	a0, a0, TURN_BYTES
	addi	a1, a1, TURN_BYTES
	bne	a0, a2, 1b
	ret
	.cfi_endproc
