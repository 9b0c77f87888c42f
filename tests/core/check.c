#include "check.h"

#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/cpu/tlb.h"
#include "core/mem/frame.h"
#include "core/vm/node.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "core/vm/space_tree.h"
#include "core/vm/zero.h"
#include "fake/machine.h"
#include "fake/mmu.h"

static uint32_t tally[FRAMES_CHECKED_MAX];
static uint32_t object_tally_of[OBJECTS_MAX];

/* counts */
/* An entry names a page, and the object whose own it is. */
static void
count_page(const struct frame *page)
{
	tally[frame_number(page)]++;
	if (page->object != 0 && !(page->flags & FRAME_COPY))
		object_tally_of[page->object - 1]++;
}

/* What may be written unseen must be stored some day. */
static void
check_shared_leaf(uint64_t leaf)
{
	const struct frame *page = entry_frame(leaf);

	if (!(leaf & LEAF_SHARED))
		return;
	CHECK(page->object != 0 && !(page->flags & FRAME_COPY),
	    "a shared page is no object's");
	CHECK(!(leaf & PTE_W) || !object_page_tracked(page) || page->dirty,
	    "a page may be written, and is clean");
}

static void
count_leaf(const struct frame *node, uint64_t e)
{
	CHECK(node->level == 0, "a leaf at level %u", node->level);
	CHECK(entry_frame(e)->kind == FRAME_PAGE,
	    "a leaf names a frame of kind %u", entry_frame(e)->kind);
	count_page(entry_frame(e));
	if (entry_kind(e) == ENTRY_HELD) {
		CHECK(entry_prot(e) == 0, "held, with rights: %llx",
		    (unsigned long long)e);
		return;
	}
	CHECK(!node->sealed || !(e & PTE_W), "W in a sealed node");
	CHECK(!(e & PTE_W) || !(e & LEAF_LATER), "W and later");
	check_shared_leaf(e);
}

/* Count what a node names; what it leads to, once. */
static void
count_node(const struct frame *node)
{
	const uint64_t *entries = frame_data(node);
	uint32_t limit = node->level == ROOT_LEVEL ? ROOT_USER_ENTRIES :
	    SV39_FANOUT;
	uint32_t used = 0, named = 0, promised = 0, resident = 0;

	CHECK(node->kind == FRAME_NODE, "frame %u is of kind %u",
	    frame_number(node), node->kind);
	for (uint32_t i = 0; i < limit; i++) {
		uint64_t e = entries[i];
		struct frame *below;

		if (e == 0)
			continue;
		CHECK(node->lines & lines_of(i, 1), "an empty line has an entry");
		used++;
		named += entry_kind(e) != ENTRY_ANON;
		switch (entry_kind(e)) {
		case ENTRY_ANON:
			CHECK((e & ~(ENTRY_KIND_MASK | ENTRY_PROT_MASK)) == 0,
			    "bits in a mark: %llx", (unsigned long long)e);
			promised += 1u << (SV39_INDEX_BITS * node->level);
			break;
		case ENTRY_FILE:
			CHECK(entry_object(e) < OBJECTS_MAX, "object %u",
			    entry_object(e));
			object_tally_of[entry_object(e)]++;
			promised += 1u << (SV39_INDEX_BITS * node->level);
			break;
		case ENTRY_PARKED:
		case ENTRY_NODE:
			below = entry_frame(e);
			CHECK(node->level > 0, "an inner entry at level 0");
			if (tally[frame_number(below)]++ == 0)
				count_node(below);
			CHECK(below->level + 1 == node->level, "levels %u, %u",
			    node->level, below->level);
			CHECK(below->used > 0, "an empty node below");
			promised += below->promised;
			resident += below->resident;
			break;
		case ENTRY_LEAF:
		case ENTRY_HELD:
			count_leaf(node, e);
			promised++;
			resident++;
			break;
		default:
			CHECK(false, "a word of no kind: %llx",
			    (unsigned long long)e);
		}
	}
	CHECK(used == node->used, "node %u says %u used, %u are",
	    frame_number(node), node->used, used);
	CHECK(named == node->named, "node %u says %u named, %u are",
	    frame_number(node), node->named, named);
	CHECK(promised == node->promised, "node %u says %u promised, %u are",
	    frame_number(node), node->promised, promised);
	CHECK(resident == node->resident, "node %u says %u resident, %u are",
	    frame_number(node), node->resident, resident);
}

static void
check_frame(struct frame *frame, uint32_t *nfree)
{
	uint32_t count = tally[frame_number(frame)];

	switch (frame->kind) {
	case FRAME_FREE:
		CHECK(frame->refs == 0 && count == 0,
		    "free frame %u: refs %u, named %u times",
		    frame_number(frame), frame->refs, count);
		++*nfree;
		return;
	case FRAME_KERNEL:
		CHECK(frame->refs == 1 && count == 0,
		    "kernel frame %u: refs %u, named %u times",
		    frame_number(frame), frame->refs, count);
		return;
	case FRAME_PAGE:
		CHECK(frame->pins == (frame == zero_frame()),
		    "page %u is pinned", frame_number(frame));
		count += frame->pins;
		if (frame->object != 0 && (frame->flags & FRAME_COPY))
			object_tally_of[frame->object - 1]++;
		else
			count += frame->object != 0;
		CHECK(count > 0, "page %u is nobody's", frame_number(frame));
		break;
	}
	CHECK(frame->refs == count, "frame %u, kind %u: refs %u, named %u times",
	    frame_number(frame), frame->kind, frame->refs, count);
}

static void
check_object_pages(const struct object *object, uint32_t number)
{
	uint32_t cached = 0, dirty = 0;

	for (uint32_t i = 0; i < frame_count(); i++) {
		const struct frame *frame = frame_at(i);

		if (frame->kind != FRAME_PAGE || frame->object != number + 1 ||
		    (frame->flags & FRAME_COPY))
			continue;
		cached++;
		dirty += frame->dirty;
		CHECK(frame->index < object->npages, "page %u of %u is cached",
		    frame->index, object->npages);
	}
	CHECK(object->ops == NULL || (cached == object->ncached &&
	    dirty == object->ndirty), "object %u says %u cached, %u dirty; "
	    "%u, %u are", number, object->ncached, object->ndirty, cached,
	    dirty);
}

static void
check_objects(void)
{
	for (uint32_t i = 0; i < OBJECTS; i++)
		if (world.objects[i] != NULL)
			object_tally_of[object_number(world.objects[i])]++;
	for (uint32_t i = 0; i < OBJECTS_MAX; i++) {
		const struct object *object = object_at(i);

		check_object_pages(object, i);
		/* A free one is linked through its first word. */
		if (object->ops == NULL)
			CHECK(object_tally_of[i] == 0, "dead object %u is named",
			    i);
		else
			CHECK(object->refs == object_tally_of[i],
			    "object %u: refs %u, named %u times", i,
			    object->refs, object_tally_of[i]);
	}
}

/* Walk as the hardware may. */
static void
check_paths(const struct frame *node, bool alone)
{
	const uint64_t *entries = frame_data(node);
	uint32_t limit = node->level == ROOT_LEVEL ? ROOT_USER_ENTRIES :
	    SV39_FANOUT;

	for (uint32_t i = 0; i < limit; i++) {
		uint64_t e = entries[i];
		struct frame *below;

		if (!(e & PTE_V))
			continue;
		below = entry_frame(e);
		if (!(e & PTE_RWX)) {
			bool owned = alone && below->refs == 1;

			CHECK(owned || (below->level == 0 && below->sealed),
			    "a shared node of level %u is open", below->level);
			check_paths(below, owned);
		} else if ((e & PTE_W) && !(e & LEAF_SHARED)) {
			CHECK(alone && below->refs == 1,
			    "writable, but frame %u has %u names",
			    frame_number(below), below->refs);
		}
	}
}

void
check_counts(void)
{
	const uint64_t *kernel = direct_pointer(tlb_kernel_root());
	uint32_t nfree = 0, dead = 0;

	CHECK(frame_count() <= FRAMES_CHECKED_MAX, "too many frames");
	memset(tally, 0, frame_count() * sizeof(tally[0]));
	memset(object_tally_of, 0, sizeof(object_tally_of));
	for (uint32_t i = 0; i < SPACES; i++) {
		const struct space *space = world.spaces[i];

		if (space == NULL)
			continue;
		CHECK(tally[frame_number(space->root)]++ == 0,
		    "two owners of a root");
		count_node(space->root);
		CHECK(memcmp((uint64_t *)frame_data(space->root) +
		    ROOT_USER_ENTRIES, kernel + ROOT_USER_ENTRIES,
		    ROOT_USER_ENTRIES * sizeof(uint64_t)) == 0,
		    "the kernel's half differs");
	}
	for (struct frame *node = node_queue_next(NULL); node != NULL;
	    node = node_queue_next(node)) {
		CHECK(node->refs == 0, "a dead node with refs %u", node->refs);
		CHECK(++dead <= frame_count(), "the queue runs in a circle");
		count_node(node);
	}
	CHECK(dead == node_queued(), "%u nodes are queued, not %u", dead,
	    node_queued());
	for (uint32_t i = 0; i < frame_count(); i++)
		check_frame(frame_at(i), &nfree);
	CHECK(nfree == frame_free_count(), "%u frames are free, lists hold %u",
	    nfree, frame_free_count());
	check_objects();
	for (uint32_t i = 0; i < SPACES; i++)
		if (world.spaces[i] != NULL)
			check_paths(world.spaces[i]->root, true);
}

/* views */
/* The entry that decides about a page, and whether every entry above it is
 * open to the hardware. */
static uint64_t
tree_find(const struct space *space, uint64_t page, uint32_t *level,
    bool *open)
{
	const struct frame *node = space->root;

	*open = true;
	for (*level = ROOT_LEVEL; ; --*level) {
		uint64_t e = ((uint64_t *)frame_data(node))[
		    page >> (SV39_INDEX_BITS * *level) & (SV39_FANOUT - 1)];

		if (!entry_is_inner(e) || *level == 0)
			return e;
		*open = *open && (e & PTE_V);
		node = entry_frame(e);
	}
}

bool
page_is_copy(const struct space *space, uint64_t page)
{
	uint32_t level;
	bool open;
	uint64_t e = tree_find(space, page, &level, &open);

	return e != 0 && !entry_is_mark(e) &&
	    (entry_frame(e)->flags & FRAME_COPY);
}

static bool
bytes_agree(const uint8_t *page, const uint8_t *bytes)
{
	return memcmp(page, bytes, CELL_BYTES / 2) == 0 &&
	    memcmp(page + PAGE_BYTES - CELL_BYTES / 2, bytes + CELL_BYTES / 2,
	    CELL_BYTES / 2) == 0;
}

/* Whether a page knows where it came from. */
static bool
page_remembers(const struct model *m, const struct cell *cell,
    const struct frame *page)
{
	if (cell->kind == CELL_ANON)
		return page->object == 0;
	return page->object == m->objects[cell->object].number + 1 &&
	    page->index == cell->index &&
	    !(page->flags & FRAME_COPY) == !cell->written;
}

/* Whether an entry says of a page what the model says. */
static bool
entry_agrees(const struct model *m, const struct cell *cell, uint64_t e,
    uint32_t level, uint64_t page, uint64_t offset)
{
	static const uint8_t zeros[CELL_BYTES];
	const struct model_object *object = &m->objects[cell->object];

	if (cell->kind == CELL_NONE)
		return e == 0;
	if (e == 0 || entry_prot(e) != cell->prot)
		return false;
	switch (entry_kind(e)) {
	case ENTRY_ANON:
		return cell->kind == CELL_ANON &&
		    memcmp(cell->bytes, zeros, CELL_BYTES) == 0;
	case ENTRY_FILE:
		return entry_never_written(e) == cell->never &&
		    (cell->kind == CELL_SHARED ||
		    (cell->kind == CELL_PRIVATE && !cell->written)) &&
		    entry_shared(e) == (cell->kind == CELL_SHARED) &&
		    entry_object(e) == object->number &&
		    entry_page(e) + (page & ((1ull << (SV39_INDEX_BITS *
		    level)) - 1)) == cell->index + offset;
	case ENTRY_LEAF:
	case ENTRY_HELD:
		if ((entry_kind(e) == ENTRY_HELD) != (cell->prot == 0) ||
		    entry_never_written(e) != cell->never)
			return false;
		return entry_shared(e) == (cell->kind == CELL_SHARED) &&
		    page_remembers(m, cell, entry_frame(e)) &&
		    cell_bytes(m, cell) != NULL &&
		    bytes_agree(frame_data(entry_frame(e)),
		    cell_bytes(m, cell));
	default:
		return false;
	}
}

/* returns: the first cell that differs; -1 if none does */
static int
view_differs(const struct model *m, uint32_t slot)
{
	const struct space *space = world.spaces[slot];
	uint64_t promised = 0;

	if ((space != NULL) != m->live[slot])
		return (int)nplaces;
	if (space == NULL)
		return -1;
	for (uint32_t i = 0; i < nplaces; i++) {
		const struct cell *cell = &m->cells[slot][i];
		const struct place *place = &places[i];
		uint64_t last = place->npages - 1, e;
		uint32_t level;
		bool open;

		e = tree_find(space, place->page, &level, &open);
		if (!entry_agrees(m, cell, e, level, place->page, 0))
			return (int)i;
		if (cell->kind != CELL_NONE)
			promised += place->npages;
		if (last == 0)
			continue;
		e = tree_find(space, place->page + last, &level, &open);
		if (cell->kind == CELL_NONE ? e != 0 :
		    (!entry_is_mark(e) || entry_prot(e) != cell->prot))
			return (int)i;
	}
	return promised == space->root->promised ? -1 : (int)nplaces;
}

void
check_view(const struct model *m, uint32_t slot)
{
	int cell = view_differs(m, slot);

	CHECK(cell < 0, "space %u, cell %d: kind %d", slot, cell,
	    cell < (int)nplaces ? m->cells[slot][cell].kind : -1);
}

void
check_views(const struct model *m)
{
	for (uint32_t i = 0; i < SPACES; i++)
		check_view(m, i);
}

bool
views_agree(const struct model *m)
{
	for (uint32_t i = 0; i < SPACES; i++)
		if (view_differs(m, i) >= 0)
			return false;
	return true;
}

/* TLBs */
/* A cached entry of a space that runs, or may run without a flush. */
static void
look_cached(void *context, uint32_t level, vaddr_t addr, uint64_t pte)
{
	const struct space *space = context;
	const struct frame *node = space->root;
	bool open = true;
	uint64_t e;

	if (!(pte & PTE_V))
		return;
	for (uint32_t at = ROOT_LEVEL; ; at--) {
		e = ((uint64_t *)frame_data(node))[addr >> (PAGE_SHIFT +
		    SV39_INDEX_BITS * at) & (SV39_FANOUT - 1)];
		if (at == level)
			break;
		CHECK(entry_is_inner(e), "cached at %llx, level %u: %llx; the "
		    "tree ends at level %u", (unsigned long long)addr, level,
		    (unsigned long long)pte, at);
		open = open && (e & PTE_V);
		node = entry_frame(e);
	}
	if (level > 0) {
		CHECK(open && e == pte, "cached pointer at %llx, level %u: "
		    "%llx, the tree has %llx%s", (unsigned long long)addr,
		    level, (unsigned long long)pte, (unsigned long long)e,
		    open ? "" : " (parked above)");
		return;
	}
	/* Held, the hardware must have forgotten it. */
	CHECK(entry_kind(e) == ENTRY_LEAF && pte_paddr(e) == pte_paddr(pte),
	    "cached at %llx: %llx, the tree has %llx",
	    (unsigned long long)addr, (unsigned long long)pte,
	    (unsigned long long)e);
	CHECK((pte & ~e & PTE_RWX) == 0 && (open || !(pte & PTE_W)),
	    "cached rights at %llx: %llx, the tree has %llx%s",
	    (unsigned long long)addr, (unsigned long long)pte,
	    (unsigned long long)e, open ? "" : " (parked above)");
}

void
check_tlbs(const struct model *m)
{
	for (uint32_t s = 0; s < SPACES; s++) {
		struct space *space = world.spaces[s];

		if (space == NULL)
			continue;
		if (fence_has_asids() &&
		    space->generation != fence_generation())
			continue;
		for (uint32_t other = 0; other < s && fence_has_asids(); other++)
			CHECK(world.spaces[other] == NULL ||
			    world.spaces[other]->generation !=
			    space->generation ||
			    world.spaces[other]->asid != space->asid,
			    "spaces %u and %u both have ASID %u", other, s,
			    space->asid);
		for (uint32_t h = 0; h < harts_count(); h++) {
			bool runs = m->runs[h] == (int)s;

			CHECK(!runs || mmu_asid(h) == space->asid,
			    "hart %u runs space %u under ASID %u, not %u", h, s,
			    mmu_asid(h), space->asid);
			CHECK(!runs || mmu_root(h) == frame_paddr(space->root),
			    "hart %u does not run space %u", h, s);
			if (!runs && (fence_hart_flushes(h) ||
			    (space->stale >> h & 1)))
				continue;
			mmu_cached(h, space->asid, look_cached, space);
		}
	}
}
