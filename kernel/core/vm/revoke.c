/*
 * There is no list of who maps a page, and none is needed for what happens
 * this seldom: with the world stopped, every leaf node there is is looked at,
 * the dropped ones that wait to be freed too, for they still count.
 *
 * A node that several spaces share may be changed here, as nowhere else: what
 * changes is what its entries name, and for all who share them alike.
 */
#include "core/vm/revoke.h"

#include "core/base/atomic.h"
#include "core/mem/frame.h"
#include "core/task/world.h"
#include "core/vm/fence.h"
#include "core/vm/node.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "core/vm/space_tree.h"

/* Make a leaf or held entry what it was promised as. */
static void
entry_revoke(entry_t *at, entry_t old, struct frame *page)
{
	entry_t mark = entry_file(page->object - 1, page->index,
	    entry_prot(old), entry_shared(old));

	if (entry_never_written(old))
		mark |= ENTRY_MARK_NEVER;
	/* The mark's own reference; the entry's, or the copy's, goes. */
	object_get_entries(page->object - 1, 1);
	entry_store(at, mark);
	page_put(page);
}

static void
node_revoke(struct frame *node, uint32_t object, uint32_t end)
{
	entry_t *entries = node_entries(node);
	uint32_t left = node->named;

	for (uint32_t i = 0; left > 0; i++) {
		entry_t entry = entry_load(&entries[i]);
		enum entry_kind kind = entry_kind(entry);
		struct frame *page;

		left -= entry_names(entry);
		if (kind != ENTRY_LEAF && kind != ENTRY_HELD)
			continue;
		page = entry_frame(entry);
		if (page->object == object + 1 && page->index >= end)
			entry_revoke(&entries[i], entry, page);
	}
}

void
object_revoke(struct object *object)
{
	uint32_t number = object_number(object);

	world_stop();
	for (uint32_t i = 0; i < frame_count(); i++) {
		struct frame *frame = frame_at(i);

		if (frame->kind == FRAME_NODE && frame->level == 0)
			node_revoke(frame, number, object->npages);
	}
	/* Before a page goes: pages stay cached until here. */
	for (struct space *s = space_next(NULL); s != NULL; s = space_next(s))
		fence_space(s);
	object_cache_cut(object, false);
	world_resume();
}
