/*
 * Reading an ELF file's headers (System V ABI, chapters 4 and 5; RISC-V ELF
 * psABI).  Nothing in a file is believed before it is checked.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"

struct vnode;
struct vnode_stat;

/* One stretch of memory the file asks for; page-aligned, in the file too if
 * `in_pages`. */
struct elf_segment {
	vaddr_t start;
	uint64_t memory_bytes;		/* > 0; zeros beyond file_bytes */
	uint64_t offset, file_bytes;	/* inside the file */
	uint32_t prot;			/* vm/space.h */
	bool in_pages;
};

/* Segments ascend and do not overlap; all end at or below USER_END. */
struct elf_image {
	vaddr_t entry;
	vaddr_t lowest, end;		/* end of the last one, not rounded */
	bool is_static;			/* asks for no dynamic linker */
	bool moves;			/* ET_DYN: runs wherever it is put */
	bool stack_runs;		/* its stack is to be executable */
	vaddr_t headers;		/* its program headers; 0: not mapped */
	uint32_t nheaders;
	uint64_t linker_offset;		/* the dynamic linker's path, in the */
	uint64_t linker_bytes;		/* ... file; 0: there is none */
	uint32_t nsegments;		/* at least 1 */
	struct elf_segment segments[EXEC_SEGMENTS_MAX];
};

/* `stat` is the file's.  returns: 0; -ENOEXEC; -EIO */
int elf_read(struct vnode *vnode, const struct vnode_stat *stat,
    struct elf_image *image);
/* The path of its dynamic linker, NUL-terminated.
 * needs: image->linker_bytes > 0.  returns: 0; -ENOEXEC; -EIO */
int elf_read_linker(struct vnode *vnode, const struct elf_image *image,
    char *path, size_t size);
