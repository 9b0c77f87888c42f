/* Replacing a process's program by another. */
#pragma once

#include "core/base/types.h"

/*
 * Run the ELF file at `path` with `argc` strings that stand one after the
 * other in `strings` (`strings_bytes` in all, NULs included), in the calling
 * process.  Nothing is read of the file but its headers.
 *
 *	0 | segments ... | guard, nothing mapped | stack | break: heap ->
 *
 * returns: argc, with the trapframe set to the program's start; or -ENOENT,
 *          -ENOEXEC, -E2BIG, -ENOMEM, ... with nothing changed
 */
int proc_exec(const char *path, uint32_t argc, const char *strings,
    size_t strings_bytes);
