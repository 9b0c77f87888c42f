/* Children and how they are waited for, groups, sessions and orphans. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

static char *self;

static void
pause_ms(int ms)
{
	usleep((useconds_t)ms * 1000);
}

static pid_t
child_exiting(int status)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		_exit(status);
	return pid;
}

static pid_t
child_waiting(void)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void
test_wait(void)
{
	int status;
	siginfo_t info;
	struct rusage usage;
	pid_t pid = child_exiting(7), other = child_exiting(8);

	CHECK(waitpid(other, &status, 0) == other && WEXITSTATUS(status) == 8);
	CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK(info.si_pid == pid && info.si_code == CLD_EXITED &&
	    info.si_status == 7 && info.si_signo == SIGCHLD);
	CHECK(wait4(-1, &status, 0, &usage) == pid && WEXITSTATUS(status) == 7);
	CHECK_FAILS(wait(&status), ECHILD);
	CHECK_FAILS(waitpid(pid, &status, WNOHANG), ECHILD);

	pid = child_waiting();
	CHECK(waitpid(-1, &status, WNOHANG) == 0);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	ok("wait");
}

static void
test_stop(void)
{
	int status;
	siginfo_t info;
	pid_t pid = child_waiting();

	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	CHECK(kill(pid, SIGCONT) == 0);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid);
	CHECK(WIFCONTINUED(status));
	/* In a group of its own, which we keep from being an orphaned one. */
	CHECK(setpgid(pid, pid) == 0);
	CHECK(kill(pid, SIGTSTP) == 0);
	memset(&info, 0, sizeof(info));
	CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0);
	CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGTSTP);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status));
	ok("stop");
}

static void
test_groups(void)
{
	int status, pipe_fds[2];
	char byte;
	pid_t one = child_waiting(), two = child_waiting();

	CHECK(setpgid(one, one) == 0 && setpgid(two, one) == 0);
	CHECK(getpgid(two) == one && getpgrp() != one);
	CHECK_FAILS(setpgid(two, 99999), EPERM);
	CHECK_FAILS(setpgid(99999, 0), ESRCH);
	CHECK_FAILS(waitpid(-getpgrp(), &status, WNOHANG), ECHILD);
	CHECK(waitpid(-one, &status, WNOHANG) == 0);
	CHECK(kill(-one, SIGTERM) == 0);
	CHECK(waitpid(-one, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
	CHECK(waitpid(-one, &status, 0) > 0 && WTERMSIG(status) == SIGTERM);
	CHECK_FAILS(kill(-one, 0), ESRCH);

	CHECK(pipe(pipe_fds) == 0);
	one = fork();
	if (one == 0) {
		CHECK(setsid() == getpid() && getsid(0) == getpid());
		CHECK(getpgrp() == getpid());
		CHECK_FAILS(setsid(), EPERM);
		CHECK_FAILS(setpgid(0, 0), EPERM);
		_exit(0);
	}
	CHECK(waitpid(one, &status, 0) == one && status == 0);
	one = fork();
	if (one == 0) {
		dup2(pipe_fds[1], 1);
		execl(self, self, "sleep", NULL);
		_exit(1);
	}
	CHECK(read(pipe_fds[0], &byte, 1) == 1);
	CHECK_FAILS(setpgid(one, one), EACCES);
	CHECK(kill(one, SIGKILL) == 0 && waitpid(one, &status, 0) == one);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	ok("groups");
}

static void
test_auto_reap(void)
{
	int status;
	struct sigaction action = { .sa_handler = SIG_IGN };

	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	child_exiting(1);
	CHECK_FAILS(wait(&status), ECHILD);
	action.sa_handler = SIG_DFL;
	action.sa_flags = SA_NOCLDWAIT;
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	child_exiting(1);
	CHECK_FAILS(wait(&status), ECHILD);
	action.sa_flags = 0;
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	ok("auto reap");
}

static void
test_orphans(void)
{
	int status;
	pid_t pid, reaped;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			pause_ms(50);
			_exit(getppid() == 1 ? 1 : 42);
		}
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	reaped = wait(&status);
	CHECK(reaped > 0 && reaped != pid && WEXITSTATUS(status) == 42);
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == 0);
	ok("orphans");
}

static volatile sig_atomic_t hups, conts;

static void
note(int signo)
{
	if (signo == SIGHUP)
		hups++;
	else
		conts++;
}

/* A stopped group that loses its last link to its session is told. */
static void
test_orphaned_group(void)
{
	int fds[2], status;
	char byte = 0;
	pid_t pid;

	CHECK(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		pid_t inner;

		setsid();
		inner = fork();
		if (inner == 0) {
			setpgid(0, 0);
			signal(SIGHUP, note);
			signal(SIGCONT, note);
			raise(SIGSTOP);
			byte = (char)(hups * 10 + conts);
			CHECK(write(fds[1], &byte, 1) == 1);
			_exit(0);
		}
		CHECK(waitpid(inner, &status, WUNTRACED) == inner);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(read(fds[0], &byte, 1) == 1 && byte == 11);
	close(fds[0]);
	close(fds[1]);
	ok("orphaned group");
}

static void
sleep_on(void)
{
	for (;;)
		pause();
}

static char stack[65536] __attribute__((aligned(16)));
static volatile int shared;

static int
clone_body(void *argument)
{
	shared = *(int *)argument;
	return 5;
}

static void
test_clone(void)
{
	int value = 77, status;
	pid_t pid, tid = 0;

	pid = clone(clone_body, stack + sizeof(stack), CLONE_VM | CLONE_VFORK |
	    CLONE_PARENT_SETTID | SIGCHLD, &value, &tid);
	CHECK(pid > 0 && tid == pid && shared == 77);
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5);
	shared = 0;
	pid = clone(clone_body, stack + sizeof(stack), SIGCHLD, &value);
	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && shared == 0);
	/* Without a signal it is waited for as a clone. */
	pid = clone(clone_body, stack + sizeof(stack), CLONE_VM, &value);
	CHECK(pid > 0);
	CHECK_FAILS(waitpid(pid, &status, 0), ECHILD);
	CHECK(waitpid(pid, &status, __WCLONE) == pid);
	CHECK(WEXITSTATUS(status) == 5);
	CHECK_FAILS(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0), EINVAL);
	CHECK_FAILS(syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0), EINVAL);
	ok("clone");
}

/* One that is killed while its vfork child runs does not take it along. */
static void
test_vfork_killed(void)
{
	int status, fds[2];
	char byte;
	pid_t pid;

	CHECK(pipe(fds) == 0);
	pid = fork();
	if (pid == 0) {
		if (vfork() == 0) {
			pause_ms(100);
			if (write(fds[1], "x", 1) != 1)
				_exit(1);
			_exit(0);
		}
		_exit(0);
	}
	pause_ms(20);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && WTERMSIG(status) == SIGKILL);
	CHECK(read(fds[0], &byte, 1) == 1 && byte == 'x');
	close(fds[0]);
	close(fds[1]);
	ok("vfork killed");
}

int
main(int argc, char **argv)
{
	if (argc > 1) {			/* what test_groups runs */
		CHECK(write(1, "x", 1) == 1);
		sleep_on();
	}
	self = argv[0];
	/* Group 1, which its minus would not name, is not to be ours. */
	setpgid(0, 0);
	test_wait();
	test_stop();
	test_groups();
	test_auto_reap();
	test_clone();
	test_vfork_killed();
	test_orphaned_group();
	test_orphans();
	return done();
}
