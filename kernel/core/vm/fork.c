/*
 *	before        after
 *
 *	parent        parent          child
 *	  | open        | parked        | parked
 *	  v             v               v
 *	[ node ]      [ node, refs 2 -------- ]
 *
 * Both go on at once, at one place and with one stack.  Where nothing is in the
 * way, what their first faults there would do is done here already.  The ways
 * to the stack part: each space has its own nodes on them, and its own page.
 * The one to the instructions both enter, sealed, down to the leaf node:
 *
 *	parent        parent          child
 *	  | open        | open          | open
 *	  v             v               |
 *	[ node ]      [ node, sealed ] <+
 *	  |    |        |    : parked
 *	  v    v        v    v
 *	[pc]  [ ]     [pc]  [ ]		pc: sealed as well
 */
#include "core/vm/space.h"

#include "core/base/atomic.h"
#include "core/vm/borrow.h"
#include "core/vm/fence.h"
#include "core/vm/node_copy.h"
#include "core/vm/object_entry.h"
#include "core/vm/space_lock.h"
#include "core/vm/way.h"

/* A node that leads to more is copied when it must be, not in a fork, whose cost
 * is not to follow how much there is. */
#define ABOVE_NAMES_MAX		MAX(SV39_FANOUT / 16, 2u)

/*
 * The node of the leaf for `addr`, if there is one and all above it is the
 * parent's own, and leads to little.
 */
static struct frame *
leaves_to_part(const struct space *parent, vaddr_t addr)
{
	struct frame *node = parent->root;

	if (addr >= USER_END)
		return NULL;
#pragma GCC unroll 2
	for (uint32_t level = ROOT_LEVEL; level > 0; level--) {
		entry_t entry = entry_load(
		    &node_entries(node)[level_index(addr, level)]);

		if (!entry_is_inner(entry))
			return NULL;
		node = entry_frame(entry);
		if (level > 1 &&
		    (frame_refs(node) > 1 || node->named > ABOVE_NAMES_MAX))
			return NULL;
	}
	return node;
}

/* Whether the parent could write to a page until now, by a node of its own: then
 * all that the child has of it, it has from the parent alone. */
static bool
page_may_part(const struct space *parent, vaddr_t addr)
{
	const struct frame *leaves = leaves_to_part(parent, addr);
	entry_t leaf;

	if (leaves == NULL || frame_refs(leaves) > 1 || node_is_full(leaves))
		return false;
	leaf = entry_load(&node_entries(leaves)[level_index(addr, 0)]);
	return (leaf & PTE_V) && (leaf & PTE_W) && !entry_shared(leaf);
}

/* An entry of the parent's, and the child's at the same place. */
struct pair {
	entry_t *mine, *theirs;
};

static inline struct pair
pair_of_roots(struct space *parent, struct space *child, vaddr_t addr)
{
	uint32_t index = level_index(addr, ROOT_LEVEL);

	return (struct pair){ node_entries(parent->root) + index,
	    node_entries(child->root) + index };
}

/*
 * Have two nodes of `level`, one below each entry of a pair, instead of one
 * below both.
 * returns: the pair for `addr` in them
 */
static inline struct pair
nodes_part(struct pair above, vaddr_t addr, uint32_t level, struct stock *stock)
{
	entry_t theirs = entry_node(node_own_closed(above.theirs, stock));
	entry_t mine = entry_node_as(entry_load(above.mine));

	entry_store(above.theirs, theirs);
	entry_store(above.mine, mine);
	return (struct pair){ entry_below(mine, addr, level),
	    entry_below(theirs, addr, level) };
}

/* needs: page_may_part said so before the fork; no hart walks what the child
 *        shares; in `stock` two nodes and a page */
static void
page_part(struct space *parent, struct space *child, vaddr_t addr,
    struct stock *stock)
{
	struct pair pair = pair_of_roots(parent, child, addr);
	struct frame *page, *copy = stock_take_page(stock);
	entry_t leaf;

#pragma GCC unroll 2
	for (uint32_t level = ROOT_LEVEL; level > 0; level--)
		pair = nodes_part(pair, addr, level - 1, stock);
	leaf = (entry_load(pair.mine) & ~LEAF_LATER) | PTE_W;
	page = entry_frame(leaf);
	page_copy_private(copy, page);
	entry_store(pair.mine, leaf);
	entry_store(pair.theirs,
	    pte_make(frame_paddr(copy), leaf & ~PTE_PPN_MASK));
	node_unseal_at(pair.mine);
	node_unseal_at(pair.theirs);
	page_put(page);
}

/* Both enter the node of the leaf for `addr`, and what is above it, if that is
 * still one node.
 * needs: leaves_to_part found it before the fork; no hart walks what the child
 *        shares */
static void
leaves_enter(struct space *parent, struct space *child, vaddr_t addr)
{
	struct pair roots = pair_of_roots(parent, child, addr);
	entry_t mine = entry_node_as(entry_load(roots.mine));
	entry_t theirs = entry_node_as(entry_load(roots.theirs));
	struct pair pair = { entry_below(mine, addr, 1),
	    entry_below(theirs, addr, 1) };
	bool shared = mine == theirs;

	node_enter(pair.mine, shared);
	node_enter(pair.theirs, shared);
	if (shared)
		node_seal_above(entry_frame(mine));
	entry_store(roots.mine, mine);
	entry_store(roots.theirs, theirs);
}

int
space_fork(struct space *parent, vaddr_t pc, vaddr_t sp, struct space **out)
{
	struct stock stock = { .page = NULL, .nnodes = 0 };
	struct space *child;
	bool runs, writes;
	int err = space_create(parent->options, &child);

	if (err != 0)
		return err;
	child->growth = atomic_load(&parent->growth);
	space_lock(parent);			/* nothing below may fail */
	parent->forked = true;
	runs = leaves_to_part(parent, pc) != NULL;
	writes = page_may_part(parent, sp);
	writes = writes && stock_fill_free(&stock, 1, ROOT_LEVEL);
	node_copy(child->root, parent->root);
	child->resident_most = child->root->resident;
	fence_space(parent);
	if (writes)
		page_part(parent, child, sp, &stock);
	if (runs)
		leaves_enter(parent, child, pc);
	/* A hart that caches what was parked only faults once for nothing. */
	mutex_unlock(&parent->lock);
	stock_empty(&stock);
	*out = child;
	return 0;
}
