/* Which door a program comes through: by where it starts. */
#include "unix/sys/doors.h"

#include "core/cpu/trap.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux.h"
#include "unix/sys/linux/linux_strace.h"
#include "unix/sys/xv6.h"

void
doors_init(void)
{
	linux_strace_init();
}

const struct door *
door_for(vaddr_t lowest, bool is_static)
{
	/* Only xv6's linker script starts at 0; Linux never maps it. */
	if (lowest == 0 && is_static)
		return &xv6_door;
	return &linux_door;
}

bool
trap_on_syscall(struct trapframe *frame, bool whole)
{
	return proc_thread_this()->proc->door->syscall(frame, whole);
}
