/* Files that stand for processes. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#ifndef P_PIDFD
#define P_PIDFD		3
#endif
#define NONBLOCK	O_NONBLOCK

static int
pidfd_of(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static int
send_by(int fd, int signo, siginfo_t *info, unsigned flags)
{
	return (int)syscall(SYS_pidfd_send_signal, fd, signo, info, flags);
}

static int
getfd(int fd, int number, unsigned flags)
{
	return (int)syscall(SYS_pidfd_getfd, fd, number, flags);
}

static int
ready(int fd, int millis)
{
	struct pollfd entry = { .fd = fd, .events = POLLIN };

	CHECK(poll(&entry, 1, millis) >= 0);
	return entry.revents;
}

/* A child that lives until a byte comes, or the pipe's end, and exits with 7. */
static pid_t
child(int *release)
{
	int ends[2];
	pid_t pid;
	char byte;

	CHECK(pipe(ends) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) < 0 ? 1 : 7);
	}
	close(ends[0]);
	*release = ends[1];
	return pid;
}

static void
open_and_poll(void)
{
	int release, fd, set;
	struct epoll_event event = { .events = EPOLLIN };
	siginfo_t info;
	pid_t pid = child(&release);

	fd = pidfd_of(pid, 0);
	CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(ready(fd, 0) == 0 && ready(fd, 20) == 0);
	set = epoll_create1(0);
	CHECK(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
	CHECK(epoll_wait(set, &event, 1, 0) == 0);
	close(release);
	CHECK(epoll_wait(set, &event, 1, 5000) == 1);
	CHECK(ready(fd, 5000) & POLLIN);
	/* A zombie still can be sent to. */
	CHECK(send_by(fd, 0, NULL, 0) == 0);
	memset(&info, 0, sizeof(info));
	CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info,
	    WEXITED | WNOWAIT) == 0 && info.si_pid == pid);
	CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED) == 0);
	CHECK(info.si_pid == pid && info.si_status == 7 &&
	    info.si_code == CLD_EXITED);
	CHECK_FAILS(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED),
	    ECHILD);
	CHECK_FAILS(send_by(fd, 0, NULL, 0), ESRCH);
	CHECK_FAILS(getfd(fd, 0, 0), ESRCH);
	CHECK(ready(fd, 0) & POLLIN);
	close(set);
	close(fd);
	ok("pidfd_open, poll, waitid");
}

static void *
number_of(void *where)
{
	*(pid_t *)where = gettid();
	pause();
	return NULL;
}

static void
refusals(void)
{
	pthread_t thread;
	volatile pid_t tid = 0;
	int ends[2];
	siginfo_t info;
	pid_t pid;

	CHECK_FAILS(pidfd_of(0, 0), EINVAL);
	CHECK_FAILS(pidfd_of(-1, 0), EINVAL);
	CHECK_FAILS(pidfd_of(getpid(), 1), EINVAL);
	CHECK_FAILS(pidfd_of(4194303, 0), ESRCH);
	CHECK(pthread_create(&thread, NULL, number_of, (void *)&tid) == 0);
	while (tid == 0)
		sched_yield();
	errno = 0;
	/* Newer kernels say ENOENT. */
	CHECK(pidfd_of(tid, 0) == -1 && (errno == EINVAL || errno == ENOENT));
	CHECK(pipe(ends) == 0);
	CHECK_FAILS(send_by(ends[0], SIGTERM, NULL, 0), EBADF);
	CHECK_FAILS(getfd(ends[0], 0, 0), EBADF);
	CHECK_FAILS(waitid((idtype_t)P_PIDFD, (id_t)ends[0], &info, WEXITED),
	    EBADF);
	CHECK_FAILS(waitid((idtype_t)P_PIDFD, 999, &info, WEXITED), EBADF);
	pid = fork();
	if (pid == 0) {
		int mine = pidfd_of(getpid(), 0), its = pidfd_of(getppid(), 0);

		CHECK_FAILS(send_by(mine, 99, NULL, 0), EINVAL);
		CHECK_FAILS(send_by(mine, 0, NULL, 0x100), EINVAL);
		CHECK_FAILS(getfd(mine, 0, 1), EINVAL);
		CHECK_FAILS(getfd(its, 999, 0), EBADF);
		CHECK_FAILS(read(mine, &info, 8), EINVAL);
		if (geteuid() == 0) {
			CHECK(setresgid(77, 77, 77) == 0);
			CHECK(setresuid(77, 77, 77) == 0);
			CHECK_FAILS(send_by(its, 0, NULL, 0), EPERM);
			CHECK_FAILS(getfd(its, 0, 0), EPERM);
		}
		_exit(0);
	}
	CHECK(waitpid(pid, (int[]){ 0 }, 0) == pid);
	ok("refusals");
}

static volatile sig_atomic_t got_value, got_code, got_pid;

static void
on_signal(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	got_value = info->si_value.sival_int;
	got_code = info->si_code;
	got_pid = info->si_pid;
}

static void
sending(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
	    .sa_flags = SA_SIGINFO };
	int fd = pidfd_of(getpid(), 0), release, its;
	siginfo_t info;
	pid_t pid;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(send_by(fd, SIGUSR1, NULL, 0) == 0);
	CHECK(got_code == SI_USER && got_pid == getpid());
	memset(&info, 0, sizeof(info));
	info.si_signo = SIGUSR1;
	info.si_code = SI_QUEUE;
	info.si_value.sival_int = 1234;
	CHECK(send_by(fd, SIGUSR1, &info, 0) == 0);
	CHECK(got_code == SI_QUEUE && got_value == 1234);
	CHECK_FAILS(send_by(fd, SIGUSR2, &info, 0), EINVAL);
	pid = child(&release);
	its = pidfd_of(pid, 0);
	info.si_code = SI_USER;
	CHECK_FAILS(send_by(its, SIGUSR1, &info, 0), EPERM);
	CHECK(send_by(its, SIGKILL, NULL, 0) == 0);
	CHECK(waitid((idtype_t)P_PIDFD, (id_t)its, &info, WEXITED) == 0);
	CHECK(info.si_code == CLD_KILLED && info.si_status == SIGKILL);
	close(release);
	close(its);
	close(fd);
	ok("pidfd_send_signal");
}

static void
taking(void)
{
	int ends[2], to_parent[2], fd, taken;
	char byte = 'x';
	pid_t pid;

	CHECK(pipe(ends) == 0 && pipe(to_parent) == 0);
	pid = fork();
	if (pid == 0) {
		int own[2];

		CHECK(pipe(own) == 0 && write(own[1], "hello", 5) == 5);
		CHECK(write(to_parent[1], own, sizeof(own[0])) == 4);
		CHECK(read(ends[0], &byte, 1) == 1);
		_exit(0);
	}
	CHECK(read(to_parent[0], &taken, sizeof(taken)) == sizeof(taken));
	fd = pidfd_of(pid, 0);
	taken = getfd(fd, taken, 0);
	CHECK(taken >= 0 && fcntl(taken, F_GETFD) == FD_CLOEXEC);
	{
		char text[6] = "";

		CHECK(read(taken, text, 5) == 5 && strcmp(text, "hello") == 0);
	}
	CHECK(write(ends[1], &byte, 1) == 1);
	CHECK(waitpid(pid, NULL, 0) == pid);
	close(taken);
	close(fd);
	ok("pidfd_getfd");
}

struct clone3_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack,
	    stack_size, tls;
};

static void
cloning(void)
{
	int fd = -1;
	struct clone3_args args = {
		.flags = CLONE_PIDFD,
		.pidfd = (uintptr_t)&fd,
		.exit_signal = SIGCHLD,
	};
	siginfo_t info;
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(5);
	CHECK(pid > 0 && fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
	CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED) == 0);
	CHECK(info.si_pid == pid);
	close(fd);
	/* riscv: flags, stack, parent_tid, tls, child_tid */
	pid = (pid_t)syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &fd, 0, 0);
	if (pid == 0)
		_exit(0);
	CHECK(pid > 0 && waitid((idtype_t)P_PIDFD, (id_t)fd, &info,
	    WEXITED) == 0 && info.si_pid == pid);
	close(fd);
	CHECK_FAILS(syscall(SYS_clone, CLONE_PIDFD | CLONE_PARENT_SETTID |
	    SIGCHLD, 0, &fd, 0, 0), EINVAL);
	args.pidfd = 8;
	CHECK_FAILS(syscall(SYS_clone3, &args, sizeof(args)), EFAULT);
	CHECK_FAILS(waitpid(-1, NULL, 0), ECHILD);
	ok("CLONE_PIDFD");
}

static void
never_waiting(void)
{
	int release, fd;
	siginfo_t info;
	pid_t pid = child(&release);

	fd = pidfd_of(pid, NONBLOCK);
	CHECK(fd >= 0);
	CHECK_FAILS(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED),
	    EAGAIN);
	CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info,
	    WEXITED | WNOHANG) == 0);
	close(release);
	CHECK(ready(fd, 5000) & POLLIN);
	CHECK(waitid((idtype_t)P_PIDFD, (id_t)fd, &info, WEXITED) == 0);
	close(fd);
	ok("PIDFD_NONBLOCK");
}

int
main(void)
{
	open_and_poll();
	sending();
	taking();
	cloning();
	never_waiting();
	refusals();
	return done();
}
