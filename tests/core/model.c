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

/* What an access is told: 0 if it is allowed. */
int
cell_error(const struct model *m, const struct cell *cell, enum access access)
{
	if (cell->kind == CELL_NONE)
		return -EFAULT;
	if (!(cell->prot & needed[access]))
		return -EACCES;
	return cell_bytes(m, cell) == NULL ? -ENXIO : 0;
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
bool
model_excuses(const struct result *result)
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
	if (model_excuses(result))
		return true;
	cell = &m->cells[m->runs[op->hart]][op->cell];
	if (cell_error(m, cell, accesses[op->kind]) != 0)
		return result->err == cell_error(m, cell, accesses[op->kind]);
	if (result->err != 0)
		return false;
	if (op->kind != OP_STORE)
		return result->data[0] == cell_bytes(m, cell)[byte];
	cell_write(m, cell, byte, (uint8_t)op->number);
	return true;
}

/* The space a copy is about; -1: none. */
static int
copy_slot(const struct model *m, const struct op *op)
{
	if (op->kind == OP_REMOTE_READ || op->kind == OP_REMOTE_WRITE)
		return op->space;
	return m->runs[op->hart];
}

/* The cell at the `k`-th byte of a copy; NULL past the end. */
static struct cell *
copy_cell(struct model *m, const struct op *op, size_t k, uint32_t *byte)
{
	uint32_t slot = (uint32_t)copy_slot(m, op);
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
	bool write = op->kind == OP_USER_WRITE || op->kind == OP_REMOTE_WRITE;
	size_t len = op_copy_len(op), k;

	for (k = 0; k < len; k++) {
		uint32_t byte;
		struct cell *cell;

		/* Excused, it may stop anywhere. */
		if (result->err != 0 && result->excused && k == result->done)
			return result->err == -EFAULT;
		cell = copy_slot(m, op) < 0 ? NULL :
		    copy_cell(m, op, k, &byte);
		if (cell == NULL || cell_error(m, cell,
		    write ? ACCESS_WRITE : ACCESS_READ) != 0)
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

		if (cell == NULL || cell_error(m, cell, ACCESS_READ) != 0)
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
	if (model_excuses(result))
		return true;
	if (result->err != 0)
		return false;
	switch (op->kind) {
	case OP_CREATE:
		m->live[op->space] = true;
		m->options[op->space] = op->value &
		    (SPACE_SHARE_ZERO | SPACE_MAP_AROUND);
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

/* Pages from `first` on are as they were when the object was made. */
static void
object_reset(struct model_object *object, uint32_t slot, uint32_t first)
{
	for (uint32_t i = first; i < OBJECT_PAGES; i++)
		for (uint32_t k = 0; k < CELL_BYTES; k++)
			object->bytes[i][k] = op_fill_byte(slot, i, k);
}

/* What is cut off is lost, private copies of it too. */
static void
model_resize(struct model *m, const struct op *op)
{
	struct model_object *object = &m->objects[op->other];

	object->npages = op->number % OBJECT_PAGES + 1;
	object_reset(object, op->other, object->npages);
	for (uint32_t s = 0; s < SPACES; s++)
		for (uint32_t i = 0; i < nplaces; i++) {
			struct cell *cell = &m->cells[s][i];

			if (cell->kind == CELL_PRIVATE &&
			    cell->object == op->other &&
			    cell->index >= object->npages)
				cell->written = 0;
		}
}

static bool
apply_object(struct model *m, const struct op *op, const struct result *result)
{
	struct model_object *object = &m->objects[op->other];

	switch (op->kind) {
	case OP_OBJECT_PUT:
		object->held = false;
		return true;
	case OP_RESIZE:
		model_resize(m, op);
		return true;
	case OP_WRITE_BACK:
		return result->err == 0 ||
		    (result->excused && result->err == -EIO);
	}
	if (model_excuses(result))
		return true;
	object->used = object->held = true;
	object->clean = op->value % 4 == 1;
	object->npages = op->number % OBJECT_PAGES + 1;
	object->number = (uint32_t)result->done;
	object_reset(object, op->other, 0);
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
	case OP_REMOTE_READ: case OP_REMOTE_WRITE:
		return apply_copy(m, op, result);
	case OP_USER_STRING:
		return apply_string(m, op, result);
	case OP_CREATE: case OP_FORK: case OP_ENTER: case OP_DESTROY:
		return apply_space(m, op, result);
	case OP_MAP_ANON: case OP_MAP_OBJECT: case OP_UNMAP:
	case OP_PROTECT: case OP_MOVE: case OP_DISCARD: case OP_POPULATE:
	case OP_FIND_GAP: case OP_RUNS: case OP_BAD_RANGE:
		return model_apply_range(m, op, result);
	case OP_OBJECT_CREATE: case OP_OBJECT_PUT: case OP_RESIZE:
	case OP_WRITE_BACK:
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
		"move", "discard", "populate", "find_gap", "runs", "user_read",
		"user_write", "user_string", "remote_read", "remote_write",
		"object_create", "object_put", "resize", "write_back", "evict",
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
	case OP_MOVE:
		printf(", cells %u..%u to %u%s%s", op->cell, op->last,
		    op_target(op), op_replaces(op) ? ", replacing" : "",
		    op_leaves(op) ? ", leaving zeros" : "");
		break;
	case OP_OBJECT_CREATE: case OP_OBJECT_PUT: case OP_RESIZE:
		printf(", object %u, %u pages", op->other,
		    op->number % OBJECT_PAGES + 1);
		break;
	case OP_MAP_ANON: case OP_UNMAP: case OP_PROTECT: case OP_FIND_GAP:
	case OP_DISCARD: case OP_POPULATE:
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
