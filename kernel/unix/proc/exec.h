/* Replacing a process's program by another. */
#pragma once

#include "core/base/types.h"
#include "unix/proc/strings.h"

struct credentials;
struct memory;
struct vnode;

/* A file to run that is at hand. */
struct exec_file {
	struct vnode *vnode;		/* may be run, or is refused */
	const char *name;		/* what its process is to be called */
	bool vanishes;			/* the path it was called by leads
					 * nowhere once it runs */
};

/* What door->start_stack is given, and gives. */
struct exec_start {
	const char *path;		/* as it was called */
	const struct exec_file *file;	/* what is there; NULL: look */
	struct strings *arguments, *environment;
	uint64_t strings_bytes_max;	/* of all, with the pointers to them */
	struct memory *memory;		/* the new one, entered */
	vaddr_t entry;			/* the program's own */
	vaddr_t headers;		/* its program headers; 0: not mapped */
	uint32_t nheaders;
	vaddr_t linker;			/* where its linker was put; 0: none */
	bool secure;			/* rights were gained: set-uid */
	const struct credentials *credentials;	/* what it will run with */

	vaddr_t pc;			/* where it starts */
	vaddr_t sp;			/* given by the door: registers */
	uint64_t a0, a1;
};

/*
 * Run the file at `path` in the calling process, whose other threads end.
 * The strings are the caller's to free; scripts (#!) change the arguments.
 *
 * returns: the program's a0, with the trapframe set to its start; or -ENOENT,
 *          -ENOEXEC, -E2BIG, -ENOMEM, ... with nothing changed; -EINTR if the
 *          caller was ended meanwhile
 */
int64_t proc_exec(const char *path, struct strings *arguments,
    struct strings *environment);
/* Whether there is a file at `path` (`file`, if not NULL) that could be tried
 * to be run: for who finds the strings wrong, as what is wrong with the file is
 * said first.
 * returns: 0, -ENOENT, -EACCES, -ETXTBSY, ... */
int proc_exec_may(const struct exec_file *file, const char *path);
/* The same for a file at hand, called by `path`, which a script is given. */
int64_t proc_exec_file(const struct exec_file *file, const char *path,
    struct strings *arguments, struct strings *environment);
