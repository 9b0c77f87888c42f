/* What should happen to ranges of cells. */
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "core/vm/range.h"
#include "world.h"

static uint8_t
hardware_prot(const struct op *op)
{
	return op->prot & PROT_WRITE ? op->prot | PROT_READ : op->prot;
}

/* Whether a shared mapping may be written, now or ever. */
static bool
may_write(const struct model *m, const struct op *op)
{
	return !(op->value & 2) && !m->objects[op->other].clean;
}

static void
model_map(struct model *m, const struct op *op)
{
	uint32_t first = op->number % OBJECT_PAGES;

	for (uint32_t i = op->cell; i <= op->last; i++) {
		struct cell *cell = &m->cells[op->space][i];

		memset(cell, 0, sizeof(*cell));
		cell->prot = hardware_prot(op);
		cell->kind = CELL_ANON;
		if (op->kind == OP_MAP_ANON)
			continue;
		cell->kind = op->value & 1 ? CELL_SHARED : CELL_PRIVATE;
		cell->never = (op->value & 1) && !may_write(m, op);
		cell->object = op->other;
		cell->index = first + (uint32_t)(places[i].page -
		    places[op->cell].page);
	}
}

/* Up to the first page that cannot be changed; an error says why. */
static bool
apply_protect(struct model *m, const struct op *op,
    const struct result *result)
{
	uint32_t i;
	int err = 0;

	if (result->excused && result->starved)
		return result->err == -ENOMEM;
	for (i = op->cell; i <= op->last && err == 0; i++) {
		struct cell *cell = &m->cells[op->space][i];

		if (cell->kind == CELL_NONE)
			err = -ENOMEM;
		else if (cell->never && (op->prot & PROT_WRITE))
			err = -EACCES;
		else
			cell->prot = hardware_prot(op);
	}
	return result->err == err;
}

/* Whether nothing is mapped in a range. */
static bool
is_gap(const struct model *m, const struct op *op, vaddr_t start, vaddr_t end)
{
	for (uint32_t i = 0; i < nplaces; i++) {
		vaddr_t at = places[i].page << PAGE_SHIFT;

		if (m->cells[op->space][i].kind != CELL_NONE && at < end &&
		    at + (places[i].npages << PAGE_SHIFT) > start)
			return false;
	}
	return true;
}

static bool
apply_move(struct model *m, const struct op *op, const struct result *result)
{
	struct cell *cells = m->cells[op->space], moved[CELLS_MAX];
	vaddr_t from = op_start(op), to = places[op_target(op)].page << PAGE_SHIFT;
	uint64_t len = op_len(op);
	uint32_t count = op->last - op->cell + 1u, target = op_target(op);

	if (to > USER_END - len || (from < to + len && to < from + len))
		return result->err == -EINVAL;
	if (result->excused && result->starved)
		return result->err == -ENOMEM;
	if (!op_replaces(op) && !is_gap(m, op, to, to + len))
		return result->err == -EEXIST;
	memcpy(moved, &cells[op->cell], count * sizeof(*cells));
	memset(&cells[op->cell], 0, count * sizeof(*cells));
	for (uint32_t i = op->cell; i <= op->last && op_leaves(op); i++) {
		cells[i].kind = CELL_ANON;
		cells[i].prot = hardware_prot(op);
	}
	memcpy(&cells[target], moved, count * sizeof(*cells));
	return result->err == 0;
}

/* Every page is again as it was promised. */
static bool
apply_discard(struct model *m, const struct op *op,
    const struct result *result)
{
	struct cell *cells = m->cells[op->space];
	int err = 0;

	if (result->excused && result->starved)
		return result->err == -ENOMEM;
	for (uint32_t i = op->cell; i <= op->last && (op->value & 1); i++)
		if (cells[i].kind > CELL_ANON)
			return result->err == -EINVAL;
	for (uint32_t i = op->cell; i <= op->last; i++) {
		if (cells[i].kind == CELL_NONE)
			err = -ENOMEM;
		if (cells[i].kind == CELL_ANON)
			memset(cells[i].bytes, 0, CELL_BYTES);
		cells[i].written = 0;
	}
	return result->err == err;
}

static void
populate_cell(const struct model *m, struct cell *cell)
{
	if (cell->kind != CELL_PRIVATE || cell->written)
		return;
	memcpy(cell->bytes, cell_bytes(m, cell), CELL_BYTES);
	cell->written = 1;
}

static bool
apply_populate(struct model *m, const struct op *op,
    const struct result *result)
{
	bool write = op->value & 1;
	int err;

	for (uint32_t i = op->cell; i <= op->last; i++) {
		struct cell *cell = &m->cells[op->space][i];
		uint32_t bit = i - op->cell;

		err = cell_error(m, cell, write ? ACCESS_WRITE : ACCESS_READ);
		/* Excused, it may stop anywhere. */
		if (model_excuses(result) && result->err != 0 && err == 0) {
			if (write && (result->data[bit / 8] >> bit % 8 & 1))
				populate_cell(m, cell);
			continue;
		}
		if (err != 0)
			return result->err == (err == -EFAULT ? -ENOMEM : err) ||
			    model_excuses(result);
		if (write)
			populate_cell(m, cell);
	}
	return result->err == 0 || model_excuses(result);
}

/* Whether a cell goes on where the one before ended. */
static bool
cell_continues(const struct cell *before, const struct cell *cell,
    uint64_t npages)
{
	if (before->kind != cell->kind || before->prot != cell->prot ||
	    before->never != cell->never)
		return false;
	return cell->kind == CELL_ANON || (cell->object == before->object &&
	    cell->index == before->index + npages);
}

static bool
apply_runs(const struct model *m, const struct op *op,
    const struct result *result)
{
	const struct cell *cells = m->cells[op->space];
	uint64_t hash = 0;
	uint32_t next;

	for (uint32_t i = 0; i < nplaces; i = next) {
		const struct cell *cell = &cells[i];
		bool object = cell->kind > CELL_ANON;

		next = i + 1;
		if (cell->kind == CELL_NONE)
			continue;
		while (next < nplaces && cell_continues(&cells[next - 1],
		    &cells[next], places[next - 1].npages))
			next++;
		hash = run_hash(hash, places[i].page << PAGE_SHIFT,
		    (places[next - 1].page + places[next - 1].npages) <<
		    PAGE_SHIFT, cell->prot |
		    (uint32_t)(cell->kind == CELL_SHARED) << 4 |
		    (uint32_t)!cell->never << 5,
		    object ? m->objects[cell->object].number : UINT32_MAX,
		    object ? cell->index : 0);
	}
	return hash == result->hash;
}

/* The first gap there is, one aligned address after the other; in a world too
 * large for that, only whether what was found is one. */
static bool
apply_find_gap(const struct model *m, const struct op *op,
    const struct result *result)
{
	vaddr_t low = op_start(op), high = low + op_len(op), at;
	uint64_t len = op_gap_len(op), align = PAGE_BYTES << op->prot;

	if (result->err == 0 && (result->gap < low || high - result->gap < len ||
	    result->gap % align != 0 ||
	    !is_gap(m, op, result->gap, result->gap + len)))
		return false;
	if (PAGE_BYTES > CELL_BYTES)
		return true;
	if (op->value & 1) {
		for (at = ROUND_DOWN(high, align); at > 0 && at >= low; at -= align)
			if (at + len <= high && is_gap(m, op, at, at + len))
				return result->err == 0 && result->gap == at;
		if (low == 0 && len <= high && is_gap(m, op, 0, len))
			return result->err == 0 && result->gap == 0;
	} else {
		for (at = ROUND_UP(low, align); at + len <= high; at += align)
			if (is_gap(m, op, at, at + len))
				return result->err == 0 && result->gap == at;
	}
	return result->err != 0;
}

bool
model_apply_range(struct model *m, const struct op *op, const struct result *result)
{
	struct cell *cells = m->cells[op->space];

	if (op->kind == OP_BAD_RANGE)
		return result->err == -EINVAL;
	if (op->kind == OP_MAP_OBJECT && (op->value & 1) &&
	    (op->prot & PROT_WRITE) && !may_write(m, op))
		return result->err == -EACCES;
	switch (op->kind) {
	case OP_FIND_GAP:
		return apply_find_gap(m, op, result);
	case OP_PROTECT:
		return apply_protect(m, op, result);
	case OP_MOVE:
		return apply_move(m, op, result);
	case OP_DISCARD:
		return apply_discard(m, op, result);
	case OP_POPULATE:
		return apply_populate(m, op, result);
	case OP_RUNS:
		return apply_runs(m, op, result);
	}
	if (model_excuses(result))
		return true;
	if (op->kind == OP_UNMAP) {
		memset(&cells[op->cell], 0,
		    (op->last - op->cell + 1u) * sizeof(*cells));
		return result->err == 0;
	}
	for (uint32_t i = op->cell; i <= op->last && !op_replaces(op); i++)
		if (cells[i].kind != CELL_NONE)
			return result->err == -EEXIST;
	model_map(m, op);
	return result->err == 0;
}
