/*
 * A door: how a kind of program calls the kernel.  Numbers, limits and quirks
 * stand here as data; the core never asks which door a process came through.
 */
#pragma once

#include "core/base/types.h"

struct exec_start;
struct signal_delivery;
struct trapframe;

/* How exec lays out a program of the door. */
enum door_layout {
	DOOR_LAYOUT_BREAK_ABOVE,	/* program, guard, stack, break */
	DOOR_LAYOUT_STACK_TOP,		/* program, break ... mappings, stack;
					 * all but the program's own at random */
};

#define DOOR_NOT_WHOLE	INT64_MIN	/* no call's result */

struct door {
	const char *name;
	/*
	 * Make the call that the frame asks for, which is `whole` or not
	 * (trap_on_syscall in core/cpu/trap.h).
	 * returns: what the program gets in a0; DOOR_NOT_WHOLE: nothing, for
	 *          it wants a whole frame; one of -ERESTART...: a signal came
	 */
	int64_t (*syscall)(struct trapframe *frame, bool whole);
	/*
	 * Make the calling thread's program run a handler when it is returned
	 * to.  NULL: its programs know no signals, and can only be killed.
	 * returns: 0; -EFAULT if there is no room for what the handler needs
	 */
	int (*deliver_signal)(struct trapframe *frame,
	    const struct signal_delivery *delivery);
	/*
	 * Write arguments, environment and what else a program expects onto
	 * its new stack, in which the calling thread already runs.
	 * gives:   start->sp, and the registers that are not 0
	 * returns: 0; -E2BIG, -EFAULT, -ENOMEM
	 */
	int (*start_stack)(struct exec_start *start);
	enum door_layout layout;
	uint32_t space_options;		/* vm/space.h, SPACE_ */
	uint32_t procs_max;		/* fork fails at this many processes */
	uint32_t files_per_proc;	/* open fails at this many descriptors */
	uint32_t files_max;		/* ... and at this many files in all */
	uint32_t args_max;		/* exec's arguments */
	uint64_t args_bytes;		/* ... and their bytes; 0: a quarter of
					 * LIMIT_STACK */
	uint64_t stack_bytes;		/* 0: LIMIT_STACK */
	vaddr_t memory_end;		/* programs map nothing at or above it */
	uint32_t name_max;		/* bytes of a path component; more are cut */
	int32_t crash_status;		/* of a program that is killed */
	bool orphans_vanish;		/* whose parent died is waited for by
					 * nobody; else by init */
	bool plain_console;		/* an init of it expects its keys and
					 * output untouched (dev/console.h) */
	bool tells_memory;		/* a parent hears how much it had */
	bool claims_segments;		/* room for a program's file is set
					 * aside when it starts */
	bool runs_by_right;		/* exec asks for the right to run
					 * it, and that nobody writes it */
	bool scripts;			/* exec runs files that begin with #! */
};

/* Link-time hook, defined by sys: the door for an ELF whose lowest loadable
 * segment starts at `lowest`; NULL: nobody runs such a file. */
const struct door *door_for(vaddr_t lowest, bool is_static);
