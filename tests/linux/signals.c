/* Signals: handlers and all their flags, masks, what is pending, stacks of their
 * own, waiting for them, what comes with them, and floating point across them. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static volatile sig_atomic_t caught, nested, deepest;
static volatile siginfo_t last, queued;

static void
catch(int number, siginfo_t *info, void *context)
{
	(void)context;
	CHECK(number == info->si_signo);
	last = *info;
	if (info->si_code == SI_QUEUE)
		queued = *info;
	caught++;
}

static void
install(int number, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = { .sa_sigaction = handler,
		.sa_flags = SA_SIGINFO | flags };

	CHECK(sigemptyset(&action.sa_mask) == 0);
	CHECK(sigaction(number, &action, NULL) == 0);
}

static void
test_masks(void)
{
	union sigval value = { .sival_int = 4711 };
	sigset_t set, old, pending;

	install(SIGUSR1, catch, 0);
	install(SIGRTMIN, catch, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	CHECK(sigprocmask(SIG_BLOCK, &set, &old) == 0);
	CHECK(raise(SIGUSR1) == 0 && raise(SIGUSR1) == 0 && caught == 0);
	for (int i = 0; i < 3; i++)
		CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
	CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGUSR1));
	CHECK(sigismember(&pending, SIGRTMIN));
	CHECK(sigprocmask(SIG_SETMASK, &old, NULL) == 0);
	/* One of the plain kind, all of the queued. */
	CHECK(caught == 4 && queued.si_signo == SIGRTMIN);
	CHECK(queued.si_value.sival_int == 4711);
	CHECK(queued.si_pid == getpid() && queued.si_uid == getuid());
	ok("masks and queues");
}

static void
nest(int number, siginfo_t *info, void *context)
{
	(void)info, (void)context;
	if (++nested > deepest)
		deepest = nested;
	if (nested < 5)
		raise(number);
	nested--;
}

static void
test_flags(void)
{
	struct sigaction now;

	install(SIGUSR2, nest, SA_NODEFER);
	CHECK(raise(SIGUSR2) == 0 && deepest == 5);
	install(SIGUSR2, catch, SA_RESETHAND);
	CHECK(raise(SIGUSR2) == 0);
	CHECK(sigaction(SIGUSR2, NULL, &now) == 0);
	CHECK(now.sa_handler == SIG_DFL);
	CHECK_FAILS(sigaction(SIGKILL, &now, NULL), EINVAL);
	CHECK_FAILS(kill(getpid(), 65), EINVAL);
	CHECK_FAILS(kill(0x7ffffff, 0), ESRCH);
	ok("flags");
}

static void
on_alarm(int number, siginfo_t *info, void *context)
{
	(void)info, (void)context;
	CHECK(number == SIGALRM);
	caught++;
}

static void
arm(long micros)
{
	struct itimerval timer = { .it_value = { .tv_usec = micros } };

	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
}

static void *
write_late(void *fd)
{
	usleep(200000);
	CHECK(write((int)(long)fd, "x", 1) == 1);
	return NULL;
}

static void
test_restarting(void)
{
	struct timespec wanted = { 5, 0 }, left;
	pthread_t thread;
	sigset_t set;
	char byte;
	int ends[2];

	CHECK(pipe(ends) == 0);
	install(SIGALRM, on_alarm, 0);
	arm(50000);
	CHECK_FAILS(read(ends[0], &byte, 1), EINTR);
	arm(50000);
	CHECK_FAILS(nanosleep(&wanted, &left), EINTR);
	CHECK(left.tv_sec == 4);
	install(SIGALRM, on_alarm, SA_RESTART);
	/* The writer must not be the one that is interrupted. */
	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	CHECK(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, write_late,
	    (void *)(long)ends[1]) == 0);
	CHECK(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
	caught = 0;
	arm(50000);
	CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x' && caught == 1);
	CHECK(pthread_join(thread, NULL) == 0);
	ok("interrupted calls");
}

static char *volatile stack_low;
static volatile int on_stack;

static void
on_overflow(int number, siginfo_t *info, void *context)
{
	char here;

	(void)number, (void)info, (void)context;
	on_stack = &here >= stack_low && &here < stack_low + 65536;
	_exit(on_stack ? 33 : 34);
}

static __attribute__((noinline)) int
overflow(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	if (depth < 0)
		return 0;
	return overflow(depth + 1) + room[0];
}

static void
test_stack(void)
{
	stack_t stack = { .ss_size = 65536 };
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		stack.ss_sp = stack_low = malloc(65536);
		CHECK(sigaltstack(&stack, NULL) == 0);
		install(SIGSEGV, on_overflow, SA_ONSTACK);
		_exit(overflow(0) & 1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 33);
	ok("a stack of its own");
}

static volatile char *volatile guilty;

static void
on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	CHECK(info->si_addr == (void *)guilty);
	last = *info;
	caught = number;
	/* So that the access succeeds when it is done again. */
	CHECK(mmap((void *)((uintptr_t)guilty & ~4095ul), 4096, PROT_READ |
	    PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	    MAP_FAILED);
}

static void
test_faults(void)
{
	int fd = memfd_create("signals", 0);
	char *pages = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE |
	    MAP_ANONYMOUS, -1, 0), *file;

	CHECK(pages != MAP_FAILED && munmap(pages + 4096, 4096) == 0);
	install(SIGSEGV, on_fault, 0);
	install(SIGBUS, on_fault, 0);
	guilty = pages + 5;
	*guilty = 1;
	CHECK(caught == SIGSEGV && last.si_code == SEGV_ACCERR);
	guilty = pages + 4096 + 7;
	*guilty = 1;
	CHECK(caught == SIGSEGV && last.si_code == SEGV_MAPERR);
	CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
	file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(file != MAP_FAILED);
	*(volatile char *)(file + 4095) = 1;
	guilty = file + 4096;
	*guilty = 1;
	CHECK(caught == SIGBUS && last.si_code == BUS_ADRERR);
	ok("faults");
}

static void
spoil(int number, siginfo_t *info, void *context)
{
	volatile double values[32];

	(void)number, (void)info, (void)context;
	for (int i = 0; i < 32; i++)
		values[i] = i * 1e9 + number;
	for (int i = 1; i < 32; i++)
		values[i] = values[i] * values[i - 1] + 1 / values[i];
	caught++;
}

static void
test_floating_point(void)
{
	struct itimerval timer = { .it_value = { .tv_usec = 1000 },
		.it_interval = { .tv_usec = 1000 } };
	double sums[8] = { 0 };

	caught = 0;
	install(SIGALRM, spoil, SA_RESTART);
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	for (long i = 0; caught < 50; i++) {
		for (int n = 0; n < 8; n++)
			sums[n] += n * 0.5;
		CHECK(sums[7] == sums[1] * 7 && sums[6] == sums[3] * 2);
	}
	timer.it_value.tv_usec = timer.it_interval.tv_usec = 0;
	CHECK(setitimer(ITIMER_REAL, &timer, NULL) == 0);
	ok("floating point");
}

static void
test_waiting(void)
{
	struct timespec none = { 0, 20000000 };
	sigset_t set, empty;
	siginfo_t info;
	int status;
	pid_t pid;

	sigemptyset(&empty);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK_FAILS(sigtimedwait(&set, &info, &none), EAGAIN);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		kill(getppid(), SIGUSR1);
		usleep(20000);
		_exit(44);
	}
	CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_pid == pid);
	CHECK(info.si_code == SI_USER);
	CHECK(sigwaitinfo(&set, &info) == SIGCHLD && info.si_pid == pid);
	CHECK(info.si_code == CLD_EXITED && info.si_status == 44);
	CHECK(waitpid(pid, &status, 0) == pid);
	caught = 0;
	install(SIGUSR1, catch, 0);
	CHECK(raise(SIGUSR1) == 0 && caught == 0);
	CHECK_FAILS(sigsuspend(&empty), EINTR);
	CHECK(caught == 1);
	CHECK(sigprocmask(SIG_SETMASK, &empty, NULL) == 0);
	ok("waiting for signals");
}

static void
test_pipe(void)
{
	int ends[2];

	install(SIGPIPE, catch, 0);
	caught = 0;
	CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
	CHECK_FAILS(write(ends[1], "x", 1), EPIPE);
	CHECK(caught == 1 && last.si_signo == SIGPIPE);
	close(ends[1]);
	ok("a pipe without a reader");
}

/* What the caller does with a signal. */
static void *
handler_of(int number)
{
	struct sigaction now;

	CHECK(sigaction(number, NULL, &now) == 0);
	return (void *)now.sa_handler;
}

static void
child_wait(pid_t pid)
{
	int status;

	CHECK(pid > 0 && waitpid(pid, &status, 0) == pid && status == 0);
}

/* Runs in its maker's memory, with its maker's actions. */
static int
sharer(void *unused)
{
	pid_t pid;

	(void)unused;
	CHECK(handler_of(SIGUSR1) == (void *)catch);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		install(SIGUSR1, nest, 0);
		syscall(SYS_exit_group, handler_of(SIGUSR1) != (void *)nest);
	}
	child_wait(pid);
	CHECK(handler_of(SIGUSR1) == (void *)catch);
	CHECK(signal(SIGUSR1, SIG_IGN) != SIG_ERR);
	syscall(SYS_exit_group, 0);
	return 0;
}

/* A fork's two sides have actions of their own, though they begin alike. */
static void
test_inheriting(void)
{
	static _Alignas(16) char stack[16384];
	pid_t pid, grandchild;

	install(SIGUSR1, catch, 0);
	install(SIGUSR2, catch, SA_RESETHAND);
	CHECK(signal(SIGWINCH, SIG_IGN) != SIG_ERR);
	pid = fork();
	if (pid == 0) {
		caught = 0;
		CHECK(raise(SIGUSR2) == 0 && caught == 1);
		CHECK(handler_of(SIGUSR2) == (void *)SIG_DFL);
		grandchild = fork();
		if (grandchild == 0) {
			CHECK(handler_of(SIGUSR2) == (void *)SIG_DFL);
			CHECK(handler_of(SIGUSR1) == (void *)catch);
			_exit(0);
		}
		child_wait(grandchild);
		install(SIGUSR1, nest, 0);
		CHECK(handler_of(SIGUSR1) == (void *)nest);
		CHECK(handler_of(SIGUSR2) == (void *)SIG_DFL);
		CHECK(handler_of(SIGWINCH) == (void *)SIG_IGN);
		_exit(0);
	}
	child_wait(pid);
	CHECK(handler_of(SIGUSR1) == (void *)catch);
	CHECK(handler_of(SIGUSR2) == (void *)catch);
	pid = clone(sharer, stack + sizeof(stack), CLONE_VM | CLONE_SIGHAND |
	    CLONE_VFORK | SIGCHLD, NULL);
	child_wait(pid);
	CHECK(handler_of(SIGUSR1) == (void *)SIG_IGN);
	pid = fork();
	if (pid == 0) {
		install(SIGUSR1, catch, 0);
		_exit(0);
	}
	child_wait(pid);
	CHECK(handler_of(SIGUSR1) == (void *)SIG_IGN);
	ok("inheriting");
}

int
main(void)
{
	test_masks();
	test_flags();
	test_restarting();
	test_stack();
	test_faults();
	test_floating_point();
	test_waiting();
	test_pipe();
	test_inheriting();
	return done();
}
