#include "core/vm/node.h"

#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/csr.h"
#include "core/cpu/page.h"
#include "core/cpu/tlb.h"
#include "core/lock/spinlock.h"
#include "core/vm/object_entry.h"

/* Nodes with no reference left, linked by `next`; their entries still hold
 * theirs.  taken - freed harts are in the middle of node_drain. */
static struct {
	struct spinlock lock;
	uint32_t first;		/* lock */
	uint32_t count;		/* lock to change, [a] to read */
	uint32_t taken;		/* lock; nodes ever taken off the queue */
	uint32_t freed;		/* [a] of those, freed with all they held */
} dead = { SPINLOCK("dead nodes", RANK_DEAD), FRAME_NONE, 0, 0, 0 };

void
node_make(struct frame *frame, uint32_t level)
{
	entry_t *entries = node_entries(frame);

	page_clear(entries);
	if (level == ROOT_LEVEL)
		memcpy(entries + ROOT_USER_ENTRIES,
		    (entry_t *)direct_pointer(tlb_kernel_root()) +
		    ROOT_USER_ENTRIES,
		    (SV39_FANOUT - ROOT_USER_ENTRIES) * sizeof(entry_t));
	frame->level = (uint8_t)level;
	frame->used = 0;
	frame->named = 0;
	frame->promised = 0;
	frame->sealed = 0;
	frame_turn(frame, FRAME_NODE);
}

/* Take one more reference to what `entry` names, and give it the form in
 * which two nodes may both hold it. */
static inline entry_t
entry_share(entry_t entry)
{
	switch (entry_kind(entry)) {
	case ENTRY_LEAF:
		page_get(entry_frame(entry));
		return entry & PTE_W ? entry_sealed(entry) : entry;
	case ENTRY_FILE:
		object_get_entries(entry_object(entry), 1);
		return entry;
	case ENTRY_HELD:
		page_get(entry_frame(entry));
		return entry;
	default:
		frame_get(entry_frame(entry));
		return entry_parked(entry_frame(entry));
	}
}

void
node_copy(struct frame *copy, struct frame *node)
{
	entry_t *from = node_entries(node), *to = node_entries(copy);
	uint32_t left = node->named;

	/* All words at once; then those that name something, one by one. */
	if (node->level == ROOT_LEVEL)
		memcpy(to, from, ROOT_USER_ENTRIES * sizeof(entry_t));
	else
		page_copy(to, from);
	for (; left > 0; from++, to++) {
		entry_t entry = entry_load(from);

		if (!entry_names(entry))
			continue;
		*to = entry_share(entry);
		if (*to != entry)
			entry_store(from, *to);
		left--;
	}
	copy->level = node->level;
	copy->used = node->used;
	copy->named = node->named;
	copy->promised = node->promised;
	copy->sealed = node->level == 0;
	atomic_store_relaxed(&node->sealed, node->level == 0);
	frame_turn(copy, FRAME_NODE);
}

void
node_seal(struct frame *node)
{
	entry_t *entries = node_entries(node);
	uint32_t left = node->named;

	if (atomic_load_relaxed(&node->sealed))
		return;
	for (; left > 0; entries++) {
		entry_t entry = entry_load(entries);

		if (!entry_names(entry))
			continue;
		if ((entry & (PTE_V | PTE_W)) == (PTE_V | PTE_W))
			entry_store(entries, entry_sealed(entry));
		left--;
	}
	atomic_store_relaxed(&node->sealed, 1);
}

void
node_split(struct frame *node, uint32_t level, entry_t mark)
{
	entry_t *entries = node_entries(node);
	uint64_t each = level_pages(level);

	if (entry_kind(mark) == ENTRY_FILE)
		object_get_entries(entry_object(mark), SV39_FANOUT - 1);
	for (uint32_t i = 0; i < SV39_FANOUT; i++)
		entries[i] = entry_mark_advance(mark, i * each);
	node->level = (uint8_t)level;
	node->used = SV39_FANOUT;
	node->named = entry_names(mark) ? SV39_FANOUT : 0;
	node->promised = (uint32_t)(SV39_FANOUT * each);
	node->sealed = 0;
	frame_turn(node, FRAME_NODE);
}

void
entry_put(entry_t entry)
{
	switch (entry_kind(entry)) {
	case ENTRY_LEAF:
	case ENTRY_HELD:
		page_put(entry_frame(entry));
		break;
	case ENTRY_NODE:
	case ENTRY_PARKED:
		node_put(entry_frame(entry));
		break;
	case ENTRY_FILE:
		object_put_entry(entry_object(entry));
		break;
	case ENTRY_ANON:
	case ENTRY_EMPTY:
		break;
	}
}

void
node_put(struct frame *node)
{
	ASSERT(node->kind == FRAME_NODE);
	if (!frame_drop(node))
		return;
	spin_lock(&dead.lock);
	node->next = dead.first;
	dead.first = frame_number(node);
	atomic_store_relaxed(&dead.count, dead.count + 1);
	spin_unlock(&dead.lock);
}

bool
node_drain(void)
{
	struct frame *node = NULL;
	entry_t *entries;
	uint32_t left;

	if (atomic_load_relaxed(&dead.count) == 0)
		return false;
	spin_lock(&dead.lock);
	if (dead.first != FRAME_NONE) {
		node = frame_at(dead.first);
		dead.first = node->next;
		dead.taken++;
		atomic_store_relaxed(&dead.count, dead.count - 1);
	}
	spin_unlock(&dead.lock);
	if (node == NULL)
		return false;
	entries = node_entries(node);
	left = node->named;
	for (; left > 0; entries++)
		if (entry_names(*entries)) {
			entry_put(*entries);
			left--;
		}
	frame_free(node);
	atomic_add(&dead.freed, 1);
	return true;
}

bool
node_drain_wait(void)
{
	bool queued, busy;
	uint32_t freed;

	/* What a hart queues it queues before it counts as done: so with the
	 * lock held, an empty queue and nobody at work mean the end. */
	spin_lock(&dead.lock);
	freed = atomic_load(&dead.freed);
	busy = freed != dead.taken;
	queued = dead.first != FRAME_NONE;
	spin_unlock(&dead.lock);
	while (busy && atomic_load(&dead.freed) == freed)
		cpu_pause();
	return busy || queued;
}

uint32_t
node_queued(void)
{
	return atomic_load_relaxed(&dead.count);
}

struct frame *
node_queue_next(struct frame *node)
{
	uint32_t next = node == NULL ? dead.first : node->next;

	return next == FRAME_NONE ? NULL : frame_at(next);
}

static const char *
entry_check(entry_t entry, uint32_t level)
{
	switch (entry_kind(entry)) {
	case ENTRY_NODE:
	case ENTRY_PARKED:
		if (level == 0)
			return "a node below level 0";
		if (entry_frame(entry)->kind != FRAME_NODE)
			return "an inner entry names no node";
		if (entry_frame(entry)->level != level - 1)
			return "an inner entry skips a level";
		if (entry_frame(entry)->used == 0)
			return "a node with no entries";
		return NULL;
	case ENTRY_LEAF:
	case ENTRY_HELD:
		if (level != 0)
			return "a leaf above level 0";
		if (entry_frame(entry)->kind == FRAME_NODE ||
		    entry_frame(entry)->kind == FRAME_FREE)
			return "a leaf names no page";
		if ((entry & (PTE_V | PTE_W | LEAF_LATER)) ==
		    (PTE_V | PTE_W | LEAF_LATER))
			return "a leaf may be written now and later";
		return NULL;
	case ENTRY_ANON:
	case ENTRY_FILE:
	case ENTRY_EMPTY:
		return NULL;
	}
	return "an entry of no kind";
}

const char *
node_check(const struct frame *node)
{
	const entry_t *entries = node_entries(node);
	uint64_t used = 0, named = 0, promised = 0;

	for (uint32_t i = 0; i < node_fanout(node->level); i++) {
		entry_t entry = entry_load(&entries[i]);
		const char *wrong = entry_check(entry, node->level);

		if (wrong != NULL)
			return wrong;
		if (entry == 0)
			continue;
		used++;
		named += entry_names(entry);
		promised += entry_is_inner(entry) ?
		    entry_frame(entry)->promised : level_pages(node->level);
		if (node->sealed && (entry & PTE_V) && (entry & PTE_W))
			return "a sealed node with W";
	}
	if (used != node->used)
		return "a wrong count of used entries";
	if (named != node->named)
		return "a wrong count of entries that name something";
	if (promised != node->promised)
		return "a wrong count of promised pages";
	return NULL;
}
