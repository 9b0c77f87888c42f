/*
 * The machine of the unwind tables: its state is one row of a function's
 * table, and its instructions change that, or say how far it holds.
 *
 * A row says of each register one of three things: it is kept in the frame, it
 * is lost, or neither, which is that nobody has touched it yet.
 */
#include "core/cpu/unwind.h"

#include "core/cpu/hart.h"
#include "core/cpu/unwind_table.h"

/* Instructions: the upper two bits if they are not zero, then with an operand
 * in the others, or all eight. */
#define OP_SHORT	0xc0u
enum {
	OP_NOP = 0x00,
	OP_ADVANCE_1 = 0x02,
	OP_ADVANCE_2 = 0x03,
	OP_ADVANCE_4 = 0x04,
	OP_KEPT_LONG = 0x05,
	OP_UNTOUCHED_LONG = 0x06,
	OP_LOST = 0x07,
	OP_REMEMBER = 0x0a,
	OP_RECALL = 0x0b,
	OP_CFA = 0x0c,
	OP_CFA_REGISTER = 0x0d,
	OP_CFA_OFFSET = 0x0e,
	OP_ADVANCE = 0x40,
	OP_KEPT = 0x80,
	OP_UNTOUCHED = 0xc0,
};

/* Columns of the table are registers; this one is where a trap was. */
#define COLUMN_TRAP	64
#define PLACE_TRAP	0	/* ... kept in x0's place, which needs none */

/* sp, s0, s1, s2 to s11: whom a function calls leaves these as they are. */
#define PRESERVED	0x0ffc0304u

struct row {
	uint32_t cfa_register;
	uint64_t cfa_offset;
	uint32_t kept, lost;			/* a bit for each register */
	int32_t offset[UNWIND_REGISTERS];	/* from the CFA, if kept */
};

struct machine {
	const struct unwind_entry *entry;
	uint64_t at;		/* where the row begins to hold, from the start */
	uint64_t wanted;	/* the row that holds there is asked for */
	struct row row;
	struct row first;	/* of the function */
	struct row remembered;
	bool remembers;
	bool bad;
};

/* The register of a column: bad if it has none. */
static uint32_t
column_place(struct machine *machine, uint64_t column)
{
	if (column == COLUMN_TRAP)
		return PLACE_TRAP;
	if (column == 0 || column >= UNWIND_REGISTERS) {
		machine->bad = true;
		return PLACE_TRAP;
	}
	return (uint32_t)column;
}

static void
row_keep(struct machine *machine, uint64_t column, uint64_t units)
{
	uint32_t place = column_place(machine, column);

	machine->row.kept |= 1u << place;
	machine->row.offset[place] = (int32_t)(units *
	    (uint64_t)machine->entry->data_unit);
}

static void
row_lose(struct machine *machine, uint64_t column)
{
	uint32_t place = column_place(machine, column);

	machine->row.kept &= ~(1u << place);
	machine->row.lost |= 1u << place;
}

/* As it was at the function's start. */
static void
row_restore(struct machine *machine, uint64_t column)
{
	uint32_t place = column_place(machine, column), bit = 1u << place;
	struct row *row = &machine->row;
	const struct row *first = &machine->first;

	row->kept = (row->kept & ~bit) | (first->kept & bit);
	row->lost = (row->lost & ~bit) | (first->lost & bit);
	row->offset[place] = first->offset[place];
}

static void
row_remember(struct machine *machine)
{
	/* Once is what compilers do. */
	machine->bad |= machine->remembers;
	machine->remembers = true;
	machine->remembered = machine->row;
}

static void
row_recall(struct machine *machine)
{
	machine->bad |= !machine->remembers;
	machine->remembers = false;
	machine->row = machine->remembered;
}

static void
set_cfa_register(struct machine *machine, uint64_t column)
{
	machine->row.cfa_register = column_place(machine, column);
}

/* returns: whether the row holds no further than to before what is wanted */
static bool
advance(struct machine *machine, uint64_t units)
{
	machine->at += units * machine->entry->code_unit;
	return machine->at <= machine->wanted;
}

/* One of those that are all eight bits.  returns: as for advance */
static bool
run_long(struct machine *machine, struct bytes *program, uint64_t op)
{
	uint64_t column;

	switch (op) {
	case OP_NOP:
		break;
	case OP_ADVANCE_1:
		return advance(machine, bytes_take(program, 1));
	case OP_ADVANCE_2:
		return advance(machine, bytes_take(program, 2));
	case OP_ADVANCE_4:
		return advance(machine, bytes_take(program, 4));
	case OP_KEPT_LONG:
		column = bytes_take_unsigned(program);
		row_keep(machine, column, bytes_take_unsigned(program));
		break;
	case OP_UNTOUCHED_LONG:
		row_restore(machine, bytes_take_unsigned(program));
		break;
	case OP_LOST:
		row_lose(machine, bytes_take_unsigned(program));
		break;
	case OP_REMEMBER:
		row_remember(machine);
		break;
	case OP_RECALL:
		row_recall(machine);
		break;
	case OP_CFA:
		set_cfa_register(machine, bytes_take_unsigned(program));
		machine->row.cfa_offset = bytes_take_unsigned(program);
		break;
	case OP_CFA_REGISTER:
		set_cfa_register(machine, bytes_take_unsigned(program));
		break;
	case OP_CFA_OFFSET:
		machine->row.cfa_offset = bytes_take_unsigned(program);
		break;
	default:
		machine->bad = true;
	}
	return true;
}

/* returns: whether all of the program until `wanted` is understood */
static bool
run(struct machine *machine, struct bytes program)
{
	bool on = true;

	while (on && program.at < program.end && !machine->bad) {
		uint64_t op = bytes_take(&program, 1);
		uint64_t operand = op & ~OP_SHORT;

		switch (op & OP_SHORT) {
		case OP_ADVANCE:
			on = advance(machine, operand);
			break;
		case OP_KEPT:
			row_keep(machine, operand, bytes_take_unsigned(&program));
			break;
		case OP_UNTOUCHED:
			row_restore(machine, operand);
			break;
		default:
			on = run_long(machine, &program, op);
		}
	}
	return !machine->bad && !program.bad;
}

/* What is both kept and lost was lost first.
 * returns: whether the register's value in the caller is known, and *value */
static bool
load(const struct unwind *at, const struct row *row, vaddr_t cfa,
    uint32_t place, uint64_t *value)
{
	vaddr_t kept = cfa + (uint64_t)row->offset[place];

	if ((row->kept >> place & 1) == 0) {
		*value = at->x[place];
		return at->known & ~row->lost & 1u << place;
	}
	if (kept % sizeof(uint64_t) != 0 || !hart_stack_contains(kept))
		return false;
	*value = *(const uint64_t *)kept;
	return true;
}

/* Leave the function whose row that is.  returns: as unwind_step */
static bool
leave(const struct unwind_entry *entry, const struct row *row,
    uint32_t return_place, struct unwind *at)
{
	struct unwind caller = { .known = 1u << UNWIND_SP };
	vaddr_t cfa = at->x[row->cfa_register] + row->cfa_offset;
	uint64_t address;

	/* Stacks grow downwards: the way out is up. */
	if ((at->known >> row->cfa_register & 1) == 0 ||
	    cfa % sizeof(uint64_t) != 0 || cfa < at->x[UNWIND_SP] ||
	    !load(at, row, cfa, return_place, &address))
		return false;
	caller.pc = entry->trap ? address : address - 1;
	caller.x[UNWIND_SP] = cfa;
	for (uint32_t i = 0; i < UNWIND_REGISTERS; i++)
		if (i != UNWIND_SP && i != return_place &&
		    ((row->kept | PRESERVED) >> i & 1) &&
		    load(at, row, cfa, i, &caller.x[i]))
			caller.known |= 1u << i;
	*at = caller;
	return true;
}

bool
unwind_step(const struct unwind_table *table, struct unwind *at)
{
	struct unwind_entry entry;
	struct machine machine = { .entry = &entry };
	uint32_t return_place;

	if (!unwind_find(table, at->pc, &entry))
		return false;
	return_place = column_place(&machine, entry.return_column);
	machine.wanted = at->pc - entry.start;
	if (!run(&machine, entry.before))
		return false;
	machine.first = machine.row;
	return run(&machine, entry.program) &&
	    leave(&entry, &machine.row, return_place, at);
}
