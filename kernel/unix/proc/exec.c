/*
 * exec: build the new memory beside the old, and change over when nothing can
 * fail any more.
 *
 * The arguments are written through the new space while the thread already
 * runs in it; until then, and if that fails, the old one is untouched.  Then
 * the process's other threads end; only being ended itself stops it there.
 */
#include "unix/proc/exec.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/reclaim.h"
#include "core/vm/space.h"
#include "unix/fs/descriptor.h"
#include "unix/proc/clone.h"
#include "unix/proc/door.h"
#include "unix/proc/memory.h"
#include "unix/proc/program.h"
#include "unix/proc/table.h"
#include "unix/proc/usage.h"

_Static_assert(sizeof(struct program) <= PAGE_BYTES, "");

/* Bytes of all strings and the pointers to them. */
static uint64_t
strings_limit(const struct door *door)
{
	uint64_t quarter = limit_get(LIMIT_STACK) / 4;

	if (door->args_bytes != 0)
		return door->args_bytes;
	return MIN(MAX(quarter, EXEC_BYTES_MIN), EXEC_BYTES_MAX);
}

/* Let the door write what its program finds on its stack.
 * returns: 0, in the new space; or -E2BIG, ... in the old one */
static int
program_start(struct program *program, struct exec_start *start)
{
	struct memory *old = proc_this()->memory;
	const struct elf_image *image = &program->main.image;
	int err;

	start->memory = program->memory;
	start->strings_bytes_max = strings_limit(program->door);
	start->entry = program->main.base + image->entry;
	if (image->headers != 0)
		start->headers = program->main.base + image->headers;
	start->nheaders = image->nheaders;
	start->pc = start->entry;
	if (program->linker.vnode != NULL) {
		start->linker = program->linker.base;
		start->pc = program->linker.base + program->linker.image.entry;
	}
	start->secure = program->secure;
	start->credentials = &program->credentials;
	thread_set_space(program->memory->space);
	err = program_clear(program);
	if (err == 0)
		err = program->door->start_stack(start);
	if (err != 0)
		thread_set_space(old != NULL ? old->space : NULL);
	return err;
}

/* The registers a program finds: its arguments, and zeros. */
static void
registers_set(const struct exec_start *start)
{
	struct trapframe *frame = thread_trapframe(thread_this());
	struct trapframe fresh = {
		.sp = start->sp,
		.a0 = start->a0,
		.a1 = start->a1,
		.pc = start->pc,
		.hart = frame->hart,
	};

	*frame = fresh;
	thread_reset_fp();
}

static const char *
path_last(const char *path)
{
	const char *name = path;

	for (; *path != '\0'; path++) {
		if (path[0] == '/' && path[1] != '\0' && path[1] != '/')
			name = path + 1;
	}
	return name;
}

/* The process is another program from here on.  needs: no other thread */
static void
process_change(struct program *program, const char *name)
{
	struct proc_thread *self = proc_thread_this();
	struct proc *proc = self->proc;
	struct memory *old = proc->memory;
	bool tells = old != NULL && proc->door->tells_memory;

	/* Its mutexes, and who waits for it, are in the old one. */
	if (old != NULL && (program->holds || (self->clear_tid != 0 &&
	    atomic_load_relaxed(&old->refs) > 1))) {
		thread_set_space(old->space);
		proc_thread_leave_memory(self);
		thread_set_space(program->memory->space);
	}
	self->clear_tid = self->robust_head = 0;
	spin_lock(&proc_lock);
	if (tells)
		usage_note_memory_locked();
	proc->memory = program->memory;
	proc->space = proc->memory->space;
	credentials_copy(&self->credentials, &program->credentials);
	string_copy(self->name, name, sizeof(self->name));
	proc->door = program->door;
	proc->has_execed = true;
	proc->undumpable = program->secure;
	if (program->secure) {
		proc->death_signal = 0;
		atomic_store_relaxed(&proc->personality, 0);
	}
	proc_vfork_done(proc);
	spin_unlock(&proc_lock);
	program->memory = NULL;
	string_copy(self->thread->name, self->name,
	    sizeof(self->thread->name));
	memory_put(old);
	timers_exec(proc);
	descriptors_close_on_exec(proc->descriptors);
}

static int64_t
program_run(struct program *program, struct exec_start *start)
{
	const struct proc_thread *self = proc_thread_this();
	struct memory *old = self->proc->memory;
	int err;

	err = program_open(program, start->path, start->file,
	    start->arguments);
	if (err == 0)
		err = program_map(program);
	if (err != 0)
		return err;
	program->holds = old != NULL && proc_thread_holds_memory(self);
	err = program_start(program, start);
	if (err != 0)
		return err;
	err = proc_end_others();
	if (err == 0)
		err = signal_exec();
	if (err != 0) {
		thread_set_space(old->space);
		return err;
	}
	/* The threads are gone: there is no way back. */
	if (descriptors_shared(self->proc->descriptors) &&
	    proc_unshare(true, false) != 0)
		proc_exit_signal(SIGKILL);
	/* Nothing below may fail. */
	process_change(program, start->file != NULL ? start->file->name :
	    path_last(start->path));
	registers_set(start);
	return (int64_t)start->a0;
}

int64_t
proc_exec(const char *path, struct strings *arguments,
    struct strings *environment)
{
	return proc_exec_file(NULL, path, arguments, environment);
}

int64_t
proc_exec_file(const struct exec_file *file, const char *path,
    struct strings *arguments, struct strings *environment)
{
	struct exec_start start = {
		.path = path,
		.file = file,
		.arguments = arguments,
		.environment = environment,
	};
	struct program *program = reclaim_alloc_page();
	int64_t result;

	if (program == NULL)
		return -ENOMEM;
	result = program_run(program, &start);
	program_close(program);
	frame_free_kernel(program);
	return result;
}
