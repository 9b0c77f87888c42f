/* ELF: a header, and program headers that each describe a segment. */
#include "unix/proc/elf.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "unix/fs/vfs.h"

struct elf_header {
	uint8_t magic[4];
	uint8_t class, data, version, abi, abi_version, pad[7];
	uint16_t type, machine;
	uint32_t version2;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

#define CLASS_64	2
#define DATA_LITTLE	1
#define TYPE_EXEC	2
#define MACHINE_RISCV	243

#define SEGMENT_LOAD	1
#define SEGMENT_DYNAMIC	2
#define SEGMENT_INTERP	3

#define FLAG_X		1
#define FLAG_W		2

/* No honest file has more program headers than fit into a page. */
#define HEADERS_MAX	(PAGE_BYTES / sizeof(struct elf_program_header))

/* returns: 0; -ENOEXEC if the file is too short; -EIO */
static int
read_exactly(struct vnode *vnode, void *to, uint64_t offset, size_t len)
{
	int64_t n;

	/* Reading need not take care of what a signed offset cannot say. */
	if (offset > INT64_MAX - len)
		return -ENOEXEC;
	n = vnode_read_kernel(vnode, to, offset, len);
	if (n < 0)
		return (int)n;
	return (size_t)n == len ? 0 : -ENOEXEC;
}

static bool
header_valid(const struct elf_header *header)
{
	return memcmp(header->magic, "\177ELF", 4) == 0 &&
	    header->class == CLASS_64 && header->data == DATA_LITTLE &&
	    header->type == TYPE_EXEC && header->machine == MACHINE_RISCV &&
	    header->phentsize == sizeof(struct elf_program_header) &&
	    header->phnum > 0 && header->phnum <= HEADERS_MAX;
}

/* Whether the segment is inside the file and the user's half, past `end`. */
static bool
segment_valid(const struct elf_program_header *program, uint64_t file_bytes,
    vaddr_t end)
{
	return program->filesz <= program->memsz &&
	    program->offset <= file_bytes &&
	    program->filesz <= file_bytes - program->offset &&
	    program->vaddr < USER_END &&
	    program->memsz <= USER_END - program->vaddr &&
	    program->vaddr % PAGE_BYTES == 0 && program->vaddr >= end;
}

/* Append a segment.  returns: 0 or -ENOEXEC */
static int
segment_add(struct elf_image *image, const struct elf_program_header *program,
    uint64_t file_bytes)
{
	struct elf_segment *segment;

	if (program->memsz == 0 && program->filesz == 0)
		return 0;
	if (image->nsegments == EXEC_SEGMENTS_MAX ||
	    !segment_valid(program, file_bytes,
	    ROUND_UP(image->end, PAGE_BYTES)))
		return -ENOEXEC;
	if (image->nsegments == 0)
		image->lowest = program->vaddr;
	image->end = program->vaddr + program->memsz;
	segment = &image->segments[image->nsegments++];
	segment->start = program->vaddr;
	segment->memory_bytes = program->memsz;
	segment->offset = program->offset;
	segment->file_bytes = program->filesz;
	/* All can be read, as on the machines these programs come from. */
	segment->prot = PROT_READ;
	if (program->flags & FLAG_W)
		segment->prot |= PROT_WRITE;
	if (program->flags & FLAG_X)
		segment->prot |= PROT_EXEC;
	return 0;
}

int
elf_read(struct vnode *vnode, struct elf_image *image)
{
	struct elf_program_header program;
	struct elf_header header;
	struct vnode_stat stat;
	uint64_t offset;
	int err;

	err = vnode_stat(vnode, &stat);
	if (err != 0)
		return err;
	if (stat.type != VNODE_FILE)
		return -ENOEXEC;
	err = read_exactly(vnode, &header, 0, sizeof(header));
	if (err != 0)
		return err;
	if (!header_valid(&header) || header.phoff > stat.size)
		return -ENOEXEC;

	memset(image, 0, sizeof(*image));
	image->entry = header.entry;
	image->is_static = true;
	for (uint32_t i = 0; i < header.phnum && err == 0; i++) {
		offset = header.phoff + i * sizeof(program);
		err = read_exactly(vnode, &program, offset, sizeof(program));
		if (err != 0)
			return err;
		if (program.type == SEGMENT_LOAD)
			err = segment_add(image, &program, stat.size);
		else if (program.type == SEGMENT_DYNAMIC ||
		    program.type == SEGMENT_INTERP)
			image->is_static = false;
	}
	if (err != 0)
		return err;
	if (image->nsegments == 0 || image->entry < image->lowest ||
	    image->entry >= image->end)
		return -ENOEXEC;
	return 0;
}
