/*
 * The Linux door: programs built for riscv64 Linux.  What all its calls share.
 */
#pragma once

#include "core/base/types.h"

struct trapframe;

/* A system call as it came: a0 to a5, and the registers it came with. */
struct linux_args {
	uint64_t a[6];
	struct trapframe *frame;
};
