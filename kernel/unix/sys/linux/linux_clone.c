/*
 * Making threads and processes, and running programs in them.
 *
 * clone's low byte is the signal its parent gets; clone3 says the same in a
 * struct that may grow, whose unknown tail must be zero.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/cpu/trap.h"
#include "core/vm/user.h"
#include "unix/proc/clone.h"
#include "unix/proc/identity.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/proc/sysv/sem.h"
#include "unix/sys/linux/linux_user.h"

#define CLONE_SIGNAL		0xffu
#define CLONE_VM		0x100u
#define CLONE_FS		0x200u
#define CLONE_FILES		0x400u
#define CLONE_SIGHAND		0x800u
#define CLONE_PIDFD		0x1000u
#define CLONE_PTRACE		0x2000u
#define CLONE_VFORK		0x4000u
#define CLONE_PARENT		0x8000u
#define CLONE_THREAD		0x10000u
#define CLONE_SYSVSEM		0x40000u
#define CLONE_SETTLS		0x80000u
#define CLONE_PARENT_SETTID	0x100000u
#define CLONE_CHILD_CLEARTID	0x200000u
#define CLONE_DETACHED		0x400000u
#define CLONE_UNTRACED		0x800000u
#define CLONE_CHILD_SETTID	0x1000000u
#define CLONE_IO		0x80000000u
#define CLONE_CLEAR_SIGHAND	0x100000000u	/* clone3 only */

/* Nobody is traced or has priorities of I/O: sharing those, or not, is the
 * same.  What semaphores undo (CLONE_SYSVSEM) is shared by threads alone. */
#define CLONE_KNOWN \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_PIDFD | \
	CLONE_PTRACE | CLONE_VFORK | CLONE_PARENT | CLONE_THREAD | CLONE_SYSVSEM | \
	CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID | \
	CLONE_UNTRACED | CLONE_CHILD_SETTID | CLONE_IO)

struct clone_args {
	uint64_t flags;
	uint64_t pidfd;
	uint64_t child_tid, parent_tid;
	uint64_t exit_signal;
	uint64_t stack, stack_bytes;
	uint64_t tls;
	uint64_t set_tid, set_tid_count;
	uint64_t cgroup;
};

#define CLONE_ARGS_MIN	offsetof(struct clone_args, set_tid)

static int
flags_check(const struct clone_args *args)
{
	uint64_t flags = args->flags;

	if ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM))
		return -EINVAL;
	if ((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND))
		return -EINVAL;
	if ((flags & CLONE_CLEAR_SIGHAND) && (flags & CLONE_SIGHAND))
		return -EINVAL;
	/* Both would be written to one place: always so where clone has but
	 * one pointer for them. */
	if ((flags & CLONE_PIDFD) && ((flags & CLONE_THREAD) ||
	    ((flags & CLONE_PARENT_SETTID) &&
	    args->pidfd == args->parent_tid)))
		return -EINVAL;
	return 0;
}

static int64_t
clone_common(const struct clone_args *args)
{
	uint64_t flags = args->flags;
	struct clone_request request = {
		.thread = flags & CLONE_THREAD,
		.share_memory = flags & CLONE_VM,
		.share_files = flags & CLONE_FILES,
		.share_place = flags & CLONE_FS,
		.share_signals = flags & CLONE_SIGHAND,
		.reset_signals = flags & CLONE_CLEAR_SIGHAND,
		.wait = flags & CLONE_VFORK,
		.sibling = flags & CLONE_PARENT,
		.exit_signal = (uint32_t)args->exit_signal,
		.stack = args->stack,
		.set_tls = flags & CLONE_SETTLS,
		.tls = args->tls,
		.pidfd = flags & CLONE_PIDFD,
		.pidfd_to = args->pidfd,
	};
	int err = flags_check(args);

	if (err != 0)
		return err;
	if (args->exit_signal > SIGNAL_COUNT)
		return -EINVAL;
	if (flags & CLONE_PARENT_SETTID)
		request.parent_tid = args->parent_tid;
	if (flags & CLONE_CHILD_SETTID)
		request.child_tid = args->child_tid;
	if (flags & CLONE_CHILD_CLEARTID)
		request.clear_tid = args->child_tid;
	return proc_clone(&request);
}

int64_t
linux_clone(const struct linux_args *args)
{
	/* CLONE_DETACHED has had no meaning for long, and is passed still. */
	uint64_t flags = (uint32_t)args->a[0] & ~(CLONE_SIGNAL |
	    CLONE_DETACHED);
	const struct clone_args clone = {
		.flags = flags,
		.exit_signal = args->a[0] & CLONE_SIGNAL,
		.stack = args->a[1],
		.parent_tid = args->a[2],
		.pidfd = args->a[2],
		.tls = args->a[3],
		.child_tid = args->a[4],
	};

	if (!FLAGS_KNOWN(flags, CLONE_KNOWN) ||
	    ((flags & CLONE_PIDFD) && (args->a[0] & CLONE_DETACHED)))
		return -EINVAL;
	return clone_common(&clone);
}

/* Read the struct; returns: 0, -EINVAL, -E2BIG, -EFAULT */
static int
clone_args_read(struct clone_args *clone, vaddr_t from, uint64_t size)
{
	memset(clone, 0, sizeof(*clone));
	if (size < CLONE_ARGS_MIN)
		return -EINVAL;
	return linux_struct_read(clone, sizeof(*clone), from, size);
}

int64_t
linux_clone3(const struct linux_args *args)
{
	struct clone_args clone;
	int err = clone_args_read(&clone, args->a[0], args->a[1]);

	if (err != 0)
		return err;
	if (!FLAGS_KNOWN(clone.flags, CLONE_KNOWN | CLONE_CLEAR_SIGHAND) ||
	    clone.set_tid_count != 0 || clone.set_tid != 0)
		return -EINVAL;
	if ((clone.flags & (CLONE_THREAD | CLONE_PARENT)) &&
	    clone.exit_signal != 0)
		return -EINVAL;
	if ((clone.stack == 0) != (clone.stack_bytes == 0) ||
	    clone.stack > USER_END ||
	    clone.stack_bytes > USER_END - clone.stack)
		return -EINVAL;
	clone.stack += clone.stack_bytes;
	return clone_common(&clone);
}

int64_t
linux_unshare(const struct linux_args *args)
{
	uint64_t flags = args->a[0];

	/* What no other process can share is not shared already. */
	if (!FLAGS_KNOWN(flags, CLONE_FS | CLONE_FILES | CLONE_SYSVSEM |
	    CLONE_VM | CLONE_SIGHAND | CLONE_THREAD))
		return -EINVAL;
	if ((flags & (CLONE_VM | CLONE_SIGHAND | CLONE_THREAD)) &&
	    proc_thread_count() > 1)
		return -EINVAL;
	/* What it was to undo at its end it undoes now, as on Linux. */
	if ((flags & CLONE_SYSVSEM) && proc_thread_count() == 1)
		sem_exit(proc_this());
	return proc_unshare(flags & CLONE_FILES, flags & CLONE_FS);
}

int64_t
linux_exit(const struct linux_args *args)
{
	proc_thread_exit((int32_t)args->a[0] & 0xff);
}

int64_t
linux_exit_group(const struct linux_args *args)
{
	proc_exit((int32_t)args->a[0] & 0xff);
}
