/*
 * A software MMU whose TLB is as nasty as the privileged manual permits:
 *
 *  - it caches every word a walk reads: leaf entries, inner entries (a walk
 *    cache) and invalid ones, each under its ASID, level and address;
 *  - it prefers what it caches to what memory says, the leaf first;
 *  - it never forgets by itself; a fence for a page drops the leaf entry of
 *    that page and nothing else, one for an ASID all of that ASID;
 *  - it walks when it likes (mmu_speculate), with whatever satp holds;
 *  - it sets neither A nor D: an entry without them is an error here.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"

void mmu_init(void);

/*
 * One byte of the program that runs on this hart, faults served as the real
 * trap does.  returns: 0 or what trap_on_fault said
 */
int mmu_load(vaddr_t addr, enum access access, uint8_t *byte);
int mmu_store(vaddr_t addr, uint8_t byte);

/* Hart `hart` walks for `addr` because it feels like it. */
void mmu_speculate(uint32_t hart, vaddr_t addr);

/* Hart `hart` is done with entering: from now on it walks only what is right. */
void mmu_settle(uint32_t hart);
bool mmu_is_settled(uint32_t hart);

/* What hart `hart` is loaded with. */
paddr_t mmu_root(uint32_t hart);
uint32_t mmu_asid(uint32_t hart);

/* Call `look` for each entry cached by `hart` under `asid`. */
void mmu_cached(uint32_t hart, uint32_t asid,
    void (*look)(void *context, uint32_t level, vaddr_t addr, uint64_t pte),
    void *context);

/* Page faults taken since mmu_init, and the most one access took. */
extern uint64_t mmu_faults;

/* What tlb_asid_max says: may be set before spaces exist. */
extern uint32_t mmu_asid_max;

/* A number for the state of all TLBs, for telling states apart. */
uint64_t mmu_hash(uint64_t (*name_of)(uint64_t pte));
/* Forget everything: a fresh machine. */
void mmu_reset(void);
