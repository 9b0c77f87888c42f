#include "generate.h"

#include "core/vm/range.h"
#include "core/vm/space.h"
#include "fake/machine.h"

static struct op before;	/* the last one of the sequence */

void
generate_begin(void)
{
	before = (struct op){ 0 };
}

static struct op
remember(struct op op)
{
	before = op_normal(op);
	return before;
}

struct op
promise_again(const struct op *unmap)
{
	struct op op = *unmap;

	op.kind = OP_MAP_ANON;
	op.prot = PROT_READ | PROT_WRITE;
	op.value = 0;
	return op;
}

/* What was given back is often promised again, and given back again. */
static bool
generate_again(uint64_t *rng, struct op *op)
{
	static const uint8_t again[OP_KINDS] = {
		[OP_UNMAP] = OP_MAP_ANON, [OP_MAP_ANON] = OP_UNMAP,
		[OP_MAP_OBJECT] = OP_UNMAP,
	};

	if (again[before.kind] == 0 || random_below(rng, 3) > 0)
		return false;
	*op = promise_again(&before);
	op->kind = again[before.kind];
	if (op->kind == OP_MAP_ANON && random_below(rng, 4) == 0)
		op->kind = OP_MAP_OBJECT;
	op->hart = (uint8_t)random_below(rng, HARTS_MAX);
	return true;
}

static uint16_t
random_cell(uint64_t *rng)
{
	uint32_t draw = random_below(rng, 10);

	/* Mostly near one another, so that operations meet. */
	if (draw < 6)
		return (uint16_t)(random_below(rng, 24) % nplaces);
	if (draw == 6)
		return (uint16_t)(nplaces - 1 - random_below(rng, 4));
	return (uint16_t)random_below(rng, nplaces);
}

/* What dice alone would seldom do. */
static void
generate_rest(uint64_t *rng, struct op *op)
{
	static const int32_t near[] = { 1, 3, 8, 16, 24, 64, 128, -8, -11, -64 };
	uint32_t draw = random_below(rng, 4);

	switch (op->kind) {
	case OP_PROTECT:
		/* Hide pages, show them again; short ranges, without holes. */
		if (draw < 2)
			op->prot = draw == 0 ? PROT_NONE :
			    PROT_READ | PROT_WRITE;
		if (random_below(rng, 2))
			op->last = (uint16_t)MIN(op->cell +
			    random_below(rng, 3), nplaces - 1);
		break;
	case OP_MAP_OBJECT:
		/* Shared, and never to be written. */
		if (draw == 0) {
			op->value |= 3;
			op->prot &= ~PROT_WRITE;
		}
		break;
	case OP_DISCARD:
		/* Single pages, which go another way. */
		if (draw < 2)
			op->last = op->cell;
		break;
	case OP_MOVE:
		/* Not far, and often aligned alike. */
		if (draw > 0)
			op->number = (uint16_t)MIN((int32_t)nplaces - 1,
			    MAX(0, op->cell +
			    near[random_below(rng, ARRAY_LEN(near))]));
		break;
	}
}

/* What dice say. */
static struct op
generate_any(uint64_t *rng)
{
	static const uint8_t weights[OP_KINDS] = {
		[OP_LOAD] = 26, [OP_STORE] = 32, [OP_EXECUTE] = 6,
		[OP_ENTER] = 16, [OP_FORK] = 12, [OP_CREATE] = 4,
		[OP_DESTROY] = 7, [OP_MAP_ANON] = 12, [OP_MAP_OBJECT] = 10,
		[OP_UNMAP] = 10, [OP_PROTECT] = 12, [OP_FIND_GAP] = 2,
		[OP_MOVE] = 9, [OP_DISCARD] = 10, [OP_POPULATE] = 4,
		[OP_RUNS] = 2, [OP_REMOTE_READ] = 2, [OP_REMOTE_WRITE] = 3,
		[OP_RESIZE] = 3, [OP_WRITE_BACK] = 3, [OP_EVICT] = 5,
		[OP_USER_READ] = 4, [OP_USER_WRITE] = 4,
		[OP_USER_STRING] = 2, [OP_OBJECT_CREATE] = 4,
		[OP_OBJECT_PUT] = 3, [OP_DRAIN] = 4, [OP_RECLAIM] = 1,
		[OP_REAP] = 2, [OP_SQUEEZE] = 3, [OP_RELAX] = 2,
		[OP_FAIL_ALLOC] = 2, [OP_FAIL_FILL] = 1, [OP_BAD_RANGE] = 1,
		[OP_WILD] = 1,
	};
	uint32_t total = 0, draw;
	struct op op = { 0 };

	for (uint32_t i = 0; i < OP_KINDS; i++)
		total += weights[i];
	draw = random_below(rng, total);
	while (draw >= weights[op.kind])
		draw -= weights[op.kind++];
	op.hart = (uint8_t)random_below(rng, HARTS_MAX);
	op.space = (uint8_t)random_below(rng, SPACES);
	op.other = (uint8_t)random_below(rng, OBJECTS);
	op.cell = random_cell(rng);
	op.last = random_cell(rng);
	/* Short ranges, long ones, and all of it. */
	draw = random_below(rng, 8);
	if (draw < 5)
		op.last = (uint16_t)MIN(op.cell + random_below(rng, 12),
		    nplaces - 1);
	if (draw == 5)
		op.last = (uint16_t)(nplaces - 1);
	op.prot = (uint8_t)(random_below(rng, 3) ? PROT_READ | PROT_WRITE :
	    random_below(rng, 8));
	op.value = (uint8_t)random_below(rng, 256);
	op.number = (uint16_t)random_below(rng, 65536);
	generate_rest(rng, &op);
	return op;
}

struct op
generate_op(uint64_t *rng)
{
	struct op op;

	return remember(generate_again(rng, &op) ? op : generate_any(rng));
}

struct op
generate_small_op(uint64_t *rng)
{
	static const uint8_t kinds[] = {
		OP_STORE, OP_STORE, OP_STORE, OP_STORE, OP_STORE, OP_STORE,
		OP_LOAD, OP_LOAD, OP_LOAD, OP_ENTER, OP_ENTER, OP_CREATE,
		OP_MAP_ANON, OP_MAP_ANON, OP_MAP_ANON, OP_MAP_OBJECT,
		OP_UNMAP, OP_UNMAP, OP_UNMAP, OP_PROTECT, OP_PROTECT,
		OP_PROTECT, OP_PROTECT, OP_FIND_GAP, OP_FORK, OP_DESTROY,
	};
	struct op op;
	uint32_t draw;

	if (generate_again(rng, &op))
		return remember(op);
	op = generate_any(rng);
	draw = random_below(rng, 64);
	/* Sometimes anything. */
	if (draw >= 60)
		return remember(op);
	op.kind = kinds[draw % ARRAY_LEN(kinds)];
	if (draw > 2)
		op.space = op.kind == OP_DESTROY;
	op.other = op.kind == OP_FORK ? 1 : op.other;
	op.cell = (uint16_t)random_below(rng, MIN(nplaces, 20u));
	op.last = (uint16_t)MIN(op.cell + random_below(rng, 8), nplaces - 1);
	if (op.kind == OP_PROTECT)
		op.prot = draw & 1 ? PROT_READ : PROT_READ | PROT_WRITE;
	return remember(op);
}
