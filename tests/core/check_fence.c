/*
 * What is checked at points inside operations: that harts which walk when they
 * like find nothing that was dropped too early.
 */
#include "check.h"

#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "core/vm/node_copy.h"
#include "core/vm/object_entry.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"

static uint8_t visited[FRAMES_CHECKED_MAX];

/* before a fence */
/* How many entries of live and dead nodes name a frame, each node once. */
static uint32_t
names_below(const struct frame *node, const struct frame *target)
{
	const uint64_t *entries = frame_data(node);
	uint32_t limit = node->level == ROOT_LEVEL ? ROOT_USER_ENTRIES :
	    SV39_FANOUT;
	uint32_t names = 0;

	for (uint32_t i = 0; i < limit; i++) {
		uint64_t e = entries[i];
		struct frame *below;

		if (e == 0 || entry_is_mark(e))
			continue;
		below = entry_frame(e);
		names += below == target;
		if (entry_is_inner(e) && node->level > 0 &&
		    !visited[frame_number(below)]++)
			names += names_below(below, target);
	}
	return names;
}

static uint32_t
names_of(const struct frame *target)
{
	uint32_t names = target->pins +
	    (target->kind == FRAME_PAGE && page_object(target) != 0);

	memset(visited, 0, frame_count());
	for (uint32_t i = 0; i < SPACES; i++)
		if (world.spaces[i] != NULL)
			names += names_below(world.spaces[i]->root, target);
	for (struct frame *node = node_queue_next(NULL); node != NULL;
	    node = node_queue_next(node))
		names += names_below(node, target);
	return names;
}

/* What a hart can still reach, though its tree leads elsewhere by now, must
 * be held by somebody until the fence is done. */
static void
look_stale(void *context, uint32_t level, vaddr_t addr, uint64_t pte)
{
	const struct space *space = context;
	const struct frame *node = space->root, *frame;

	if (!(pte & PTE_V))
		return;
	frame = entry_frame(pte);
	for (uint32_t at = ROOT_LEVEL; ; at--) {
		uint32_t index = addr >> (PAGE_SHIFT + SV39_INDEX_BITS * at) &
		    (SV39_FANOUT - 1);
		uint64_t e;

		if (node_lacks_line(node, index))
			node = frame_at(node->lender);
		e = ((uint64_t *)frame_data(node))[index];
		if (e != 0 && !entry_is_mark(e) && entry_frame(e) == frame)
			return;
		if (at == level || !entry_is_inner(e))
			break;
		node = entry_frame(e);
	}
	CHECK(frame->refs > names_of(frame), "hart may reach frame %u by %llx "
	    "at %llx, which nobody holds for it any more: refs %u",
	    frame_number(frame), (unsigned long long)pte,
	    (unsigned long long)addr, frame->refs);
}

void
check_before_fence(void)
{
	for (uint32_t s = 0; s < SPACES; s++) {
		struct space *space = world.spaces[s];

		for (uint32_t h = 0; space != NULL && h < harts_count(); h++)
			if (mmu_is_settled(h) &&
			    mmu_root(h) == frame_paddr(space->root))
				mmu_cached(h, space->asid, look_stale, space);
	}
}

/* speculation */
static uint64_t speculation;
static uint32_t hot_cell;

void
check_seed(const struct op *op)
{
	speculation = 0;
	for (size_t i = 0; i < sizeof(*op); i++)
		speculation = speculation * 31 + ((const uint8_t *)op)[i];
	hot_cell = op->cell;
}

void
check_speculate(const char *what)
{
	uint64_t draw = random_next(&speculation);
	uint32_t cell;

	if (strcmp(what, "fence") == 0)
		check_before_fence();
	if (draw & 3)
		return;
	draw >>= 8;
	cell = draw & 1 ? hot_cell : (uint32_t)(draw >> 8) % nplaces;
	mmu_speculate((uint32_t)(draw >> 1 & 0x7f) % harts_count(),
	    places[cell].page << PAGE_SHIFT);
}
