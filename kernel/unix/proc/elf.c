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
#define TYPE_DYNAMIC	3
#define MACHINE_RISCV	243

#define SEGMENT_LOAD	1
#define SEGMENT_DYNAMIC	2
#define SEGMENT_INTERP	3
#define SEGMENT_STACK	0x6474e551

#define FLAG_X		1
#define FLAG_W		2

/* No honest file has more program headers than fit into a page. */
#define HEADERS_AT_ONCE	10u	/* read of them: of most files all */
#define HEADERS_MAX	(PAGE_BYTES / sizeof(struct elf_program_header))

/* How most files begin. */
struct elf_start {
	struct elf_header header;
	struct elf_program_header programs[HEADERS_AT_ONCE];
};

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
	    (header->type == TYPE_EXEC || header->type == TYPE_DYNAMIC) &&
	    header->machine == MACHINE_RISCV &&
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
	    ROUND_DOWN(program->vaddr, PAGE_BYTES) >= end;
}

/* Let the segment begin with its page.  returns: 0 or -ENOEXEC */
static int
segment_align(struct elf_segment *segment)
{
	uint64_t before = segment->start % PAGE_BYTES;

	segment->in_pages = segment->offset % PAGE_BYTES == before;
	if (before == 0)
		return 0;
	segment->start -= before;
	segment->memory_bytes += before;
	if (segment->file_bytes == 0)
		return 0;
	/* What stands before it in the file comes along, as it must not be
	 * told apart from it in memory. */
	if (!segment->in_pages)
		return -ENOEXEC;
	segment->offset -= before;
	segment->file_bytes += before;
	return 0;
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
	return segment_align(segment);
}

/* returns: 0 or -ENOEXEC */
static int
header_take(struct elf_image *image, const struct elf_program_header *program,
    uint64_t file_bytes)
{
	switch (program->type) {
	case SEGMENT_LOAD:
		return segment_add(image, program, file_bytes);
	case SEGMENT_INTERP:
		if (program->filesz == 0 || program->offset > file_bytes ||
		    program->filesz > file_bytes - program->offset)
			return -ENOEXEC;
		image->linker_offset = program->offset;
		image->linker_bytes = program->filesz;
		image->is_static = false;
		return 0;
	case SEGMENT_DYNAMIC:
		image->is_static = false;
		return 0;
	case SEGMENT_STACK:
		image->stack_runs = program->flags & FLAG_X;
		return 0;
	default:
		return 0;
	}
}

/* Where the program headers are in memory, if a segment has them. */
static void
headers_find(struct elf_image *image, const struct elf_header *header)
{
	uint64_t bytes = header->phnum * sizeof(struct elf_program_header);

	image->nheaders = header->phnum;
	/* The first that has them: the next may begin in the same page. */
	for (uint32_t i = 0; i < image->nsegments && image->headers == 0; i++) {
		const struct elf_segment *segment = &image->segments[i];

		if (header->phoff >= segment->offset &&
		    header->phoff - segment->offset + bytes <=
		    segment->file_bytes)
			image->headers = segment->start + header->phoff -
			    segment->offset;
	}
}

/* Take all program headers, some at a time; the first `nread` are in `start`
 * already. */
static int
headers_take(struct vnode *vnode, struct elf_image *image,
    struct elf_start *start, uint32_t nread, uint64_t file_bytes)
{
	const struct elf_header *header = &start->header;
	struct elf_program_header *programs = start->programs;
	uint32_t first = 0, end = nread;
	int err = 0;

	for (uint32_t i = 0; i < header->phnum && err == 0; i++) {
		if (i == end) {
			first = i;
			end = i + MIN(header->phnum - i, HEADERS_AT_ONCE);
			err = read_exactly(vnode, programs,
			    header->phoff + first * sizeof(programs[0]),
			    (end - first) * sizeof(programs[0]));
		}
		if (err == 0)
			err = header_take(image, &programs[i - first],
			    file_bytes);
	}
	return err;
}

int
elf_read(struct vnode *vnode, const struct vnode_stat *stat,
    struct elf_image *image)
{
	struct elf_start start;
	const struct elf_header *header = &start.header;
	uint32_t nread = 0;
	int64_t n;
	int err;

	if (stat->type != VNODE_FILE)
		return -ENOEXEC;
	n = vnode_read_kernel(vnode, &start, 0, sizeof(start));
	if (n < 0)
		return (int)n;
	if ((size_t)n < sizeof(*header) || !header_valid(header) ||
	    header->phoff > stat->size)
		return -ENOEXEC;
	if (header->phoff == sizeof(*header))
		nread = (uint32_t)(((size_t)n - sizeof(*header)) /
		    sizeof(start.programs[0]));

	memset(image, 0, offsetof(struct elf_image, segments));
	image->entry = header->entry;
	image->is_static = true;
	err = headers_take(vnode, image, &start, nread, stat->size);
	if (err != 0)
		return err;
	if (image->nsegments == 0 || image->entry < image->lowest ||
	    image->entry >= image->end)
		return -ENOEXEC;
	image->moves = header->type == TYPE_DYNAMIC;
	headers_find(image, header);
	return 0;
}

int
elf_read_linker(struct vnode *vnode, const struct elf_image *image,
    char *path, size_t size)
{
	int err;

	if (image->linker_bytes > size)
		return -ENOEXEC;
	err = read_exactly(vnode, path, image->linker_offset,
	    image->linker_bytes);
	if (err == 0 && path[image->linker_bytes - 1] != '\0')
		err = -ENOEXEC;
	return err;
}
