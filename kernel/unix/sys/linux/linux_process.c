/* Processes, groups and sessions by number. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "unix/proc/group.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"

int64_t
linux_getpid(const struct linux_args *args)
{
	(void)args;
	return proc_this()->pid;
}

int64_t
linux_gettid(const struct linux_args *args)
{
	(void)args;
	return proc_thread_this()->tid;
}

int64_t
linux_getppid(const struct linux_args *args)
{
	(void)args;
	return proc_parent_pid();
}

int64_t
linux_getpgid(const struct linux_args *args)
{
	return group_of((int32_t)args->a[0]);
}

int64_t
linux_getsid(const struct linux_args *args)
{
	return session_of((int32_t)args->a[0]);
}

int64_t
linux_setsid(const struct linux_args *args)
{
	(void)args;
	return session_begin();
}

int64_t
linux_setpgid(const struct linux_args *args)
{
	int32_t group = (int32_t)args->a[1];

	if (group < 0)
		return -EINVAL;
	return group_join((int32_t)args->a[0], group);
}

int64_t
linux_set_tid_address(const struct linux_args *args)
{
	struct proc_thread *self = proc_thread_this();

	self->clear_tid = args->a[0];
	return self->tid;
}
