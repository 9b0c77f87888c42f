/*
 * A door: how a kind of program calls the kernel.  Numbers, limits and quirks
 * stand here as data; the core never asks which door a process came through.
 */
#pragma once

#include "core/base/types.h"

struct signal_delivery;
struct trapframe;

struct door {
	const char *name;
	void (*syscall)(struct trapframe *frame);
	/*
	 * Make the calling thread's program run a handler when it is returned
	 * to.  NULL: its programs know no signals, and can only be killed.
	 * returns: 0; -EFAULT if there is no room for what the handler needs
	 */
	int (*deliver_signal)(struct trapframe *frame,
	    const struct signal_delivery *delivery);
	uint32_t space_options;		/* vm/space.h, SPACE_ */
	uint32_t procs_max;		/* fork fails at this many processes */
	uint32_t files_per_proc;	/* open fails at this many descriptors */
	uint32_t files_max;		/* ... and at this many files in all */
	uint32_t args_max;		/* exec's arguments */
	uint32_t args_bytes;		/* ... and their bytes, with pointers */
	uint32_t stack_bytes;
	vaddr_t memory_end;		/* programs map nothing at or above it */
	uint32_t name_max;		/* bytes of a path component; more are cut */
	int32_t crash_status;		/* of a program that is killed */
};

/* Link-time hook, defined by sys: the door for an ELF whose lowest loadable
 * segment starts at `lowest`; NULL: nobody runs such a file. */
const struct door *door_for(vaddr_t lowest, bool is_static);
