#include "core/vm/node_copy.h"

#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_refs.h"

static inline void
entry_seal(entry_t *at)
{
	entry_t entry = entry_load(at);

	if ((entry & (PTE_V | PTE_W)) == (PTE_V | PTE_W))
		entry_store(at, entry_sealed(entry));
}

/* Clear W in these lines. */
static void
lines_seal(struct frame *node, uint32_t lines)
{
	entry_t *entries = node_entries(node);
	uint32_t left = atomic_load_relaxed(&node->unsealed) & ~lines;

	LINES_FOR(first, lines)
		for (entry_t *entry = entries + first;
		    entry < entries + first + LINE_ENTRIES;
		    entry += TURN_ENTRIES)
#pragma GCC unroll 4
			for (uint32_t i = 0; i < TURN_ENTRIES; i++)
				entry_seal(&entry[i]);
	atomic_store_release(&node->unsealed, left);
}

void
node_seal(struct frame *node)
{
	uint32_t lines = atomic_load_acquire(&node->unsealed);

	if (lines != 0)
		lines_seal(node, lines);
}

void
node_seal_above(struct frame *node)
{
	uint32_t lines = node->lines;

	LINES_FOR(first, lines)
		for (uint32_t i = first; i < first + LINE_ENTRIES; i++) {
			entry_t *at = &node_entries(node)[i];
			entry_t entry = entry_load(at);

			if ((entry & PTE_V) &&
			    !node_is_sealed(entry_frame(entry)))
				entry_store(at, entry_parked_as(entry));
		}
	atomic_store_release(&node->unsealed, 0);
}

/*
 * One more reference to what an entry names, which gets the form in which two
 * nodes may both hold it, in both: inner ones here, leaves are sealed before.
 * What is sealed already is open for who reads there next.
 *
 * Inlined, so that `level` is a constant: that of the nodes of both entries.
 */
static inline __attribute__((always_inline)) void
inner_share(entry_t *to, entry_t *from, entry_t entry, uint32_t level,
    uintptr_t origin)
{
	struct frame *node = frame_from(origin, pte_ppn(entry));

	/* What an owner changed below it does not know. */
	if (level == ROOT_LEVEL && frame_refs(node) == 1)
		node_unseal(node, LINES_ALL);
	frame_get(node);
	if (!node_is_sealed(node)) {
		/* If it is parked, others may be about to enter it, sealed. */
		entry_t parked = entry_parked_as(entry);

		if (entry & PTE_V)
			entry_store(from, parked);
		entry = parked;
	} else if (!(entry & PTE_V)) {
		entry = entry_node_as(entry);
		entry_store(from, entry);
	}
	*to = entry;
}

static inline void
page_share(entry_t *to, entry_t entry, uintptr_t origin,
    struct object_refs *refs)
{
	struct frame *page = frame_from(origin, pte_ppn(entry));

	frame_get(page);
	if (page->object != 0 && page_object(page) != 0)
		object_refs_add(refs, page->object - 1);
	*to = entry;
}

/* Inlined, so that `level` is a constant.  returns: whether it names nothing */
static inline __attribute__((always_inline)) bool
entry_copy(entry_t *to, entry_t *from, entry_t entry, uint32_t level,
    uintptr_t origin, struct object_refs *refs)
{
	/* What there is most of comes first. */
	if ((entry & PTE_V) && level > 0) {
		inner_share(to, from, entry, level, origin);
	} else if (entry & PTE_V) {
		page_share(to, entry, origin, refs);
	} else if (!entry_names(entry)) {
		*to = entry;
		return true;
	} else if (entry_kind(entry) == ENTRY_PARKED) {
		inner_share(to, from, entry, level, origin);
	} else if (entry_kind(entry) == ENTRY_FILE) {
		object_refs_add(refs, entry_object(entry));
		*to = entry;
	} else {
		page_share(to, entry, origin, refs);
	}
	return false;
}

/* How many entries of a line are not empty, and name something. */
struct line_counts {
	uint32_t used, named;
};

/* zero: `to` is, so that nothing need be written where nothing is */
static inline __attribute__((always_inline)) struct line_counts
line_copy(entry_t *to, entry_t *from, bool zero, uint32_t level,
    uintptr_t origin, struct object_refs *refs)
{
	struct line_counts counts = { LINE_ENTRIES, LINE_ENTRIES };

	for (entry_t *end = from + LINE_ENTRIES; from < end;
	    from += TURN_ENTRIES, to += TURN_ENTRIES) {
		entry_t turn[TURN_ENTRIES], others = turn_load(turn, from);

		if (zero && (turn[0] | others) == 0) {
			counts.used -= TURN_ENTRIES;
			counts.named -= TURN_ENTRIES;
			continue;
		}
		if (!entry_names(turn[0]) && !entry_names(others)) {
			counts.named -= TURN_ENTRIES;
#pragma GCC unroll 4
			for (uint32_t i = 0; i < TURN_ENTRIES; i++) {
				to[i] = turn[i];
				counts.used -= turn[i] == 0;
			}
			continue;
		}
#pragma GCC unroll 4
		for (uint32_t i = 0; i < TURN_ENTRIES; i++) {
			if (!entry_copy(to + i, from + i, turn[i], level,
			    origin, refs))
				continue;
			counts.named--;
			counts.used -= turn[i] == 0;
		}
	}
	return counts;
}

/* The lines from here on, up to the last of `lines`.  needs: there is one */
static void
words_copy(entry_t *to, const entry_t *from, uint32_t lines)
{
	memcpy(to, from, (bit_highest(lines) + 1) * LINE_BYTES);
}

/* Inlined, so that `level` is a constant.  left: how many entries name something */
static inline __attribute__((always_inline)) void
lines_copy(entry_t *to, entry_t *from, uint32_t lines, uint32_t left,
    bool zero, uint32_t level)
{
	struct object_refs refs = { object_get_entries, 0, 0 };
	uintptr_t origin = frame_origin;	/* in a register */

	LINES_FOR(i, lines) {
		if (left == 0) {
			/* Only words: what is empty in between does no harm. */
			words_copy(to + i, from + i,
			    lines >> i / LINE_ENTRIES);
			break;
		}
		left -= line_copy(to + i, from + i, zero, level, origin,
		    &refs).named;
	}
	object_refs_settle(&refs);
}

/* Not inlined, for above the leaves there is less to have in registers. */
static __attribute__((noinline)) void
leaves_copy(entry_t *to, entry_t *from, uint32_t lines, uint32_t left)
{
	lines_copy(to, from, lines, left, false, 0);
}

static __attribute__((noinline)) void
inner_copy(entry_t *to, entry_t *from, uint32_t lines, uint32_t left, bool zero)
{
	/* Most are mostly empty. */
	lines_copy(to, from, lines, left, zero, 1);
}

static __attribute__((noinline)) void
root_copy(entry_t *to, entry_t *from, uint32_t lines, uint32_t left)
{
	lines_copy(to, from, lines, left, true, ROOT_LEVEL);
}

void
node_copy(struct frame *copy, struct frame *node)
{
	entry_t *from = node_entries(node), *to = node_entries(copy);
	bool full = node->lines == LINES_ALL;

	ASSERT(node->lender == 0);
	/* A root was made, with the kernel's half; else it is as it was taken.
	 * A full one need not be cleared first. */
	if (node->level != ROOT_LEVEL && !full)
		frame_clear(copy);
	copy->flags = 0;
	if (node->level == 0) {
		node_seal(node);
		leaves_copy(to, from, node->lines, node->named);
	} else if (node->level == 1) {
		inner_copy(to, from, node->lines, node->named, !full);
	} else {
		root_copy(to, from, node->lines, node->named);
	}
	copy->level = node->level;
	copy->lines = node->lines;
	copy->used = node->used;
	copy->named = node->named;
	copy->promised = node->promised;
	copy->resident = node->resident;
	copy->unsealed = 0;
	if (copy->level != ROOT_LEVEL)		/* that is one already */
		frame_turn(copy, FRAME_NODE);
}

/* Copy the line that begins at `first`. */
static void
line_take(struct frame *node, struct frame *lender, uint32_t first)
{
	entry_t *to = node_entries(node) + first;
	entry_t *from = node_entries(lender) + first;
	struct object_refs refs = { object_get_entries, 0, 0 };
	struct line_counts counts;

	if (node->level == 0) {
		if (atomic_load_acquire(&lender->unsealed) & line_of(first))
			lines_seal(lender, line_of(first));
		counts = line_copy(to, from, false, 0, frame_origin, &refs);
	} else {
		counts = line_copy(to, from, true, 1, frame_origin, &refs);
	}
	object_refs_settle(&refs);
	node->named += (uint16_t)counts.named;
	node->used += (uint16_t)counts.used;
	node->lines |= line_of(first);
}

static uint32_t
line_used(const entry_t *line)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < LINE_ENTRIES; i++)
		used += line[i] != 0;
	return used;
}

/* Move it: nobody else has the lender, so each reference goes along. */
static void
line_move(struct frame *node, struct frame *lender, uint32_t first)
{
	entry_t *to = node_entries(node) + first;
	entry_t *from = node_entries(lender) + first;
	uint32_t named = 0, used = line_used(from);

	for (uint32_t i = 0; i < LINE_ENTRIES; i++) {
		named += entry_names(from[i]);
		entry_store(&to[i], from[i]);
		from[i] = 0;
	}
	node->named += (uint16_t)named;
	lender->named -= (uint16_t)named;
	node->used += (uint16_t)used;
	lender->used -= (uint16_t)used;
	node->lines |= line_of(first);
	node_unseal(node, lender->unsealed & line_of(first));
	lender->lines &= ~line_of(first);
}

void
node_borrow(struct frame *copy, struct frame *node, uint32_t index)
{
	ASSERT(node->lender == 0);
	frame_clear(copy);
	copy->level = node->level;
	copy->lines = 0;
	copy->used = 0;
	copy->named = 0;
	copy->promised = node->promised;
	copy->resident = node->resident;
	copy->unsealed = 0;
	copy->lender = frame_number(node);
	line_take(copy, node, ROUND_DOWN(index, LINE_ENTRIES));
	frame_turn(copy, FRAME_NODE);
}

void
node_take_line(struct frame *node, uint32_t index)
{
	struct frame *lender = frame_at(node->lender);

	if (lender->lines & line_of(index))
		line_take(node, lender, ROUND_DOWN(index, LINE_ENTRIES));
}

void
node_take_all(struct frame *node)
{
	struct frame *lender = frame_at(node->lender);
	uint32_t missing = lender->lines & ~node->lines;
	bool alone = node_lender_is_alone(node);

	LINES_FOR(first, missing)
		if (alone)
			line_move(node, lender, first);
		else
			line_take(node, lender, first);
	node->lender = 0;
	node_put(lender);
}
