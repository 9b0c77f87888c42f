#include "core/vm/stats.h"

#include "core/cpu/hart.h"
#include "core/mem/frame.h"
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
memory_stats(struct memory_stats *stats)
{
	*stats = (struct memory_stats){
		.total = frame_count(),
		.free = frame_free_count() - frame_claimed_count(),
		.cached = object_pages_droppable(),
		.queued = node_queued(),
	};
	for (uint32_t i = 0; i < frame_count(); i++)
		stats->nodes += frame_at(i)->kind == FRAME_NODE;
	for (uint32_t i = 0; i < harts_count(); i++) {
		stats->faults += hart_at(i)->faults;
		stats->copies += copies[i];
	}
}
