/* The calls about signals. */
#include "unix/sys/linux/linux_signal.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/trap.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/proc/pidfd.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_abi_signal.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_signal_frame.h"
#include "unix/sys/linux/linux_user.h"

#define ACTION_FLAGS	(SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | \
	SA_ONSTACK | SA_RESTART | SA_NODEFER | SA_RESETHAND)

int
linux_sigset_read(signal_set_t *set, vaddr_t from, uint64_t nbytes)
{
	if (nbytes != LINUX_SIGSET_BYTES)
		return -EINVAL;
	return user_read(set, from, sizeof(*set), NULL);
}

int64_t
linux_rt_sigaction(const struct linux_args *args)
{
	int signo = (int32_t)args->a[0];
	vaddr_t from = args->a[1], to = args->a[2];
	struct signal_action new, old;
	struct linux_sigaction it;
	int err;

	if (args->a[3] != LINUX_SIGSET_BYTES)
		return -EINVAL;
	if (from != 0) {
		err = user_read(&it, from, sizeof(it), NULL);
		if (err != 0)
			return err;
		/* Unknown flags read back as 0: so programs find out. */
		new.handler = it.handler;
		new.flags = it.flags & ACTION_FLAGS;
		new.mask = it.mask;
	}
	err = signal_change_action(signo, from != 0 ? &new : NULL, &old);
	if (err != 0 || to == 0)
		return err;
	it = (struct linux_sigaction){ old.handler, old.flags, old.mask };
	return user_write(to, &it, sizeof(it), NULL);
}

int64_t
linux_rt_sigprocmask(const struct linux_args *args)
{
	int how = (int32_t)args->a[0];
	vaddr_t from = args->a[1], to = args->a[2];
	signal_set_t old = proc_thread_this()->signals.blocked, set;
	int err;

	if (args->a[3] != LINUX_SIGSET_BYTES)
		return -EINVAL;
	if (from != 0) {
		err = user_read(&set, from, sizeof(set), NULL);
		if (err != 0)
			return err;
		if (how == LINUX_SIG_BLOCK)
			set |= old;
		else if (how == LINUX_SIG_UNBLOCK)
			set = old & ~set;
		else if (how != LINUX_SIG_SETMASK)
			return -EINVAL;
		signal_block(set);
	}
	return to == 0 ? 0 : user_write(to, &old, sizeof(old), NULL);
}

int64_t
linux_rt_sigpending(const struct linux_args *args)
{
	signal_set_t set = signal_pending_set();

	if (args->a[1] > LINUX_SIGSET_BYTES)
		return -EINVAL;
	return user_write(args->a[0], &set, args->a[1], NULL);
}

int64_t
linux_rt_sigsuspend(const struct linux_args *args)
{
	signal_set_t set;
	int err;

	err = linux_sigset_read(&set, args->a[0], args->a[1]);
	if (err != 0)
		return err;
	signal_mask_lend(set);
	while (!signal_pending())
		clock_sleep(UINT64_MAX);
	signal_mask_return(true);
	return -ERESTARTNOHAND;
}

static int64_t
siginfo_write(vaddr_t to, const struct signal_info *info)
{
	struct linux_siginfo out;

	memset(&out, 0, sizeof(out));
	out.info = *info;
	return user_write(to, &out, sizeof(out), NULL);
}

int64_t
linux_rt_sigtimedwait(const struct linux_args *args)
{
	uint64_t deadline;
	struct signal_info info;
	signal_set_t set;
	int64_t err;

	err = linux_sigset_read(&set, args->a[0], args->a[3]);
	if (err == 0)
		err = linux_deadline_read(&deadline, args->a[2]);
	if (err == 0)
		err = signal_wait(set, deadline, &info);
	if (err == 0 && args->a[1] != 0)
		err = siginfo_write(args->a[1], &info);
	return err != 0 ? err : info.signo;
}

int64_t
linux_sigaltstack(const struct linux_args *args)
{
	vaddr_t from = args->a[0], to = args->a[1], sp = linux_args_frame(args)->sp;
	struct linux_stack new, old;
	int err = 0;

	linux_stack_get(&old, sp);
	if (from != 0)
		err = user_read(&new, from, sizeof(new), NULL);
	if (err == 0 && from != 0)
		err = linux_stack_set(&new, sp);
	if (err == 0 && to != 0)
		err = user_write(to, &old, sizeof(old), NULL);
	return err;
}

/* What is told of a signal that the caller sends by itself. */
static struct signal_info
info_mine(int signo, int code)
{
	return (struct signal_info){
		.signo = signo,
		.code = code,
		.sender.pid = proc_this()->pid,
		.sender.uid = proc_credentials()->uid,
	};
}

static bool
is_signal(int signo)
{
	return signo >= 0 && signo <= SIGNAL_COUNT;
}

int64_t
linux_kill(const struct linux_args *args)
{
	struct signal_info info = info_mine((int32_t)args->a[1], SI_USER);

	if (!is_signal(info.signo))
		return -EINVAL;
	return signal_kill((int32_t)args->a[0], &info);
}

int64_t
linux_tkill(const struct linux_args *args)
{
	struct signal_info info = info_mine((int32_t)args->a[1], SI_TKILL);
	int32_t tid = (int32_t)args->a[0];

	if (tid <= 0 || !is_signal(info.signo))
		return -EINVAL;
	return signal_kill_thread(0, tid, &info);
}

int64_t
linux_tgkill(const struct linux_args *args)
{
	struct signal_info info = info_mine((int32_t)args->a[2], SI_TKILL);
	int32_t pid = (int32_t)args->a[0], tid = (int32_t)args->a[1];

	if (pid <= 0 || tid <= 0 || !is_signal(info.signo))
		return -EINVAL;
	return signal_kill_thread(pid, tid, &info);
}

/* Codes whose bytes Linux knows all of; elsewhere more of them may be meant. */
static bool
is_code_known(int code)
{
	return code >= -7 || code == -60;
}

/*
 * Read what a program wants to tell with a signal.  It may say anything, but
 * to others not that it came from the kernel or from kill.
 */
static int
siginfo_read(struct signal_info *info, vaddr_t from, int signo, bool to_self)
{
	static const uint8_t zeros[sizeof(((struct linux_siginfo *)0)->zero)];
	struct linux_siginfo in;
	int err;

	err = user_read(&in, from, sizeof(in), NULL);
	if (err != 0)
		return err;
	if (!is_code_known(in.info.code) &&
	    memcmp(in.zero, zeros, sizeof(zeros)) != 0)
		return -E2BIG;
	if (!is_signal(signo))
		return -EINVAL;
	if ((in.info.code >= 0 || in.info.code == SI_TKILL) && !to_self)
		return -EPERM;
	*info = in.info;
	info->signo = signo;
	return 0;
}

int64_t
linux_rt_sigqueueinfo(const struct linux_args *args)
{
	int32_t pid = (int32_t)args->a[0];
	struct signal_info info;
	int err;

	err = siginfo_read(&info, args->a[2], (int32_t)args->a[1],
	    pid == proc_this()->pid);
	if (err != 0)
		return err;
	return pid <= 0 ? -ESRCH : signal_kill(pid, &info);
}

int64_t
linux_rt_tgsigqueueinfo(const struct linux_args *args)
{
	int32_t pid = (int32_t)args->a[0], tid = (int32_t)args->a[1];
	struct signal_info info;
	int err;

	if (pid <= 0 || tid <= 0)
		return -EINVAL;
	err = siginfo_read(&info, args->a[3], (int32_t)args->a[2],
	    pid == proc_this()->pid);
	return err != 0 ? err : signal_kill_thread(pid, tid, &info);
}

/* pidfd, signal, siginfo or null, flags */
int64_t
linux_pidfd_send_signal(const struct linux_args *args)
{
	int signo = (int32_t)args->a[1];
	struct signal_info info = info_mine(signo, SI_USER);
	struct file *file;
	int32_t pid, said = signo;
	int err;

	if ((uint32_t)args->a[3] != 0)
		return -EINVAL;
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	pid = pidfd_pid(file);
	if (pid == -EBADF)
		err = pid;
	else if (args->a[2] != 0)
		err = user_read(&said, args->a[2], sizeof(said), NULL);
	if (err == 0 && (said != signo || !is_signal(signo)))
		err = -EINVAL;
	if (err == 0 && args->a[2] != 0)
		err = siginfo_read(&info, args->a[2], signo,
		    pid == proc_this()->pid);
	if (err == 0)
		err = pidfd_kill(file, &info);
	file_put(file);
	return err;
}

int64_t
linux_restart_syscall(const struct linux_args *args)
{
	struct signal_restart *restart =
	    &proc_thread_this()->signals.restart;
	int64_t (*function)(struct signal_restart *) = restart->function;

	(void)args;
	/* Nothing to go on with: what was not interrupted, or was done. */
	restart->function = NULL;
	return function == NULL ? -EINTR : function(restart);
}
