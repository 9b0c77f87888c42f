#include "words.h"

#include "check.h"
#include "core/vm/audit.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/reclaim.h"
#include "core/vm/space.h"
#include "fake/machine.h"
#include "fake/mmu.h"

void
create(uint8_t space)
{
	struct op op = { .kind = OP_CREATE, .space = space };

	op_step(&op);
}

void
destroy(uint8_t space)
{
	struct op op = { .kind = OP_DESTROY, .space = space };

	op_step(&op);
}

void
enter(uint8_t hart, uint8_t space)
{
	struct op op = { .kind = OP_ENTER, .hart = hart, .space = space,
	    .number = 1 };

	op_step(&op);
}

void
fork_space(uint8_t hart, uint8_t space, uint8_t child)
{
	struct op op = { .kind = OP_FORK, .hart = hart, .space = space,
	    .other = child };

	op_step(&op);
}

void
map(uint8_t space, uint16_t first, uint16_t last, uint8_t prot)
{
	struct op op = { .kind = OP_MAP_ANON, .space = space, .cell = first,
	    .last = last, .prot = prot };

	op_step(&op);
}

void
map_object(uint8_t space, uint16_t first, uint16_t last, uint8_t object,
    bool shared)
{
	struct op op = { .kind = OP_MAP_OBJECT, .space = space, .cell = first,
	    .last = last, .prot = PROT_READ | PROT_WRITE, .other = object,
	    .value = shared };

	op_step(&op);
}

void
unmap(uint8_t hart, uint8_t space, uint16_t first, uint16_t last)
{
	struct op op = { .kind = OP_UNMAP, .hart = hart, .space = space,
	    .cell = first, .last = last };

	op_step(&op);
}

/* returns: page faults it took */
static uint64_t
access_cell(uint8_t kind, uint8_t hart, uint16_t cell, uint8_t value)
{
	struct op op = { .kind = kind, .hart = hart, .cell = cell,
	    .number = value };
	uint64_t before = mmu_faults;

	op_step(&op);
	return mmu_faults - before;
}

uint64_t
store(uint8_t hart, uint16_t cell, uint8_t value)
{
	return access_cell(OP_STORE, hart, cell, value);
}

uint64_t
load(uint8_t hart, uint16_t cell)
{
	return access_cell(OP_LOAD, hart, cell, 0);
}

void
object_make(uint8_t slot, bool clean)
{
	struct op op = { .kind = OP_OBJECT_CREATE, .other = slot,
	    .value = clean, .number = OBJECT_PAGES - 1 };

	op_step(&op);
}

void
memory_op(uint8_t kind, uint16_t number)
{
	struct op op = { .kind = kind, .number = number };

	op_step(&op);
}

void
run_on_hart_0(struct space *space)
{
	machine_run_on(0);
	thread_set_space(space);
}

void
end_run(struct space *space, struct object *object)
{
	run_on_hart_0(NULL);
	space_put(space);
	if (object != NULL)
		object_put(object);
	reclaim_all();
}

void
expect_clean(const char *when)
{
	struct audit_report report;

	audit(&report);
	CHECK(report.errors == 0, "audit: %s", when);
}
