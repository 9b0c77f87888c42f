/*
 * Programs: finding the file to run, and mapping what it asks for.
 *
 *	layout BREAK_ABOVE (xv6):
 *	0 | segments ... | guard, nothing mapped | stack | break: heap ->
 *
 *	layout STACK_TOP (Linux), everything at random but what cannot move:
 *	0 | segments | break -> ... <- mappings | linker | vDSO | gap | stack |
 */
#include "unix/proc/program.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "unix/dev/random.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/proc/limit.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/proc/segment.h"

#define NAME_MAX	255	/* before there is a door */
#define MODE_GROUP_RUNS	00010u

/* ---- finding it ---------------------------------------------------------- */

/* needs: part->vnode NULL.  gives: part->vnode, with writes to it denied */
static int
part_open(struct program_part *part, const char *path)
{
	const struct proc *proc = proc_this();
	struct vfs_path where = {
		.text = path,
		.place = proc->place,
		.who = proc_credentials(),
		.name_max = proc->door != NULL ? proc->door->name_max :
		    NAME_MAX,
	};
	struct vfs_open request = { .flags = VFS_EXECUTE };
	int err;

	if (proc->door != NULL && proc->door->runs_by_right)
		err = vfs_open(&where, &request, &part->vnode);
	else
		err = vfs_lookup(&where, true, &part->vnode);
	/* It must not change between reading its headers and mapping it. */
	if (err == 0)
		vnode_deny_writes(part->vnode);
	return err;
}

static void
part_close(struct program_part *part)
{
	if (part->vnode == NULL)
		return;
	vnode_allow_writes(part->vnode);
	vnode_put(part->vnode);
	part->vnode = NULL;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Split the first line of a script, "#! interpreter argument", in place.
 * returns: 0; -ENOEXEC if it is none, or names no interpreter, or its name is
 *          cut off by the end of `text`
 */
static int
script_parse(char *text, size_t len, char **interpreter, char **argument)
{
	char *at = text + 2, *end;

	if (len < 3 || text[0] != '#' || text[1] != '!')
		return -ENOEXEC;
	for (end = at; end < text + len && *end != '\n' && *end != '\0'; end++)
		continue;
	while (end > at && end < text + len && is_blank(end[-1]))
		end--;
	while (at < end && is_blank(*at))
		at++;
	*interpreter = at;
	while (at < end && !is_blank(*at))
		at++;
	if (at == *interpreter || at == text + len)
		return -ENOEXEC;
	*argument = NULL;
	if (at < end) {
		*at++ = '\0';
		while (at < end && is_blank(*at))
			at++;
		*argument = at;
	}
	*end = '\0';
	return 0;
}

/* Put what runs a script in place of its first argument. */
static int
script_arguments(struct strings *arguments, const char *interpreter,
    const char *argument, const char *path)
{
	struct strings head = { 0 };
	int err = strings_add(&head, interpreter);

	if (err == 0 && argument != NULL)
		err = strings_add(&head, argument);
	if (err == 0)
		err = strings_add(&head, path);
	if (err != 0) {
		strings_free(&head);
		return err;
	}
	if (arguments->count > 0)
		strings_drop_first(arguments);
	strings_prepend(arguments, &head);
	return 0;
}

/*
 * Open program->main at `path`, or what runs the script there.
 * gives: program->text, if there was a script the path of what runs it
 */
static int
main_open(struct program *program, const char *path,
    struct strings *arguments)
{
	const struct proc *proc = proc_this();
	bool scripts = proc->door == NULL || proc->door->scripts;
	char *interpreter, *argument;
	int64_t len;
	int err;

	for (uint32_t depth = 0; depth <= SCRIPTS_MAX; depth++) {
		err = part_open(&program->main, path);
		if (err == 0)
			err = elf_read(program->main.vnode,
			    &program->main.image);
		if (err != -ENOEXEC || !scripts)
			return err;
		/* One byte is left for a NUL after the longest line. */
		len = vnode_read_kernel(program->main.vnode, program->next, 0,
		    sizeof(program->next) - 1);
		if (len < 0)
			return (int)len;
		err = script_parse(program->next, (size_t)len, &interpreter,
		    &argument);
		if (err == 0)
			err = script_arguments(arguments, interpreter,
			    argument, path);
		if (err != 0)
			return err;
		string_copy(program->text, interpreter, sizeof(program->text));
		path = program->text;
		part_close(&program->main);
	}
	return -ELOOP;
}

static int
linker_open(struct program *program)
{
	struct program_part *linker = &program->linker;
	int err;

	err = elf_read_linker(program->main.vnode, &program->main.image,
	    program->next, sizeof(program->next));
	if (err == 0)
		err = part_open(linker, program->next);
	if (err == 0)
		err = elf_read(linker->vnode, &linker->image);
	if (err == 0 && linker->image.linker_bytes > 0)
		err = -ENOEXEC;
	return err;
}

/* Whom the program acts for: its maker, or its file's owner if it says so. */
static int
credentials_take(struct program *program)
{
	struct credentials *who = &program->credentials;
	struct vnode_stat stat;
	int err;

	*who = *proc_credentials();
	err = vnode_stat(program->main.vnode, &stat);
	if (err != 0)
		return err;
	if (vnode_mount_flags(program->main.vnode) & MOUNT_NO_SUID)
		stat.mode &= ~(MODE_SET_UID | MODE_SET_GID);
	if (stat.mode & MODE_SET_UID)
		who->euid = stat.uid;
	if ((stat.mode & MODE_SET_GID) && (stat.mode & MODE_GROUP_RUNS))
		who->egid = stat.gid;
	program->secure = who->euid != who->uid || who->egid != who->gid;
	who->suid = who->fsuid = who->euid;
	who->sgid = who->fsgid = who->egid;
	return 0;
}

int
program_open(struct program *program, const char *path,
    struct strings *arguments)
{
	const struct elf_image *image = &program->main.image;
	int err;

	err = main_open(program, path, arguments);
	if (err != 0)
		return err;
	program->door = door_for(image->lowest, image->is_static &&
	    !image->moves);
	if (program->door == NULL)
		return -ENOEXEC;
	if (image->linker_bytes > 0)
		err = linker_open(program);
	if (err == 0)
		err = credentials_take(program);
	return err;
}

void
program_close(struct program *program)
{
	part_close(&program->main);
	part_close(&program->linker);
	memory_put(program->memory);
	program->memory = NULL;
}

/* ---- mapping it ---------------------------------------------------------- */

static int
segment_map(struct space *space, const struct program_part *part,
    const struct elf_segment *segment)
{
	uint64_t file_bytes = ROUND_UP(segment->file_bytes, PAGE_BYTES);
	uint64_t memory_bytes = ROUND_UP(segment->memory_bytes, PAGE_BYTES);
	vaddr_t start = part->base + segment->start;
	struct object *object;
	int err = 0;

	if (file_bytes > 0) {
		err = segment_object(part->vnode, segment->offset,
		    segment->file_bytes, &object);
		if (err != 0)
			return err;
		err = space_map_object(space, start, file_bytes,
		    segment->prot, false, true, object, 0, 0);
		object_put(object);
	}
	if (err == 0 && memory_bytes > file_bytes)
		err = space_map_anon(space, start + file_bytes,
		    memory_bytes - file_bytes, segment->prot, 0);
	return err;
}

static int
part_map(struct space *space, const struct program_part *part)
{
	int err = 0;

	for (uint32_t i = 0; i < part->image.nsegments && err == 0; i++)
		err = segment_map(space, part, &part->image.segments[i]);
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

/* `at` or up to `npages` pages below it. */
static vaddr_t
below(vaddr_t at, uint64_t npages)
{
	return ROUND_DOWN(at, PAGE_BYTES) - random_below(npages) * PAGE_BYTES;
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

/* returns: 0, or -ENOEXEC if it is too large */
static int
layout_stack_top(struct program *program)
{
	struct memory_layout *layout = &program->memory->layout;
	struct program_part *main = &program->main, *linker = &program->linker;
	vaddr_t top = program->door->memory_end, end;

	layout->stack_end = below(top - PAGE_BYTES, RANDOM_PAGES);
	layout->stack_start = layout->stack_end - program->stack_bytes;
	layout->map_end = below(layout->stack_end - STACK_GUARD_BYTES -
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
		    PAGE_BYTES) + random_below(RANDOM_PAGES) * PAGE_BYTES);
	} else if (main->image.lowest < PAGE_BYTES) {
		return -ENOEXEC;	/* nothing is mapped at 0 */
	}
	layout->brk_start = ROUND_UP(main->base + main->image.end, PAGE_BYTES) +
	    random_below(RANDOM_BREAK_PAGES) * PAGE_BYTES;
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
	err = layout_make(program);
	if (err == 0)
		err = part_map(space, &program->main);
	if (err == 0 && program->linker.vnode != NULL)
		err = part_map(space, &program->linker);
	if (err == 0)
		err = space_map_anon(space, layout->stack_start,
		    program->stack_bytes, prot, 0);
	/* It asks for one address twice, if it does not move. */
	return err == -EEXIST || err == -EINVAL ? -ENOEXEC : err;
}
