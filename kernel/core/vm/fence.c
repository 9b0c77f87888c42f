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
 * begins: all TLBs are flushed, spaces that run keep their number, all others
 * get a new one when they run next.
 */
static struct {
	struct spinlock lock;
	uint64_t generation;	/* lock to change, [a] to read */
	uint32_t next;		/* lock */
	struct space *loaded[HARTS_MAX];	/* [a] what each hart runs */
} asids = { SPINLOCK("asids", RANK_ASID), 1, 1, { NULL } };

static uint32_t
hart_bit(void)
{
	return 1u << hart_this()->index;
}

/* Keep the number of every space that runs now: it goes on using it. */
static void
generation_begin(void)
{
	uint64_t generation = asids.generation + 1;

	atomic_store(&asids.generation, generation);
	for (uint32_t i = 0; i < harts_count(); i++) {
		struct space *space = atomic_load(&asids.loaded[i]);

		if (space != NULL && space->generation != 0)
			atomic_store(&space->generation, generation);
	}
	asids.next = 1;
	tlb_flush_all();
	tlb_flush_all_on((1u << harts_count()) - 1);
}

static bool
asid_is_loaded(uint32_t asid)
{
	for (uint32_t i = 0; i < harts_count(); i++) {
		struct space *space = atomic_load(&asids.loaded[i]);

		if (space != NULL && space->generation == asids.generation &&
		    space->asid == asid)
			return true;
	}
	return false;
}

static void
asid_assign(struct space *space)
{
	spin_lock(&asids.lock);
	while (space->generation != asids.generation) {
		if (asids.next > tlb_asid_max())
			generation_begin();
		else if (asid_is_loaded(asids.next))
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

void
space_enter(struct space *space)
{
	struct space **loaded = &asids.loaded[hart_this()->index];
	struct space *before = atomic_load_relaxed(loaded);
	uint32_t me = hart_bit();

	if (space == before)
		return;
	if (space == NULL) {
		tlb_load(tlb_kernel_root(), 0);
	} else {
		atomic_store(loaded, space);
		atomic_or(&space->active, me);
		if (asids_too_few())
			tlb_flush_all();
		else if (atomic_load(&space->generation) !=
		    atomic_load(&asids.generation))
			asid_assign(space);
		tlb_load(frame_paddr(space->root), space->asid);
		if (atomic_load(&space->stale) & me) {
			atomic_and(&space->stale, ~me);
			tlb_flush_asid(space->asid);
		}
		if (!(atomic_load_relaxed(&space->seen) & me))
			atomic_or(&space->seen, me);
	}
	if (before != NULL)
		atomic_and(&before->active, ~me);
	if (space == NULL)
		atomic_store(loaded, NULL);
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
fence_page_here(struct space *space, vaddr_t page)
{
	tlb_flush_page(space->asid, page);
}

void
fence_space_here(struct space *space)
{
	tlb_flush_asid(space->asid);
}
