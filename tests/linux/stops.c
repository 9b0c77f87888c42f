/* Stopping and continuing, process groups, who may be sent what, children
 * nobody waits for, queues of real-time signals, and frames that are not
 * what rt_sigreturn expects. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "check.h"

static volatile sig_atomic_t caught, order[64];
static volatile siginfo_t last;

static void
catch(int number, siginfo_t *info, void *context)
{
	(void)context;
	order[caught++ % 64] = info->si_value.sival_int;
	last = *info;
	last.si_signo = number;
}

static void
install(int number, int flags)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | flags };

	action.sa_sigaction = catch;
	CHECK(sigaction(number, &action, NULL) == 0);
}

static pid_t
start(void (*function)(void))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		function();
		_exit(0);
	}
	return pid;
}

static void
count(void)
{
	for (;;)
		pause();
}

static void
test_stopping(void)
{
	siginfo_t info;
	int status;
	pid_t pid;

	install(SIGCHLD, SA_RESTART);
	caught = 0;
	pid = start(count);
	/* A group of its own, with us to continue it: so SIGTSTP stops it. */
	CHECK(setpgid(pid, pid) == 0);
	usleep(10000);
	CHECK(kill(pid, SIGTSTP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid);
	CHECK(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
	CHECK(caught == 1 && last.si_code == CLD_STOPPED &&
	    last.si_pid == pid && last.si_status == SIGTSTP);
	CHECK(waitpid(pid, &status, WUNTRACED | WNOHANG) == 0);
	/* It takes nothing but SIGKILL while it is stopped. */
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(waitpid(pid, &status, WNOHANG) == 0);
	CHECK(kill(pid, SIGCONT) == 0);
	CHECK(waitpid(pid, &status, WCONTINUED) == pid);
	if (WIFCONTINUED(status))
		CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);

	pid = start(count);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0);
	CHECK(info.si_code == CLD_STOPPED && info.si_status == SIGSTOP);
	CHECK(kill(pid, SIGKILL) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

	install(SIGCHLD, SA_NOCLDSTOP | SA_RESTART);
	caught = 0;
	pid = start(count);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && caught == 0);
	CHECK(kill(pid, SIGKILL) == 0 && waitpid(pid, &status, 0) == pid);
	CHECK(caught == 1 && last.si_code == CLD_KILLED);
	signal(SIGCHLD, SIG_DFL);
	ok("stop and continue");
}

static void *
spin(void *argument)
{
	volatile unsigned *counter = argument;

	for (;;)
		(*counter)++;
	return NULL;
}

static void
test_stopping_threads(void)
{
	volatile unsigned *counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned before[3];
	pthread_t thread;
	int status;
	pid_t pid;

	CHECK(counters != MAP_FAILED);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 3; i++)
			pthread_create(&thread, NULL, spin,
			    (void *)&counters[i]);
		count();
	}
	while (counters[0] == 0 || counters[1] == 0 || counters[2] == 0)
		usleep(1000);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	for (int i = 0; i < 3; i++)
		before[i] = counters[i];
	usleep(50000);
	for (int i = 0; i < 3; i++)
		CHECK(counters[i] == before[i]);
	CHECK(kill(pid, SIGCONT) == 0);
	for (int i = 0; i < 3; i++)
		while (counters[i] == before[i])
			usleep(1000);
	CHECK(kill(pid, SIGTERM) == 0);
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	ok("all threads stop, go on and end");
}

static void
test_groups(void)
{
	pid_t pids[3], group = 0;
	int status;

	for (int i = 0; i < 3; i++) {
		pids[i] = start(count);
		if (i == 0)
			group = pids[0];
		CHECK(setpgid(pids[i], group) == 0);
	}
	CHECK(kill(-group, 0) == 0);
	CHECK(kill(-group, SIGHUP) == 0);
	for (int i = 0; i < 3; i++) {
		CHECK(waitpid(-group, &status, 0) > 0);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP);
	}
	CHECK_FAILS(kill(-group, SIGHUP), ESRCH);
	CHECK_FAILS(kill(pids[1], 0), ESRCH);
	CHECK_FAILS(kill(getpid(), 65), EINVAL);
	CHECK_FAILS(syscall(SYS_tgkill, getpid(), 99999, SIGUSR1), ESRCH);
	CHECK_FAILS(syscall(SYS_tkill, -1, SIGUSR1), EINVAL);
	ok("groups");
}

static void
others(void)
{
	pid_t parent = getppid();

	if (setuid(1000) != 0 || kill(parent, 0) != -1 || errno != EPERM ||
	    kill(1, SIGTERM) != -1 || errno != EPERM)
		_exit(1);
	/* The same session: continuing is allowed. */
	_exit(kill(parent, SIGCONT) != 0);
}

static void
test_permission(void)
{
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	pid = start(others);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	/* The first process takes no harm from what it does not catch. */
	CHECK(kill(1, 0) == 0);
	ok("permission");
}

static void
leave(void)
{
	_exit(3);
}

static void
test_unwanted(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL,
	    .sa_flags = SA_NOCLDWAIT };
	int status;

	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 5; i++)
		start(leave);
	CHECK_FAILS(wait(&status), ECHILD);
	CHECK(sigaction(SIGCHLD, &action, NULL) == 0);
	start(leave);
	CHECK_FAILS(wait(&status), ECHILD);
	signal(SIGCHLD, SIG_DFL);
	ok("children nobody waits for");
}

static void
test_queues(void)
{
	struct rlimit limit = { 5, 5 }, old;
	sigset_t set;
	int sent = 0;

	install(SIGRTMIN, 0);
	install(SIGUSR1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGUSR1);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	caught = 0;
	for (int i = 0; i < 10; i++) {
		CHECK(sigqueue(getpid(), SIGRTMIN,
		    (union sigval){ .sival_int = i }) == 0);
		CHECK(kill(getpid(), SIGUSR1) == 0);
	}
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	CHECK(caught == 11);		/* ten and one */
	caught = 0;
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	for (int i = 0; i < 10; i++)
		CHECK(sigqueue(getpid(), SIGRTMIN,
		    (union sigval){ .sival_int = i }) == 0);
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	CHECK(caught == 10);

	CHECK(getrlimit(RLIMIT_SIGPENDING, &old) == 0);
	limit.rlim_max = old.rlim_max;
	CHECK(setrlimit(RLIMIT_SIGPENDING, &limit) == 0);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	while (sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) == 0)
		sent++;
	CHECK(errno == EAGAIN && sent <= 5);
	caught = 0;
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	CHECK(caught == sent);
	CHECK(setrlimit(RLIMIT_SIGPENDING, &old) == 0);
	ok("real-time signals queue, in order");
}

static void
reset(int number)
{
	(void)number;
	caught++;
}

static void
test_actions(void)
{
	struct sigaction action = { .sa_handler = reset,
	    .sa_flags = (int)SA_RESETHAND }, old;

	CHECK_FAILS(sigaction(SIGKILL, &action, NULL), EINVAL);
	CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
	caught = 0;
	CHECK(raise(SIGUSR2) == 0 && caught == 1);
	CHECK(sigaction(SIGUSR2, NULL, &old) == 0);
	CHECK(old.sa_handler == SIG_DFL);
	/* Ignoring forgets what is pending. */
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(raise(SIGUSR2) == 0 && sigpending(&pending) == 0);
	CHECK(sigismember(&pending, SIGUSR2) == 1);
	signal(SIGUSR2, SIG_IGN);
	CHECK(sigpending(&pending) == 0);
	CHECK(sigismember(&pending, SIGUSR2) == 0);
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	ok("actions");
}

/* ---- hostile frames ---- */

static int spoil_what;

static void
spoil(int number, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint32_t *fp = (uint32_t *)&uc->uc_mcontext.__fpregs;

	(void)number;
	(void)info;
	switch (spoil_what) {
	case 0:
		fp[129] = 1;			/* reserved */
		break;
	case 1:
		fp[130] = 0x53465457;		/* an extension we have not */
		break;
	case 2:
		uc->uc_mcontext.__gregs[REG_PC] = 0xffffffff80000000;
		break;
	case 3:
		uc->uc_mcontext.__gregs[REG_PC] = 0x1233;
		break;
	case 4:
		uc->uc_mcontext.__gregs[REG_SP] = 0xffffffffffffff00;
		break;
	case 5:
		memset(uc, 0xff, sizeof(*uc));
		break;
	case 6:
		memset(uc, 0, sizeof(*uc));
		break;
	}
}

static void
spoiled(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };

	action.sa_sigaction = spoil;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	if (spoil_what == 4)
		raise(SIGUSR1);
}

static void
returned_from_nowhere(void)
{
	register long sp asm("t0") = spoil_what == 7 ? 8 : -64;

	asm volatile("mv sp, %0\n\tli a7, 139\n\tecall" : : "r"(sp) :
	    "a7", "memory");
}

static void
test_hostile(void)
{
	int status;
	pid_t pid;

	for (spoil_what = 0; spoil_what < 9; spoil_what++) {
		pid = start(spoil_what < 7 ? spoiled : returned_from_nowhere);
		CHECK(waitpid(pid, &status, 0) == pid);
		CHECK(WIFSIGNALED(status));
		CHECK(WTERMSIG(status) == SIGSEGV ||
		    WTERMSIG(status) == SIGBUS || WTERMSIG(status) == SIGILL);
	}
	ok("frames that were spoilt");
}

static void
disarm(int number, siginfo_t *info, void *context)
{
	stack_t stack;

	(void)number;
	(void)info;
	(void)context;
	caught = sigaltstack(NULL, &stack) == 0 &&
	    (stack.ss_flags & SS_DISABLE) != 0;
}

static void
test_disarming(void)
{
	static char memory[32768];
	stack_t stack = { .ss_sp = memory, .ss_size = sizeof(memory),
	    .ss_flags = (int)(1u << 31) }, old;
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_ONSTACK };

	action.sa_sigaction = disarm;
	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(sigaltstack(&stack, NULL) == 0);
	caught = 0;
	CHECK(raise(SIGUSR1) == 0 && caught == 1);
	CHECK(sigaltstack(NULL, &old) == 0 && old.ss_sp == memory &&
	    old.ss_flags == stack.ss_flags);
	stack.ss_size = 100;
	CHECK_FAILS(sigaltstack(&stack, NULL), ENOMEM);
	stack.ss_flags = 77;
	CHECK_FAILS(sigaltstack(&stack, NULL), EINVAL);
	stack.ss_flags = SS_DISABLE;
	CHECK(sigaltstack(&stack, NULL) == 0);
	ok("a stack that disarms itself");
}

/* An orphaned group does not stop by itself, and a stopped one is let go. */
static void
test_orphans(void)
{
	int ends[2], status;
	char byte = 0;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		pid_t child = fork();

		if (child == 0) {
			setpgid(0, 0);
			install(SIGCONT, 0);
			install(SIGHUP, 0);
			caught = 0;
			kill(getpid(), SIGSTOP);
			while (caught < 2)
				usleep(1000);
			(void)!write(ends[1], "x", 1);
			_exit(0);
		}
		waitpid(child, &status, WUNTRACED);
		_exit(0);	/* its group is orphaned now */
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	close(ends[1]);
	CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
	close(ends[0]);
	ok("an orphaned group is let go");
}

int
main(void)
{
	test_actions();
	test_queues();
	test_disarming();
	test_stopping();
	test_stopping_threads();
	test_groups();
	test_permission();
	test_unwanted();
	test_hostile();
	test_orphans();
	return done();
}
