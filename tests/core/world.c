#include "world.h"

#include <stdio.h>

#include "check.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/mem/frame.h"
#include "fake/machine.h"
#include "fake/mmu.h"

struct place places[CELLS_MAX];
uint32_t nplaces;
struct world world;
struct model model;
uint32_t full_every = 8;

static uint32_t frames_at_start;

/* places */
static void
places_init(void)
{
	static const uint64_t around[] = {
		0, 1, 2, 3, 6, 510, 511, 512, 513, 514, 1023, 1024, 1025,
		4096, 262142, 262143, 262144, 262145, 262656, 262657,
		524286, 524287, 524288, 524289, 524290, 1048576,
	};
	uint64_t end = USER_END >> PAGE_SHIFT;

	nplaces = 0;
	if (end <= CELLS_MAX) {
		for (; nplaces < end; nplaces++)
			places[nplaces] = (struct place){ nplaces, 1 };
		return;
	}
	for (uint32_t i = 0; i < ARRAY_LEN(around); i++)
		places[nplaces++].page = around[i];
	for (uint32_t i = 4; i > 0; i--)
		places[nplaces++].page = end - i;
	for (uint32_t i = 0; i < nplaces; i++)
		places[i].npages = (i + 1 < nplaces ? places[i + 1].page :
		    end) - places[i].page;
}

vaddr_t
cell_addr(uint32_t cell, uint32_t byte)
{
	return (places[cell].page << PAGE_SHIFT) + (byte < CELL_BYTES / 2 ?
	    byte : PAGE_BYTES - CELL_BYTES + byte);
}

/* the kernel's side */
void
world_start(uint32_t nframes, uint32_t nharts)
{
	places_init();
	machine_start(nframes, nharts);
	for (uint32_t i = 0; i < HARTS_MAX; i++)
		model.runs[i] = -1;
	frames_at_start = frame_free_count();
}

void
world_end(void)
{
	struct op op = { .kind = OP_RELAX };

	fills_fail(0);
	op_step(&op);
	for (uint32_t i = 0; i < SPACES; i++) {
		op = (struct op){ .kind = OP_DESTROY, .space = (uint8_t)i };
		op_step(&op);
	}
	for (uint32_t i = 0; i < OBJECTS; i++) {
		op = (struct op){ .kind = OP_OBJECT_PUT, .other = (uint8_t)i };
		op_step(&op);
	}
	op = (struct op){ .kind = OP_RECLAIM };
	op_step(&op);
	CHECK(frame_free_count() == frames_at_start,
	    "%u frames are free, %u were", frame_free_count(), frames_at_start);
}

vaddr_t
op_start(const struct op *op)
{
	return places[op->cell].page << PAGE_SHIFT;
}

uint64_t
op_len(const struct op *op)
{
	const struct place *last = &places[op->last];

	return (last->page + last->npages - places[op->cell].page) << PAGE_SHIFT;
}

uint64_t
op_gap_len(const struct op *op)
{
	return (uint64_t)(op->number % 64 + 1) << PAGE_SHIFT;
}

bool
op_is_small(const struct op *op)
{
	for (uint32_t i = op->cell; i <= op->last; i++)
		if (places[i].npages != 1)
			return false;
	return true;
}

uint32_t
op_target(const struct op *op)
{
	return op->number % nplaces;
}

uint64_t
run_hash(uint64_t hash, vaddr_t start, vaddr_t end, uint32_t how,
    uint32_t object, uint32_t page)
{
	uint64_t state = hash ^ start;

	state = random_next(&state) ^ end;
	state = random_next(&state) ^ how;
	state = random_next(&state) ^ ((uint64_t)object << 32 | page);
	return random_next(&state);
}

/* Bring any bytes into range. */
struct op
op_normal(struct op op)
{
	op.kind %= OP_KINDS;
	op.hart %= (uint8_t)harts_count();
	op.space %= SPACES;
	op.other %= op.kind == OP_FORK ? SPACES : OBJECTS;
	op.cell %= (uint16_t)nplaces;
	op.last %= (uint16_t)nplaces;
	/* Only ranges have two ends. */
	if (op.last < op.cell && op.kind >= OP_FORK) {
		uint16_t cell = op.cell;

		op.cell = op.last;
		op.last = cell;
	}
	op.prot %= 8;
	if (op.kind == OP_POPULATE)
		op.last = (uint16_t)MIN(op.last, op.cell + 30);
	return op;
}

bool
op_replaces(const struct op *op)
{
	return (op->value & 0x30) == 0x30;
}

bool
op_leaves(const struct op *op)
{
	return (op->value & 0xc) == 0xc;
}

/* How many bytes from a cell's byte on are modelled, and wanted. */
size_t
op_copy_len(const struct op *op)
{
	uint32_t byte = op->value % CELL_BYTES;
	size_t len = op->number % COPY_MAX + 1, most = COPY_MAX;

	if (PAGE_BYTES > CELL_BYTES) {
		if (byte < CELL_BYTES / 2)
			most = CELL_BYTES / 2 - byte;
		else if (places[op->cell].npages > 1)
			most = CELL_BYTES - byte;
		else
			most = CELL_BYTES + CELL_BYTES / 2 - byte;
	}
	return MIN(len, most);
}

void
op_step(const struct op *given)
{
	static uint32_t steps;
	struct op op = op_normal(*given);
	struct result result;

	for (uint32_t i = 0; i < harts_count(); i++)
		mmu_settle(i);
	check_seed(&op);
	if (op.kind == OP_OBJECT_CREATE)
		model_reap(&model);
	op_run(&op, &result);
	CHECK(model_apply(&model, &op, &result),
	    "the model does not agree: err %lld, done %zu, data %u%s",
	    (long long)result.err, result.done, result.data[0],
	    result.excused ? ", excused" : "");
	check_counts();
	check_tlbs(&model);
	if (++steps % full_every == 0)
		check_views(&model);
	else
		check_view(&model, op.space);
}
