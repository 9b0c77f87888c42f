/*
 * The first instructions.
 *
 * The file starts with the Image header of the Linux RISC-V boot protocol, so
 * any loader that knows it can load the kernel, at any 2 MiB-aligned physical
 * address.  The boot hart arrives in S-mode, translation off, a0 = hart id,
 * a1 = physical address of the device tree.
 *
 *	early root:  DIRECT_BASE  -> physical 0 .. 128 GiB, R W, 1 GiB pages
 *	             KERNEL_BASE  -> the image, R W X, 2 MiB pages
 *
 * There is no identity mapping: the instruction after the write to satp has
 * no translation, and the page fault it takes goes to stvec, in the upper
 * half.  kernelmap.c replaces these tables by the kernel's real ones.
 *
 * The other harts are started through SBI, at hart_entry.  OpenSBI 1.1 marks
 * a hart as started before it notes where and with what: one that looks in
 * between arrives where the boot hart did, or with its argument.  So only the
 * first hart at boot_entry boots, and the others know themselves by hart id.
 */
#include "core/base/params.h"
#include "core/cpu/offsets.h"

#define PTE_RW		0xe7	/* V R W G A D */
#define PTE_RWX		0xef	/* V R W X G A D */

	.section .head, "ax"
	.option norvc
	.globl	image_start
image_start:
	j	boot_entry
	nop
	.dword	0x200000		/* offset from the start of RAM */
	.dword	image_bytes		/* with bss */
	.dword	0			/* flags: little endian */
	.word	2			/* header version 0.2 */
	.word	0
	.dword	0
	.dword	0x5643534952		/* "RISCV" */
	.word	0x05435352		/* "RSC\x05" */
	.word	0

boot_entry:
	csrw	sie, zero
	csrci	sstatus, STATUS_SIE
	lla	t0, boot_begun
	li	t1, 1
	amoswap.w.aqrl t1, t1, (t0)
	bnez	t1, hart_entry
	mv	s0, a0
	mv	s1, a1
	lla	s2, image_start

	lla	t0, bss_start
	lla	t1, bss_end
1:	sd	zero, 0(t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	lla	s3, early_root
	li	t0, ROOT_DIRECT * 8
	add	t0, t0, s3
	li	t1, ROOT_DIRECT_COUNT
	li	t2, PTE_RW
	li	t3, 1 << 28		/* 1 GiB, as a step of PTEs */
1:	sd	t2, 0(t0)
	add	t2, t2, t3
	addi	t0, t0, 8
	addi	t1, t1, -1
	bnez	t1, 1b

	lla	t0, early_middle
	srli	t1, t0, 2
	ori	t1, t1, 1		/* a pointer to the next level */
	li	t2, ROOT_KERNEL * 8
	add	t2, t2, s3
	sd	t1, 0(t2)
	lla	t1, image_end
	srli	t2, s2, 2
	ori	t2, t2, PTE_RWX
	li	t3, 1 << 19		/* 2 MiB, as a step of PTEs */
	li	t4, 1 << 21
	mv	t5, s2
1:	sd	t2, 0(t0)
	add	t2, t2, t3
	addi	t0, t0, 8
	add	t5, t5, t4
	bltu	t5, t1, 1b

	srli	a0, s3, 12
	li	t0, 8
	slli	t0, t0, 60
	or	a0, a0, t0
	ld	a1, boot_upper_address
	j	paging_on

	.balign	4
boot_upper:
	lla	tp, harts
	lla	sp, panic_stacks_end
	mv	a0, s0
	mv	a1, s1
	mv	a2, s2
	call	boot_start
	unimp

/* Another hart, started through SBI: a0 = hart id. */
	.balign	4
	.globl	hart_entry
hart_entry:
	csrw	sie, zero
	csrci	sstatus, STATUS_SIE
	mv	s1, a0
	ld	a0, kernel_satp
	ld	a1, hart_upper_address
	j	paging_on

	.balign	4
hart_upper:
	lla	tp, harts
	li	t1, HARTS_MAX
1:	ld	t0, HART_ID(tp)
	beq	t0, s1, 2f
	addi	tp, tp, HART_BYTES
	addi	t1, t1, -1
	bnez	t1, 1b
	/* No hart of ours: nobody started it. */
3:	wfi
	j	3b
2:	ld	sp, HART_STACK_TOP(tp)
	call	hart_main
	unimp

/* Turn translation on with satp = a0 and go on at the virtual address a1. */
paging_on:
	csrw	stvec, a1
	sfence.vma
	csrw	satp, a0
	sfence.vma
	/* Still here: the hart has no Sv39, and there is no way to go on. */
1:	wfi
	j	1b

	.balign	8
boot_upper_address:
	.dword	boot_upper
hart_upper_address:
	.dword	hart_upper

/* void stack_enter(vaddr_t top, void (*function)(void)); no way back */
	.text
	.globl	stack_enter
stack_enter:
	mv	sp, a0
	jalr	a1
	unimp

	/* Not in the bss, which the boot hart clears. */
	.data
	.balign	4
boot_begun:
	.word	0

	.bss
	.balign	4096
early_root:
	.skip	4096
early_middle:
	.skip	4096
	.balign	16
	.globl	panic_stacks
panic_stacks:
	.skip	PANIC_STACK_BYTES * HARTS_MAX
	.globl	panic_stacks_end
panic_stacks_end:
