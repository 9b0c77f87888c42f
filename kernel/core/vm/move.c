/*
 * Moving what is mapped.
 *
 *	from    |..#|###|###|##.|	a part of a tree is taken off, closed
 *	to      |..#|###|###|##.|	to the hardware, and put elsewhere
 *
 * What both addresses are multiples of alike decides how: nodes of that size
 * are moved whole, shared or not; above it, entry by entry.  What was there is
 * dropped first, and what stays behind promised last, under one lock.
 */
#include "core/vm/range.h"

#include "core/base/errno.h"
#include "core/vm/object_entry.h"
#include "core/vm/range_tree.h"

struct move {
	struct span from;
	uint64_t shift;		/* to be added to an address, modulo 2^64 */
	uint32_t level;		/* entries up to this level can move whole */
	bool leaves;		/* something is promised at `from` after */
	struct space *space;
	struct stock stock;
	struct changes changes;	/* where it goes */
};

/* How many blocks of `bytes` a range touches. */
static uint32_t
blocks(vaddr_t start, uint64_t len, uint64_t bytes)
{
	return (uint32_t)((ROUND_UP(start + len, bytes) -
	    ROUND_DOWN(start, bytes)) / bytes);
}

static uint32_t
move_needs(const struct space *space, const struct span *span)
{
	const struct move *move = CONTAINER_OF(span, struct move, from);
	uint64_t len = span->end - span->start;
	uint32_t need = change_needs(space, span);

	/* Where it goes: every node on the way, made or made our own.  What
	 * moves whole brings its own. */
	for (uint32_t level = 1; level <= ROOT_LEVEL; level++) {
		uint32_t touched = blocks(span->start + move->shift, len,
		    level_bytes(level));

		need += move->level >= level ? MIN(touched, 2u) : touched;
	}
	/* The ways to both ends may go with what is moved. */
	if (move->leaves)
		need += 2 * ROOT_LEVEL;
	return need;
}

/* Put an entry, or a mark for a whole range, where nothing is. */
static void
move_put(struct move *move, vaddr_t at, uint32_t level, entry_t entry,
    uint64_t promised)
{
	struct frame *node = move->space->root;
	uint32_t resident = entry_resident(entry);
	entry_t *place;

	for (;;) {
		place = &node_entries(node)[level_index(at, node->level)];
		node_add_promised(node, (uint32_t)promised);
		if (node->level == level)
			break;
		node_add_resident(node, resident);
		/* Opening it would show the hardware what is still to move. */
		node = range_enter_closed(node, place, &move->stock,
		    &move->changes);
	}
	if ((entry & PTE_V) && (entry & PTE_W))
		node_unseal(node, line_of(entry_index(place)));
	node_set(node, place, entry);
}

/* A mark too large to move whole: in pieces that the new place can take. */
static void
move_mark(struct move *move, vaddr_t at, uint32_t level, entry_t mark)
{
	struct span span = span_root(at, level_bytes(level));
	uint64_t marks = range_marks(at, level_bytes(level));

	if (entry_kind(mark) == ENTRY_FILE)
		object_get_entries(entry_object(mark), (uint32_t)marks - 1);
	range_set(move->space->root, &span, mark, &move->stock,
	    &move->changes);
}

/* What an entry that was detached says where it goes. */
static entry_t
entry_attached(entry_t entry)
{
	bool alone;

	if (entry_kind(entry) != ENTRY_HELD)
		return entry;
	/* 1 is stable: the way there was our own, and is again. */
	alone = !entry_shared(entry) && frame_refs(entry_frame(entry)) == 1;
	return entry_of_page(entry, entry_prot(entry), alone);
}

/* returns: pages no longer promised here.  gives: *resident, added to: frames
 * no longer mapped here.  (The same node may get some of them again.) */
static uint64_t
range_move(struct move *move, struct frame *node, const struct span *span,
    bool closed, uint32_t *resident)
{
	entry_t *entries = node_entries(node);
	uint64_t promised = 0;

	for (uint32_t i = span_first(span); i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		bool inner = entry_is_inner(entry), shut;
		bool whole = span_run(span, i) > 0;
		vaddr_t to = span_base(span, i) + move->shift;
		struct frame *below;
		struct span part;
		uint32_t below_resident;
		uint64_t pages;

		if (entry == 0)
			continue;
		if (inner && !(whole && span->level <= move->level)) {
			shut = closed || !(entry & PTE_V);
			below = shut ? node_own_closed(&entries[i],
			    &move->stock) : entry_frame(entry);
			part = span_below(span, i);
			below_resident = 0;
			promised += range_move(move, below, &part, shut,
			    &below_resident);
			node_add_resident(node, 0 - below_resident);
			*resident += below_resident;
			if (below->used == 0) {
				node_set(node, &entries[i], 0);
				node_put(below);
			}
			continue;
		}
		pages = inner ? entry_frame(entry)->promised :
		    level_pages(span->level);
		node_set(node, &entries[i], 0);
		promised += pages;
		*resident += entry_resident(entry);
		if (span->level > move->level)
			move_mark(move, to, span->level, entry);
		else
			move_put(move, to, span->level,
			    entry_attached(entry), pages);
	}
	node_add_promised(node, 0 - (uint32_t)promised);
	return promised;
}

/* The largest entries that are entries in both places. */
static uint32_t
move_level(uint64_t shift)
{
	uint32_t level = ROOT_LEVEL;

	while (level > 0 && (shift & (level_bytes(level) - 1)) != 0)
		level--;
	return level;
}

/* needs: the space's lock, and the nodes that move_needs says.  Cannot fail */
static void
range_change_places(struct move *move, const struct span *target)
{
	struct space *space = move->space;
	struct changes changes = { 0 };
	uint32_t resident = 0;

	/* What lies at the ends of what was there takes the nodes that the
	 * way there may: it needs one of them for each level. */
	range_drop(space, target, &move->stock);
	range_detach(space->root, &move->from, &move->stock, &changes);
	if (changes.inner || changes.remote)
		changes_finish(&changes, space);
	range_move(move, space->root, &move->from, false, &resident);
}

static int
move_locked(struct move *move, const struct span *target, uint32_t options,
    entry_t mark)
{
	struct space *space = move->space;

	if (!(options & SPACE_MAP_REPLACE) &&
	    !range_is_empty(space->root, target))
		return -EEXIST;
	/* Nothing below may fail. */
	range_change_places(move, target);
	if (move->leaves)
		range_set(space->root, &move->from, mark, &move->stock,
		    &move->changes);
	if (move->changes.inner)
		changes_finish(&move->changes, space);
	return 0;
}

int
space_move(struct space *space, vaddr_t from, uint64_t len, vaddr_t to,
    uint32_t options, uint32_t prot)
{
	struct move move = {
		.from = span_root(from, len), .shift = to - from,
		.level = move_level(to - from), .space = space,
		.leaves = options & SPACE_MOVE_LEAVE,
	};
	struct span target = span_root(to, len);
	int err;

	if (!range_is_valid(from, len) || !range_is_valid(to, len) ||
	    (from < to + len && to < from + len) || !prot_is_valid(prot) ||
	    (options & ~(SPACE_MAP_REPLACE | SPACE_MOVE_LEAVE)))
		return -EINVAL;
	err = range_lock(space, &move.from, move_needs, false, &move.stock);
	if (err != 0)
		return err;
	err = move_locked(&move, &target, options,
	    entry_anon(prot_for_hardware(prot)));
	mutex_unlock(&space->lock);
	stock_empty(&move.stock);
	return err;
}
