/* Which door a program comes through: by where it starts. */
#include "unix/sys/doors.h"

#include "core/base/errno.h"
#include "core/cpu/trap.h"
#include "unix/proc/door.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux.h"
#include "unix/sys/xv6.h"

void
doors_init(void)
{
	linux_init();
}

const struct door *
door_for(vaddr_t lowest, bool is_static)
{
	/* Only xv6's linker script starts at 0; Linux never maps it. */
	if (lowest == 0 && is_static)
		return &xv6_door;
	return &linux_door;
}

static bool
call_wants_restart(int64_t result)
{
	return result == -ERESTARTSYS || result == -ERESTARTNOINTR ||
	    result == -ERESTARTNOHAND || result == -ERESTART_RESTARTBLOCK;
}

/* returns: as trap_on_syscall, of a call whose result is negative */
static __attribute__((noinline)) bool
call_failed(struct trapframe *frame, int64_t result)
{
	if (result == DOOR_NOT_WHOLE)
		return false;
	if (call_wants_restart(result))
		signal_call_interrupted(result, frame->a0);
	frame->a0 = (uint64_t)result;
	return true;
}

bool
trap_on_syscall(struct trapframe *frame, bool whole)
{
	int64_t result = proc_thread_this()->proc->door->syscall(frame, whole);

	if (result < 0)
		return call_failed(frame, result);
	frame->a0 = (uint64_t)result;
	return true;
}
