/*
 * What changes of ranges have in common.  For vm only.
 *
 * All of it needs space->lock.  A range is a span of the root (span.h); where
 * its ends lie inside entries, those are entered, and must be our own.
 */
#pragma once

#include "core/vm/rows.h"
#include "core/vm/space_tree.h"
#include "core/vm/span.h"

static inline bool
range_is_valid(vaddr_t start, uint64_t len)
{
	return ((start | len) & PAGE_MASK) == 0 && len > 0 &&
	    len <= USER_END && start <= USER_END - len;
}

static inline bool
prot_is_valid(uint32_t prot)
{
	return !(prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC));
}

/* W without R is reserved by the hardware (Sv39): writing includes reading. */
static inline uint32_t
prot_for_hardware(uint32_t prot)
{
	return prot & PROT_WRITE ? prot | PROT_READ : prot;
}

/*
 * Have as many nodes in `stock` as `needs` asks for, releasing the space's lock
 * as often as needed.  `reserved`: out of the reserve, too.
 *
 * needs:   space->lock
 * returns: 0, or -ENOMEM, unlocked, with an empty stock
 */
int range_prepare(struct space *space, const struct span *span,
    uint32_t (*needs)(const struct space *space, const struct span *span),
    bool reserved, struct stock *stock);
/* The same, taking the lock first. */
int range_lock(struct space *space, const struct span *span,
    uint32_t (*needs)(const struct space *space, const struct span *span),
    bool reserved, struct stock *stock);

/* The node below a partly covered entry, made or made our own. */
struct frame *range_enter(struct frame *node, entry_t *entry,
    struct stock *stock, struct changes *changes);
/* The same, but what is parked stays so. */
struct frame *range_enter_closed(struct frame *node, entry_t *entry,
    struct stock *stock, struct changes *changes);

/* As those of a space, in range.h. */
bool range_find_gap(const struct space *space, vaddr_t low, vaddr_t high,
    uint64_t len, uint64_t align, bool top_down, vaddr_t *out);
bool range_find_place(const struct space *space, vaddr_t low, vaddr_t high,
    uint64_t len, vaddr_t *out);

/* Whether nothing is mapped in the range. */
bool range_is_empty(const struct frame *node, const struct span *span);

/* What is valid in the range turns invalid, keeping its references: leaves
 * are held, nodes parked.  needs: the nodes that unmap_needs says */
void range_detach(struct frame *node, const struct span *span,
    struct stock *stock, struct changes *changes);
/* Drop what range_detach left, after the fence.  returns: pages no longer
 * promised */
uint64_t range_erase(struct frame *node, const struct span *span);

/* Drop what is mapped in the range.  Cannot fail.
 * needs: the nodes that unmap_needs says */
void range_drop(struct space *space, const struct span *span,
    struct stock *stock);

/*
 * Set every entry of an empty range to `mark`, which is for its first page.
 * needs:   the nodes that range_needs says, to map
 * returns: pages promised
 */
uint64_t range_set(struct frame *node, const struct span *span, entry_t mark,
    struct stock *stock, struct changes *changes);
/* How many entries that makes: each names the mark's object. */
uint64_t range_marks(vaddr_t start, uint64_t len);

/* The promise that a leaf or held entry came from, without a reference. */
entry_t entry_origin(entry_t entry);

/*
 * Own the ways to the ends of the range, and close to the hardware each node
 * that lies whole in it (parked).  needs: the nodes that change_needs says
 */
void range_close(struct frame *node, const struct span *span,
    struct stock *stock, struct changes *changes);

/* What is done to a range: what it needs at its ends depends on that. */
enum range_change {
	RANGE_MAP,
	RANGE_UNMAP,
	RANGE_REPLACE,
};

/* Nodes that changing the range takes. */
uint32_t range_needs(const struct space *space, const struct span *span,
    enum range_change change);
/* To unmap it. */
uint32_t unmap_needs(const struct space *space, const struct span *span);
/* Nodes that changing every entry of the range takes: all shared ones below,
 * and where marks must be split. */
uint32_t change_needs(const struct space *space, const struct span *span);
