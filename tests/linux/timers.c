/* Clocks, sleeping, interval timers and those of timer_create. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#define MILLIS(n)	((n) * 1000000ull)

static uint64_t
now(clockid_t clock)
{
	struct timespec time;

	CHECK(clock_gettime(clock, &time) == 0);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct timespec
timespec_of(uint64_t nanos)
{
	return (struct timespec){ (time_t)(nanos / 1000000000u),
	    (long)(nanos % 1000000000u) };
}

static volatile sig_atomic_t caught, overruns;
static volatile siginfo_t last;

static void
catch(int number, siginfo_t *info, void *context)
{
	(void)context;
	caught++;
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

/* Use the processor for so long by that clock. */
static void
burn(clockid_t clock, uint64_t nanos)
{
	uint64_t end = now(clock) + nanos;

	while (now(clock) < end)
		continue;
}

static void
test_clocks(void)
{
	static const clockid_t clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
		CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE,
		CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID,
	};
	struct timespec time, direct;
	struct timeval day;

	for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		uint64_t before = now(clocks[i]);

		CHECK(clock_getres(clocks[i], &time) == 0);
		CHECK(time.tv_sec == 0 && time.tv_nsec >= 1);
		CHECK(now(clocks[i]) >= before);
	}
	CHECK_FAILS(clock_gettime(55, &time), EINVAL);
	/* What the vDSO tells is what the call tells. */
	CHECK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &direct) == 0);
	CHECK(gettimeofday(&day, NULL) == 0);
	CHECK(clock_gettime(CLOCK_REALTIME, &time) == 0);
	CHECK(day.tv_sec - direct.tv_sec <= 1 && time.tv_sec >= day.tv_sec);
	CHECK_FAILS(syscall(SYS_clock_gettime, CLOCK_REALTIME, (void *)8),
	    EFAULT);
	ok("clocks");
}

static void
test_used(void)
{
	uint64_t thread, process, start = now(CLOCK_MONOTONIC);
	clockid_t clock;
	struct tms tms;

	thread = now(CLOCK_THREAD_CPUTIME_ID);
	process = now(CLOCK_PROCESS_CPUTIME_ID);
	burn(CLOCK_MONOTONIC, MILLIS(60));
	CHECK(now(CLOCK_THREAD_CPUTIME_ID) > thread);
	CHECK(now(CLOCK_PROCESS_CPUTIME_ID) > process);
	CHECK(now(CLOCK_THREAD_CPUTIME_ID) - thread <=
	    now(CLOCK_MONOTONIC) - start);
	thread = now(CLOCK_THREAD_CPUTIME_ID);
	usleep(50000);
	CHECK(now(CLOCK_THREAD_CPUTIME_ID) - thread < MILLIS(40));
	CHECK(clock_getcpuclockid(0, &clock) == 0 && now(clock) > 0);
	CHECK(clock_getcpuclockid(getpid(), &clock) == 0 && now(clock) > 0);
	CHECK(pthread_getcpuclockid(pthread_self(), &clock) == 0);
	CHECK(now(clock) > 0);
	CHECK(times(&tms) != -1);
	ok("clocks of what was used");
}

static void
test_sleeping(void)
{
	struct timespec span = timespec_of(MILLIS(40)), until, left;
	uint64_t start = now(CLOCK_MONOTONIC);
	struct itimerval alarm_soon = { { 0, 0 }, { 0, 20000 } };

	CHECK(nanosleep(&span, NULL) == 0);
	CHECK(now(CLOCK_MONOTONIC) - start >= MILLIS(40));
	until = timespec_of(now(CLOCK_MONOTONIC) + MILLIS(40));
	CHECK(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) ==
	    0);
	until = timespec_of(now(CLOCK_REALTIME) + MILLIS(40));
	CHECK(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL) ==
	    0);
	CHECK(now(CLOCK_REALTIME) >= (uint64_t)until.tv_sec * 1000000000u +
	    (uint64_t)until.tv_nsec);
	span.tv_nsec = 1000000000;
	CHECK_FAILS(nanosleep(&span, NULL), EINVAL);
	CHECK(clock_nanosleep(CLOCK_THREAD_CPUTIME_ID, 0, &span, NULL) ==
	    EINVAL);

	install(SIGALRM, SA_RESTART);
	span = timespec_of(MILLIS(500));
	CHECK(setitimer(ITIMER_REAL, &alarm_soon, NULL) == 0);
	CHECK_FAILS(nanosleep(&span, &left), EINTR);
	CHECK(left.tv_sec == 0 && left.tv_nsec > 300000000 &&
	    left.tv_nsec < 490000000);
	/* Ignored, it does not shorten the sleep. */
	signal(SIGALRM, SIG_IGN);
	span = timespec_of(MILLIS(60));
	start = now(CLOCK_MONOTONIC);
	CHECK(setitimer(ITIMER_REAL, &alarm_soon, NULL) == 0);
	CHECK(nanosleep(&span, &left) == 0);
	CHECK(now(CLOCK_MONOTONIC) - start >= MILLIS(60));
	ok("sleeping");
}

/* A child is stopped in its sleep, and goes on; it sleeps no less. */
static void
test_sleep_stopped(void)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		uint64_t start = now(CLOCK_MONOTONIC);
		struct timespec span = timespec_of(MILLIS(150));

		if (nanosleep(&span, NULL) != 0)
			_exit(1);
		_exit(now(CLOCK_MONOTONIC) - start < MILLIS(150));
	}
	usleep(30000);
	CHECK(kill(pid, SIGSTOP) == 0);
	CHECK(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status));
	CHECK(kill(pid, SIGCONT) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	ok("a stopped sleep goes on");
}

static void
test_interval(void)
{
	struct itimerval it = { { 0, 10000 }, { 0, 10000 } }, old;
	uint64_t start;

	install(SIGALRM, 0);
	install(SIGVTALRM, SA_RESTART);
	install(SIGPROF, SA_RESTART);
	caught = 0;
	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
	start = now(CLOCK_MONOTONIC);
	while (caught < 5)
		pause();
	CHECK(now(CLOCK_MONOTONIC) - start >= MILLIS(45));
	CHECK(getitimer(ITIMER_REAL, &old) == 0);
	CHECK(old.it_interval.tv_usec == 10000 && old.it_value.tv_usec <= 10000);
	it = (struct itimerval){ { 0, 0 }, { 0, 0 } };
	CHECK(setitimer(ITIMER_REAL, &it, &old) == 0);
	CHECK(alarm(100) == 0 && alarm(0) == 100);
	for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
		it = (struct itimerval){ { 0, 0 }, { 0, 30000 } };
		caught = 0;
		CHECK(setitimer(which, &it, NULL) == 0);
		start = now(CLOCK_MONOTONIC);
		while (caught == 0 && now(CLOCK_MONOTONIC) - start <
		    MILLIS(5000))
			continue;
		CHECK(caught == 1 && last.si_signo ==
		    (which == ITIMER_PROF ? SIGPROF : SIGVTALRM));
	}
	it.it_value.tv_usec = 1000000;
	CHECK_FAILS(setitimer(ITIMER_REAL, &it, NULL), EINVAL);
	CHECK_FAILS(setitimer(5, &it, NULL), EINVAL);
	ok("interval timers");
}

static void
test_made(clockid_t clock)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGRTMIN + 1,
		.sigev_value.sival_int = 321,
	};
	struct itimerspec it = { .it_value.tv_nsec = 20000000 }, left;
	uint64_t start = now(CLOCK_MONOTONIC);
	timer_t timer;

	install(SIGRTMIN + 1, SA_RESTART);
	caught = 0;
	CHECK(timer_create(clock, &event, &timer) == 0);
	CHECK(timer_settime(timer, 0, &it, NULL) == 0);
	CHECK(timer_gettime(timer, &left) == 0);
	CHECK(left.it_value.tv_nsec > 0 && left.it_value.tv_nsec <= 20000000);
	while (caught == 0 && now(CLOCK_MONOTONIC) - start < MILLIS(5000))
		continue;
	CHECK(caught == 1 && last.si_code == SI_TIMER &&
	    last.si_value.sival_int == 321);
	CHECK(timer_gettime(timer, &left) == 0 && left.it_value.tv_nsec == 0);

	/* Faster than anybody can look: the rest is overrun. */
	it.it_interval.tv_nsec = 100000;
	CHECK(timer_settime(timer, 0, &it, NULL) == 0);
	start = now(CLOCK_MONOTONIC);
	while (now(CLOCK_MONOTONIC) - start < MILLIS(100))
		continue;
	CHECK(timer_getoverrun(timer) >= 0 && caught > 2);
	CHECK(timer_delete(timer) == 0);
	CHECK_FAILS(timer_delete(timer), EINVAL);
	caught = 0;
	usleep(20000);
	CHECK(caught == 0);
}

static void
test_overrun(void)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGRTMIN + 2,
	};
	struct itimerspec it = { { 0, 1000000 }, { 0, 1000000 } };
	sigset_t set;
	timer_t timer;

	install(SIGRTMIN + 2, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 2);
	CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	CHECK(timer_settime(timer, 0, &it, NULL) == 0);
	usleep(60000);
	caught = 0;
	CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
	CHECK(caught >= 1 && caught <= 3);
	CHECK(timer_delete(timer) == 0);
	CHECK(last.si_overrun >= 0);
	ok("what was missed is counted");
}

static volatile int notified;

static void
on_thread(union sigval value)
{
	__atomic_store_n(&notified, value.sival_int, __ATOMIC_SEQ_CST);
}

static void
test_thread_notice(void)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = on_thread,
		.sigev_value.sival_int = 99,
	};
	struct itimerspec it = { .it_value.tv_nsec = 10000000 };
	timer_t timer;

	CHECK(timer_create(CLOCK_REALTIME, &event, &timer) == 0);
	CHECK(timer_settime(timer, 0, &it, NULL) == 0);
	for (int i = 0; i < 500 && notified == 0; i++)
		usleep(10000);
	CHECK(notified == 99);
	CHECK(timer_delete(timer) == 0);
	ok("a timer that starts a thread");
}

/* Whoever waits for a time of day sees it come when the clock is set. */
static void
test_setting(void)
{
	struct timespec until, before, after;
	uint64_t start;
	int status;
	pid_t pid;

	if (geteuid() != 0)
		return;
	until = timespec_of(now(CLOCK_REALTIME) + 1000 * MILLIS(1000));
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		_exit(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until,
		    NULL));
	usleep(50000);
	start = now(CLOCK_MONOTONIC);
	before = timespec_of(now(CLOCK_REALTIME));
	until.tv_sec += 2;
	CHECK(clock_settime(CLOCK_REALTIME, &until) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(now(CLOCK_MONOTONIC) - start < MILLIS(5000));
	CHECK(now(CLOCK_REALTIME) / 1000000000u >= (uint64_t)until.tv_sec);
	CHECK(syscall(SYS_clock_gettime, CLOCK_REALTIME, &after) == 0);
	CHECK(after.tv_sec >= until.tv_sec);
	CHECK(clock_settime(CLOCK_REALTIME, &before) == 0);
	CHECK(now(CLOCK_REALTIME) / 1000000000u < (uint64_t)until.tv_sec);
	before.tv_nsec = -1;
	CHECK_FAILS(clock_settime(CLOCK_REALTIME, &before), EINVAL);
	CHECK_FAILS(clock_settime(CLOCK_MONOTONIC, &until), EINVAL);
	ok("setting the clock");
}

static void
test_limit(void)
{
	struct rlimit limit = { 1, 5 };
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(setrlimit(RLIMIT_CPU, &limit) == 0);
		burn(CLOCK_MONOTONIC, 20000 * MILLIS(1));
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU);
	ok("the limit of time used");
}

/* Timers are not inherited, and go with their process. */
static void
test_processes(void)
{
	struct itimerval it = { { 0, 0 }, { 10, 0 } }, old;
	int status;
	pid_t pid;

	CHECK(setitimer(ITIMER_REAL, &it, NULL) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		struct itimerspec soon = { { 0, 1000000 }, { 0, 1000000 } };
		timer_t timer;

		getitimer(ITIMER_REAL, &old);
		timer_create(CLOCK_MONOTONIC, NULL, &timer);
		timer_settime(timer, 0, &soon, NULL);
		_exit(old.it_value.tv_sec != 0 || old.it_value.tv_usec != 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(alarm(0) > 0);
	ok("timers are their process's");
}

int
main(void)
{
	test_clocks();
	test_used();
	test_sleeping();
	test_sleep_stopped();
	test_interval();
	test_made(CLOCK_MONOTONIC);
	test_made(CLOCK_REALTIME);
	test_made(CLOCK_PROCESS_CPUTIME_ID);
	ok("timers made by timer_create");
	test_overrun();
	test_thread_notice();
	test_setting();
	test_limit();
	test_processes();
	return done();
}
