#include "unix/sys/xv6_start.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/proc/exec.h"
#include "unix/proc/memory.h"
#include "unix/sys/xv6.h"

#define STACK_ALIGN	16	/* RISC-V calling convention */

/* The stack, growing down: where `len` more bytes go.  It starts aligned, so
 * rounding never leaves it. */
static vaddr_t
stack_push(vaddr_t sp, uint64_t len)
{
	return ROUND_DOWN(sp - len, STACK_ALIGN);
}

/*
 * Lay out the strings and, below them, the pointers; each aligned.
 * returns: 0 with start->sp set; -E2BIG
 */
static int
arguments_measure(struct exec_start *start)
{
	const struct strings *arguments = start->arguments;
	const struct memory_layout *layout = &start->memory->layout;
	struct strings_cursor cursor = strings_start(arguments);
	uint64_t pointers = (arguments->count + 1ull) * sizeof(vaddr_t);
	vaddr_t sp = layout->stack_end;

	if (arguments->count > xv6_door.args_max ||
	    arguments->bytes > start->strings_bytes_max)
		return -E2BIG;
	for (uint32_t i = 0; i < arguments->count; i++) {
		uint64_t len = strings_length(&cursor);

		if (sp - layout->stack_start < len)
			return -E2BIG;
		sp = stack_push(sp, len);
		strings_skip(&cursor, len);
	}
	if (sp - layout->stack_start < pointers)
		return -E2BIG;
	start->sp = stack_push(sp, pointers);
	return 0;
}

/* needs: measured */
static int
arguments_write(const struct exec_start *start)
{
	struct strings_cursor cursor = strings_start(start->arguments);
	vaddr_t sp = start->memory->layout.stack_end, slot = start->sp, end = 0;
	int err;

	for (uint32_t i = 0; i < start->arguments->count; i++) {
		uint64_t len = strings_length(&cursor);

		sp = stack_push(sp, len);
		err = strings_write(&cursor, sp, len);
		if (err == 0)
			err = user_write(slot, &sp, sizeof(sp), NULL);
		if (err != 0)
			return err;
		slot += sizeof(sp);
	}
	return user_write(slot, &end, sizeof(end), NULL);
}

int
xv6_start_stack(struct exec_start *start)
{
	int err = arguments_measure(start);

	if (err != 0)
		return err;
	start->a0 = start->arguments->count;
	start->a1 = start->sp;
	return arguments_write(start);
}
