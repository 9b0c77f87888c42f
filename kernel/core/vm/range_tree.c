/*
 * Walks over ranges, which recurse at most twice.
 *
 * Unmapping takes two rounds, for what was mapped may not be dropped before
 * the fence, and may be more than any list would hold: the first makes the
 * entries invalid but lets them keep what they name (held, parked), the
 * second drops it.  Changing takes one, after what lies whole in the range was
 * closed: then the old can be dropped on the spot.
 */
#include "core/vm/range_tree.h"

#include "core/base/errno.h"
#include "core/vm/space_lock.h"

/* How many entries of a row are not empty. */
static uint32_t
row_used(const entry_t *entries, uint32_t count)
{
	uint32_t used = 0;

	for (const entry_t *end = entries + count; entries < end; entries++)
		used += entry_load(entries) != 0;
	return used;
}

bool
range_is_empty(const struct frame *node, const struct span *span)
{
	const entry_t *entries = node_entries(node);
	uint32_t run;

	if (node->used == 0)
		return true;
	for (uint32_t i = span_first(span); i < span_limit(span); i += run) {
		struct span below;

		run = span_run(span, i);
		if (run > 0) {
			if (row_bits(&entries[i], run) != 0)
				return false;
			continue;
		}
		run = 1;
		if (entries[i] == 0)
			continue;
		if (!entry_is_inner(entries[i]))
			return false;
		below = span_below(span, i);
		if (!range_is_empty(entry_frame(entries[i]), &below))
			return false;
	}
	return true;
}

/*
 * Whether all that is mapped below `node` lies in the range: then dropping
 * the node is as good as emptying it, and no empty node is ever left.
 */
static bool
range_has_all(const struct frame *node, const struct span *span)
{
	const entry_t *entries = node_entries(node);
	uint32_t inside = 0, run;

	if (node->used > span_limit(span) - span_first(span))
		return false;
	for (uint32_t i = span_first(span); i < span_limit(span); i += run) {
		struct span below;

		run = span_run(span, i);
		if (run > 0) {
			inside += row_used(&entries[i], run);
			continue;
		}
		run = 1;
		if (entries[i] == 0)
			continue;
		if (!entry_is_inner(entries[i]))
			return false;
		below = span_below(span, i);
		if (!range_has_all(entry_frame(entries[i]), &below))
			return false;
		inside++;
	}
	return inside == node->used;
}

/* Whether an address lies inside an entry of `level`. */
static inline bool
is_inside(vaddr_t addr, uint32_t level)
{
	return (addr & (level_bytes(level) - 1)) != 0;
}

/* What an end of a range needs, but for the nodes that it shares with the
 * `other`; 0 for none. */
static uint32_t
end_needs(const struct space *space, vaddr_t end, vaddr_t other,
    enum range_change change)
{
	const struct frame *node = space->root;
	uint32_t count = 0, made = 0;
	bool owned = true;

	for (uint32_t level = ROOT_LEVEL; level > 0 && is_inside(end, level);
	    level--) {
		entry_t entry;
		bool need;

		/* Below what must be made, everything must be. */
		entry = node == NULL ? 0 :
		    entry_load(&node_entries(node)[level_index(end, level)]);
		if (entry_is_inner(entry)) {
			node = entry_frame(entry);
			owned = owned && frame_refs(node) == 1;
			need = !owned || change == RANGE_REPLACE;
		} else {
			node = NULL;
			need = entry != 0 || change != RANGE_UNMAP || made > 0;
		}
		made += need;
		if (!is_inside(other, level) ||
		    (end ^ other) >= level_bytes(level))
			count += need;
	}
	return count;
}

/*
 * How many nodes may have to be made to change the range: where an end of it
 * lies inside an entry, that entry must lead to a node of our own.  To map, an
 * empty entry needs one too; to replace, any, for what is there may be dropped
 * with its node.
 */
uint32_t
range_needs(const struct space *space, const struct span *span,
    enum range_change change)
{
	return end_needs(space, span->start, 0, change) +
	    end_needs(space, span->end, span->start, change);
}

uint32_t
unmap_needs(const struct space *space, const struct span *span)
{
	return range_needs(space, span, RANGE_UNMAP);
}

int
range_prepare(struct space *space, const struct span *span,
    uint32_t (*needs)(const struct space *space, const struct span *span),
    bool reserved, struct stock *stock)
{
	for (;;) {
		uint32_t need = needs(space, span);
		int err;

		if (stock->nnodes >= need || stock_fill_free(stock, 0, need))
			return 0;
		mutex_unlock(&space->lock);
		err = reserved ? stock_fill_reserved(stock, need) :
		    stock_fill(stock, 0, need);
		if (err != 0) {
			stock_empty(stock);
			return err;
		}
		space_lock(space);
	}
}

int
range_lock(struct space *space, const struct span *span,
    uint32_t (*needs)(const struct space *space, const struct span *span),
    bool reserved, struct stock *stock)
{
	space_lock(space);
	return range_prepare(space, span, needs, reserved, stock);
}

struct frame *
range_enter(struct frame *node, entry_t *entry, struct stock *stock,
    struct changes *changes)
{
	entry_t old = entry_load(entry);
	struct frame *below;

	if (entry_is_inner(old))
		return node_own(entry, stock, changes);
	below = stock_take_node(stock);
	if (old == 0) {
		node_make(below, node->level - 1u);
	} else {
		node_split(below, node->level - 1u, old);
	}
	/* From invalid to valid: as in range_quick.c, nothing is fenced. */
	node_set(node, entry, entry_node(below));
	return below;
}

struct frame *
range_enter_closed(struct frame *node, entry_t *entry, struct stock *stock,
    struct changes *changes)
{
	if (entry_kind(entry_load(entry)) == ENTRY_PARKED)
		return node_own_closed(entry, stock);
	return range_enter(node, entry, stock, changes);
}

/* Nodes that splitting a mark over a part of its range takes. */
static uint32_t
split_needs(const struct span *span)
{
	uint32_t count = 1;

	if (span->level == 0)
		return count;
	for (uint32_t i = span_first(span); i < span_limit(span);
	    i += MAX(span_run(span, i), 1u))
		if (span_run(span, i) == 0) {
			struct span below = span_below(span, i);

			count += split_needs(&below);
		}
	return count;
}

static uint32_t
below_needs(const struct frame *node, const struct span *span, bool owned)
{
	const entry_t *entries = node_entries(node);
	uint32_t count = 0;

	if (span->level == 0)
		return 0;
	for (uint32_t i = span_first(span); i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		struct span below;

		if (entry == 0 ||
		    (!entry_is_inner(entry) && span_run(span, i) > 0))
			continue;
		below = span_below(span, i);
		if (entry_is_inner(entry)) {
			bool own = owned && frame_refs(entry_frame(entry)) == 1;

			count += !own +
			    below_needs(entry_frame(entry), &below, own);
		} else {
			count += split_needs(&below);
		}
	}
	return count;
}

uint32_t
change_needs(const struct space *space, const struct span *span)
{
	return below_needs(space->root, span, true);
}

void
range_close(struct frame *node, const struct span *span, struct stock *stock,
    struct changes *changes)
{
	entry_t *entries = node_entries(node);

	if (span->level == 0)
		return;
	for (uint32_t i = span_first(span); i < span_limit(span); i++) {
		entry_t entry = entry_load(&entries[i]);
		struct span part;

		if (span_run(span, i) > 0) {
			if (entry_kind(entry) != ENTRY_NODE)
				continue;
			entry_store(&entries[i], entry_parked(entry_frame(entry)));
			changes->inner = true;
			changes->remote = true;
		} else if (entry != 0) {
			part = span_below(span, i);
			range_close(range_enter(node, &entries[i], stock,
			    changes), &part, stock, changes);
		}
	}
}

static void
entry_detach(entry_t *at, entry_t entry, struct changes *changes)
{
	entry_store(at, entry_is_inner(entry) ?
	    entry_parked(entry_frame(entry)) : entry_held(entry));
	changes->inner = true;
	changes->remote = true;
}

/* What is valid in a row turns invalid, keeping its references. */
static void
row_detach(entry_t *entries, uint32_t count, struct changes *changes)
{
	if (!(row_bits(entries, count) & PTE_V))
		return;
	for (entry_t *end = entries + count; entries < end; entries++)
		if (entry_load(entries) & PTE_V)
			entry_detach(entries, entry_load(entries), changes);
}

/* The first round of unmapping. */
void
range_detach(struct frame *node, const struct span *span, struct stock *stock,
    struct changes *changes)
{
	entry_t *entries = node_entries(node);
	uint32_t run;

	for (uint32_t i = span_first(span); i < span_limit(span); i += run) {
		struct span part;

		run = span_run(span, i);
		if (run > 0) {
			row_detach(&entries[i], run, changes);
			continue;
		}
		run = 1;
		if (entries[i] == 0)
			continue;
		part = span_below(span, i);
		if (entry_is_inner(entries[i]) &&
		    range_has_all(entry_frame(entries[i]), &part))
			row_detach(&entries[i], 1, changes);
		else
			range_detach(range_enter(node, &entries[i], stock,
			    changes), &part, stock, changes);
	}
}

/*
 * Drop what stands in a row.  Most of it is marks, which name nothing.
 * returns: pages no longer promised
 */
static uint64_t
row_erase(struct frame *node, uint32_t first, uint32_t count)
{
	entry_t *entries = node_entries(node) + first;
	uint64_t each = level_pages(node->level), below = 0;
	uint32_t used = 0, named = 0, inner = 0, resident = 0;

	if (!entry_names(row_bits(entries, count))) {
		used = row_used(entries, count);
		row_clear(node, first, count);
		node->used -= (uint16_t)used;
		return used * each;
	}
	for (entry_t *end = entries + count; entries < end; entries++) {
		entry_t entry = entry_load(entries);

		entry_store(entries, 0);
		used += entry != 0;
		if (!entry_names(entry))
			continue;
		named++;
		resident += entry_resident(entry);
		if (entry_is_inner(entry)) {
			inner++;
			below += entry_frame(entry)->promised;
		}
		entry_put(entry);
	}
	node->used -= (uint16_t)used;
	node->named -= (uint16_t)named;
	node_add_resident(node, 0 - resident);
	return (used - inner) * each + below;
}

/*
 * The second round.  Open nodes at the range's ends are those that the first
 * entered; a parked one there is dropped whole.
 */
uint64_t
range_erase(struct frame *node, const struct span *span)
{
	entry_t *entries = node_entries(node);
	uint64_t promised = 0;
	uint32_t run;

	for (uint32_t i = span_first(span); i < span_limit(span); i += run) {
		struct span part;

		run = span_run(span, i);
		if (run == 0 && entry_kind(entries[i]) == ENTRY_NODE) {
			struct frame *below = entry_frame(entries[i]);
			uint32_t before = below->resident;

			part = span_below(span, i);
			promised += range_erase(below, &part);
			node_add_resident(node, below->resident - before);
			run = 1;
			continue;
		}
		run = MAX(run, 1);
		promised += row_erase(node, i, run);
	}
	node_add_promised(node, 0 - (uint32_t)promised);
	return promised;
}
