/* prctl's ways to keep, ask about and give up rights; and late timers. */
#define _GNU_SOURCE
#include "check.h"

#include <linux/capability.h>
#include <linux/securebits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define WORDS	2

static void
sets_get(struct __user_cap_data_struct sets[WORDS])
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	CHECK(syscall(SYS_capget, &header, sets) == 0);
}

static int
sets_set(const struct __user_cap_data_struct sets[WORDS])
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};

	return (int)syscall(SYS_capset, &header, sets);
}

static void
reap(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
settings(void)
{
	CHECK(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 0);
	CHECK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) == 1);
	CHECK(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == SECBIT_KEEP_CAPS);
	CHECK_FAILS(prctl(PR_SET_KEEPCAPS, 2, 0, 0, 0), EINVAL);
	CHECK(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0);
	CHECK(prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == 0);
	CHECK(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) >= 0);
	CHECK_FAILS(prctl(PR_CAPBSET_READ, 200, 0, 0, 0), EINVAL);
	CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0)
	    == 0);
	CHECK_FAILS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0,
	    0), EPERM);
	CHECK(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0);
	CHECK_FAILS(prctl(PR_CAP_AMBIENT, 99, 0, 0, 0), EINVAL);
	CHECK_FAILS(prctl(12345, 0, 0, 0, 0), EINVAL);
	ok("settings");
}

/* Not root, with root's rights: until the next program. */
static void
keeping(void)
{
	struct __user_cap_data_struct sets[WORDS], none[WORDS];

	memset(none, 0, sizeof(none));
	CHECK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
	CHECK(setresuid(1000, 1000, 1000) == 0);
	sets_get(sets);
	CHECK(sets[0].effective == 0 && sets[0].permitted != 0);
	CHECK_FAILS(setgid(5), EPERM);
	for (int i = 0; i < WORDS; i++)
		sets[i].effective = sets[i].permitted;
	CHECK(sets_set(sets) == 0);
	sets_get(sets);
	CHECK(sets[0].effective == sets[0].permitted);
	CHECK(setgid(5) == 0 && getgid() == 5);
	CHECK(access("/root", R_OK) == 0 || errno == ENOENT ||
	    errno == EACCES);
	for (int i = 0; i < WORDS; i++)
		sets[i].effective = 0;
	CHECK(sets_set(sets) == 0);
	CHECK_FAILS(setgid(6), EPERM);
	CHECK(sets_set(none) == 0);
	for (int i = 0; i < WORDS; i++)
		sets[i].effective = sets[i].permitted;
	CHECK_FAILS(sets_set(sets), EPERM);
	CHECK_FAILS(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0), EPERM);
}

static void
not_keeping(void)
{
	struct __user_cap_data_struct sets[WORDS];

	CHECK(setresuid(1000, 1000, 1000) == 0);
	sets_get(sets);
	CHECK(sets[0].effective == 0 && sets[0].permitted == 0);
	CHECK_FAILS(setuid(0), EPERM);
}

/* Only for a while: the saved id is root's. */
static void
resting(void)
{
	struct __user_cap_data_struct sets[WORDS];

	CHECK(seteuid(1000) == 0);
	sets_get(sets);
	CHECK(sets[0].effective == 0 && sets[0].permitted != 0);
	CHECK(seteuid(0) == 0);
	sets_get(sets);
	CHECK(sets[0].effective == sets[0].permitted);
}

static void
in_child(void (*part)(void), const char *what)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		part();
		_exit(0);
	}
	reap(pid);
	ok(what);
}

static void *
slack_of(void *unused)
{
	(void)unused;
	return (void *)(intptr_t)prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
}

static int64_t
nap(int64_t nanos)
{
	struct timespec start, end, span = { 0, nanos };

	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK(nanosleep(&span, NULL) == 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (end.tv_sec - start.tv_sec) * 1000000000 + end.tv_nsec -
	    start.tv_nsec;
}

static void
slack(void)
{
	pthread_t thread;
	void *value;

	CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 50000);
	CHECK(nap(1000) >= 1000);
	CHECK(prctl(PR_SET_TIMERSLACK, 3000000, 0, 0, 0) == 0);
	CHECK(nap(1000) >= 1000);
	CHECK(pthread_create(&thread, NULL, slack_of, NULL) == 0);
	CHECK(pthread_join(thread, &value) == 0 &&
	    (intptr_t)value == 3000000);
	CHECK(prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0) == 0);
	CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 1);
	CHECK(nap(1000) >= 1000);
	CHECK(prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0) == 0);
	CHECK(prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0) == 50000);
	/* Who only asks is answered at once. */
	CHECK(prctl(PR_SET_TIMERSLACK, 1000000000, 0, 0, 0) == 0);
	for (int i = 0; i < 20; i++)
		CHECK(poll(NULL, 0, 0) == 0);
	CHECK(prctl(PR_SET_TIMERSLACK, 0, 0, 0, 0) == 0);
	ok("timer slack");
}

static void
death_signal(void)
{
	int signo = -1, ends[2];
	pid_t pid;
	char byte;

	CHECK(prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0) == 0);
	CHECK(prctl(PR_GET_PDEATHSIG, &signo, 0, 0, 0) == 0 &&
	    signo == SIGUSR1);
	CHECK_FAILS(prctl(PR_SET_PDEATHSIG, 100, 0, 0, 0), EINVAL);
	CHECK(prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) == 0);
	CHECK(pipe(ends) == 0);
	pid = fork();
	if (pid == 0) {
		if (fork() == 0) {
			CHECK(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0);
			CHECK(write(ends[1], "x", 1) == 1);
			pause();
		}
		while (read(ends[0], &byte, 1) != 1)
			continue;
		_exit(0);
	}
	close(ends[1]);
	reap(pid);
	/* The grandchild's end of the pipe closes when it is killed. */
	CHECK(read(ends[0], &byte, 1) == 0);
	ok("PR_SET_PDEATHSIG");
}

int
main(void)
{
	settings();
	if (geteuid() == 0) {
		in_child(keeping, "PR_SET_KEEPCAPS");
		in_child(not_keeping, "giving up root");
		in_child(resting, "root's rights at rest");
	}
	slack();
	death_signal();
	return done();
}
