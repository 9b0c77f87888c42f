/*
 * The kernel's page tables.
 *
 *	image        text R X | rodata R | data, bss R W       4 KiB pages
 *	direct map   R W, and R where the page is text or rodata
 *	stacks       slots: guard (nothing) | stack R W
 *	devices      R W, at DEVICE_BASE + their physical address
 *
 * All leaves are global.  A range is mapped with the largest pages that fit,
 * so the direct map is made of 2 MiB and 1 GiB pages except around the image,
 * where the rights change in the middle of one.
 */
#include "core/cpu/kernelmap.h"

#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/cpu/boot.h"
#include "core/cpu/layout.h"
#include "core/cpu/offsets.h"
#include "core/cpu/page.h"
#include "core/cpu/tlb.h"

#define KERNEL_PTE	(PTE_V | PTE_G | PTE_A | PTE_D)
#define KERNEL_R	(KERNEL_PTE | PTE_R)
#define KERNEL_RX	(KERNEL_PTE | PTE_R | PTE_X)
#define KERNEL_RW	(KERNEL_PTE | PTE_R | PTE_W)

#define ROOT_LEVEL	(SV39_LEVELS - 1)

extern char image_start[], text_end[], rodata_start[], data_start[];
extern char image_end[];

uint64_t kernel_satp;		/* [c] for head.S, on other harts */
static paddr_t root;		/* [c] */
static paddr_t image_paddr;	/* [c] */
static uint32_t nstacks;	/* [c] */

_Static_assert((DIRECT_BASE >> 30 & 511) == ROOT_DIRECT, "");
_Static_assert((DIRECT_END - DIRECT_BASE) >> 30 == ROOT_DIRECT_COUNT, "");
_Static_assert((KERNEL_BASE >> 30 & 511) == ROOT_KERNEL, "");

paddr_t
boot_page(struct boot_pages *pages)
{
	paddr_t page = pages->next;

	if (page >= pages->end)
		panic("too little memory to boot");
	pages->next += PAGE_BYTES;
	page_clear(direct_pointer(page));
	return page;
}

static uint64_t
level_bytes(int level)
{
	return PAGE_BYTES << (level * SV39_INDEX_BITS);
}

/* The entry for `vaddr` at `level`, making the tables above it. */
static uint64_t *
entry_for(struct boot_pages *pages, vaddr_t vaddr, int level)
{
	uint64_t *table = direct_pointer(root);

	for (int at = ROOT_LEVEL; ; at--) {
		uint64_t *entry = &table[vaddr >> (PAGE_SHIFT +
		    at * SV39_INDEX_BITS) & (SV39_FANOUT - 1)];

		if (at == level)
			return entry;
		if (*entry == 0)
			*entry = pte_make(boot_page(pages), PTE_V);
		ASSERT((*entry & PTE_RWX) == 0);
		table = direct_pointer(pte_paddr(*entry));
	}
}

static void
map_range(struct boot_pages *pages, vaddr_t vaddr, paddr_t paddr,
    uint64_t nbytes, int level_max, uint64_t flags)
{
	while (nbytes > 0) {
		int level = level_max;
		uint64_t *entry;

		while (level > 0 && (nbytes < level_bytes(level) ||
		    ((vaddr | paddr) & (level_bytes(level) - 1)) != 0))
			level--;
		entry = entry_for(pages, vaddr, level);
		*entry = pte_make(paddr, flags);
		vaddr += level_bytes(level);
		paddr += level_bytes(level);
		nbytes -= level_bytes(level);
	}
}

/* A part of the image, at its own address and in the direct map. */
static void
map_image_part(struct boot_pages *pages, const char *start, const char *end,
    uint64_t flags)
{
	paddr_t paddr = kernelmap_image_paddr(start);
	uint64_t nbytes = ROUND_UP((vaddr_t)end, PAGE_BYTES) - (vaddr_t)start;

	map_range(pages, (vaddr_t)start, paddr, nbytes, 0, flags);
	map_range(pages, DIRECT_BASE + paddr, paddr, nbytes, 0,
	    flags & ~PTE_X);
}

static void
map_stacks(struct boot_pages *pages)
{
	nstacks = machine_capacity(THREADS_EACH_KIB, THREADS_MIN, THREADS_MAX);
	for (vaddr_t slot = 0; slot < nstacks; slot++)
		for (vaddr_t at = STACK_BYTES; at < STACK_SLOT_BYTES;
		    at += PAGE_BYTES)
			map_range(pages,
			    STACK_BASE + slot * STACK_SLOT_BYTES + at,
			    boot_page(pages), PAGE_BYTES, 0, KERNEL_RW);
}

void
kernelmap_init(struct boot_pages *pages, paddr_t image, paddr_t ram_start,
    paddr_t ram_end)
{
	image_paddr = image;
	root = boot_page(pages);
	kernel_satp = SATP_SV39 | root >> PAGE_SHIFT;
	map_image_part(pages, image_start, text_end, KERNEL_RX);
	map_image_part(pages, rodata_start, data_start, KERNEL_R);
	map_image_part(pages, data_start, image_end, KERNEL_RW);
	map_range(pages, DIRECT_BASE + ram_start, ram_start,
	    ram_end - ram_start, ROOT_LEVEL, KERNEL_RW);
	map_stacks(pages);
}

uint32_t
kernelmap_stacks(void)
{
	return nstacks;
}

void *
kernelmap_device(struct boot_pages *pages, paddr_t paddr, uint64_t nbytes)
{
	paddr_t start = ROUND_DOWN(paddr, PAGE_BYTES);
	uint64_t room = STACK_BASE - DEVICE_BASE;

	if (nbytes == 0 || paddr >= room || nbytes > room - paddr)
		return NULL;
	map_range(pages, DEVICE_BASE + start, start,
	    ROUND_UP(paddr + nbytes, PAGE_BYTES) - start, 0, KERNEL_RW);
	return (void *)(DEVICE_BASE + paddr);
}

void
kernelmap_load(void)
{
	tlb_load(root, 0);
	tlb_flush_all();
}

paddr_t
kernelmap_root(void)
{
	return root;
}

paddr_t
kernelmap_image_paddr(const void *pointer)
{
	return (vaddr_t)pointer - KERNEL_BASE + image_paddr;
}
