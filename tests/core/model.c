/*
 * What should happen: each operation on arrays of cells.  Knows nothing of
 * nodes, counts or fences.
 */
#include <stdio.h>

#include "check.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "fake/machine.h"
#include "world.h"

const uint8_t *
cell_bytes(const struct model *m, const struct cell *cell)
{
	const struct model_object *object = &m->objects[cell->object];

	if (cell->kind == CELL_NONE)
		return NULL;
	if (cell->kind == CELL_ANON || cell->written)
		return cell->bytes;
	return cell->index < object->npages ? object->bytes[cell->index] : NULL;
}

static const uint8_t needed[] = {
	[ACCESS_READ] = PROT_READ, [ACCESS_WRITE] = PROT_WRITE,
	[ACCESS_EXECUTE] = PROT_EXEC,
};

static bool
cell_allows(const struct model *m, const struct cell *cell,
    enum access access)
{
	return (cell->prot & needed[access]) && cell_bytes(m, cell) != NULL;
}

/* What an access that is not allowed must be told. */
static int
cell_error(const struct cell *cell, enum access access)
{
	if (cell->kind == CELL_NONE)
		return -EFAULT;
	return cell->prot & needed[access] ? -ENXIO : -EACCES;
}

static void
cell_write(struct model *m, struct cell *cell, uint32_t byte, uint8_t value)
{
	if (cell->kind == CELL_SHARED) {
		m->objects[cell->object].bytes[cell->index][byte] = value;
		return;
	}
	if (cell->kind == CELL_PRIVATE && !cell->written) {
		memcpy(cell->bytes, cell_bytes(m, cell), CELL_BYTES);
		cell->written = 1;
	}
	cell->bytes[byte] = value;
}

/* An error that has nothing to do with what the program did. */
static bool
is_excused(const struct result *result)
{
	return result->excused &&
	    (result->err == -ENOMEM || result->err == -EIO ||
	    result->err == -EAGAIN);
}

static bool
apply_access(struct model *m, const struct op *op, const struct result *result)
{
	static const enum access accesses[] = {
		[OP_LOAD] = ACCESS_READ, [OP_STORE] = ACCESS_WRITE,
		[OP_EXECUTE] = ACCESS_EXECUTE,
	};
	uint32_t byte = op->value % CELL_BYTES;
	struct cell *cell;

	if (m->runs[op->hart] < 0)
		return result->err == -EFAULT;
	if (is_excused(result))
		return true;
	cell = &m->cells[m->runs[op->hart]][op->cell];
	if (!cell_allows(m, cell, accesses[op->kind]))
		return result->err == cell_error(cell, accesses[op->kind]);
	if (result->err != 0)
		return false;
	if (op->kind != OP_STORE)
		return result->data[0] == cell_bytes(m, cell)[byte];
	cell_write(m, cell, byte, (uint8_t)op->number);
	return true;
}

/* The cell at the `k`-th byte of a copy; NULL past the end. */
static struct cell *
copy_cell(struct model *m, const struct op *op, size_t k, uint32_t *byte)
{
	uint32_t slot = (uint32_t)m->runs[op->hart];
	size_t at = op->value % CELL_BYTES + k;
	uint32_t cell = op->cell + (uint32_t)(at / CELL_BYTES);

	*byte = (uint32_t)(at % CELL_BYTES);
	if (cell >= nplaces)
		return NULL;
	return &m->cells[slot][cell];
}

static bool
apply_copy(struct model *m, const struct op *op, const struct result *result)
{
	bool write = op->kind == OP_USER_WRITE;
	size_t len = op_copy_len(op), k;

	for (k = 0; k < len; k++) {
		uint32_t byte;
		struct cell *cell;

		/* Excused, it may stop anywhere. */
		if (result->err != 0 && result->excused && k == result->done)
			return result->err == -EFAULT;
		cell = m->runs[op->hart] < 0 ? NULL :
		    copy_cell(m, op, k, &byte);
		if (cell == NULL || !cell_allows(m, cell,
		    write ? ACCESS_WRITE : ACCESS_READ))
			break;
		if (write)
			cell_write(m, cell, byte, result->data[k]);
		else if (result->data[k] != cell_bytes(m, cell)[byte])
			return false;
	}
	return result->done == k && result->err == (k == len ? 0 : -EFAULT);
}

static bool
apply_string(struct model *m, const struct op *op, const struct result *result)
{
	size_t len = op_copy_len(op);

	if (result->excused && result->err == -EFAULT)
		return true;
	for (size_t k = 0; k < len; k++) {
		uint32_t byte;
		struct cell *cell = m->runs[op->hart] < 0 ? NULL :
		    copy_cell(m, op, k, &byte);

		if (cell == NULL || !cell_allows(m, cell, ACCESS_READ))
			return result->err == -EFAULT;
		if (result->data[k] != cell_bytes(m, cell)[byte])
			return false;
		if (result->data[k] == 0)
			return result->err == (int64_t)k;
	}
	return result->err == -ENAMETOOLONG;
}

static bool
apply_space(struct model *m, const struct op *op, const struct result *result)
{
	if (op->kind == OP_ENTER) {
		m->runs[op->hart] = result->done ? (int8_t)op->space : -1;
		return result->done ==
		    (op->number % 8 != 0 && m->live[op->space]);
	}
	if (is_excused(result))
		return true;
	if (result->err != 0)
		return false;
	switch (op->kind) {
	case OP_CREATE:
		m->live[op->space] = true;
		m->options[op->space] = op->value & SPACE_SHARE_ZERO;
		memset(m->cells[op->space], 0, sizeof(m->cells[0]));
		break;
	case OP_FORK:
		m->live[op->other] = true;
		m->options[op->other] = m->options[op->space];
		memcpy(m->cells[op->other], m->cells[op->space],
		    sizeof(m->cells[0]));
		break;
	case OP_DESTROY:
		m->live[op->space] = false;
		memset(m->cells[op->space], 0, sizeof(m->cells[0]));
		for (uint32_t i = 0; i < HARTS_MAX; i++)
			if (m->runs[i] == op->space)
				m->runs[i] = -1;
		break;
	}
	return true;
}

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

static bool
apply_range(struct model *m, const struct op *op, const struct result *result)
{
	struct cell *cells = m->cells[op->space];

	if (op->kind == OP_BAD_RANGE)
		return result->err == -EINVAL;
	if (op->kind == OP_MAP_OBJECT && (op->value & 1) &&
	    (op->prot & PROT_WRITE) && !may_write(m, op))
		return result->err == -EACCES;
	if (op->kind == OP_FIND_GAP)
		return apply_find_gap(m, op, result);
	if (op->kind == OP_PROTECT)
		return apply_protect(m, op, result);
	if (is_excused(result))
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

/* Slots whose object nobody names or maps are free again. */
void
model_reap(struct model *m)
{
	bool named[OBJECTS] = { false };

	for (uint32_t s = 0; s < SPACES; s++)
		for (uint32_t i = 0; i < nplaces; i++)
			if (m->cells[s][i].kind >= CELL_PRIVATE)
				named[m->cells[s][i].object] = true;
	for (uint32_t i = 0; i < OBJECTS; i++)
		m->objects[i].used = m->objects[i].held || named[i];
}

static bool
apply_object(struct model *m, const struct op *op, const struct result *result)
{
	struct model_object *object = &m->objects[op->other];

	if (op->kind == OP_OBJECT_PUT) {
		object->held = false;
		return true;
	}
	if (is_excused(result))
		return true;
	object->used = object->held = true;
	object->clean = op->value & 1;
	object->npages = op->number % OBJECT_PAGES + 1;
	object->number = (uint32_t)result->done;
	for (uint32_t i = 0; i < OBJECT_PAGES; i++)
		for (uint32_t k = 0; k < CELL_BYTES; k++)
			object->bytes[i][k] = op_fill_byte(op->other, i, k);
	return result->err == 0;
}

bool
model_apply(struct model *m, const struct op *op, const struct result *result)
{
	if (!result->ran)
		return true;
	switch (op->kind) {
	case OP_LOAD: case OP_STORE: case OP_EXECUTE:
		return apply_access(m, op, result);
	case OP_USER_READ: case OP_USER_WRITE:
		return apply_copy(m, op, result);
	case OP_USER_STRING:
		return apply_string(m, op, result);
	case OP_CREATE: case OP_FORK: case OP_ENTER: case OP_DESTROY:
		return apply_space(m, op, result);
	case OP_MAP_ANON: case OP_MAP_OBJECT: case OP_UNMAP:
	case OP_PROTECT: case OP_FIND_GAP: case OP_BAD_RANGE:
		return apply_range(m, op, result);
	case OP_OBJECT_CREATE: case OP_OBJECT_PUT:
		return apply_object(m, op, result);
	case OP_WILD:
		return result->err == -EFAULT && result->done == 0;
	default:
		return true;
	}
}

void
op_print(const struct op *op)
{
	static const char *const names[] = {
		"load", "store", "execute", "enter", "fork", "create",
		"destroy", "map_anon", "map_object", "unmap", "protect",
		"find_gap", "user_read",
		"user_write", "user_string", "object_create", "object_put",
		"drain", "reclaim", "reap", "squeeze", "relax", "fail_alloc",
		"fail_fill", "bad_range", "wild",
	};

	printf("\t{ %u, %u, %u, %u, %u, %u, %u, %u, %u },\t"
	    "/* hart %u: %s space %u", op->kind, op->hart, op->space,
	    op->other, op->cell, op->last, op->prot, op->value, op->number,
	    op->hart, names[op->kind], op->space);
	switch (op->kind) {
	case OP_FORK:
		printf(" to %u", op->other);
		break;
	case OP_MAP_ANON: case OP_UNMAP: case OP_PROTECT: case OP_FIND_GAP:
		printf(", cells %u..%u prot %u", op->cell, op->last, op->prot);
		break;
	case OP_MAP_OBJECT:
		printf(", cells %u..%u prot %u object %u from %u%s", op->cell,
		    op->last, op->prot, op->other, op->number % OBJECT_PAGES,
		    op->value & 1 ? " shared" : "");
		break;
	case OP_LOAD: case OP_STORE: case OP_EXECUTE:
		printf("*, cell %u", op->cell);
		break;
	}
	printf(" */\n");
}
