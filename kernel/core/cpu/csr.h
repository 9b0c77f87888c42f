/*
 * Control and status registers, and the bits of theirs the kernel uses
 * (RISC-V privileged specification, "Supervisor CSRs").
 */
#pragma once

#include "core/base/types.h"

#define SSTATUS_SIE	((uint64_t)1 << 1)
#define SSTATUS_SPIE	((uint64_t)1 << 5)
#define SSTATUS_SPP	((uint64_t)1 << 8)
#define SSTATUS_FS	((uint64_t)3 << 13)
#define SSTATUS_FS_CLEAN	((uint64_t)2 << 13)
#define SSTATUS_SUM	((uint64_t)1 << 18)

/* sie and sip */
#define SIE_SOFTWARE	((uint64_t)1 << 1)
#define SIE_TIMER	((uint64_t)1 << 5)
#define SIE_EXTERNAL	((uint64_t)1 << 9)

#define SCAUSE_INTERRUPT	((uint64_t)1 << 63)
#define SCAUSE_ILLEGAL		2
#define SCAUSE_ECALL_USER	8
#define SCAUSE_FETCH_FAULT	12
#define SCAUSE_LOAD_FAULT	13
#define SCAUSE_STORE_FAULT	15

/* The time, cycle and instret counters, for programs. */
#define SCOUNTEREN_ALL	7

#define CSR_STIMECMP	0x14d	/* by number: older assemblers lack its name */

#define csr_text_(x)	#x
#define csr_text(x)	csr_text_(x)

#define csr_read(csr) ({ \
	uint64_t value_; \
	asm volatile("csrr %0, " csr_text(csr) : "=r"(value_) : : "memory"); \
	value_; \
})
#define csr_write(csr, value) \
	asm volatile("csrw " csr_text(csr) ", %0" \
	    : : "rK"((uint64_t)(value)) : "memory")
#define csr_set(csr, bits) \
	asm volatile("csrs " csr_text(csr) ", %0" \
	    : : "rK"((uint64_t)(bits)) : "memory")
#define csr_clear(csr, bits) \
	asm volatile("csrc " csr_text(csr) ", %0" \
	    : : "rK"((uint64_t)(bits)) : "memory")
/* Clear bits, giving the value from before. */
#define csr_read_clear(csr, bits) ({ \
	uint64_t value_; \
	asm volatile("csrrc %0, " csr_text(csr) ", %1" \
	    : "=r"(value_) : "rK"((uint64_t)(bits)) : "memory"); \
	value_; \
})

/* A hint that this is a waiting loop (Zihintpause; elsewhere it does nothing). */
static inline void
cpu_pause(void)
{
	asm volatile(".word 0x0100000f" : : : "memory");
}

/* Sleep until an interrupt that is enabled in sie is pending. */
static inline void
cpu_wait(void)
{
	asm volatile("wfi" : : : "memory");
}
