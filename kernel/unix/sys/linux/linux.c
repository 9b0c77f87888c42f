/*
 * The way in: from the trap frame to a call's function and back.
 *
 * A call that is not there is named in the log the first time anybody makes
 * it, so that whoever runs a new program learns what it missed.
 */
#include "unix/sys/linux/linux.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/cpu/layout.h"
#include "core/cpu/trap.h"
#include "core/vm/space.h"
#include "unix/proc/door.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_signal_frame.h"
#include "unix/sys/linux/linux_start.h"
#include "unix/sys/linux/linux_strace.h"

/* One bit a number: it has been named. [a] */
static uint32_t named[LINUX_CALLS_NAMED / 32];

static __attribute__((cold, noinline)) int64_t
call_absent(uint64_t number)
{
	const struct linux_call *call = linux_call_find(number);
	const struct proc_thread *thread = proc_thread_this();
	uint32_t slot = MIN(number, LINUX_CALLS_NAMED - 1);
	uint32_t bit = 1u << slot % 32;

	if (atomic_or(&named[slot / 32], bit) & bit)
		return -ENOSYS;
	if (call != NULL)
		print("pid %d %s: no call %s (%lu) yet\n", thread->tid,
		    thread->name, call->name, number);
	else
		print("pid %d %s: no call %lu\n", thread->tid, thread->name,
		    number);
	return -ENOSYS;
}

/* A call that is wanted whole, or printed, or is not there.
 * returns: as linux_syscall */
static __attribute__((noinline)) int64_t
call_specially(struct trapframe *frame, bool whole)
{
	const struct linux_call *call = linux_call_find(frame->a7);
	const struct linux_args *args = linux_args(frame);

	if (call == NULL || call->function == NULL)
		return call_absent(frame->a7);
	if (call->whole && !whole)
		return DOOR_NOT_WHOLE;
	if (linux_strace_wanted(call))
		return linux_strace_call(call, args);
	return call->function(args);
}

/* Functions of calls that can be made at once, by number; NULL: others.
 * [c] after boot */
static linux_function *plain[LINUX_CALLS_NAMED];

void
linux_init(void)
{
	linux_strace_init();
	if (linux_strace_on)
		return;
	for (uint32_t i = 0; i < MIN(linux_ncalls, LINUX_CALLS_NAMED); i++)
		if (!linux_calls[i].whole)
			plain[i] = linux_calls[i].function;
}

static int64_t
linux_syscall(struct trapframe *frame, bool whole)
{
	uint64_t number = frame->a7;

	if (number < LINUX_CALLS_NAMED && plain[number] != NULL)
		return plain[number](linux_args(frame));
	return call_specially(frame, whole);
}

const struct door linux_door = {
	.name = "linux",
	.syscall = linux_syscall,
	.deliver_signal = linux_deliver_signal,
	.start_stack = linux_start_stack,
	.layout = DOOR_LAYOUT_STACK_TOP,
	.space_options = SPACE_SHARE_ZERO | SPACE_MAP_AROUND,
	.procs_max = UINT32_MAX,
	.files_per_proc = UINT32_MAX,
	.files_max = UINT32_MAX,
	.args_max = UINT32_MAX,
	.memory_end = USER_END,
	.name_max = 255,
	.crash_status = 128 + 9,
	.tells_memory = true,
	.runs_by_right = true,
	.scripts = true,
};
