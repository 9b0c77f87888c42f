/*
 * Sv39 page-table words as the hardware reads them (RISC-V privileged
 * specification, "Sv39: Page-Based 39-bit Virtual-Memory System").
 *
 *	63   54 53        10 9   8 7 6 5 4 3 2 1 0
 *	reserved    PPN      RSW   D A G U X W R V
 *
 * With V = 0 the hardware ignores the other 63 bits: vm/entry.h says what
 * they mean to this kernel.  Pure arithmetic: builds on the host too.
 */
#pragma once

#include "core/base/types.h"

#define PAGE_SHIFT	12
#define PAGE_BYTES	((uint64_t)1 << PAGE_SHIFT)
#define PAGE_MASK	(PAGE_BYTES - 1)

#define SV39_LEVELS	3
#define SV39_INDEX_BITS	9
#define SV39_FANOUT	(1u << SV39_INDEX_BITS)

/* What a node of leaves covers. */
#define MEGAPAGE_BYTES	(PAGE_BYTES << SV39_INDEX_BITS)

#define PTE_V		((uint64_t)1 << 0)
#define PTE_R		((uint64_t)1 << 1)
#define PTE_W		((uint64_t)1 << 2)
#define PTE_X		((uint64_t)1 << 3)
#define PTE_U		((uint64_t)1 << 4)
#define PTE_G		((uint64_t)1 << 5)
#define PTE_A		((uint64_t)1 << 6)
#define PTE_D		((uint64_t)1 << 7)
#define PTE_RSW0	((uint64_t)1 << 8)
#define PTE_RSW1	((uint64_t)1 << 9)
#define PTE_RWX		(PTE_R | PTE_W | PTE_X)
#define PTE_PPN_SHIFT	10
#define PTE_PPN_MASK	((((uint64_t)1 << 44) - 1) << PTE_PPN_SHIFT)

#define SATP_SV39	((uint64_t)8 << 60)
#define SATP_ASID_SHIFT	44
#define SATP_ASID_MASK	((uint64_t)0xffff)

/* What the program did that faulted. */
enum access {
	ACCESS_READ,
	ACCESS_WRITE,
	ACCESS_EXECUTE,
};

/* The bits above the page number, of extensions, are never set here. */
static inline uint64_t
pte_ppn(uint64_t pte)
{
	return pte >> PTE_PPN_SHIFT;
}

static inline paddr_t
pte_paddr(uint64_t pte)
{
	return pte_ppn(pte) << PAGE_SHIFT;
}

static inline uint64_t
pte_make(paddr_t paddr, uint64_t flags)
{
	return paddr >> PAGE_SHIFT << PTE_PPN_SHIFT | flags;
}
