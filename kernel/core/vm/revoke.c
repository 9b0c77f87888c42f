/*
 * There is no list of who maps a page, and none is needed for what happens
 * this seldom: with the world stopped, every leaf node there is is looked at,
 * the dropped ones that wait to be freed too, for they still count.
 *
 * A node that several spaces share, or that is lent, may be changed here, as
 * nowhere else: what changes is what its entries name, and for all who share
 * them alike.
 */
#include "core/vm/revoke.h"

#include "core/base/atomic.h"
#include "core/mem/frame.h"
#include "core/task/world.h"
#include "core/vm/fence.h"
#include "core/vm/node_copy.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "core/vm/range_tree.h"

/* Make a held entry what it was promised as. */
static void
entry_revoke(struct frame *node, entry_t *at, entry_t held)
{
	struct frame *page = entry_frame(held);

	/* The mark's own reference; the entry's, or the copy's, goes. */
	object_get_entries(page->object - 1, 1);
	node_set(node, at, entry_origin(held));
	page_put(page);
}

/* First round: hide the pages from the hardware; second: let go of them. */
static void
node_revoke(struct frame *node, uint32_t object, uint32_t end, bool hide)
{
	entry_t *entries = node_entries(node);
	uint32_t left = node->named;

	for (uint32_t i = 0; left > 0; i++) {
		entry_t entry = entry_load(&entries[i]);
		enum entry_kind kind = entry_kind(entry);

		left -= entry_names(entry);
		if ((kind != ENTRY_LEAF && kind != ENTRY_HELD) ||
		    entry_frame(entry)->object != object + 1 ||
		    entry_frame(entry)->index < end)
			continue;
		if (!hide)
			entry_revoke(node, &entries[i], entry);
		else if (kind == ENTRY_LEAF)
			entry_store(&entries[i], entry_held(entry));
	}
}

static void
nodes_revoke(const struct object *object, bool hide)
{
	for (uint32_t i = 0; i < frame_count(); i++) {
		struct frame *frame = frame_at(i);

		if (frame->kind == FRAME_NODE && frame->level == 0)
			node_revoke(frame, object_number(object),
			    object->npages, hide);
	}
}

/* Frames mapped below a node, in what it has and in what it borrows. */
static uint32_t
node_count_resident(const struct frame *node)
{
	uint32_t resident = 0;

	for (uint32_t i = 0; i < node_fanout(node->level); i++)
		resident += entry_resident(node_entry(node, i));
	return resident;
}

/* Count again, from below.  Of leaves' nodes those whose entries changed are
 * right already, but for the ones in their lenders. */
static void
nodes_count_resident(uint32_t level)
{
	for (uint32_t i = 0; i < frame_count(); i++) {
		struct frame *node = frame_at(i);

		if (node->kind == FRAME_NODE && node->level == level &&
		    (level > 0 || node->lender != 0))
			node->resident = node_count_resident(node);
	}
}

void
object_revoke(struct object *object)
{
	world_stop();
	nodes_revoke(object, true);
	for (struct space *s = space_next(NULL); s != NULL; s = space_next(s))
		fence_space(s);
	nodes_revoke(object, false);
	for (uint32_t level = 0; level <= ROOT_LEVEL; level++)
		nodes_count_resident(level);
	object_cache_cut(object, false);
	world_resume();
}
