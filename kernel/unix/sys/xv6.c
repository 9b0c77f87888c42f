/*
 * The xv6 door: its limits, its table, and what all its calls share.
 *
 * ints come truncated to 32 bits, addresses whole.
 */
#include "unix/sys/xv6.h"

#include "core/base/errno.h"
#include "core/base/print.h"
#include "core/cpu/layout.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"
#include "unix/sys/cowslip_calls.h"
#include "unix/sys/xv6_file.h"
#include "unix/sys/xv6_process.h"
#include "unix/sys/xv6_start.h"

static const struct syscall xv6_calls[] = {
	[XV6_FORK] = { "fork", xv6_fork },
	[XV6_EXIT] = { "exit", xv6_exit },
	[XV6_WAIT] = { "wait", xv6_wait },
	[XV6_PIPE] = { "pipe", xv6_pipe },
	[XV6_READ] = { "read", xv6_read },
	[XV6_KILL] = { "kill", xv6_kill },
	[XV6_EXEC] = { "exec", xv6_exec },
	[XV6_FSTAT] = { "fstat", xv6_fstat },
	[XV6_CHDIR] = { "chdir", xv6_chdir },
	[XV6_DUP] = { "dup", xv6_dup },
	[XV6_GETPID] = { "getpid", xv6_getpid },
	[XV6_SBRK] = { "sbrk", xv6_sbrk },
	[XV6_SLEEP] = { "sleep", xv6_sleep },
	[XV6_UPTIME] = { "uptime", xv6_uptime },
	[XV6_OPEN] = { "open", xv6_open },
	[XV6_WRITE] = { "write", xv6_write },
	[XV6_MKNOD] = { "mknod", xv6_mknod },
	[XV6_UNLINK] = { "unlink", xv6_unlink },
	[XV6_LINK] = { "link", xv6_link },
	[XV6_MKDIR] = { "mkdir", xv6_mkdir },
	[XV6_CLOSE] = { "close", xv6_close },
	[COWSLIP_MEMINFO] = { "meminfo", cowslip_meminfo },
	[COWSLIP_AUDIT] = { "audit", cowslip_audit },
	[COWSLIP_POWEROFF] = { "poweroff", cowslip_poweroff },
	[COWSLIP_PROCINFO] = { "procinfo", cowslip_procinfo },
	[COWSLIP_RENAME] = { "rename", cowslip_rename },
	[COWSLIP_TRUNCATE] = { "truncate", cowslip_truncate },
	[COWSLIP_SYMLINK] = { "symlink", cowslip_symlink },
	[COWSLIP_FOREGROUND] = { "foreground", cowslip_foreground },
	[COWSLIP_WAIT] = { "wait_killed", cowslip_wait },
	[COWSLIP_SYNC] = { "sync", cowslip_sync },
};

/* What copies or changes all of the program's registers. */
static bool
is_whole(int32_t number)
{
	return number == XV6_FORK || number == XV6_EXEC;
}

static int64_t
xv6_syscall(struct trapframe *frame, bool whole)
{
	int32_t number = (int32_t)frame->a7;
	const struct proc_thread *thread = proc_thread_this();
	int64_t result;

	if (is_whole(number) && !whole)
		return DOOR_NOT_WHOLE;
	if (number < 0 || (size_t)number >= ARRAY_LEN(xv6_calls) ||
	    xv6_calls[number].function == NULL) {
		print("pid %d %s: unknown system call %d\n", thread->tid,
		    thread->name, number);
		result = -ENOSYS;
	} else {
		result = xv6_calls[number].function(frame);
	}
	return result < 0 ? -1 : result;
}

/*
 * Reading fresh memory costs a frame (no SPACE_SHARE_ZERO), since programs
 * count free memory by touching it.  The two pages below USER_END are where
 * xv6 keeps pages of its own, so no memory of a program ends above them.
 */
const struct door xv6_door = {
	.name = "xv6",
	.syscall = xv6_syscall,
	.space_options = 0,
	.start_stack = xv6_start_stack,
	.layout = DOOR_LAYOUT_BREAK_ABOVE,
	.procs_max = 64,
	.files_per_proc = 16,
	.files_max = 100,
	.args_max = XV6_MAXARG - 1,	/* and the pointer that ends them */
	.args_bytes = XV6_PAGE,
	.stack_bytes = XV6_PAGE,
	.memory_end = USER_END - 2 * PAGE_BYTES,
	.name_max = XV6_DIRSIZ,
	.crash_status = -1,
	.orphans_vanish = true,
	.claims_segments = true,
	.plain_console = true,
};

int
xv6_path_read(struct xv6_path *path, vaddr_t from)
{
	int64_t len = user_read_string(path->text, from, sizeof(path->text));

	if (len < 0)
		return (int)len;
	path->path = (struct vfs_path) {
		.place = proc_this()->place,
		.text = path->text,
		.name_max = xv6_door.name_max,
	};
	return 0;
}
