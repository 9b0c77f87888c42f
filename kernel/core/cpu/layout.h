/*
 * The virtual address space of every process (Sv39, 39 bits).
 *
 *	0                  user: root entries 0-255
 *	USER_END           ... 2^38, everything below may be mapped by programs
 *	   (no address: not canonical)
 *	DIRECT_BASE        all of RAM, at DIRECT_BASE + paddr; R W, never X
 *	DEVICE_BASE        device registers, as mapped at boot
 *	STACK_BASE         kernel stacks: slots of guard + stack
 *	KERNEL_BASE        the kernel image: text R X, constants R, data R W
 *
 * The kernel's half is the same in every root: its root entries never change
 * after boot.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

#define USER_END	((vaddr_t)1 << 38)
#define ROOT_USER_ENTRIES 256u

#define DIRECT_BASE	((vaddr_t)0xffffffc000000000)
#define DIRECT_END	((vaddr_t)0xffffffe000000000)
#define DEVICE_BASE	((vaddr_t)0xffffffe000000000)
#define STACK_BASE	((vaddr_t)0xfffffff000000000)
#define KERNEL_BASE	((vaddr_t)0xffffffff80000000)

/* Kernel pointers to RAM, through the direct map. */
static inline void *
direct_pointer(paddr_t paddr)
{
	return (void *)(DIRECT_BASE + paddr);
}

static inline paddr_t
direct_paddr(const void *pointer)
{
	return (vaddr_t)pointer - DIRECT_BASE;
}
