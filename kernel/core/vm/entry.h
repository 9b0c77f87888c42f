/*
 * Entries: the 64-bit words of the tree, and all they can say.
 *
 *	        63      54 53           10 9 8 7 6  4 3  1 0
 *	empty   0 ....................................... 0
 *	anon    0 .......................... g 0 0 prot 1 0    zero-filled memory
 *	file    object (22) | page (32)     0 n sh prot 2 0    an object's pages
 *	held    0         | frame           0 n sh prot 3 0    present, no access
 *	parked  0         | node            0 0 0  0    4 0    look before entering
 *	node    0         | node            0 0 D A U G 0 1    V, nothing else
 *	leaf    0         | frame           S L D A U G X W R 1
 *
 * Of a leaf, L (later) says that its memory may be written once its path and
 * its frame are owned, though W is not set now; S (shared) that writing it
 * never copies.  Shared memory that may never be written has n, its leaves no
 * D; g says that memory grows downwards.  Where a word stands says how much it
 * covers: 4 KiB, 2 MiB or 1 GiB, by the level of its node.
 *
 * Entries of a node that several spaces name may be read by all of them at
 * once while one parks or seals: loads and stores are single and atomic.
 */
#pragma once

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/layout.h"
#include "core/cpu/sv39.h"
#include "core/mem/frame.h"
#include "core/vm/range.h"

typedef uint64_t entry_t;

enum entry_kind {
	ENTRY_EMPTY,
	ENTRY_ANON,
	ENTRY_FILE,
	ENTRY_HELD,
	ENTRY_PARKED,
	ENTRY_NODE,
	ENTRY_LEAF,
};

#define ENTRY_KIND_SHIFT	1
#define ENTRY_KIND_MASK		((entry_t)7 << ENTRY_KIND_SHIFT)
#define ENTRY_PROT_SHIFT	4
#define ENTRY_PROT_MASK		((entry_t)7 << ENTRY_PROT_SHIFT)
#define ENTRY_MARK_SHARED	((entry_t)1 << 7)
#define ENTRY_MARK_NEVER	((entry_t)1 << 8)
#define ENTRY_MARK_GROWS	((entry_t)1 << 9)
#define ENTRY_PAGE_SHIFT	10
#define ENTRY_PAGE_MASK		((entry_t)UINT32_MAX << ENTRY_PAGE_SHIFT)
#define ENTRY_OBJECT_SHIFT	42

#define LEAF_LATER		PTE_RSW0
#define LEAF_SHARED		PTE_RSW1
#define LEAF_FLAGS		(PTE_V | PTE_U | PTE_A | PTE_D)

static inline entry_t
entry_load(const entry_t *entry)
{
	return atomic_load_relaxed(entry);
}

static inline void
entry_store(entry_t *entry, entry_t value)
{
	atomic_store_relaxed(entry, value);
}

static inline enum entry_kind
entry_kind(entry_t entry)
{
	if (entry & PTE_V)
		return entry & PTE_RWX ? ENTRY_LEAF : ENTRY_NODE;
	return (enum entry_kind)((entry & ENTRY_KIND_MASK) >> ENTRY_KIND_SHIFT);
}

/* Whether it leads to a node, open or parked. */
static inline bool
entry_is_inner(entry_t entry)
{
	return (entry & (PTE_V | PTE_RWX)) == PTE_V ||
	    (entry & (PTE_V | ENTRY_KIND_MASK)) ==
	    (entry_t)ENTRY_PARKED << ENTRY_KIND_SHIFT;
}

/* Whether it holds a reference to something. */
static inline bool
entry_names(entry_t entry)
{
	/* All but empty (0000) and anon (0010) have another of these bits. */
	return (entry & (PTE_V | ENTRY_KIND_MASK)) &
	    ~((entry_t)ENTRY_ANON << ENTRY_KIND_SHIFT);
}

static inline bool
entry_is_mark(entry_t entry)
{
	enum entry_kind kind = entry_kind(entry);

	return kind == ENTRY_ANON || kind == ENTRY_FILE;
}

/* The node or frame that a node, parked, leaf or held entry names. */
static inline struct frame *
entry_frame(entry_t entry)
{
	return frame_from(frame_origin, pte_ppn(entry));
}

static inline entry_t
entry_anon(uint32_t prot)
{
	return (entry_t)ENTRY_ANON << ENTRY_KIND_SHIFT |
	    (entry_t)prot << ENTRY_PROT_SHIFT;
}

static inline entry_t
entry_file(uint32_t object, uint32_t page, uint32_t prot, bool shared)
{
	return (entry_t)ENTRY_FILE << ENTRY_KIND_SHIFT |
	    (entry_t)prot << ENTRY_PROT_SHIFT |
	    (shared ? ENTRY_MARK_SHARED : 0) |
	    (entry_t)page << ENTRY_PAGE_SHIFT |
	    (entry_t)object << ENTRY_OBJECT_SHIFT;
}

static inline entry_t
entry_node(const struct frame *node)
{
	return pte_make(frame_paddr(node), PTE_V);
}

static inline entry_t
entry_parked(const struct frame *node)
{
	return pte_make(frame_paddr(node),
	    (entry_t)ENTRY_PARKED << ENTRY_KIND_SHIFT);
}

/* The same for what an inner entry names. */
static inline entry_t
entry_node_as(entry_t inner)
{
	return pte_make(pte_paddr(inner), PTE_V);
}

static inline entry_t
entry_parked_as(entry_t inner)
{
	return pte_make(pte_paddr(inner),
	    (entry_t)ENTRY_PARKED << ENTRY_KIND_SHIFT);
}

/* The bits of a leaf that say the rights `prot`, as entry_leaf has them. */
static inline entry_t
entry_rights(uint32_t prot, bool writable)
{
	entry_t rights = 0;

	if (prot & PROT_READ)
		rights |= PTE_R;
	if (prot & PROT_EXEC)
		rights |= PTE_X;
	if (prot & PROT_WRITE)
		rights |= writable ? PTE_W : LEAF_LATER;
	return rights;
}

/* A leaf with the rights `prot`; W is set only if `writable`, else L. */
static inline entry_t
entry_leaf(const struct frame *frame, uint32_t prot, bool shared, bool writable)
{
	return pte_make(frame_paddr(frame), LEAF_FLAGS |
	    (shared ? LEAF_SHARED : 0) | entry_rights(prot, writable));
}

/* The rights a mark, a leaf or a held entry grants. */
static inline uint32_t
entry_prot(entry_t entry)
{
	uint32_t prot = 0;

	if (!(entry & PTE_V))
		return (uint32_t)((entry & ENTRY_PROT_MASK) >> ENTRY_PROT_SHIFT);
	if (entry & PTE_R)
		prot |= PROT_READ;
	if (entry & PTE_X)
		prot |= PROT_EXEC;
	if (entry & (PTE_W | LEAF_LATER))
		prot |= PROT_WRITE;
	return prot;
}

static inline bool
entry_shared(entry_t entry)
{
	return entry & (entry & PTE_V ? LEAF_SHARED : ENTRY_MARK_SHARED);
}

static inline uint32_t
entry_object(entry_t file)
{
	return (uint32_t)(file >> ENTRY_OBJECT_SHIFT);
}

static inline uint32_t
entry_page(entry_t file)
{
	return (uint32_t)((file & ENTRY_PAGE_MASK) >> ENTRY_PAGE_SHIFT);
}

/* What a mark says of the range `npages` further on. */
static inline entry_t
entry_mark_advance(entry_t mark, uint64_t npages)
{
	if (entry_kind(mark) != ENTRY_FILE)
		return mark;
	return mark + (npages << ENTRY_PAGE_SHIFT);
}

/* A leaf that cannot be written without asking: what sealing leaves. */
static inline entry_t
entry_sealed(entry_t leaf)
{
	return (leaf & ~PTE_W) | LEAF_LATER;
}

/* Whether it is shared memory that may never be written. */
static inline bool
entry_never_written(entry_t entry)
{
	if (entry & PTE_V)
		return (entry & LEAF_SHARED) && !(entry & PTE_D);
	return entry & ENTRY_MARK_NEVER;
}

/* A leaf taken from the hardware, but not from the tree. */
static inline entry_t
entry_held(entry_t leaf)
{
	return (entry_t)ENTRY_HELD << ENTRY_KIND_SHIFT |
	    (entry_t)entry_prot(leaf) << ENTRY_PROT_SHIFT |
	    (entry_shared(leaf) ? ENTRY_MARK_SHARED : 0) |
	    (entry_never_written(leaf) ? ENTRY_MARK_NEVER : 0) |
	    (leaf & PTE_PPN_MASK);
}

/*
 * What stands for the page of a leaf or a held entry, with the rights `prot`:
 * held, where there are none.  `writable`: W may be set at once.
 */
static inline entry_t
entry_of_page(entry_t old, uint32_t prot, bool writable)
{
	entry_t leaf = entry_leaf(entry_frame(old), prot, entry_shared(old),
	    writable);

	if (entry_never_written(old))
		leaf &= ~PTE_D;
	if (prot == PROT_NONE)
		return entry_held(leaf);
	return leaf;
}

/* Whether rights `prot` allow `access`. */
static inline bool
prot_allows(uint32_t prot, enum access access)
{
	_Static_assert(PROT_READ == 1 << ACCESS_READ &&
	    PROT_WRITE == 1 << ACCESS_WRITE &&
	    PROT_EXEC == 1 << ACCESS_EXECUTE, "");

	return prot >> access & 1;
}

/* Pages that one entry of a node of `level` covers. */
static inline uint64_t
level_pages(uint32_t level)
{
	return (uint64_t)1 << (SV39_INDEX_BITS * level);
}

static inline uint64_t
level_bytes(uint32_t level)
{
	return level_pages(level) << PAGE_SHIFT;
}

/* Which entry of a node of `level` covers `addr`. */
static inline uint32_t
level_index(vaddr_t addr, uint32_t level)
{
	return (uint32_t)(addr >> (PAGE_SHIFT + SV39_INDEX_BITS * level)) &
	    (SV39_FANOUT - 1);
}
