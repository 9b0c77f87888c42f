/*
 * A program on its way from its file into memory, for exec.
 *
 *	program_open -> program_map -> (changed over to, or) program_close
 */
#pragma once

#include "core/base/params.h"
#include "unix/fs/credentials.h"
#include "unix/fs/vfs.h"
#include "unix/proc/elf.h"
#include "unix/proc/exec.h"

/* One file of it. */
struct program_part {
	struct vnode *vnode;		/* with a reference; NULL: none */
	struct vnode_stat stat;		/* where image is */
	struct elf_image image;
	vaddr_t base;			/* added to the file's addresses */
};

/* A page holds it. */
struct program {
	const struct door *door;
	struct program_part main;
	struct program_part linker;	/* the dynamic linker, or none */
	struct memory *memory;		/* NULL before program_map */
	bool secure;			/* rights were gained: set-uid */
	bool holds;			/* the thread that runs it has mutexes to
					 * give up in its old memory */
	bool in_order;			/* nothing stands at a random place */
	uint64_t chance[2];		/* random, to choose places by */
	uint32_t nchosen;		/* how many were */
	struct credentials credentials;	/* what it will run with */
	uint64_t stack_bytes;
	char text[EXEC_TEXT_BYTES];	/* path of what runs a script */
	char next[EXEC_TEXT_BYTES];	/* the start of one; a linker's path */
};

/*
 * Find the program for the file at `path` (`file`, if not NULL): the file itself
 * or, for a script, the interpreter it names, which then stands in the
 * arguments.
 *
 * returns: 0, or -errno; program_close in any case
 */
int program_open(struct program *program, const char *path,
    const struct exec_file *file, struct strings *arguments);

/* Make its memory: segments, stack, what its door adds.
 * returns: 0; -ENOEXEC, -ENOMEM, -EAGAIN */
int program_map(struct program *program);

/* Clear what of its files' last pages is not the program's.
 * needs: mapped, and entered by the calling thread.  returns: 0, -EFAULT */
int program_clear(const struct program *program);

/* Give back what it holds still. */
void program_close(struct program *program);
