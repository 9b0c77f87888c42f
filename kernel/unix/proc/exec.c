/*
 * exec: build the new memory beside the old, and change over when nothing can
 * fail any more.
 *
 * The arguments are written through the new space while the thread already
 * runs in it; until then, and if that fails, the old one is untouched.
 */
#include "unix/proc/exec.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "core/vm/user.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/proc/elf.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/proc/segment.h"

#define STACK_ALIGN	16	/* RISC-V calling convention */
#define NAME_MAX	255	/* before there is a door */

/* A program ready to run. */
struct program {
	const struct door *door;
	struct space *space;
	vaddr_t entry;
	vaddr_t stack_start, stack_end;
	vaddr_t sp;			/* where the argument pointers stand */
};

static int
segment_map(struct space *space, struct vnode *vnode,
    const struct elf_segment *segment)
{
	uint64_t file_bytes = ROUND_UP(segment->file_bytes, PAGE_BYTES);
	uint64_t memory_bytes = ROUND_UP(segment->memory_bytes, PAGE_BYTES);
	struct object *object;
	int err = 0;

	if (file_bytes > 0) {
		err = segment_object(vnode, segment->offset,
		    segment->file_bytes, &object);
		if (err != 0)
			return err;
		err = space_map_object(space, segment->start, file_bytes,
		    segment->prot, false, true, object, 0, 0);
		object_put(object);
	}
	if (err == 0 && memory_bytes > file_bytes)
		err = space_map_anon(space, segment->start + file_bytes,
		    memory_bytes - file_bytes, segment->prot, 0);
	return err;
}

/* returns: 0, or -ENOEXEC, -ENOMEM, -EAGAIN with nothing made */
static int
program_map(struct program *program, struct vnode *vnode,
    const struct elf_image *image)
{
	const struct door *door = program->door;
	vaddr_t guard = ROUND_UP(image->end, PAGE_BYTES);
	int err;

	if (guard > door->memory_end ||
	    door->memory_end - guard < PAGE_BYTES + door->stack_bytes)
		return -ENOEXEC;
	err = space_create(door->space_options, &program->space);
	if (err != 0)
		return err;
	for (uint32_t i = 0; i < image->nsegments && err == 0; i++)
		err = segment_map(program->space, vnode, &image->segments[i]);
	program->entry = image->entry;
	program->stack_start = guard + PAGE_BYTES;
	program->stack_end = program->stack_start + door->stack_bytes;
	if (err == 0)
		err = space_map_anon(program->space, program->stack_start,
		    door->stack_bytes, PROT_READ | PROT_WRITE, 0);
	if (err != 0)
		space_put(program->space);
	return err;
}

/* needs: writes to the file denied */
static int
program_load(struct program *program, struct vnode *vnode)
{
	struct elf_image image;
	int err;

	err = elf_read(vnode, &image);
	if (err != 0)
		return err;
	program->door = door_for(image.lowest, image.is_static);
	if (program->door == NULL)
		return -ENOEXEC;
	return program_map(program, vnode, &image);
}

static int
program_open(struct program *program, const char *path)
{
	const struct proc *proc = proc_this();
	struct vfs_path where = {
		.base = proc->directory,
		.text = path,
		.name_max = proc->door != NULL ? proc->door->name_max :
		    NAME_MAX,
	};
	struct vnode *vnode;
	int err;

	err = vfs_lookup(&where, true, &vnode);
	if (err != 0)
		return err;
	/* It must not change between reading its headers and mapping it. */
	vnode_deny_writes(vnode);
	err = program_load(program, vnode);
	vnode_allow_writes(vnode);
	vnode_put(vnode);
	return err;
}

/* The stack, growing down: where `len` more bytes go.  It starts aligned, so
 * rounding never leaves it. */
static vaddr_t
stack_push(vaddr_t sp, uint64_t len)
{
	return ROUND_DOWN(sp - len, STACK_ALIGN);
}

/*
 * Lay out the strings and, below them, the pointers; each aligned.
 * returns: 0 with program->sp set; -E2BIG
 */
static int
arguments_measure(struct program *program, uint32_t argc, const char *strings,
    size_t strings_bytes)
{
	uint64_t pointers = ((uint64_t)argc + 1) * sizeof(vaddr_t);
	vaddr_t sp = program->stack_end;

	if (argc > program->door->args_max ||
	    strings_bytes > program->door->args_bytes)
		return -E2BIG;
	for (uint32_t i = 0; i < argc; i++) {
		size_t len = strlen(strings) + 1;

		if (sp - program->stack_start < len)
			return -E2BIG;
		sp = stack_push(sp, len);
		strings += len;
	}
	if (sp - program->stack_start < pointers)
		return -E2BIG;
	program->sp = stack_push(sp, pointers);
	return 0;
}

/* needs: measured; the thread runs in program->space.  returns: 0, -EFAULT */
static int
arguments_write(const struct program *program, uint32_t argc,
    const char *strings)
{
	vaddr_t sp = program->stack_end, slot = program->sp, end = 0;
	int err;

	for (uint32_t i = 0; i < argc; i++) {
		size_t len = strlen(strings) + 1;

		sp = stack_push(sp, len);
		err = user_write(sp, strings, len, NULL);
		if (err == 0)
			err = user_write(slot, &sp, sizeof(sp), NULL);
		if (err != 0)
			return err;
		strings += len;
		slot += sizeof(sp);
	}
	return user_write(slot, &end, sizeof(end), NULL);
}

static void
name_set(struct proc *proc, const char *path)
{
	const char *name = path;

	for (; *path != '\0'; path++) {
		if (path[0] == '/' && path[1] != '\0' && path[1] != '/')
			name = path + 1;
	}
	string_copy(proc->name, name, sizeof(proc->name));
	string_copy(proc->thread->name, name, sizeof(proc->thread->name));
}

/* The registers a program finds: its arguments, and zeros. */
static void
registers_set(const struct program *program)
{
	struct trapframe *frame = thread_trapframe(thread_this());
	struct trapframe fresh = {
		.sp = program->sp,
		.a1 = program->sp,
		.pc = program->entry,
		.status = frame->status,
		.hart = frame->hart,
	};

	*frame = fresh;
}

int
proc_exec(const char *path, uint32_t argc, const char *strings,
    size_t strings_bytes)
{
	struct proc *proc = proc_this();
	struct program program;
	struct space *old;
	int err;

	err = program_open(&program, path);
	if (err != 0)
		return err;
	err = arguments_measure(&program, argc, strings, strings_bytes);
	if (err != 0)
		goto destroy_space;
	thread_set_space(program.space);
	err = arguments_write(&program, argc, strings);
	if (err != 0)
		goto leave_space;

	old = proc_change_space(program.space);	/* nothing below may fail */
	if (old != NULL)
		space_put(old);
	proc->door = program.door;
	proc->brk_start = proc->brk = program.stack_end;
	name_set(proc, path);
	registers_set(&program);
	thread_reset_fp();
	return (int)argc;

leave_space:
	thread_set_space(proc->space);
destroy_space:
	space_put(program.space);
	return err;
}
