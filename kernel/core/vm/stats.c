#include "core/vm/stats.h"

#include "core/cpu/hart.h"
#include "core/mem/frame.h"
#include "core/vm/heap.h"
#include "core/vm/node.h"
#include "core/vm/object.h"

/* [h] each hart's own */
static uint64_t copies[HARTS_MAX];

void
stats_count_copy(void)
{
	copies[hart_this()->index]++;
}

void
memory_counts(struct memory_stats *stats)
{
	struct object_pages pages;

	object_pages_count(&pages);
	*stats = (struct memory_stats){
		.total = frame_count(),
		.free = frame_free_count() - frame_claimed_count(),
		.nodes = frame_count_of(FRAME_NODE),
		.queued = node_queued(),
		.anonymous = frame_count_of(FRAME_PAGE) - pages.file -
		    pages.shared,
		.file = pages.file,
		.shared = pages.shared,
		.dirty = pages.dirty,
		.heap = heap_frames(),
	};
	for (uint32_t i = 0; i < harts_count(); i++) {
		stats->faults += hart_at(i)->faults;
		stats->copies += copies[i];
	}
}

void
memory_stats(struct memory_stats *stats)
{
	memory_counts(stats);
	object_pages_look(&stats->cached, &stats->mapped);
}
