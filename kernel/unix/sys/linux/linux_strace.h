/*
 * --strace: calls in the log as they happen, in the usual form:
 *
 *	7 openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC, 0) = 3
 *	7 read(3, "root:x:0:0:root"..., 4096) = 812
 *	7 execve("/bin/nothing", 0x3fc1b2a3c0, 0x3fc1b2a3d8) = -2 ENOENT
 */
#pragma once

#include "unix/sys/linux/linux.h"

/* Look at the kernel's arguments: once, at boot. */
void linux_strace_init(void);

/*
 * Whether the calling process is to be traced: with `strace=on` every process
 * is that a Linux init starts a program in, and all its descendants; where init
 * is no Linux program, every process.
 */
bool linux_strace_asked(const struct linux_call *call);

extern bool linux_strace_on;		/* [c] strace=on */

static inline bool
linux_strace_wanted(const struct linux_call *call)
{
	return linux_strace_on && linux_strace_asked(call);
}

/* Make the call and print it.  returns: what its function returned */
int64_t linux_strace_call(const struct linux_call *call,
    const struct linux_args *args);
