/*
 *	before        after
 *
 *	parent        parent          child
 *	  | open        | parked        | parked
 *	  v             v               v
 *	[ node ]      [ node, refs 2 -------- ]
 *
 * Both go on at once, at one place and with one stack.  Where nothing is in the
 * way, the ways to these two pages part here already, by what faults would do:
 * each space has its own nodes on them, a copy of the stack's page and of the
 * node that names it, and a sealed one of instructions that both enter.
 */
#include "core/vm/space.h"

#include "core/base/atomic.h"
#include "core/vm/borrow.h"
#include "core/vm/fence.h"
#include "core/vm/node_copy.h"
#include "core/vm/object_entry.h"

static inline entry_t *
entry_for(const struct frame *node, vaddr_t addr)
{
	return &node_entries(node)[level_index(addr, node->level)];
}

/*
 * The node of the leaf for `addr`, if there is one and all above it is the
 * parent's own; NULL also where a full node would have to be copied, which is
 * done when it must be.
 */
static struct frame *
leaves_to_part(const struct space *parent, vaddr_t addr)
{
	struct frame *node = parent->root;

	if (addr >= USER_END)
		return NULL;
	while (node->level > 0) {
		entry_t entry = entry_load(entry_for(node, addr));

		if (!entry_is_inner(entry) || (node != parent->root &&
		    (frame_refs(node) > 1 || node_is_full(node))))
			return NULL;
		node = entry_frame(entry);
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
	leaf = entry_load(entry_for(leaves, addr));
	return (leaf & PTE_V) && (leaf & PTE_W) && !entry_shared(leaf);
}

/* Two nodes, one below the parent's entry and one below the child's, instead
 * of one below both.  gives: *mine, *theirs, from the node above to these */
static void
nodes_part(struct frame **mine, struct frame **theirs, vaddr_t addr,
    struct stock *stock)
{
	entry_t *entry = entry_for(*theirs, addr);

	*theirs = node_own_closed(entry, stock);
	entry_store(entry, entry_node(*theirs));
	entry = entry_for(*mine, addr);
	*mine = entry_frame(entry_load(entry));
	entry_store(entry, entry_node(*mine));
}

/* needs: page_may_part said so before the fork; no hart walks what the child
 *        shares; in `stock` two nodes and a page */
static void
page_part(struct space *parent, struct space *child, vaddr_t addr,
    struct stock *stock)
{
	struct frame *mine = parent->root, *theirs = child->root;
	struct frame *page, *copy = stock_take_page(stock);
	entry_t leaf;

	while (mine->level > 0)
		nodes_part(&mine, &theirs, addr, stock);
	leaf = (entry_load(entry_for(mine, addr)) & ~LEAF_LATER) | PTE_W;
	page = entry_frame(leaf);
	page_copy_private(copy, page);
	entry_store(entry_for(mine, addr), leaf);
	entry_store(entry_for(theirs, addr),
	    pte_make(frame_paddr(copy), leaf & ~PTE_PPN_MASK));
	mine->sealed = 0;
	theirs->sealed = 0;
	page_put(page);
}

/* needs: leaves_to_part found some before the fork; no hart walks what the
 *        child shares */
static void
leaves_part(struct space *parent, struct space *child, vaddr_t addr,
    struct stock *stock)
{
	struct frame *mine = parent->root, *theirs = child->root;
	struct frame *middle = entry_frame(entry_load(entry_for(mine, addr)));

	/* It may have parted for the stack. */
	if (!stock_fill_free(stock, 0, frame_refs(middle) > 1))
		return;
	while (mine->level > 1)
		nodes_part(&mine, &theirs, addr, stock);
	node_enter(entry_for(mine, addr));
	node_enter(entry_for(theirs, addr));
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
	node_copy(child->root, parent->root);
	child->resident_most = child->root->resident;
	fence_space(parent);
	if (writes && stock_fill_free(&stock, 1, ROOT_LEVEL))
		page_part(parent, child, sp, &stock);
	if (runs)
		leaves_part(parent, child, pc, &stock);
	/* A hart that caches what was parked only faults once for nothing. */
	mutex_unlock(&parent->lock);
	stock_empty(&stock);
	*out = child;
	return 0;
}
