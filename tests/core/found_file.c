/* What was found about pages of objects; found.h names them. */
#include "found.h"

#include "check.h"
#include "core/base/string.h"
#include "core/vm/range.h"
#include "fake/machine.h"
#include "words.h"

#define ROUNDS	16	/* faults take the short way every other time only */

/* A page that is written before it was read: copied where the mapping is
 * private, itself where it is shared, refused where it may not be written; and
 * what was copied so a fork finds like any other. */
void
a_page_that_is_written_first_is_a_copy(void)
{
	struct op readable = { .kind = OP_MAP_OBJECT, .cell = 16, .last = 19,
	    .prot = PROT_READ };

	object_make(0, false);
	create(2);
	map_object(2, 0, 3, 0, true);
	enter(0, 2);
	for (uint16_t cell = 0; cell < 4; cell++)
		load(0, cell);
	for (uint8_t round = 0; round < ROUNDS; round++) {
		create(0);
		enter(0, 0);
		map_object(0, 0, 3, 0, false);
		map_object(0, 8, 11, 0, true);
		op_step(&readable);
		store(0, 16, round);
		store(0, 9, round);
		store(0, 0, (uint8_t)(round + 1));
		store(0, 1, (uint8_t)(round + 2));
		load(0, 17);
		fork_space(0, 0, 1);
		store(0, 0, (uint8_t)(round + 3));
		enter(0, 1);
		load(0, 0);
		store(0, 2, round);
		destroy(1);
		destroy(0);
		memory_op(OP_REAP, 0);
		enter(0, 2);
	}
}

static uint32_t nfences, nstill;

static void
count_fence(const char *what)
{
	if (strcmp(what, "fence") != 0)
		return;
	nfences++;
	nstill += machine_stands_still;
}

/* Nobody maps again what is being cut off: between the first look at the leaves
 * and the last the world does not run. */
void
the_world_stands_still_while_pages_are_cut_off(void)
{
	struct op op = { .kind = OP_RESIZE, .number = 1 };

	object_make(0, false);
	create(0);
	map_object(0, 0, 5, 0, true);
	enter(0, 0);
	load(0, 3);
	nfences = nstill = 0;
	machine_at_point = count_fence;
	op_step(&op);
	machine_at_point = NULL;
	CHECK(nfences > 0 && nstill == nfences, "the world stood still at %u of "
	    "%u fences", nstill, nfences);
}
