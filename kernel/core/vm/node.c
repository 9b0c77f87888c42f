#include "core/vm/node.h"

#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/csr.h"
#include "core/cpu/page.h"
#include "core/cpu/tlb.h"
#include "core/lock/spinlock.h"
#include "core/vm/node_copy.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_refs.h"

/* A node with more lines in use is not worth clearing, for it is a copy of one
 * like it that it will be used for. */
#define LINES_CLEAN_MAX	(LINES / 4)

/* Nodes with no reference left, linked by `next`; their entries still hold
 * theirs.  taken - freed harts are in the middle of node_drain. */
static struct {
	struct spinlock lock;
	uint32_t first;		/* lock */
	uint32_t count;		/* lock to change, [a] to read */
	uint32_t taken;		/* lock; nodes ever taken off the queue */
	uint32_t freed;		/* [a] of those, freed with all they held */
} dead = { SPINLOCK("dead nodes", RANK_DEAD), FRAME_NONE, 0, 0, 0 };

/* The kernel's entries, which every root has, by their place.  [c] after
 * node_init */
static struct {
	uint16_t at[SV39_FANOUT - ROOT_USER_ENTRIES];
	uint32_t count;
} kernel_half;

void
node_init(void)
{
	const entry_t *entries = direct_pointer(tlb_kernel_root());

	for (uint32_t i = ROOT_USER_ENTRIES; i < SV39_FANOUT; i++)
		if (entries[i] != 0)
			kernel_half.at[kernel_half.count++] = (uint16_t)i;
}

static void
kernel_half_set(entry_t *entries)
{
	const entry_t *from = direct_pointer(tlb_kernel_root());

	for (uint32_t i = 0; i < kernel_half.count; i++)
		entries[kernel_half.at[i]] = from[kernel_half.at[i]];
}

static void
kernel_half_clear(entry_t *entries)
{
	for (uint32_t i = 0; i < kernel_half.count; i++)
		entries[kernel_half.at[i]] = 0;
}

void
node_make(struct frame *frame, uint32_t level)
{
	frame_clear(frame);
	if (level == ROOT_LEVEL)
		kernel_half_set(node_entries(frame));
	frame->level = (uint8_t)level;
	frame->lines = 0;
	frame->used = 0;
	frame->named = 0;
	frame->promised = 0;
	frame->resident = 0;
	frame->unsealed = 0;
	frame_turn(frame, FRAME_NODE);
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
	node->flags = 0;
	node->level = (uint8_t)level;
	node->lines = LINES_ALL;
	node->used = SV39_FANOUT;
	node->named = entry_names(mark) ? SV39_FANOUT : 0;
	node->promised = (uint32_t)(SV39_FANOUT * each);
	node->resident = 0;
	node->unsealed = 0;
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

/* What entry_put does, but references to objects are dropped later. */
static inline void
entry_drop(entry_t entry, uint32_t level, struct object_refs *refs)
{
	struct frame *page = entry_frame(entry);

	if (!(entry & PTE_V) && entry_kind(entry) == ENTRY_FILE) {
		object_refs_add(refs, entry_object(entry));
	} else if (level > 0) {
		node_put(page);
	} else if (page_object(page) != 0) {
		/* The cache has it, too. */
		object_refs_add(refs, page->object - 1);
		if (frame_drop(page))
			frame_free(page);
	} else {
		page_put(page);
	}
}

/* Drop all that a node names. */
static void
node_drop_entries(struct frame *node)
{
	entry_t *entries = node_entries(node);
	uint32_t lines = node->lines, left = node->named;
	struct object_refs refs = { object_put_entries, 0, 0 };

	if (left == 0)
		return;
	LINES_FOR(first, lines) {
		for (entry_t *entry = entries + first;
		    entry < entries + first + LINE_ENTRIES;
		    entry += TURN_ENTRIES) {
			entry_t turn[TURN_ENTRIES];
			entry_t others = turn_load(turn, entry);

			if (!entry_names(turn[0]) && !entry_names(others))
				continue;
#pragma GCC unroll 4
			for (uint32_t i = 0; i < TURN_ENTRIES; i++)
				if (entry_names(turn[i])) {
					entry_drop(turn[i], node->level, &refs);
					left--;
				}
		}
		if (left == 0)
			break;
	}
	object_refs_settle(&refs);
}

/* Free a node that names nothing any more; clean, if that costs little. */
static void
node_free(struct frame *node)
{
	entry_t *entries = node_entries(node);
	uint32_t lines = node->lines, count = 0;

	if (node->level == ROOT_LEVEL)
		kernel_half_clear(entries);
	node->lines = 0;
	node->lender = 0;
	node->resident = 0;
	LINES_FOR(first, lines) {
		if (++count > LINES_CLEAN_MAX) {
			frame_free(node);
			return;
		}
		/* A call of memset would cost more. */
#pragma GCC unroll 16
		for (uint32_t i = 0; i < LINE_ENTRIES; i++)
			entry_store(&entries[first + i], 0);
	}
	frame_free_clean(node);
}

bool
node_drain(void)
{
	struct frame *node = NULL;

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
	node_drop_entries(node);
	if (node->lender != 0)
		node_put(frame_at(node->lender));
	node_free(node);
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

/* What is mapped by an entry, or below it. */
static uint64_t
entry_promised(entry_t entry, uint32_t level)
{
	return entry == 0 ? 0 : entry_is_inner(entry) ?
	    entry_frame(entry)->promised : level_pages(level);
}

const char *
node_check(const struct frame *node)
{
	uint64_t used = 0, named = 0, promised = 0, resident = 0;

	if (node->lender != 0 && node->refs > 1)
		return "borrows, and is shared";
	for (uint32_t i = 0; i < node_fanout(node->level); i++) {
		entry_t entry = entry_load(&node_entries(node)[i]);
		const char *wrong = entry_check(entry, node->level);

		if (wrong != NULL)
			return wrong;
		promised += entry_promised(node_entry(node, i), node->level);
		resident += entry_resident(node_entry(node, i));
		if (entry == 0)
			continue;
		if ((node->lines & line_of(i)) == 0)
			return "an entry in an empty line";
		used++;
		named += entry_names(entry);
		if ((entry & PTE_V) && (entry & PTE_W) &&
		    (node->unsealed & line_of(i)) == 0)
			return "W in a sealed line";
	}
	if (used != node->used)
		return "a wrong count of used entries";
	if (named != node->named)
		return "a wrong count of entries that name something";
	if (promised != node->promised)
		return "a wrong count of promised pages";
	if (resident != node->resident)
		return "a wrong count of resident pages";
	return NULL;
}
