/* The host's stand-in for core/cpu/layout.h: RAM is an array. */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

#define USER_END	\
	((vaddr_t)1 << (PAGE_SHIFT + SV39_LEVELS * SV39_INDEX_BITS - 1))
#define ROOT_USER_ENTRIES (SV39_FANOUT / 2)

#define FAKE_RAM_PADDR	((paddr_t)0x80000000)
extern unsigned char *fake_ram;

static inline void *
direct_pointer(paddr_t paddr)
{
	return fake_ram + (paddr - FAKE_RAM_PADDR);
}

static inline paddr_t
direct_paddr(const void *pointer)
{
	return (paddr_t)((const unsigned char *)pointer - fake_ram) +
	    FAKE_RAM_PADDR;
}
