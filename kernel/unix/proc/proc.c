/*
 * Processes: who runs, and the first one.  How others begin and end is in
 * clone.c and end.c; their memory, program and children in memory.c, exec.c,
 * child.c.
 */
#include "unix/proc/proc.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/hart.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/task/thread.h"
#include "unix/dev/console.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/place.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/proc/exec.h"
#include "unix/proc/futex.h"
#include "unix/proc/memory.h"
#include "unix/proc/segment.h"
#include "unix/proc/table.h"

static struct proc *init_proc;	/* [c] once it runs; never freed */

void
proc_init(void)
{
	table_init();
	memory_init();
	segment_init();
	futex_init();
}

const struct credentials *
proc_credentials(void)
{
	return &proc_thread_this()->credentials;
}

struct proc *
proc_first(void)
{
	return init_proc;
}

static int64_t
init_exec(const char *command)
{
	struct strings arguments = { 0 }, environment = { 0 };
	int64_t result;

	result = strings_add(&arguments, "init");
	if (result == 0 && command[0] != '\0')
		result = strings_add(&arguments, command);
	if (result == 0)
		result = proc_exec("/init", &arguments, &environment);
	strings_free(&arguments);
	return result;
}

static int
root_place(struct place **out)
{
	struct vnode *root = vfs_root();
	int err = place_new(root, out);

	vnode_put(root);
	return err;
}

/* Process 1, of the calling thread alone.  returns: 0 or -EAGAIN */
static int
init_create(struct proc **out)
{
	struct thread *thread = thread_this();
	struct proc_thread *leader;
	struct proc *proc;
	int err;

	err = table_take(UINT32_MAX, &proc);
	if (err != 0)
		return err;
	proc->descriptors = descriptors_new();
	if (proc->descriptors == NULL) {
		err = -ENOMEM;
		goto give_place;
	}
	err = root_place(&proc->place);
	if (err != 0)
		goto put_descriptors;
	err = table_take_thread(proc, &leader);
	if (err != 0)
		goto put_place;
	leader->slack = leader->slack_first = TIMER_SLACK_NANOS;
	thread->slack = clock_ticks_from_nanos(TIMER_SLACK_NANOS);
	signals_new(&proc->signals, NULL, false);
	thread_signals_new(&leader->signals, NULL, false);
	leader->thread = thread;
	thread->owner = leader;
	limits_init(proc->limits);
	timers_new(proc);
	proc->start_ticks = timer_now();
	spin_lock(&proc_lock);
	table_enter(leader);
	proc->group = proc->session = proc->pid;
	spin_unlock(&proc_lock);
	*out = proc;
	return 0;

put_place:
	place_put(proc->place);
put_descriptors:
	descriptors_put(proc->descriptors);
give_place:
	table_give(proc);
	return err;
}

int
proc_start_init(const char *command)
{
	struct trapframe *frame = thread_trapframe(thread_this());
	struct proc *proc;
	int64_t result;
	int err;

	ASSERT(init_proc == NULL);
	err = init_create(&proc);
	if (err != 0)
		return err;
	result = init_exec(command);
	if (result < 0)
		goto free_proc;
	init_proc = proc;			/* nothing below may fail */
	console_set_plain(proc->door->plain_console);
	trap_return(frame);

free_proc:
	thread_this()->owner = NULL;
	place_put(proc->place);
	descriptors_put(proc->descriptors);
	spin_lock(&proc_lock);
	table_leave_thread(proc->leader);
	table_leave(proc);
	spin_unlock(&proc_lock);
	return (int)result;
}
