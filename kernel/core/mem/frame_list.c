#include "core/mem/frame_list.h"

void
chain_move(struct chain *from, struct chain *to, uint32_t count)
{
	uint32_t first = from->first, moved = 0;
	struct frame *last = NULL;

	for (uint32_t at = first; at != FRAME_NONE && moved < count; moved++) {
		last = frame_at(at);
		at = last->next;
	}
	if (moved == 0)
		return;
	from->first = last->next;
	last->next = to->first;
	to->first = first;
	atomic_store_relaxed(&from->count, from->count - moved);
	atomic_store_relaxed(&to->count, to->count + moved);
}
