#include "core/vm/reclaim.h"

#include "core/cpu/page.h"
#include "core/lock/spinlock.h"
#include "core/task/thread.h"
#include "core/vm/node.h"
#include "core/vm/object.h"
#include "core/vm/object_cache.h"

/* Make at least one frame free, if that is possible without sleeping. */
static bool
reclaim_some(void)
{
	/* Who is freeing may be waiting for a spinlock we hold. */
	return node_drain() || (!spin_held_any() && node_drain_wait()) ||
	    object_cache_drop();
}

struct frame *
reclaim_alloc(bool clean)
{
	struct frame *frame;

	do {
		frame = frame_alloc(clean);
	} while (frame == NULL && reclaim_some());
	/* Another hart may have freed the last between our two looks. */
	return frame != NULL ? frame : frame_alloc(clean);
}

struct frame *
reclaim_alloc_reserved(bool clean)
{
	struct frame *frame = reclaim_alloc(clean);

	return frame != NULL ? frame : frame_alloc_reserved(clean);
}

struct frame *
reclaim_alloc_waiting(bool clean)
{
	struct frame *frame = frame_alloc(clean);

	/* Every fault comes this way. */
	if (frame != NULL)
		return frame;
	frame = reclaim_alloc(clean);
	while (frame == NULL && !spin_held_any() &&
	    thread_this()->held_ranks >> RANK_REAP == 0 &&
	    (object_reap() > 0 || object_clean_some()))
		frame = reclaim_alloc(clean);
	return frame != NULL ? frame : reclaim_alloc(clean);
}

bool
reclaim_claim(uint32_t count)
{
	while (!frame_claim(count))
		if (!reclaim_some())
			return false;
	return true;
}

void *
reclaim_alloc_kernel(void)
{
	struct frame *frame = reclaim_alloc(true);

	if (frame == NULL)
		return NULL;
	frame_clear(frame);
	return frame_data(frame);
}

void *
reclaim_alloc_page(void)
{
	struct frame *frame = reclaim_alloc_waiting(false);

	return frame != NULL ? frame_data(frame) : NULL;
}

void
reclaim_dropped(void)
{
	do {
		while (node_drain() || node_drain_wait())
			;
	} while (object_reap() > 0);
}

void
reclaim_all(void)
{
	do
		reclaim_dropped();
	while (object_shed(UINT32_MAX) > 0);
}

bool
thread_idle_work(void)
{
	return node_drain() || frame_clear_ahead();
}
