/*
 * Mapping what a program's files ask for.
 *
 *	layout BREAK_ABOVE (xv6):
 *	0 | segments ... | guard, nothing mapped | stack | break: heap ->
 *
 *	layout STACK_TOP (Linux), everything at random but what cannot move:
 *	0 | segments | break -> ... <- mappings | linker | vDSO | gap | stack |
 */
#include "unix/proc/program.h"

#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "core/vm/user.h"
#include "unix/dev/random.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/proc/limit.h"
#include "unix/proc/memory.h"
#include "unix/proc/segment.h"

/*
 * What to map for a segment: the pages every reader of the file shares; or
 * pages of its own, if it does not stand in the file as in memory, or room for
 * them is to be set aside.
 * gives: *out, with a reference, and the first page of it
 */
static int
segment_pages(const struct program *program, const struct program_part *part,
    const struct elf_segment *segment, struct object **out, uint32_t *first)
{
	int err = -ENODEV;

	if (segment->in_pages && !program->door->claims_segments) {
		*first = (uint32_t)(segment->offset >> PAGE_SHIFT);
		err = vnode_object(part->vnode, out);
	}
	if (err == -ENODEV) {
		*first = 0;
		err = segment_object(part->vnode, segment->offset,
		    segment->file_bytes, out);
	}
	return err;
}

static int
segment_map(const struct program *program, const struct program_part *part,
    const struct elf_segment *segment)
{
	struct space *space = program->memory->space;
	uint64_t file_bytes = ROUND_UP(segment->file_bytes, PAGE_BYTES);
	uint64_t memory_bytes = ROUND_UP(segment->memory_bytes, PAGE_BYTES);
	vaddr_t start = part->base + segment->start;
	struct object *object;
	uint32_t first;
	int err = 0;

	if (file_bytes > 0) {
		err = segment_pages(program, part, segment, &object, &first);
		if (err != 0)
			return err;
		err = space_map_object(space, start, file_bytes,
		    segment->prot, false, true, object, first, 0);
		object_put(object);
	}
	if (err == 0 && memory_bytes > file_bytes)
		err = space_map_anon(space, start + file_bytes,
		    memory_bytes - file_bytes, segment->prot, 0);
	return err;
}

static int
part_map(const struct program *program, const struct program_part *part)
{
	int err = 0;

	for (uint32_t i = 0; i < part->image.nsegments && err == 0; i++)
		err = segment_map(program, part, &part->image.segments[i]);
	return err;
}

/* What stands in the last page after a part of the file that the segment is
 * longer than belongs to the file, not to the program. */
static int
part_clear(const struct program_part *part)
{
	int err = 0;

	for (uint32_t i = 0; i < part->image.nsegments; i++) {
		const struct elf_segment *segment = &part->image.segments[i];
		vaddr_t at = part->base + segment->start + segment->file_bytes;
		vaddr_t end = ROUND_UP(at, PAGE_BYTES);

		if (segment->memory_bytes == segment->file_bytes ||
		    !segment->in_pages || !(segment->prot & PROT_WRITE))
			continue;
		if (err == 0)
			err = user_clear(at, end - at, NULL);
	}
	return err;
}

int
program_clear(const struct program *program)
{
	int err = 0;

	/* Pages that are the segment's own end with zeros. */
	if (!program->door->claims_segments)
		err = part_clear(&program->main);
	if (err == 0 && program->linker.vnode != NULL)
		err = part_clear(&program->linker);
	return err;
}

/* Which segments hold code, and which data. */
static void
layout_segments(struct memory_layout *layout, const struct program_part *part)
{
	for (uint32_t i = 0; i < part->image.nsegments; i++) {
		const struct elf_segment *segment = &part->image.segments[i];
		vaddr_t start = part->base + segment->start;

		if (segment->prot & PROT_EXEC) {
			layout->code_start = start;
			layout->code_end = start + segment->file_bytes;
		} else if (segment->prot & PROT_WRITE) {
			layout->data_start = start;
			layout->data_end = start + segment->file_bytes;
		}
	}
}

/* returns: 0, or -ENOEXEC if there is no room for the stack */
static int
layout_break_above(struct program *program)
{
	struct memory_layout *layout = &program->memory->layout;
	vaddr_t end = program->door->memory_end;
	vaddr_t guard = ROUND_UP(program->main.image.end, PAGE_BYTES);

	if (guard > end || end - guard < PAGE_BYTES + program->stack_bytes)
		return -ENOEXEC;
	layout->stack_start = guard + PAGE_BYTES;
	layout->stack_end = layout->stack_start + program->stack_bytes;
	layout->brk_start = layout->stack_end;
	layout->brk_end = layout->map_end = end;
	return 0;
}

/*
 * One of `npages` places, in bytes from the first.  What of a random number
 * did not choose is as good as random, for the next: of 64 bits three choices
 * among 2^18, or one among 2^21, leave seven, which is how alike all are.
 */
static uint64_t
random_bytes_of(struct program *program, uint64_t npages)
{
	uint64_t *chance = &program->chance[program->nchosen++ %
	    ARRAY_LEN(program->chance)];
	unsigned __int128 chosen = (unsigned __int128)*chance * npages;

	*chance = (uint64_t)chosen;
	return (uint64_t)(chosen >> 64) * PAGE_BYTES;
}

/* `at` or up to `npages` pages below it. */
static vaddr_t
below(struct program *program, vaddr_t at, uint64_t npages)
{
	return ROUND_DOWN(at, PAGE_BYTES) - random_bytes_of(program, npages);
}

static uint64_t
image_bytes(const struct elf_image *image)
{
	return ROUND_UP(image->end, PAGE_BYTES) -
	    ROUND_DOWN(image->lowest, PAGE_BYTES);
}

/* Where `image` must be moved so that it starts at `start`. */
static vaddr_t
image_base(const struct elf_image *image, vaddr_t start)
{
	return start - ROUND_DOWN(image->lowest, PAGE_BYTES);
}

/*
 * The stack, of whole leaf nodes but for its top, so that few entries say all
 * of it.  Its limit may be exceeded by less than a node's range for that.
 */
static void
layout_stack(struct program *program, struct memory_layout *layout,
    vaddr_t top)
{
	uint64_t bytes = program->stack_bytes;

	layout->stack_end = ROUND_DOWN(below(program, top - MEGAPAGE_BYTES,
	    RANDOM_STACK_PAGES), MEGAPAGE_BYTES) +
	    STACK_TOP_PAGES * PAGE_BYTES +
	    random_bytes_of(program, STACK_TOP_MORE);
	layout->stack_start = ROUND_DOWN(layout->stack_end - bytes,
	    bytes < MEGAPAGE_BYTES ? PAGE_BYTES : MEGAPAGE_BYTES);
}

/* Where the break starts, above the program's `end`. */
static vaddr_t
layout_break(struct program *program, vaddr_t end)
{
	uint64_t npages = (ROUND_UP(end, MEGAPAGE_BYTES) - end) / PAGE_BYTES;
	uint64_t choice = RANDOM_BREAK_PAGES;

	if (npages >= BREAK_CHOICE_PAGES + BREAK_HEAP_PAGES)
		choice = npages - BREAK_HEAP_PAGES;
	return end + random_bytes_of(program, choice);
}

/* returns: 0, or -ENOEXEC if it is too large */
static int
layout_stack_top(struct program *program)
{
	struct memory_layout *layout = &program->memory->layout;
	struct program_part *main = &program->main, *linker = &program->linker;
	vaddr_t top = program->door->memory_end, end;

	/* All at once, for asking costs more than the numbers. */
	if (!program->in_order)
		random_bytes(program->chance, sizeof(program->chance));
	layout_stack(program, layout, top);
	layout->map_end = below(program, layout->stack_end - STACK_GUARD_BYTES -
	    MAX(program->stack_bytes, STACK_ROOM_BYTES), RANDOM_PAGES);
	layout->vdso = layout->map_end - VDSO_ROOM_BYTES;
	end = layout->vdso;
	if (linker->vnode != NULL) {
		if (!linker->image.moves ||
		    image_bytes(&linker->image) > PROGRAM_BYTES_MAX)
			return -ENOEXEC;
		end -= image_bytes(&linker->image);
		linker->base = image_base(&linker->image, end);
	}
	if (main->image.moves) {
		if (image_bytes(&main->image) > PROGRAM_BYTES_MAX)
			return -ENOEXEC;
		main->base = image_base(&main->image, ROUND_DOWN(top / 3 * 2,
		    PAGE_BYTES) + random_bytes_of(program, RANDOM_PAGES));
	} else if (main->image.lowest < PAGE_BYTES) {
		return -ENOEXEC;	/* nothing is mapped at 0 */
	}
	layout->brk_start = layout_break(program,
	    ROUND_UP(main->base + main->image.end, PAGE_BYTES));
	layout->brk_end = end;
	/* One that cannot move may stand where nobody thought of. */
	return layout->brk_start < end ? 0 : -ENOEXEC;
}

static uint64_t
stack_bytes(const struct door *door)
{
	uint64_t limit = limit_get(LIMIT_STACK);

	if (door->stack_bytes != 0)
		return door->stack_bytes;
	limit = MIN(MAX(limit, STACK_BYTES_MIN), STACK_BYTES_MAX);
	return ROUND_DOWN(limit, PAGE_BYTES);
}

static int
layout_make(struct program *program)
{
	struct memory *memory = program->memory;
	int err;

	program->stack_bytes = stack_bytes(program->door);
	if (program->door->layout == DOOR_LAYOUT_BREAK_ABOVE)
		err = layout_break_above(program);
	else
		err = layout_stack_top(program);
	layout_segments(&memory->layout, &program->main);
	memory->brk = memory->layout.brk_start;
	return err;
}

int
program_map(struct program *program)
{
	uint32_t prot = PROT_READ | PROT_WRITE;
	const struct memory_layout *layout;
	struct space *space;
	int err;

	err = space_create(program->door->space_options, &space);
	if (err != 0)
		return err;
	err = memory_create(space, &program->memory);
	if (err != 0) {
		space_put(space);
		return err;
	}
	memory_run(program->memory, program->main.vnode);
	layout = &program->memory->layout;
	if (program->main.image.stack_runs)
		prot |= PROT_EXEC;
	program->memory->layout.stack_prot = prot;
	err = layout_make(program);
	if (err == 0)
		err = part_map(program, &program->main);
	if (err == 0 && program->linker.vnode != NULL)
		err = part_map(program, &program->linker);
	if (err == 0)
		err = space_map_anon(space, layout->stack_start,
		    layout->stack_end - layout->stack_start, prot, 0);
	/* It asks for one address twice, if it does not move. */
	return err == -EEXIST || err == -EINVAL ? -ENOEXEC : err;
}
