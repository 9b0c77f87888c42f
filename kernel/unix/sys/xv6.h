/*
 * The xv6 door: programs built for MIT's xv6-riscv of 2020 to 2022, and
 * cowslip's own.  xv6_abi.h says what they see.
 */
#pragma once

#include "core/cpu/trap.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/sys/xv6_abi.h"

extern const struct door xv6_door;

/*
 * A system call.  Its arguments are a0 to a5 of the frame.
 * returns: what the program gets in a0; every -errno becomes -1
 */
struct syscall {
	const char *name;
	int64_t (*function)(struct trapframe *frame);
};

/* A path that came from the program. */
struct xv6_path {
	struct vfs_path path;
	char text[XV6_MAXPATH];
};

/* Read the path at user address `from`.
 * returns: 0, -EFAULT, -ENAMETOOLONG */
int xv6_path_read(struct xv6_path *path, vaddr_t from);
