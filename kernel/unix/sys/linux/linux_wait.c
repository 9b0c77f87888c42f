/* Waiting for children, and what they used. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"
#include "unix/proc/child.h"
#include "unix/proc/group.h"
#include "unix/proc/pidfd.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_usage.h"
#include "unix/sys/linux/linux_user.h"

#define WNOHANG		0x1u
#define WUNTRACED	0x2u	/* waitid: WSTOPPED */
#define WEXITED		0x4u
#define WCONTINUED	0x8u
#define WNOWAIT		0x1000000u
#define WNOTHREAD	0x20000000u
#define WALL		0x40000000u
#define WCLONE		0x80000000u

#define P_ALL	0
#define P_PID	1
#define P_PGID	2
#define P_PIDFD	3

/* What a siginfo says of a child, as waitid gives it. */
struct child_info {
	int32_t signo, error, code, zero;
	int32_t pid;
	uint32_t uid;
	int32_t status;
};

static void
options_apply(struct wait_request *request, uint32_t options)
{
	request->stopped = options & WUNTRACED;
	request->continued = options & WCONTINUED;
	request->no_hang = options & WNOHANG;
	request->clones_only = options & WCLONE;
	request->clones_too = options & WALL;
}

int64_t
linux_wait4(const struct linux_args *args)
{
	int32_t pid = (int32_t)args->a[0];
	uint32_t options = (uint32_t)args->a[2];
	struct wait_request request = { .exited = true };
	struct wait_result result;
	int32_t status;
	int err;

	if (!FLAGS_KNOWN(options, WNOHANG | WUNTRACED | WCONTINUED |
	    WNOTHREAD | WALL | WCLONE))
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	options_apply(&request, options);
	request.which = pid == -1 ? WAIT_ANY : pid > 0 ? WAIT_PID : WAIT_GROUP;
	request.id = pid > 0 ? pid : pid == 0 ? group_of(0) : -pid;
	err = proc_wait(&request, &result);
	if (err != 0 || result.pid == 0)
		return err;
	status = wait_status(&result);
	if (args->a[1] != 0)
		err = user_write(args->a[1], &status, sizeof(status), NULL);
	if (err == 0 && args->a[3] != 0)
		err = linux_usage_write(&result.usage, args->a[3]);
	return err != 0 ? err : result.pid;
}

/*
 * The process a pidfd stands for.
 * returns: 0; -EBADF; -ECHILD if it was waited for
 * gives:   *never_waits: the file is not to be waited on
 */
static int
which_pidfd(struct wait_request *request, int32_t fd, bool *never_waits)
{
	struct file *file;
	int err;

	if (fd < 0)
		return -EINVAL;
	err = linux_file_get((uint64_t)fd, &file);
	if (err != 0)
		return err;
	request->which = WAIT_PID;
	request->id = pidfd_pid(file);
	*never_waits = file_nonblock(file);
	file_put(file);
	if (request->id == -ESRCH)
		return -ECHILD;
	return MIN(request->id, 0);
}

/* returns: 0; -EINVAL; as which_pidfd */
static int
waitid_which(struct wait_request *request, int32_t type, int32_t id,
    bool *never_waits)
{
	request->id = id;
	switch (type) {
	case P_ALL:
		request->which = WAIT_ANY;
		return 0;
	case P_PID:
		request->which = WAIT_PID;
		return id > 0 ? 0 : -EINVAL;
	case P_PGID:
		request->which = WAIT_GROUP;
		if (id == 0)
			request->id = group_of(0);
		return id >= 0 ? 0 : -EINVAL;
	case P_PIDFD:
		return which_pidfd(request, id, never_waits);
	default:
		return -EINVAL;
	}
}

int64_t
linux_waitid(const struct linux_args *args)
{
	uint32_t options = (uint32_t)args->a[3];
	struct child_info info = { 0 };
	struct wait_request request = { 0 };
	struct wait_result result;
	bool never_waits = false, told_not_to = options & WNOHANG;
	int err;

	if (!FLAGS_KNOWN(options, WNOHANG | WNOWAIT | WEXITED | WUNTRACED |
	    WCONTINUED | WNOTHREAD | WALL | WCLONE) ||
	    (options & (WEXITED | WUNTRACED | WCONTINUED)) == 0)
		return -EINVAL;
	options_apply(&request, options);
	request.exited = options & WEXITED;
	request.keep = options & WNOWAIT;
	err = waitid_which(&request, (int32_t)args->a[0], (int32_t)args->a[1],
	    &never_waits);
	if (err != 0)
		return err;
	request.no_hang |= never_waits;
	err = proc_wait(&request, &result);
	if (err == 0 && result.pid == 0 && !told_not_to)
		err = -EAGAIN;
	if (err != 0)
		return err;
	if (result.pid != 0) {
		info.signo = SIGCHLD;
		info.code = (int32_t)result.code;
		info.pid = result.pid;
		info.uid = result.uid;
		info.status = result.status;
	}
	if (args->a[4] != 0 && result.pid != 0)
		err = linux_usage_write(&result.usage, args->a[4]);
	if (err == 0 && args->a[2] != 0)
		err = user_write(args->a[2], &info, sizeof(info), NULL);
	return err;
}
