/* The real words, in a geometry that the build chooses (-Ifake/small, ...).
 * The real functions know the real page size: they are put aside. */
#pragma once

#include "geometry.h"

#define pte_paddr	real_pte_paddr
#define pte_make	real_pte_make
#include "../../../../../kernel/core/cpu/sv39.h"
#undef pte_paddr
#undef pte_make

#undef PAGE_SHIFT
#undef SV39_INDEX_BITS
#define PAGE_SHIFT	GEOMETRY_PAGE_SHIFT
#define SV39_INDEX_BITS	GEOMETRY_INDEX_BITS

static inline paddr_t
pte_paddr(uint64_t pte)
{
	return (pte & PTE_PPN_MASK) >> PTE_PPN_SHIFT << PAGE_SHIFT;
}

static inline uint64_t
pte_make(paddr_t paddr, uint64_t flags)
{
	return paddr >> PAGE_SHIFT << PTE_PPN_SHIFT | flags;
}
