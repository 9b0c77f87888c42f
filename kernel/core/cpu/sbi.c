/*
 * Calls to the firmware: ecall with the extension in a7, the function in a6,
 * arguments from a0 on; it answers with an error in a0 and a value in a1 and
 * keeps every other register.
 */
#include "core/cpu/sbi.h"

#include "core/cpu/boot.h"
#include "core/cpu/csr.h"

/* Extensions, and their functions. */
#define SBI_LEGACY_PUTCHAR	0x01
#define SBI_LEGACY_SHUTDOWN	0x08
#define SBI_TIME		0x54494d45
#define SBI_IPI			0x735049
#define SBI_RFENCE		0x52464e43
#define SBI_RFENCE_CODE		0
#define SBI_RFENCE_VMA		1
#define SBI_RFENCE_VMA_ASID	2
#define SBI_HSM			0x48534d
#define SBI_SRST		0x53525354

#define SRST_SHUTDOWN		0
#define SRST_NO_REASON		0
#define SRST_SYSTEM_FAILURE	1

/* sifive,test0: end the emulator with a failure, status 1. */
#define FINISHER_FAIL		(1u << 16 | 0x3333)

static int64_t
sbi_call(uint64_t extension, uint64_t function, const uint64_t args[5])
{
	register uint64_t a0 asm("a0") = args[0];
	register uint64_t a1 asm("a1") = args[1];
	register uint64_t a2 asm("a2") = args[2];
	register uint64_t a3 asm("a3") = args[3];
	register uint64_t a4 asm("a4") = args[4];
	register uint64_t a6 asm("a6") = function;
	register uint64_t a7 asm("a7") = extension;

	asm volatile("ecall" : "+r"(a0), "+r"(a1)
	    : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
	return (int64_t)a0;
}

#define SBI_CALL(extension, function, ...) \
	sbi_call((extension), (function), (const uint64_t[5]){ __VA_ARGS__ })

void
sbi_putc(char c)
{
	SBI_CALL(SBI_LEGACY_PUTCHAR, 0, (unsigned char)c);
}

void
sbi_poweroff(bool failed)
{
	volatile uint32_t *finisher = machine()->finisher.registers;

	/* OpenSBI passes on that it failed, but then QEMU exits with 0. */
	if (failed && finisher != NULL)
		*finisher = FINISHER_FAIL;
	SBI_CALL(SBI_SRST, 0, SRST_SHUTDOWN,
	    failed ? SRST_SYSTEM_FAILURE : SRST_NO_REASON);
	/* Back here: this firmware has no SRST. */
	SBI_CALL(SBI_LEGACY_SHUTDOWN, 0, 0);
	for (;;)
		cpu_wait();
}

void
sbi_timer_set(uint64_t deadline)
{
	SBI_CALL(SBI_TIME, 0, deadline);
}

int
sbi_interrupt(uint64_t mask, uint64_t base)
{
	return (int)SBI_CALL(SBI_IPI, 0, mask, base);
}

int
sbi_hart_start(uint64_t hartid, paddr_t entry, uint64_t argument)
{
	return (int)SBI_CALL(SBI_HSM, 0, hartid, entry, argument);
}

int
sbi_fence_code(uint64_t mask, uint64_t base)
{
	return (int)SBI_CALL(SBI_RFENCE, SBI_RFENCE_CODE, mask, base, 0, 0);
}

int
sbi_fence(uint64_t mask, uint64_t base, vaddr_t start, uint64_t len)
{
	return (int)SBI_CALL(SBI_RFENCE, SBI_RFENCE_VMA, mask, base, start,
	    len);
}

int
sbi_fence_asid(uint64_t mask, uint64_t base, vaddr_t start, uint64_t len,
    uint64_t asid)
{
	return (int)SBI_CALL(SBI_RFENCE, SBI_RFENCE_VMA_ASID, mask, base,
	    start, len, asid);
}
