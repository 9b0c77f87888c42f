/* The vDSO as vdso/ builds it, in a page of its own. */
	.section .rodata
	.balign	8
	.globl	vdso_image, vdso_image_end
vdso_image:
	.incbin	"vdso.so"
vdso_image_end:
