#include "core/vm/space.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/cpu/boot.h"
#include "core/cpu/tlb.h"
#include "core/lock/spinlock.h"
#include "core/mem/pool.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_lock.h"
#include "core/vm/space_tree.h"

static struct pool spaces;
static struct spinlock list_lock = SPINLOCK("spaces", RANK_CACHE);
static struct list all_spaces = { &all_spaces, &all_spaces };

void
space_init(void)
{
	node_init();
	pool_init(&spaces, "spaces", sizeof(struct space),
	    machine_capacity(SPACES_EACH_KIB, SPACES_MIN, SPACES_MAX));
}

int
space_create(uint32_t options, struct space **out)
{
	struct space *space = pool_alloc(&spaces);

	if (space == NULL)
		return -EAGAIN;
	space->root = reclaim_alloc(true);
	if (space->root == NULL) {
		pool_free(&spaces, space);
		return -ENOMEM;
	}
	node_make(space->root, ROOT_LEVEL);
	mutex_init(&space->lock, "space", RANK_SPACE);
	space->options = options;
	space->refs = 1;
	space->growth = GROWTH_BYTES;
	spin_lock(&list_lock);
	list_push_back(&all_spaces, &space->link);
	spin_unlock(&list_lock);
	*out = space;
	return 0;
}

void
space_get(struct space *space)
{
	ASSERT(atomic_add(&space->refs, 1) > 0);
}

void
space_put(struct space *space)
{
	uint32_t before = atomic_sub(&space->refs, 1);

	ASSERT(before > 0);
	if (before > 1)
		return;
	ASSERT(atomic_load(&space->active) == 0);
	vacancy_end(space);
	spin_lock(&list_lock);
	list_remove(&space->link);
	spin_unlock(&list_lock);
	/* No hart runs it, so none walks it; its ASID is not used again before
	 * every TLB was flushed (a new generation). */
	node_put(space->root);
	pool_free(&spaces, space);
}

struct space *
space_next(struct space *space)
{
	struct list *next = space == NULL ? all_spaces.next : space->link.next;

	return next == &all_spaces ? NULL :
	    LIST_ENTRY(next, struct space, link);
}

uint64_t
space_promised(struct space *space)
{
	return atomic_load_relaxed(&space->root->promised) +
	    vacancy_pages(&space->vacancy);
}

uint32_t
space_mapped(struct space *space, uint32_t *most)
{
	uint32_t now = atomic_load_relaxed(&space->root->resident);

	*most = MAX(now, atomic_load_relaxed(&space->resident_most));
	return now;
}

/* How many nodes there are, this one and below. */
static uint32_t
nodes_below(const struct frame *node)
{
	const entry_t *entries = node_entries(node);
	uint32_t left = node->level > 0 ? node->named : 0, count = 1;

	for (uint32_t i = 0; left > 0; i++) {
		entry_t entry = entry_load(&entries[i]);

		left -= entry_names(entry);
		if (entry_is_inner(entry))
			count += nodes_below(entry_frame(entry));
	}
	return count;
}

void
space_usage(struct space *space, struct space_usage *usage)
{
	space_lock(space);
	usage->promised = space->root->promised;
	usage->resident = space->root->resident;
	usage->nodes = nodes_below(space->root);
	mutex_unlock(&space->lock);
}
