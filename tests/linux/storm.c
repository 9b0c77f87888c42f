/* Signals from everywhere at once: threads that send each other counted
 * real-time signals while timers ring, processes stop, go on and are killed,
 * and everybody computes.  None may be lost, none invented. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#define THREADS	4
#define EACH	400

static atomic_int counted, alarms, started;
static pid_t tids[THREADS];

static void
count(int number)
{
	(void)number;
	atomic_fetch_add(&counted, 1);
}

static void
ring(int number)
{
	double x = number;

	for (int i = 0; i < 50; i++)
		x = x * 0.5 + i;
	atomic_fetch_add(&alarms, x > 0);
}

static void *
send(void *argument)
{
	unsigned mine = (unsigned)(uintptr_t)argument;
	double x = mine, y = mine;

	tids[mine] = (pid_t)syscall(SYS_gettid);
	atomic_fetch_add(&started, 1);
	while (atomic_load(&started) < THREADS)
		sched_yield();
	for (int i = 0; i < EACH; i++) {
		pid_t to = tids[(mine + (unsigned)i) % THREADS];

		while (syscall(SYS_tgkill, getpid(), to, SIGRTMIN + 3) != 0 &&
		    errno != ESRCH)
			CHECK(errno == EAGAIN);
		while (sigqueue(getpid(), SIGRTMIN + 4,
		    (union sigval){ 0 }) != 0)
			CHECK(errno == EAGAIN);
		x += 0.25;
		y += 0.25;
	}
	CHECK(x == y && x == mine + EACH * 0.25);
	return NULL;
}

static void
test_counted(void)
{
	struct sigaction action = { .sa_handler = count,
	    .sa_flags = SA_RESTART };
	struct itimerval fast = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval stop = { { 0, 0 }, { 0, 0 } };
	pthread_t threads[THREADS];

	CHECK(sigaction(SIGRTMIN + 3, &action, NULL) == 0);
	CHECK(sigaction(SIGRTMIN + 4, &action, NULL) == 0);
	action.sa_handler = ring;
	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(setitimer(ITIMER_REAL, &fast, NULL) == 0);
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, send, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	/* What was sent to a thread that had left is not counted. */
	for (int i = 0; i < 2000 && atomic_load(&counted) < THREADS * EACH;
	    i++)
		usleep(1000);
	CHECK(setitimer(ITIMER_REAL, &stop, NULL) == 0);
	CHECK(atomic_load(&counted) >= THREADS * EACH);
	CHECK(atomic_load(&counted) <= 2 * THREADS * EACH);
	CHECK(atomic_load(&alarms) > 0);
	ok("counted signals arrive");
}

static void *
ping(void *argument)
{
	pid_t to = *(pid_t *)argument;

	for (;;) {
		kill(to, SIGUSR1);
		kill(to, SIGUSR2);
	}
	return NULL;
}

static void
nothing(int number)
{
	(void)number;
}

/* A process of threads that signal their parent and each other for ever. */
static void
be_noisy(pid_t parent)
{
	struct timespec pause = { 0, 100000 };
	pthread_t thread;
	pid_t self = getpid();

	pthread_create(&thread, NULL, ping, &parent);
	pthread_create(&thread, NULL, ping, &self);
	for (;;) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		nanosleep(&pause, NULL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
	}
}

static void
test_noise(void)
{
	struct sigaction action = { .sa_handler = nothing,
	    .sa_flags = SA_RESTART };
	pid_t parent = getpid(), pids[4];
	int status;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		CHECK(pids[i] >= 0);
		if (pids[i] == 0)
			be_noisy(parent);
	}
	for (int round = 0; round < 30; round++) {
		pid_t one = pids[round % 4];

		CHECK(kill(one, SIGSTOP) == 0);
		CHECK(waitpid(one, &status, WUNTRACED) == one &&
		    WIFSTOPPED(status));
		CHECK(kill(one, SIGCONT) == 0);
		CHECK(waitpid(one, &status, WCONTINUED) == one &&
		    WIFCONTINUED(status));
	}
	for (int i = 0; i < 4; i++) {
		CHECK(kill(pids[i], SIGKILL) == 0);
		CHECK(waitpid(pids[i], &status, 0) == pids[i]);
		CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	ok("noise");
}

int
main(void)
{
	test_counted();
	test_noise();
	return done();
}
