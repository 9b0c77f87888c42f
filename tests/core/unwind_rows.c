/*
 * A kernel's own unwind tables, read by core/cpu/unwind.c on the host:
 *
 *	unwind_rows FILE ADDRESS < addresses
 *
 * FILE is the section .eh_frame, which belongs to ADDRESS.  For each address of
 * the kernel's text, a line: where the frame ends, from sp on; and where, from
 * that end on, the way back and s0 are, or "-" for what is not in the frame.
 * "none", where nothing leads on.  test_unwind.py compares.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/cpu/hart.h"
#include "core/cpu/unwind.h"

#define STACK_WORDS	1024
#define TABLE_BYTES_MAX	(1u << 20)
#define NOT_KEPT	(1u << 30)	/* a register's value, and no offset */

static uint64_t stack[STACK_WORDS];	/* each word says where it is */

bool
hart_stack_contains(vaddr_t sp)
{
	return sp >= (vaddr_t)stack && sp < (vaddr_t)(stack + STACK_WORDS);
}

static void
print_kept(uint64_t word, uint64_t end)
{
	if (word >= NOT_KEPT - 1)
		printf(" -");
	else
		/* An address inside a call is one less than what is kept. */
		printf(" %" PRId64, (int64_t)((word + 7) / 8 * 8 - end));
}

static void
print_row(const struct unwind_table *table, uint64_t pc)
{
	struct unwind at = { .known = ~1u, .pc = pc };
	uint64_t end;

	for (uint32_t i = 1; i < UNWIND_REGISTERS; i++)
		at.x[i] = NOT_KEPT;
	at.x[UNWIND_SP] = (vaddr_t)stack;
	if (!unwind_step(table, &at)) {
		printf("none\n");
		return;
	}
	end = at.x[UNWIND_SP] - (vaddr_t)stack;
	printf("%" PRIu64, end);
	print_kept(at.pc, end);
	print_kept(at.x[UNWIND_S0], end);
	printf("\n");
}

int
main(int argc, char **argv)
{
	static uint8_t bytes[TABLE_BYTES_MAX];
	struct unwind_table table = { bytes, NULL };
	FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
	uint64_t address, pc;

	if (file == NULL)
		return 2;
	table.end = bytes + fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	address = strtoull(argv[2], NULL, 16);
	for (uint64_t i = 0; i < STACK_WORDS; i++)
		stack[i] = 8 * i;
	while (scanf("%" SCNx64, &pc) == 1)
		print_row(&table, (vaddr_t)bytes + (pc - address));
	return 0;
}
