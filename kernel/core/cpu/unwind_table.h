/* The unwind tables as bytes: reading them, and finding a function's. */
#pragma once

#include "core/cpu/unwind.h"

/* Bytes that are still to be read.  Reading more than there is gives zeros and
 * makes them bad; that need only be asked at the end. */
struct bytes {
	const uint8_t *at, *end;
	bool bad;
};

/* A number of `len` bytes, up to 8, the least first. */
uint64_t bytes_take(struct bytes *bytes, size_t len);
/* A number in pieces of seven bits (LEB128). */
uint64_t bytes_take_unsigned(struct bytes *bytes);
int64_t bytes_take_signed(struct bytes *bytes);

/* A function's FDE, with what its CIE says. */
struct unwind_entry {
	vaddr_t start;		/* of the function */
	uint64_t len;
	uint64_t code_unit;	/* by which the programs count addresses */
	int64_t data_unit;	/* ... and offsets in the frame */
	uint64_t return_column;	/* where its caller's address is kept */
	bool trap;		/* that is where a trap was, not after a call */
	struct bytes before;	/* program: the row of all functions' start */
	struct bytes program;	/* ... and on from there */
};

/* returns: whether the table has the function `pc` is in, and *entry */
bool unwind_find(const struct unwind_table *table, vaddr_t pc,
    struct unwind_entry *entry);
