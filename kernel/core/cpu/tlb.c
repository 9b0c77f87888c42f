/*
 * Fences.  SFENCE.VMA orders this hart's page-table stores before its own
 * walks; for other harts a full fence makes the stores visible before the
 * firmware interrupts them.
 */
#include "core/cpu/tlb.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/cpu/kernelmap.h"
#include "core/cpu/sbi.h"
#include "core/cpu/sv39.h"

#define MASK_BITS	64	/* harts one SBI hart mask can name */

static uint32_t asid_max;	/* [c] */

void
tlb_flush_page(uint32_t asid, vaddr_t page)
{
	asm volatile("sfence.vma %0, %1"
	    : : "r"(page), "r"((uint64_t)asid) : "memory");
}

void
tlb_flush_asid(uint32_t asid)
{
	asm volatile("sfence.vma zero, %0" : : "r"((uint64_t)asid) : "memory");
}

void
tlb_flush_all(void)
{
	asm volatile("sfence.vma" : : : "memory");
}

/*
 * Take from `harts` those that one SBI mask can name.
 * gives: their mask, and its base
 */
static uint32_t
take_mask(uint32_t harts, uint64_t *mask, uint64_t *base)
{
	*mask = 0;
	*base = UINT64_MAX;
	for (uint32_t i = 0; i < harts_count(); i++)
		if (harts >> i & 1)
			*base = MIN(*base, hart_at(i)->hartid);
	for (uint32_t i = 0; i < harts_count(); i++) {
		uint64_t bit = hart_at(i)->hartid - *base;

		if ((harts >> i & 1) && bit < MASK_BITS) {
			*mask |= (uint64_t)1 << bit;
			harts &= ~((uint32_t)1 << i);
		}
	}
	return harts;
}

/* Those of `harts` that exist and are not this one. */
static uint32_t
others(uint32_t harts)
{
	harts &= ((uint32_t)1 << harts_count()) - 1;
	return harts & ~((uint32_t)1 << hart_this()->index);
}

static void
flush_asid_range_on(uint32_t harts, uint32_t asid, vaddr_t start, uint64_t len)
{
	uint64_t mask, base;

	atomic_fence();
	for (harts = others(harts); harts != 0; ) {
		int err;

		harts = take_mask(harts, &mask, &base);
		err = sbi_fence_asid(mask, base, start, len, asid);
		ASSERT(err == 0);
	}
}

void
tlb_flush_page_on(uint32_t harts, uint32_t asid, vaddr_t page)
{
	flush_asid_range_on(harts, asid, page, PAGE_BYTES);
}

void
tlb_flush_asid_on(uint32_t harts, uint32_t asid)
{
	flush_asid_range_on(harts, asid, 0, UINT64_MAX);
}

void
tlb_flush_all_on(uint32_t harts)
{
	uint64_t mask, base;

	atomic_fence();
	for (harts = others(harts); harts != 0; ) {
		int err;

		harts = take_mask(harts, &mask, &base);
		err = sbi_fence(mask, base, 0, UINT64_MAX);
		ASSERT(err == 0);
	}
}

void
tlb_flush_code(void)
{
	asm volatile("fence.i" : : : "memory");
}

void
tlb_flush_code_on(uint32_t harts)
{
	uint64_t mask, base;

	atomic_fence();
	for (harts = others(harts); harts != 0; ) {
		int err;

		harts = take_mask(harts, &mask, &base);
		err = sbi_fence_code(mask, base);
		ASSERT(err == 0);
	}
}

void
tlb_load(paddr_t root, uint32_t asid)
{
	csr_write(satp, SATP_SV39 | (uint64_t)asid << SATP_ASID_SHIFT |
	    root >> PAGE_SHIFT);
}

paddr_t
tlb_kernel_root(void)
{
	return kernelmap_root();
}

/* The bits of the ASID field that keep what is written to them. */
void
tlb_probe(void)
{
	tlb_load(kernelmap_root(), SATP_ASID_MASK);
	asid_max = csr_read(satp) >> SATP_ASID_SHIFT & SATP_ASID_MASK;
	tlb_load(kernelmap_root(), 0);
	tlb_flush_all();
}

uint32_t
tlb_asid_max(void)
{
	return asid_max;
}
