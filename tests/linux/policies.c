/* Policies of scheduling, and how urgent reads and writes are: what is kept,
 * who has it from whom, and who may say it. */
#define _GNU_SOURCE
#include <linux/ioprio.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

#define BEST_EFFORT(level)	IOPRIO_PRIO_VALUE(IOPRIO_CLASS_BE, level)
#define REAL_TIME(level)	IOPRIO_PRIO_VALUE(IOPRIO_CLASS_RT, level)

static int
policy_set(int policy)
{
	const struct sched_param none = { 0 };

	return sched_setscheduler(0, policy, &none);
}

static int
io_set(int which, int who, int priority)
{
	return (int)syscall(SYS_ioprio_set, which, who, priority);
}

static int
io_get(int which, int who)
{
	return (int)syscall(SYS_ioprio_get, which, who);
}

static void
in_child(void (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		test();
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

/* What /proc/self/stat says in its field `number`, 3 or later. */
static long
stat_field(int number)
{
	char text[1024], *at;
	FILE *file = fopen("/proc/thread-self/stat", "r");

	CHECK(file != NULL && fgets(text, sizeof(text), file) != NULL);
	CHECK(fclose(file) == 0 && (at = strrchr(text, ')')) != NULL);
	for (int i = 2; i < number; i++)
		CHECK((at = strchr(at + 1, ' ')) != NULL);
	return atol(at + 1);
}

static void
child_of_batch(void)
{
	CHECK(sched_getscheduler(0) == SCHED_BATCH && stat_field(41) ==
	    SCHED_BATCH);
	CHECK(policy_set(SCHED_OTHER) == 0);
}

static void *
thread_of_batch(void *unused)
{
	CHECK(sched_getscheduler(0) == SCHED_BATCH);
	CHECK(policy_set(SCHED_IDLE) == 0);
	CHECK(stat_field(41) == SCHED_IDLE);
	return unused;
}

static void
idle_user(void)
{
	const struct rlimit none = { 0, 0 };

	CHECK(setrlimit(RLIMIT_NICE, &none) == 0);
	CHECK(geteuid() != 0 || setuid(1000) == 0);
	CHECK(policy_set(SCHED_BATCH) == 0 && policy_set(SCHED_OTHER) == 0);
	CHECK(policy_set(SCHED_IDLE) == 0 && policy_set(SCHED_IDLE) == 0);
	CHECK_FAILS(policy_set(SCHED_OTHER), EPERM);
	CHECK(sched_getscheduler(0) == SCHED_IDLE);
}

static void
test_policies(void)
{
	struct { unsigned size, policy; unsigned long flags; int nice;
		unsigned priority; unsigned long times[3]; } attr;
	const struct sched_param wrong = { 1 };
	pthread_t thread;

	CHECK(sched_getscheduler(0) == SCHED_OTHER && stat_field(41) == 0);
	CHECK(policy_set(SCHED_BATCH) == 0);
	CHECK_FAILS(sched_setscheduler(0, SCHED_BATCH, &wrong), EINVAL);
	CHECK(sched_getscheduler(0) == SCHED_BATCH);
	CHECK(syscall(SYS_sched_getattr, 0, &attr, sizeof(attr), 0) == 0);
	CHECK(attr.size == sizeof(attr) && attr.policy == SCHED_BATCH);
	in_child(child_of_batch);
	CHECK(pthread_create(&thread, NULL, thread_of_batch, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(sched_getscheduler(0) == SCHED_BATCH);
	attr.policy = SCHED_OTHER;
	CHECK(syscall(SYS_sched_setattr, 0, &attr, 0) == 0);
	CHECK(sched_getscheduler(0) == SCHED_OTHER);
	CHECK_FAILS(policy_set(4), EINVAL);
	in_child(idle_user);
	ok("policies");
}

static void
child_of_best_effort(void)
{
	CHECK(io_get(IOPRIO_WHO_PROCESS, 0) == BEST_EFFORT(6));
	CHECK(io_set(IOPRIO_WHO_PGRP, 0, BEST_EFFORT(3)) == 0);
}

static void
io_user(void)
{
	CHECK(io_set(IOPRIO_WHO_PROCESS, 0, BEST_EFFORT(2)) == 0);
	CHECK(geteuid() != 0 || setuid(1000) == 0);
	CHECK_FAILS(io_set(IOPRIO_WHO_PROCESS, 0, REAL_TIME(2)), EPERM);
	CHECK_FAILS(io_set(IOPRIO_WHO_PROCESS, 1, BEST_EFFORT(2)), EPERM);
	CHECK(io_set(IOPRIO_WHO_PROCESS, getpid(), BEST_EFFORT(1)) == 0);
	CHECK(io_get(IOPRIO_WHO_PROCESS, 0) == BEST_EFFORT(1));
}

static void
test_io(void)
{
	CHECK(setpgid(0, 0) == 0 || getpgrp() == getpid());
	CHECK(io_set(IOPRIO_WHO_PROCESS, 0, BEST_EFFORT(6)) == 0);
	in_child(child_of_best_effort);
	CHECK(io_get(IOPRIO_WHO_PROCESS, 0) == BEST_EFFORT(3));
	CHECK(io_get(IOPRIO_WHO_PGRP, 0) == BEST_EFFORT(3));
	CHECK_FAILS(io_set(IOPRIO_WHO_PROCESS, 0,
	    IOPRIO_PRIO_VALUE(IOPRIO_CLASS_NONE, 1)), EINVAL);
	CHECK_FAILS(io_set(IOPRIO_WHO_PROCESS, 0, 4 << 13), EINVAL);
	CHECK_FAILS(io_set(0, 0, BEST_EFFORT(1)), EINVAL);
	CHECK_FAILS(io_get(4, 0), EINVAL);
	CHECK_FAILS(io_get(IOPRIO_WHO_PROCESS, 99999999), ESRCH);
	in_child(io_user);
	ok("urgency");
}

int
main(void)
{
	test_policies();
	test_io();
	return done();
}
