/*
 * Fences: making harts forget address translations they may have cached
 * (SFENCE.VMA; SBI RFENCE for other harts).  Each also orders the page-table
 * stores before it.  Returning means done, on every hart named.
 *
 * flush_page drops leaf translations of one page only (rs1 = the page); a
 * change to a non-leaf entry needs flush_asid (rs1 = x0).
 */
#pragma once

#include "core/base/types.h"

/* On this hart. */
void tlb_flush_page(uint32_t asid, vaddr_t page);
void tlb_flush_asid(uint32_t asid);
void tlb_flush_all(void);

/* On others: `harts` has bit i for hart index i; this hart's bit is ignored. */
void tlb_flush_page_on(uint32_t harts, uint32_t asid, vaddr_t page);
void tlb_flush_asid_on(uint32_t harts, uint32_t asid);
void tlb_flush_all_on(uint32_t harts);

/*
 * The same for instructions: fetches of this hart, or of others, see all
 * stores made before (FENCE.I; fetching is not kept in step by itself).
 */
void tlb_flush_code(void);
void tlb_flush_code_on(uint32_t harts);

/* Load an address space on this hart: satp's root and ASID.  No fence. */
void tlb_load(paddr_t root, uint32_t asid);

/* The kernel's own root, ASID 0: what harts run on when they run no space. */
paddr_t tlb_kernel_root(void);

/* The largest ASID the hardware keeps apart; 0 if it has none. */
uint32_t tlb_asid_max(void);

/* Find tlb_asid_max.  Once, by boot, on the kernel's root. */
void tlb_probe(void);
