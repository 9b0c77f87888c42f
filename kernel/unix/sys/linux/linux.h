/*
 * The Linux door: unmodified programs for riscv64 Linux.
 *
 * linux_table.c says which function serves which number; docs/linux.md, call
 * by call and flag by flag, what of it is honoured.  A function fetches and
 * checks arguments, translates flags and structs, and calls what the xv6 door
 * calls too: what a call means stands in unix/fs, unix/proc and core/vm.
 *
 *	linux_calls.h		the functions, by subject
 *	linux_abi_*.h		numbers and structs as programs see them
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/trap.h"

struct door;

extern const struct door linux_door;

void linux_init(void);			/* once, at boot */

/* What a call was given, as the program left a0 to a5, all 64 bits: they
 * stand in the frame, which a call that changes the program changes. */
struct linux_args {
	uint64_t a[6];
};

_Static_assert(offsetof(struct trapframe, a5) ==
    offsetof(struct trapframe, a0) + 5 * sizeof(uint64_t), "linux_args.a");

static inline const struct linux_args *
linux_args(const struct trapframe *frame)
{
	return (const struct linux_args *)&frame->a0;
}

/* needs: a call that is `whole`, or wants no more than sp and temporaries */
static inline struct trapframe *
linux_args_frame(const struct linux_args *args)
{
	return (struct trapframe *)((uintptr_t)args -
	    offsetof(struct trapframe, a0));
}

/* returns: what the program gets in a0: a result or -errno */
typedef int64_t linux_function(const struct linux_args *args);

/*
 * One call.  `arguments` says what each argument is, for --strace, in one
 * letter each (linux_strace.c).
 */
struct linux_call {
	const char *name;
	linux_function *function;	/* NULL: -ENOSYS */
	const char *arguments;
	bool whole;			/* see trap_on_syscall */
};

/* By number; those Linux has none of have no name. */
extern const struct linux_call linux_calls[];
extern const uint32_t linux_ncalls;

/* returns: NULL if Linux has none of this number either */
static inline const struct linux_call *
linux_call_find(uint64_t number)
{
	if (number >= linux_ncalls || linux_calls[number].name == NULL)
		return NULL;
	return &linux_calls[number];
}
