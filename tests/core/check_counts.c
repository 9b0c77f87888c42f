/* What is counted: frames, nodes, objects, and the paths of the hardware. */
#include "check.h"

#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/cpu/tlb.h"
#include "core/mem/frame.h"
#include "core/vm/node_copy.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "core/vm/space_tree.h"
#include "core/vm/zero.h"
#include "fake/machine.h"

static uint32_t tally[FRAMES_CHECKED_MAX];
static uint32_t object_tally_of[OBJECTS_MAX];

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
count_leaf(const struct frame *node, uint32_t i, uint64_t e)
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
	/* A dead node is in a queue by the same word. */
	CHECK(node->refs == 0 || (node->unsealed & line_of(i)) ||
	    !(e & PTE_W), "W in a sealed line");
	CHECK(!(e & PTE_W) || !(e & LEAF_LATER), "W and later");
	check_shared_leaf(e);
}

static void count_node(const struct frame *node);

/* Count a lender, and what a node stands for beside what it has. */
static void
count_lent(const struct frame *node, uint32_t *promised, uint32_t *resident)
{
	const uint64_t *entries = frame_data(frame_at(node->lender));

	CHECK(node->refs <= 1, "a borrower of %u names", node->refs);
	CHECK(frame_at(node->lender)->lender == 0, "lent, and lent on");
	if (tally[node->lender]++ == 0)
		count_node(frame_at(node->lender));
	for (uint32_t i = 0; i < SV39_FANOUT; i++) {
		uint64_t e = entries[i];

		if (e == 0 || !node_lacks_line(node, i))
			continue;
		*promised += entry_is_inner(e) ? entry_frame(e)->promised :
		    1u << (SV39_INDEX_BITS * node->level);
		*resident += entry_resident(e);
	}
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
	if (node->lender != 0)
		count_lent(node, &promised, &resident);
	for (uint32_t i = 0; i < limit; i++) {
		uint64_t e = entries[i];
		struct frame *below;

		if (e == 0)
			continue;
		CHECK(node->lines & line_of(i), "an empty line has an entry");
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
			count_leaf(node, i, e);
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
	/* Who has lent what it named to one who is alone with it is only left to
	 * drop the rest. */
	if (node->refs == 0)
		return;
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

			CHECK(owned || below->unsealed == 0,
			    "a shared node of level %u is open", below->level);
			check_paths(below, owned);
		} else if ((e & PTE_W) && !(e & LEAF_SHARED)) {
			CHECK(alone && below->refs == 1,
			    "writable, but frame %u has %u names",
			    frame_number(below), below->refs);
		}
	}
}

/* What was given back last is nowhere in the tree, and its nodes are empty. */
static void
check_vacancy(const struct space *space)
{
	const struct vacancy *vacancy = &space->vacancy;

	if (vacancy->len == 0) {
		CHECK(vacancy->mark == 0, "nothing is promised as something");
		return;
	}
	for (uint32_t i = 0; i < vacancy->rows.nrows; i++) {
		const struct row *row = &vacancy->rows.row[i];
		const struct frame *spare = vacancy_spare(vacancy, i);

		CHECK(row->node->refs == 1 && row->node->lender == 0,
		    "node %u of a vacancy is shared", frame_number(row->node));
		CHECK(row_is_all(node_entries(row->node) + row->first,
		    row->count, 0), "a vacancy is not vacant");
		if (spare == NULL)
			continue;
		CHECK(spare->used == 0, "a node outside the tree has entries");
		CHECK(tally[frame_number(spare)]++ == 0,
		    "a node is outside the tree, and in it");
		count_node(spare);
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
		check_vacancy(space);
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
