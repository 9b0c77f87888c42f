#include "core/vm/fence.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/cpu/hart.h"
#include "core/cpu/tlb.h"
#include "core/lock/spinlock.h"
#include "core/task/thread.h"
#include "core/vm/space_tree.h"

/*
 * ASIDs are handed out in turn.  When they are used up a new generation
 * begins: spaces that run keep their number, all others get a new one when
 * they run next, and each hart flushes everything the first time it loads a
 * space.  Not before: until then it may still walk, and cache, what it ran.
 */
static struct {
	struct spinlock lock;
	uint64_t generation;	/* lock to change, [a] to read */
	uint32_t next;		/* lock */
	struct {
		struct space *loaded;	/* [a] what it runs */
		uint64_t flushed;	/* [h] generation it has flushed for */
		uint32_t kept;		/* lock: number kept from the last
					 * generation; 0 for none */
	} hart[HARTS_MAX];
} asids = { .lock = SPINLOCK("asids", RANK_ASID), .generation = 1, .next = 1 };

static uint32_t
hart_bit(void)
{
	return 1u << hart_this()->index;
}

/* Keep the number of every space that runs now: it goes on using it. */
static void
generation_begin(void)
{
	uint64_t ended = asids.generation;

	atomic_store(&asids.generation, ended + 1);
	for (uint32_t i = 0; i < harts_count(); i++) {
		struct space *space = atomic_load(&asids.hart[i].loaded);
		uint64_t generation = space == NULL ? 0 :
		    atomic_load(&space->generation);

		asids.hart[i].kept = 0;
		/* The number of an earlier one may be another's by now; its
		 * hart is waiting for us to assign it a new one. */
		if (generation != ended && generation != ended + 1)
			continue;
		asids.hart[i].kept = space->asid;
		atomic_store(&space->generation, ended + 1);
	}
	asids.next = 1;
}

/* Kept numbers stay taken, though their space may have stopped running. */
static bool
asid_is_kept(uint32_t asid)
{
	for (uint32_t i = 0; i < harts_count(); i++)
		if (asids.hart[i].kept == asid)
			return true;
	return false;
}

static void
asid_assign(struct space *space)
{
	spin_lock(&asids.lock);
	while (space->generation != asids.generation) {
		if (asids.next > tlb_asid_max())
			generation_begin();
		else if (asid_is_kept(asids.next))
			asids.next++;
		else {
			space->asid = asids.next++;
			atomic_store(&space->generation, asids.generation);
		}
	}
	spin_unlock(&asids.lock);
}

/* Few ASIDs, or none: every switch flushes, and all spaces use number 0. */
static bool
asids_too_few(void)
{
	return tlb_asid_max() <= HARTS_MAX;
}

/* What this hart may hold of spaces that had a number before, or of this one
 * from before a change, is forgotten, now that it walks this one only. */
static void
enter_flush(struct space *space, uint32_t index)
{
	uint64_t generation = atomic_load(&asids.generation);
	uint32_t me = 1u << index;

	if (asids_too_few() || asids.hart[index].flushed != generation) {
		asids.hart[index].flushed = generation;
		atomic_and(&space->stale, ~me);
		tlb_flush_all();
		tlb_flush_code();
	} else if (atomic_load(&space->stale) & me) {
		atomic_and(&space->stale, ~me);
		tlb_flush_asid(space->asid);
		tlb_flush_code();
	}
}

/* This hart walks `before`, if there is one, no more. */
static inline void
leave(struct space *before, uint32_t index)
{
	if (before != NULL)
		atomic_and(&before->active, ~(1u << index));
}

/* Run the space for the first time, or since something changed. */
static __attribute__((noinline)) void
enter_changed(struct space *space, struct space *before, uint32_t index)
{
	uint32_t me = 1u << index;

	if (!asids_too_few() && atomic_load(&space->generation) !=
	    atomic_load(&asids.generation))
		asid_assign(space);
	tlb_load(frame_paddr(space->root), space->asid);
	enter_flush(space, index);
	if (!(atomic_load_relaxed(&space->seen) & me)) {
		atomic_or(&space->seen, me);
		tlb_flush_code();
	}
	leave(before, index);
}

/* Whether this hart ran the space before, and has nothing to forget.  Where
 * ASIDs are too few, no space ever gets a generation. */
static inline bool
is_unchanged(const struct space *space, uint32_t index)
{
	uint64_t generation = atomic_load_relaxed(&asids.generation);
	uint32_t seen = atomic_load_relaxed(&space->seen) &
	    ~atomic_load_relaxed(&space->stale);

	return asids.hart[index].flushed == generation &&
	    atomic_load_relaxed(&space->generation) == generation &&
	    (seen >> index & 1);
}

/* Walk the kernel's own tables. */
static __attribute__((noinline)) void
enter_none(struct space *before, uint32_t index)
{
	tlb_load(tlb_kernel_root(), 0);
	/* Number 0 was the space's as well. */
	if (asids_too_few())
		tlb_flush_all();
	/* Before `active` says that it may be destroyed. */
	atomic_store(&asids.hart[index].loaded, NULL);
	leave(before, index);
}

void
space_enter(struct space *space)
{
	uint32_t index = hart_this()->index;
	struct space *before = atomic_load_relaxed(&asids.hart[index].loaded);

	if (space == before)
		return;
	if (space == NULL) {
		enter_none(before, index);
		return;
	}
	/* Both before what is read below: `active` is a fence. */
	atomic_store_relaxed(&asids.hart[index].loaded, space);
	atomic_or(&space->active, 1u << index);
	/* What is not usual goes another way, so that registers suffice here. */
	if (!is_unchanged(space, index)) {
		enter_changed(space, before, index);
		return;
	}
	tlb_load(frame_paddr(space->root), space->asid);
	leave(before, index);
}

/*
 * Mark the harts that ran the space before, and find those that run it now.
 * returns: harts to be told at once
 */
static uint32_t
harts_to_tell(struct space *space)
{
	uint32_t others = (atomic_load(&space->seen) |
	    atomic_load(&space->active)) & ~hart_bit();

	if (others == 0)
		return 0;
	atomic_or(&space->stale, others);
	return atomic_load(&space->active) & others;
}

void
fence_page(struct space *space, vaddr_t page)
{
	uint32_t tell = harts_to_tell(space);

	tlb_flush_page(space->asid, page);
	if (tell != 0)
		tlb_flush_page_on(tell, space->asid, page);
}

void
fence_space(struct space *space)
{
	uint32_t tell = harts_to_tell(space);

	tlb_flush_asid(space->asid);
	if (tell != 0)
		tlb_flush_asid_on(tell, space->asid);
}

void
fence_code(struct space *space)
{
	uint32_t tell = harts_to_tell(space);

	tlb_flush_code();
	if (tell != 0)
		tlb_flush_code_on(tell);
}

void
fence_page_here(struct space *space, vaddr_t page)
{
	tlb_flush_page(space->asid, page);
}

void
fence_space_here(struct space *space)
{
	tlb_flush_asid(space->asid);
}
