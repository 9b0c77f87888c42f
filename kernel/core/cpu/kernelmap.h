/*
 * The kernel's half of the address space: its page tables, made once by boot
 * and never changed (layout.h).
 */
#pragma once

#include "core/base/types.h"

/* Where boot takes whole pages from, at their physical addresses. */
struct boot_pages {
	paddr_t next, end;
};

/* One cleared page.  Stops the machine with a message if there is none. */
paddr_t boot_page(struct boot_pages *pages);

/*
 * Make the kernel's root: image, direct map of the image and of [ram_start,
 * ram_end), and all kernel stacks.
 * needs: the early tables of head.S loaded; page-aligned addresses
 */
void kernelmap_init(struct boot_pages *pages, paddr_t image,
    paddr_t ram_start, paddr_t ram_end);

/* Kernel stacks there are, one for each thread there can be. */
uint32_t kernelmap_stacks(void);

/*
 * Map device registers.
 * returns: their pointer; NULL if there are none, or too high for DEVICE_BASE
 */
void *kernelmap_device(struct boot_pages *pages, paddr_t paddr,
    uint64_t nbytes);

/* Run on the kernel's root: drops the early tables. */
void kernelmap_load(void);

/* Its physical address. */
paddr_t kernelmap_root(void);
/* The physical address of something in the kernel image. */
paddr_t kernelmap_image_paddr(const void *pointer);
