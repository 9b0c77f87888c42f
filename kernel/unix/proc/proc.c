/*
 * Processes: the life of one, from fork to wait.
 *
 * Lock order: proc_lock is a spinlock, so whatever sleeps (files, spaces) is
 * done before it is taken.  A process is zombie only after it has given
 * everything back; what then leaves is its thread, which is in no table.
 *
 * Its memory, descriptors and program are in memory.c, descriptor.c, exec.c.
 */
#include "unix/proc/proc.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/reclaim.h"
#include "core/vm/space.h"
#include "unix/fs/file.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/proc/exec.h"
#include "unix/proc/foreground.h"
#include "unix/proc/memory.h"
#include "unix/proc/poweroff.h"
#include "unix/proc/segment.h"
#include "unix/proc/table.h"

static struct proc *init_proc;	/* [c] once it runs; never freed */

void
proc_init(void)
{
	table_init();
	segment_init();
}

struct proc *
proc_this(void)
{
	return thread_this()->owner;
}

/* Strings for proc_exec: "init" and the command, in a page. */
static int
init_exec(const char *command)
{
	char *strings = reclaim_alloc_kernel();
	size_t used = sizeof("init"), len = strnlen(command, 1024);
	uint32_t argc = 1;
	int result;

	if (strings == NULL)
		return -ENOMEM;
	memcpy(strings, "init", used);
	if (len > 0) {
		string_copy(strings + used, command, len + 1);
		used += len + 1;
		argc++;
	}
	result = proc_exec("/init", argc, strings, used);
	frame_free_kernel(strings);
	return result;
}

int
proc_start_init(const char *command)
{
	struct thread *thread = thread_this();
	struct trapframe *frame = thread_trapframe(thread);
	struct proc *proc;
	int err;

	ASSERT(init_proc == NULL);
	err = table_take(UINT32_MAX, &proc);
	if (err != 0)
		return err;
	proc->directory = vfs_root();
	proc->thread = thread;
	thread->owner = proc;
	memset(frame, 0, sizeof(*frame));
	err = init_exec(command);
	if (err < 0)
		goto free_proc;

	init_proc = proc;			/* nothing below may fail */
	frame->a0 = (uint64_t)err;
	spin_lock(&proc_lock);
	table_enter(proc);
	spin_unlock(&proc_lock);
	trap_return(frame);

free_proc:
	thread->owner = NULL;
	vnode_put(proc->directory);
	table_give(proc);
	return err;
}

/* Where a new process starts: as if its fork returned. */
static void
child_start(void *argument)
{
	struct proc *proc = argument;

	thread_set_space(proc->space);
	trap_return(thread_trapframe(proc->thread));
}

/* Give the child what its parent has; all of it is counted, none copied. */
static void
child_inherit(struct proc *child, const struct proc *parent)
{
	struct trapframe *frame = thread_trapframe(child->thread);

	*frame = *thread_trapframe(parent->thread);
	frame->a0 = 0;
	child->thread->owner = child;
	thread_copy_fp(child->thread);
	child->door = parent->door;
	child->brk_start = parent->brk_start;
	child->brk = parent->brk;
	child->traced = parent->traced;
	memcpy(child->name, parent->name, sizeof(child->name));
	for (int fd = 0; fd < FILES_PER_PROC; fd++) {
		child->files[fd] = parent->files[fd];
		if (child->files[fd] != NULL)
			file_get(child->files[fd]);
	}
	child->directory = parent->directory;
	vnode_get(child->directory);
}

/*
 * Put the child into the tree.
 * returns: its pid, or -EINTR if the parent was killed: whoever kills a whole
 *          family must not miss those being born
 */
static int
child_enter(struct proc *child, struct proc *parent)
{
	int pid = -EINTR;

	spin_lock(&proc_lock);
	if (!atomic_load_relaxed(&parent->killed)) {
		table_enter(child);
		child->parent = parent;
		list_push_back(&parent->children, &child->sibling);
		pid = child->pid;
	}
	spin_unlock(&proc_lock);
	return pid;
}

int
proc_fork(void)
{
	struct proc *parent = proc_this(), *child;
	int err, pid;

	err = table_take(parent->door->procs_max, &child);
	if (err != 0)
		return err;
	err = thread_create(parent->name, child_start, child, &child->thread);
	if (err != 0)
		goto give_place;
	err = space_fork(parent->space, &child->space);
	if (err != 0)
		goto discard_thread;
	child_inherit(child, parent);
	pid = child_enter(child, parent);
	if (pid < 0) {
		err = pid;
		goto release;
	}
	thread_start(child->thread);		/* it may be gone already */
	return pid;

release:
	space_put(child->space);
	child->space = NULL;
	proc_release(child);
discard_thread:
	thread_discard(child->thread);
give_place:
	table_give(child);
	return err;
}

void
proc_release(struct proc *proc)
{
	struct space *space;

	for (int fd = 0; fd < FILES_PER_PROC; fd++) {
		struct file *file = proc->files[fd];

		proc->files[fd] = NULL;
		if (file != NULL)
			file_put(file);
	}
	vnode_put(proc->directory);
	proc->directory = NULL;
	if (proc->space != NULL) {
		space = proc_change_space(NULL);
		space_put(space);
	}
}

/*
 * Nobody waits for an orphan: a zombie goes at once, the living, init's until
 * then, when they exit.  Their places do not hang on when init comes round.
 *
 * needs: proc_lock
 */
static void
children_give_to_init(struct proc *proc)
{
	struct list *link;

	while ((link = list_pop_front(&proc->children)) != NULL) {
		struct proc *child = LIST_ENTRY(link, struct proc, sibling);

		if (child->zombie) {
			table_leave(child);
		} else {
			child->parent = init_proc;
			child->orphan = true;
			list_push_back(&init_proc->children, link);
		}
	}
}

static _Noreturn void
proc_die(int status, bool by_kill)
{
	struct proc *proc = proc_this();

	if (proc == init_proc && !poweroff_begun())
		proc_poweroff(status);
	proc_release(proc);

	spin_lock(&proc_lock);
	if (proc != init_proc)
		children_give_to_init(proc);
	foreground_forget(proc);
	proc->status = status;
	proc->by_kill = by_kill;
	proc->thread = NULL;
	proc->zombie = true;
	if (proc->orphan) {
		wake_all(&init_proc->child_exited);
		table_leave(proc);
	} else if (proc->parent != NULL) {
		list_remove(&proc->sibling);
		list_push_front(&proc->parent->children, &proc->sibling);
		wake_all(&proc->parent->child_exited);
	}
	poweroff_proc_gone();
	spin_unlock(&proc_lock);
	/* The parent may have reaped us: `proc` is nobody's now. */
	thread_exit();
}

void
proc_exit(int status)
{
	proc_die(status, false);
}

void
proc_exit_killed(void)
{
	proc_die(proc_this()->door->crash_status, true);
}

/* needs: proc_lock.  A zombie if there is any: they stand first. */
static struct proc *
first_child(struct proc *proc)
{
	if (list_empty(&proc->children))
		return NULL;
	return LIST_ENTRY(proc->children.next, struct proc, sibling);
}

int
proc_wait(struct proc_status *out)
{
	struct proc *proc = proc_this(), *child;
	int err = 0;

	spin_lock(&proc_lock);
	while ((child = first_child(proc)) != NULL && !child->zombie) {
		err = wait_killable(&proc->child_exited, &proc_lock,
		    UINT64_MAX);
		if (err != 0)
			break;
	}
	if (child == NULL)
		err = -ECHILD;
	if (err == 0) {
		out->pid = child->pid;
		out->status = child->status;
		out->by_kill = child->by_kill;
	}
	spin_unlock(&proc_lock);
	return err;
}

void
proc_reap(int32_t pid)
{
	struct proc *child;

	spin_lock(&proc_lock);
	child = table_find(pid);
	ASSERT(child != NULL && child->zombie);
	ASSERT(child->parent == proc_this());
	table_leave(child);
	spin_unlock(&proc_lock);
}

void
proc_kill_locked(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	atomic_store(&proc->killed, true);
	/* A thread leaves the process under proc_lock, so it is still there. */
	if (proc->thread != NULL)
		thread_interrupt(proc->thread);
}

int
proc_kill(int32_t pid)
{
	struct proc *proc;

	spin_lock(&proc_lock);
	proc = table_find(pid);
	if (proc != NULL)
		proc_kill_locked(proc);
	spin_unlock(&proc_lock);
	return proc != NULL ? 0 : -ESRCH;
}
