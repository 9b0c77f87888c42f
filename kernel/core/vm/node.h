/*
 * Nodes: page-table pages, counted and copied like any other page.
 *
 *	          refs = 1: owned, if its parents are           refs > 1: shared
 *	parent --> [ node ] --> frames        parent A --> [ node ] <-- parent B
 *
 * A node with more than one reference does not change, but for two things
 * that change nothing anybody sees: its inner entries may be parked, and its
 * leaves sealed (W cleared).  Both must be done before a copy of it exists
 * beside it, for then what it names has two names.  Only where an entry leads
 * to a leaf node that is sealed, it may be open instead, in all copies.
 *
 * Copying a node takes a reference for each entry; freeing one, later and
 * iteratively (node_drain), drops them.
 *
 * Most nodes are mostly empty.  So a node knows its *lines*, of LINE_ENTRIES
 * each, by a bit: where it is 0, all entries of the line are.  Neither copying
 * nor freeing looks at those.  Likewise it knows which lines are *unsealed*:
 * where the bit is 0, no leaf of the line has W.
 *
 * Of a node above the leaves they count while it is shared: then all are set, or
 * none if it is sealed itself, which is that what its entries lead to openly is.
 * An owner does not keep that up, so a fork sets them of what was the parent's.
 */
#pragma once

#include "core/base/bits.h"
#include "core/mem/frame.h"
#include "core/vm/entry.h"

#define ROOT_LEVEL	(SV39_LEVELS - 1)

#define LINES		MIN(SV39_FANOUT, 32u)	/* bits of `lines` */
#define LINE_ENTRIES	(SV39_FANOUT / LINES)
#define LINES_ALL	((uint32_t)(((uint64_t)1 << LINES) - 1))
#define LINE_BYTES	(LINE_ENTRIES * sizeof(entry_t))

/* For each of `lines` the index of its first entry; `lines` is used up. */
#define LINES_FOR(first, lines)						\
	for (uint32_t first; (lines) != 0 &&				\
	    ((first) = bit_lowest(lines) * LINE_ENTRIES, true);		\
	    (lines) &= (lines) - 1)

/* Entries that are looked at in one turn of a loop over a line. */
#define TURN_ENTRIES	MIN(LINE_ENTRIES, 4u)

_Static_assert(SV39_FANOUT * sizeof(entry_t) == PAGE_BYTES,
    "a frame whose entries are zero is clean");

static inline entry_t *
node_entries(const struct frame *node)
{
	return frame_data(node);
}

/* Entries of a node that belong to programs: of a root, half. */
static inline uint32_t
node_fanout(uint32_t level)
{
	return level == ROOT_LEVEL ? ROOT_USER_ENTRIES : SV39_FANOUT;
}

/* The line of an entry. */
static inline uint32_t
line_of(uint32_t index)
{
	return (uint32_t)1 << index / LINE_ENTRIES;
}

/* The lines of entries [first, first + count); count > 0. */
static inline uint32_t
lines_of(uint32_t first, uint32_t count)
{
	uint32_t last = (first + count - 1) / LINE_ENTRIES;

	return (uint32_t)(((uint64_t)2 << last) - 1) &
	    ~(((uint32_t)1 << first / LINE_ENTRIES) - 1);
}

/* Frames mapped by an entry, or below it. */
static inline uint32_t
entry_resident(entry_t entry)
{
	if (entry_is_inner(entry))
		return entry_frame(entry)->resident;
	return entry_names(entry) && entry_kind(entry) != ENTRY_FILE;
}

/* Something below a node that is owned has changed what is mapped. */
static inline void
node_add_resident(struct frame *node, uint32_t more)
{
	atomic_store_relaxed(&node->resident, node->resident + more);
}

/* The same for what is promised. */
static inline void
node_add_promised(struct frame *node, uint32_t more)
{
	atomic_store_relaxed(&node->promised, node->promised + more);
}

/* Load the entries of a turn.  returns: all bits that are set in any but the
 * first: where that one names something, they are not worth asking */
static inline entry_t
turn_load(entry_t turn[TURN_ENTRIES], const entry_t *from)
{
	entry_t others = 0;

	turn[0] = entry_load(&from[0]);
#pragma GCC unroll 4
	for (uint32_t i = 1; i < TURN_ENTRIES; i++) {
		turn[i] = entry_load(&from[i]);
		others |= turn[i];
	}
	return others;
}

/* Which of its node's entries this is. */
static inline uint32_t
entry_index(const entry_t *entry)
{
	return (uint32_t)((uintptr_t)entry & PAGE_MASK) / sizeof(entry_t);
}

/* Leaves in these lines of a node that is owned may have W from now on. */
static inline void
node_unseal(struct frame *node, uint32_t lines)
{
	atomic_store_relaxed(&node->unsealed, node->unsealed | lines);
}

/* The same for the line of this entry. */
static inline void
node_unseal_at(entry_t *entry)
{
	node_unseal(frame_of(direct_paddr(entry)), line_of(entry_index(entry)));
}

/* Change an entry of a node that is owned, and the node's counts with it. */
static inline void
node_set(struct frame *node, entry_t *entry, entry_t value)
{
	entry_t old = entry_load(entry);
	uint32_t index = entry_index(entry);

	node->used += (uint16_t)((value != 0) - (old != 0));
	node->named += (uint16_t)(entry_names(value) - entry_names(old));
	node->lines |= line_of(index);
	node_add_resident(node, entry_resident(value) - entry_resident(old));
	entry_store(entry, value);
}

void node_init(void);			/* once, at boot */

/* Make `frame`, just taken, an empty node. gives: the kernel's half, in a root */
void node_make(struct frame *frame, uint32_t level);

/*
 * Make `node` an equal of the mark that stood for its whole range; takes over
 * the mark's reference and adds those for the other parts.
 */
void node_split(struct frame *node, uint32_t level, entry_t mark);

/* Drop what an entry names, once.  The entry must be unreachable by now. */
void entry_put(entry_t entry);

/* Drop a reference to a node; the last queues it to be freed. */
void node_put(struct frame *node);

/*
 * Free one queued node, queueing nodes it was the last to name.
 * returns: whether there was one
 */
bool node_drain(void);
/*
 * Wait until another hart that is in the middle of node_drain is through: what
 * it frees is neither queued nor free meanwhile.
 *
 * needs:   no spinlock held
 * returns: whether it is worth looking again, for free frames or into the
 *          queue; false: at one moment all was freed that had been dropped
 */
bool node_drain_wait(void);
/* Nodes queued now. */
uint32_t node_queued(void);
/* Walk the queue: the next after `node`, the first for NULL, NULL at the end.
 * needs: the world stopped */
struct frame *node_queue_next(struct frame *node);

/*
 * Check a live node by itself: kinds fit the level, `used` and `promised` are
 * right, no W where it is sealed.  gives: a word for what is wrong, or NULL
 */
const char *node_check(const struct frame *node);
