#include "mmu.h"

#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/hart.h"
#include "core/cpu/tlb.h"
#include "core/cpu/trap.h"
#include "core/cpu/usercopy.h"
#include "core/lock/spinlock.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"
#include "fibers.h"
#include "geometry.h"
#include "machine.h"

/* Faults one access may take: one, one more for an invalid entry cached above
 * the page, and what other harts do meanwhile. */
#define RETRIES_MAX	4
#define RETRIES_MAX_CONCURRENT 24

#define SLOTS		1024u	/* of a hash table; a power of two */

struct cached {
	uint32_t stamp;		/* of its table: otherwise free */
	uint32_t key;		/* level and page number prefix */
	bool dropped;		/* by a fence for its page */
	uint64_t pte;
};

/* What a hart caches under one ASID. */
struct tlb {
	uint32_t stamp;
	uint32_t count;
	uint16_t used[SLOTS];
	struct cached slots[SLOTS];
};

struct mmu {
	paddr_t root;
	uint32_t asid;
	bool settled;		/* it did something since it was loaded */
	struct tlb tlbs[GEOMETRY_ASID_MAX + 1];
};

static struct mmu mmus[HARTS_MAX];
uint64_t mmu_faults;
uint32_t mmu_asid_max = GEOMETRY_ASID_MAX;

static struct mmu *
mmu_this(void)
{
	return &mmus[machine_hart()];
}

static void
tlb_clear(struct tlb *tlb)
{
	tlb->stamp++;
	tlb->count = 0;
}

void
mmu_reset(void)
{
	for (uint32_t i = 0; i < HARTS_MAX; i++) {
		mmus[i].root = tlb_kernel_root();
		mmus[i].asid = 0;
		for (uint32_t a = 0; a <= GEOMETRY_ASID_MAX; a++)
			tlb_clear(&mmus[i].tlbs[a]);
	}
}

void
mmu_init(void)
{
	mmu_faults = 0;
	mmu_reset();
}

static uint32_t
key_of(vaddr_t addr, uint32_t level)
{
	return (uint32_t)(addr >> (PAGE_SHIFT + SV39_INDEX_BITS * level)) << 2 |
	    level;
}

/* The slot for a key, NULL if it is not there and `make` is not set. */
static struct cached *
tlb_slot(struct tlb *tlb, uint32_t key, bool make)
{
	uint32_t at = key * 0x9e3779b1u >> 16 & (SLOTS - 1);

	while (tlb->slots[at].stamp == tlb->stamp) {
		if (tlb->slots[at].key == key)
			return !tlb->slots[at].dropped || make ?
			    &tlb->slots[at] : NULL;
		at = (at + 1) & (SLOTS - 1);
	}
	if (!make)
		return NULL;
	CHECK(tlb->count < SLOTS - 1, "the simulated TLB is full");
	tlb->used[tlb->count++] = (uint16_t)at;
	tlb->slots[at].stamp = tlb->stamp;
	tlb->slots[at].key = key;
	return &tlb->slots[at];
}

static void
tlb_fill(struct tlb *tlb, vaddr_t addr, uint32_t level, uint64_t pte)
{
	struct cached *cached = tlb_slot(tlb, key_of(addr, level), true);

	cached->dropped = false;
	cached->pte = pte;
}

/* What the manual reserves, and what would need the hardware to write. */
static void
pte_check(uint64_t pte, uint32_t level, vaddr_t addr)
{
	struct frame *frame;

	if (!(pte & PTE_V))
		return;
	CHECK(pte >> 54 == 0, "reserved bits at %llx: %llx",
	    (unsigned long long)addr, (unsigned long long)pte);
	CHECK(pte_paddr(pte) >= frame_base && (pte_paddr(pte) - frame_base) >>
	    PAGE_SHIFT < frame_count(), "no RAM at %llx: %llx",
	    (unsigned long long)addr, (unsigned long long)pte);
	frame = frame_of(pte_paddr(pte));
	if (!(pte & PTE_RWX)) {
		CHECK(level > 0, "a pointer at level 0");
		CHECK(!(pte & (PTE_U | PTE_A | PTE_D)),
		    "reserved bits of an inner entry: %llx",
		    (unsigned long long)pte);
		CHECK(frame->kind == FRAME_NODE && frame_refs(frame) > 0,
		    "hart walks through frame %u, kind %u, refs %u",
		    frame_number(frame), frame->kind, frame->refs);
		return;
	}
	CHECK(level == 0, "a superpage at %llx", (unsigned long long)addr);
	CHECK(!(pte & PTE_W) || (pte & PTE_R), "W without R at %llx",
	    (unsigned long long)addr);
	CHECK((pte & PTE_U) && (pte & PTE_A), "U or A is missing: %llx",
	    (unsigned long long)pte);
	CHECK(!(pte & PTE_W) || (pte & PTE_D), "D is missing: %llx",
	    (unsigned long long)pte);
	CHECK(frame->kind == FRAME_PAGE && frame_refs(frame) > 0,
	    "%llx maps frame %u, kind %u, refs %u", (unsigned long long)addr,
	    frame_number(frame), frame->kind, frame->refs);
}

/* The word that decides about an address, by what is cached first. */
static uint64_t
mmu_walk(struct mmu *mmu, vaddr_t addr, bool strict)
{
	struct tlb *tlb = &mmu->tlbs[mmu->asid];
	uint32_t level = 0;
	paddr_t table = mmu->root;
	uint64_t pte;

	for (; level < SV39_LEVELS; level++) {
		struct cached *cached =
		    tlb_slot(tlb, key_of(addr, level), false);

		if (cached == NULL)
			continue;
		if (level == 0 || !(cached->pte & PTE_V))
			return cached->pte;
		table = pte_paddr(cached->pte);
		break;
	}
	while (level-- > 0) {
		uint32_t index = (uint32_t)(addr >>
		    (PAGE_SHIFT + SV39_INDEX_BITS * level)) & (SV39_FANOUT - 1);

		if (table != mmu->root) {
			struct frame *node = frame_of(table);

			if (!strict && node->kind != FRAME_NODE)
				return 0;
			CHECK(!strict || (node->kind == FRAME_NODE && node->refs > 0),
			    "hart reads its tables in frame %u, kind %u",
			    frame_number(node), node->kind);
		}
		pte = ((uint64_t *)direct_pointer(table))[index];
		if (strict)
			pte_check(pte, level, addr);
		tlb_fill(tlb, addr, level, pte);
		if (!(pte & PTE_V) || level == 0)
			return pte;
		table = pte_paddr(pte);
	}
	return 0;
}

static bool
pte_allows(uint64_t pte, enum access access)
{
	static const uint64_t needed[] = {
		[ACCESS_READ] = PTE_V | PTE_R,
		[ACCESS_WRITE] = PTE_V | PTE_W,
		[ACCESS_EXECUTE] = PTE_V | PTE_X,
	};

	return (pte & needed[access]) == needed[access];
}

/* Translate, with faults served.  gives: *byte, where it is in RAM */
static int
mmu_translate(vaddr_t addr, enum access access, uint8_t **byte)
{
	int limit = fibers_running() ? RETRIES_MAX_CONCURRENT : RETRIES_MAX;

	machine_point("access");
	mmu_settle(machine_hart());
	for (int tries = 0; ; tries++) {
		uint64_t pte = mmu_walk(mmu_this(), addr, true);
		int err;

		if (pte_allows(pte, access)) {
			*byte = direct_pointer(pte_paddr(pte) +
			    (addr & PAGE_MASK));
			return 0;
		}
		CHECK(tries < limit, "%llx faults for ever: %llx",
		    (unsigned long long)addr, (unsigned long long)pte);
		mmu_faults++;
		err = trap_on_fault(addr, access);
		if (err != 0)
			return err;
	}
}

int
mmu_load(vaddr_t addr, enum access access, uint8_t *byte)
{
	uint8_t *at;
	int err = mmu_translate(addr, access, &at);

	if (err == 0)
		*byte = *at;
	return err;
}

int
mmu_store(vaddr_t addr, uint8_t byte)
{
	uint8_t *at;
	int err = mmu_translate(addr, ACCESS_WRITE, &at);

	if (err == 0)
		*at = byte;
	return err;
}

/* A hart that has just loaded a space may still have to flush before it uses
 * it; what it walks until then is no error. */
void
mmu_speculate(uint32_t hart, vaddr_t addr)
{
	if (mmus[hart].root != tlb_kernel_root())
		mmu_walk(&mmus[hart], addr, mmus[hart].settled);
}

void
mmu_settle(uint32_t hart)
{
	mmus[hart].settled = true;
}

bool
mmu_is_settled(uint32_t hart)
{
	return mmus[hart].settled;
}

paddr_t
mmu_root(uint32_t hart)
{
	return mmus[hart].root;
}

uint32_t
mmu_asid(uint32_t hart)
{
	return mmus[hart].asid;
}

void
mmu_cached(uint32_t hart, uint32_t asid,
    void (*look)(void *context, uint32_t level, vaddr_t addr, uint64_t pte),
    void *context)
{
	struct tlb *tlb = &mmus[hart].tlbs[asid];

	for (uint32_t i = 0; i < tlb->count; i++) {
		struct cached *cached = &tlb->slots[tlb->used[i]];
		uint32_t level = cached->key & 3;

		if (!cached->dropped)
			look(context, level, (vaddr_t)(cached->key >> 2) <<
			    (PAGE_SHIFT + SV39_INDEX_BITS * level),
			    cached->pte);
	}
}

uint64_t
mmu_hash(uint64_t (*name_of)(uint64_t pte))
{
	uint64_t hash = 0;

	for (uint32_t h = 0; h < HARTS_MAX; h++)
		for (uint32_t a = 0; a <= GEOMETRY_ASID_MAX; a++)
			for (uint32_t i = 0; i < mmus[h].tlbs[a].count; i++) {
				struct tlb *tlb = &mmus[h].tlbs[a];
				struct cached *c = &tlb->slots[tlb->used[i]];
				uint64_t one = name_of(c->pte) * 31 +
				    ((uint64_t)c->key << 8 | h << 5 | a);

				/* A sum: the order does not matter. */
				if (!c->dropped)
					hash += random_next(&one);
			}
	return hash;
}

/* core/cpu/tlb.h */
static void
flush_page(struct mmu *mmu, uint32_t asid, vaddr_t page)
{
	struct cached *cached =
	    tlb_slot(&mmu->tlbs[asid], key_of(page, 0), false);

	if (cached != NULL)
		cached->dropped = true;
}

static void
flush_all(struct mmu *mmu)
{
	for (uint32_t a = 0; a <= GEOMETRY_ASID_MAX; a++)
		tlb_clear(&mmu->tlbs[a]);
}

/* The other harts of a mask, one after another, each in its own time. */
#define FOR_OTHERS(i, harts) \
	for (uint32_t i = 0; i < harts_count(); i++) \
		if (i != machine_hart() && ((harts) >> i & 1))

void
tlb_flush_page(uint32_t asid, vaddr_t page)
{
	machine_point("fence");
	flush_page(mmu_this(), asid, page);
	machine_point("fenced");
}

void
tlb_flush_asid(uint32_t asid)
{
	machine_point("fence");
	tlb_clear(&mmu_this()->tlbs[asid]);
	machine_point("fenced");
}

void
tlb_flush_all(void)
{
	machine_point("fence");
	flush_all(mmu_this());
	machine_point("fenced");
}

void
tlb_flush_page_on(uint32_t harts, uint32_t asid, vaddr_t page)
{
	FOR_OTHERS(i, harts) {
		machine_point("remote fence");
		flush_page(&mmus[i], asid, page);
	}
	machine_point("fenced");
}

void
tlb_flush_asid_on(uint32_t harts, uint32_t asid)
{
	FOR_OTHERS(i, harts) {
		machine_point("remote fence");
		tlb_clear(&mmus[i].tlbs[asid]);
	}
	machine_point("fenced");
}

void
tlb_flush_all_on(uint32_t harts)
{
	FOR_OTHERS(i, harts) {
		machine_point("remote fence");
		flush_all(&mmus[i]);
	}
	machine_point("fenced");
}

/* The simulated harts fetch instructions as they load data. */
void
tlb_flush_code(void)
{
}

void
tlb_flush_code_on(uint32_t harts)
{
	(void)harts;
}

void
tlb_load(paddr_t root, uint32_t asid)
{
	machine_point("load");
	mmu_this()->root = root;
	mmu_this()->asid = asid;
	mmu_this()->settled = false;
	machine_point("loaded");
}

uint32_t
tlb_asid_max(void)
{
	return mmu_asid_max;
}

/* core/cpu/usercopy.h */
size_t
usercopy_to(vaddr_t to, const void *from, size_t len)
{
	CHECK(!spin_held_any(), "a user copy under a spinlock");
	for (size_t i = 0; i < len; i++)
		if (mmu_store(to + i, ((const uint8_t *)from)[i]) != 0)
			return len - i;
	return 0;
}

size_t
usercopy_clear(vaddr_t to, size_t len)
{
	static const char zero;
	size_t left = len;

	while (left > 0 && usercopy_to(to + (len - left), &zero, 1) == 0)
		left--;
	return left;
}

size_t
usercopy_from(void *to, vaddr_t from, size_t len)
{
	CHECK(!spin_held_any(), "a user copy under a spinlock");
	for (size_t i = 0; i < len; i++)
		if (mmu_load(from + i, ACCESS_READ, (uint8_t *)to + i) != 0)
			return len - i;
	return 0;
}

int64_t
usercopy_string(char *to, vaddr_t from, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		if (mmu_load(from + i, ACCESS_READ, (uint8_t *)to + i) != 0)
			return -1;
		if (to[i] == '\0')
			return (int64_t)i + 1;
	}
	return (int64_t)max;
}

int
usercopy_load_word(vaddr_t from, uint32_t *found)
{
	return usercopy_from(found, from, sizeof(*found)) == 0 ? 0 : -1;
}

int
usercopy_swap_word(vaddr_t at, uint32_t expected, uint32_t new,
    uint32_t *found)
{
	if (usercopy_load_word(at, found) != 0)
		return -1;
	if (*found != expected)
		return 0;
	return usercopy_to(at, &new, sizeof(new)) == 0 ? 0 : -1;
}
