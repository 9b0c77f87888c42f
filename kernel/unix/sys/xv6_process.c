/* The xv6 door's calls about processes, memory and time. */
#include "unix/sys/xv6_process.h"

#include "core/base/errno.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/proc/child.h"
#include "unix/proc/clone.h"
#include "unix/proc/exec.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/sys/xv6.h"

int64_t
xv6_fork(struct trapframe *frame)
{
	(void)frame;
	return proc_fork();
}

int64_t
xv6_exit(struct trapframe *frame)
{
	proc_exit((int32_t)frame->a0);
}

int64_t
xv6_wait(struct trapframe *frame)
{
	return xv6_wait_child(frame->a0, 0);
}

int64_t
xv6_wait_child(vaddr_t status, vaddr_t killed)
{
	const struct wait_request request = {
		.which = WAIT_ANY,
		.exited = true,
		.clones_too = true,
		.keep = true,
	};
	struct wait_result child;
	int32_t by_kill;
	int err;

	err = proc_wait(&request, &child);
	if (err != 0)
		return err;
	by_kill = child.code != CHILD_EXITED;
	/* A child whose status cannot be told is not lost. */
	if (status != 0)
		err = user_write(status, &child.exit_status,
		    sizeof(child.exit_status), NULL);
	if (err == 0 && killed != 0)
		err = user_write(killed, &by_kill, sizeof(by_kill), NULL);
	if (err != 0)
		return err;
	proc_reap(child.pid);
	return child.pid;
}

int64_t
xv6_kill(struct trapframe *frame)
{
	return proc_kill((int32_t)frame->a0);
}

/*
 * Read the strings that the array at `argv` points to.
 * returns: 0; -EFAULT, -E2BIG, -ENOMEM
 */
static int
arguments_read(vaddr_t argv, struct strings *arguments)
{
	vaddr_t pointer;
	int err;

	for (uint32_t argc = 0; argc <= xv6_door.args_max; argc++) {
		err = user_read(&pointer, argv + argc * sizeof(pointer),
		    sizeof(pointer), NULL);
		if (err != 0 || pointer == 0)
			return err;
		err = strings_add_user(arguments, pointer,
		    xv6_door.args_bytes - arguments->bytes);
		if (err != 0)
			return err;
	}
	return -E2BIG;
}

int64_t
xv6_exec(struct trapframe *frame)
{
	struct strings arguments = { 0 }, environment = { 0 };
	struct xv6_path path;
	int64_t result;

	result = xv6_path_read(&path, frame->a0);
	if (result != 0)
		return result;
	result = arguments_read(frame->a1, &arguments);
	if (result == 0)
		result = proc_exec(path.text, &arguments, &environment);
	strings_free(&arguments);
	return result;
}

int64_t
xv6_getpid(struct trapframe *frame)
{
	(void)frame;
	return proc_this()->pid;
}

int64_t
xv6_sbrk(struct trapframe *frame)
{
	int64_t delta = (int32_t)frame->a0;
	vaddr_t old;
	int err;

	err = proc_move_break(0, &old);
	/* More than a program has: xv6 takes nothing, and calls it success. */
	if (err == 0 && (delta >= 0 || (uint64_t)-delta <= old))
		err = proc_move_break(delta, &old);
	return err != 0 ? err : (int64_t)old;
}

int64_t
xv6_sleep(struct trapframe *frame)
{
	/* xv6 compares unsigned: a negative number is a very long time. */
	uint64_t micros = (uint64_t)(uint32_t)frame->a0 * TICK_MICROS;

	if (micros == 0)
		return 0;
	return clock_sleep(timer_now() + timer_from_micros(micros));
}

int64_t
xv6_uptime(struct trapframe *frame)
{
	(void)frame;
	return (uint32_t)(timer_to_micros(timer_now()) / TICK_MICROS);
}
