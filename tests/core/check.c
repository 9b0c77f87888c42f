#include "check.h"

#include "core/base/string.h"
#include "core/mem/frame.h"
#include "core/vm/node_copy.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"

/* views */
/* The entry that decides about a page, and whether every entry above it is
 * open to the hardware. */
static uint64_t
tree_find(const struct space *space, uint64_t page, uint32_t *level,
    bool *open)
{
	const struct vacancy *vacancy = &space->vacancy;
	const struct frame *node = space->root;

	*open = true;
	*level = 0;
	if ((page << PAGE_SHIFT) - vacancy->start < vacancy->len)
		return vacancy->mark;
	for (*level = ROOT_LEVEL; ; --*level) {
		uint32_t index = page >> (SV39_INDEX_BITS * *level) &
		    (SV39_FANOUT - 1);
		uint64_t e;

		if (node_lacks_line(node, index)) {
			node = frame_at(node->lender);
			*open = false;
		}
		e = ((uint64_t *)frame_data(node))[index];
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
	return promised == space_promised((struct space *)space) ? -1 :
	    (int)nplaces;
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
