/*
 * Who called whom, read from the compiler's unwind tables.
 *
 * Functions keep no frame pointer.  What they keep instead costs nothing while
 * all is well: the compiler wrote down, for each instruction, where the frame
 * ends (the canonical frame address, CFA) and where in it the caller's
 * registers are.  That is the section .eh_frame:
 *
 *	CIE  what the functions of one object have in common
 *	FDE  a function: its place, and a program for a small machine
 *
 * The program's instructions lead from the row of the table that holds at the
 * function's start to the one that holds at an address in it.  unwind.c has the
 * machine, unwind_table.c finds the programs.  The format is that of DWARF's
 * call frame information, as the Linux Standard Base writes it into .eh_frame;
 * the numbers of registers are those of the RISC-V ELF psABI.
 *
 * Of the format, this reads what gcc, clang and trap.S make.  Whatever else
 * stands there, and whatever makes no sense, is the end of the chain: nothing
 * is read but the tables and the kernel's stacks.
 */
#pragma once

#include "core/base/types.h"

#define UNWIND_REGISTERS 32
#define UNWIND_RA	1
#define UNWIND_SP	2
#define UNWIND_S0	8

/* A function on the way out, and the registers as they were there. */
struct unwind {
	uint64_t x[UNWIND_REGISTERS];
	uint32_t known;		/* a bit for each of x */
	vaddr_t pc;		/* its instruction, or, if that is a call, an
				 * address inside: after it may stand another
				 * function */
};

/* The tables: .eh_frame. */
struct unwind_table {
	const uint8_t *start, *end;
};

/*
 * From a function to its caller, or to what a trap interrupted.
 *
 * returns: whether that is known; if not, *at is unchanged
 */
bool unwind_step(const struct unwind_table *table, struct unwind *at);
