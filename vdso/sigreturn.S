/*
 * Where signal handlers return to.  Unwinders know it by its eight bytes: so
 * no other instructions, and none of two bytes.
 */
	.option	norvc
	.text
	.balign	4
	.globl	__vdso_rt_sigreturn
	.type	__vdso_rt_sigreturn, @function
__vdso_rt_sigreturn:
	li	a7, 139
	ecall
	.size	__vdso_rt_sigreturn, . - __vdso_rt_sigreturn
