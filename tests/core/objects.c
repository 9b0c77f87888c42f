/*
 * The objects of the tests: three kinds, each page of which is filled with a
 * pattern, or with what was stored.
 *
 *	lasting		keeps its pages
 *	clean		drops them, and what was written with them
 *	stored		writes them back before; kept idle, or not
 */
#include "check.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/object.h"
#include "core/vm/object_cache.h"
#include "core/vm/object_entry.h"
#include "core/vm/object_inner.h"
#include "fake/machine.h"
#include "world.h"

#define BACKINGS	64

/* What stands behind an object. */
static struct backing {
	bool used;
	uint32_t slot;
	uint8_t bytes[OBJECT_PAGES][CELL_BYTES];
} backings[BACKINGS];

static uint32_t fail_fills;	/* fills and stores that will fail */
static bool failed_fill;

void
fills_fail(uint32_t n)
{
	fail_fills = n;
}

bool
fill_failed(void)
{
	bool failed = failed_fill;

	failed_fill = false;
	return failed;
}

uint8_t
op_fill_byte(uint32_t slot, uint32_t index, uint32_t byte)
{
	return (uint8_t)(slot * 37 + index * 11 + byte % 5 + 1);
}

static void
backing_reset(struct backing *backing, uint32_t first)
{
	for (uint32_t i = first; i < OBJECT_PAGES; i++)
		for (uint32_t k = 0; k < CELL_BYTES; k++)
			backing->bytes[i][k] = op_fill_byte(backing->slot, i, k);
}

static bool
fails_now(void)
{
	if (fail_fills == 0)
		return false;
	fail_fills--;
	failed_fill = true;
	return true;
}

static int
test_fill(void *context, uint32_t index, void *page)
{
	const struct backing *backing = context;

	machine_point("fill");
	if (fails_now())
		return -EIO;
	memset(page, 0x77, PAGE_BYTES);
	memcpy(page, backing->bytes[index], CELL_BYTES / 2);
	memcpy((uint8_t *)page + PAGE_BYTES - CELL_BYTES / 2,
	    backing->bytes[index] + CELL_BYTES / 2, CELL_BYTES / 2);
	return 0;
}

static int
test_store(void *context, uint32_t index, const void *page)
{
	struct backing *backing = context;

	if (fails_now())
		return -EIO;
	memcpy(backing->bytes[index], page, CELL_BYTES / 2);
	machine_point("store");
	memcpy(backing->bytes[index] + CELL_BYTES / 2,
	    (const uint8_t *)page + PAGE_BYTES - CELL_BYTES / 2,
	    CELL_BYTES / 2);
	return 0;
}

static void
test_release(void *context)
{
	((struct backing *)context)->used = false;
}

static const struct object_ops kinds[] = {
	{ .fill = test_fill, .release = test_release },
	{ .fill = test_fill, .release = test_release, .clean = true },
	{ .fill = test_fill, .release = test_release, .clean = true,
	    .store = test_store },
	{ .fill = test_fill, .release = test_release, .clean = true,
	    .store = test_store, .keep = true },
};

bool
objects_used_up(void)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < OBJECTS_MAX; i++)
		used += object_at(i)->ops != NULL;
	return used == OBJECTS_MAX;
}

static void
run_create(const struct op *op, struct result *result)
{
	struct object **object = &world.objects[op->other];
	struct backing *backing = backings;

	/* The model may still need the slot for pages that are mapped. */
	result->ran = *object == NULL && !model.objects[op->other].used;
	if (!result->ran)
		return;
	while (backing->used)
		CHECK(++backing < backings + BACKINGS, "backings are lost");
	backing->slot = op->other;
	backing_reset(backing, 0);
	result->err = object_create(&kinds[op->value % ARRAY_LEN(kinds)],
	    backing, op->number % OBJECT_PAGES + 1, object);
	backing->used = result->err == 0;
	if (result->err != 0)
		*object = NULL;
	else
		result->done = object_number(*object);
}

static void
run_resize(const struct op *op, struct object *object)
{
	static struct mutex one_resize = { .rank = RANK_MOUNT };
	uint32_t npages = op->number % OBJECT_PAGES + 1;

	/* As a file system would: one at a time. */
	mutex_lock(&one_resize);
	object_resize(object, npages);
	backing_reset(object->context, npages);
	mutex_unlock(&one_resize);
}

void
run_object(const struct op *op, struct result *result)
{
	struct object **object = &world.objects[op->other];

	if (op->kind == OP_OBJECT_CREATE) {
		run_create(op, result);
		return;
	}
	if (op->kind == OP_EVICT) {
		for (uint32_t i = op->number % 16; i > 0; i--)
			object_cache_drop();
		return;
	}
	result->ran = *object != NULL;
	if (!result->ran)
		return;
	switch (op->kind) {
	case OP_OBJECT_PUT:
		object_put(*object);
		*object = NULL;
		break;
	case OP_RESIZE:
		run_resize(op, *object);
		break;
	case OP_WRITE_BACK:
		result->err = object_write_back(*object, op->value % 4,
		    op->value & 0x80 ? UINT32_MAX : op->number % OBJECT_PAGES);
		break;
	}
}
