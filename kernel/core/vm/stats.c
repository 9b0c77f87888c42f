#include "core/vm/stats.h"

#include "core/cpu/hart.h"
#include "core/mem/frame.h"
#include "core/vm/heap.h"
#include "core/vm/node.h"
#include "core/vm/object.h"
#include "core/vm/object_entry.h"

/* [h] each hart's own */
static uint64_t copies[HARTS_MAX];

void
stats_count_copy(void)
{
	copies[hart_this()->index]++;
}

static void
frame_count_in(const struct frame *frame, struct memory_stats *stats)
{
	uint32_t object = page_object(frame);

	stats->nodes += frame->kind == FRAME_NODE;
	if (frame->kind != FRAME_PAGE)
		return;
	if (object == 0) {
		stats->anonymous++;
		return;
	}
	/* A page may leave its object while we look: its number stays good. */
	if (object_fills_again(object - 1))
		stats->file++;
	else
		stats->shared++;
	stats->mapped += frame_refs(frame) > 1;
	stats->dirty += frame->dirty;
}

void
memory_stats(struct memory_stats *stats)
{
	*stats = (struct memory_stats){
		.total = frame_count(),
		.free = frame_free_count() - frame_claimed_count(),
		.cached = object_pages_droppable(),
		.queued = node_queued(),
		.heap = heap_frames(),
	};
	for (uint32_t i = 0; i < frame_count(); i++)
		frame_count_in(frame_at(i), stats);
	for (uint32_t i = 0; i < harts_count(); i++) {
		stats->faults += hart_at(i)->faults;
		stats->copies += copies[i];
	}
}
