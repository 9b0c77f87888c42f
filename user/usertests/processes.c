/* usertests: fork, exit, wait, kill, pipes between processes, time. */
#include "usertests/harness.h"
#include "usertests/tests.h"

/* Orphans of a process that goes on forking find a new parent. */
void
test_reparent(void)
{
	int self = getpid();

	for (int i = 0; i < 200; i++) {
		int pid = fork_checked();

		if (pid == 0) {
			if (fork() < 0)
				exit(1);
			exit(0);
		}
		CHECK(pid != self);
		CHECK(wait_for(pid) == 0);
	}
}

/* Two orphans at once, which exit while they are being adopted. */
void
test_reparent2(void)
{
	for (int i = 0; i < 400; i++) {
		int pid = fork_checked();

		if (pid == 0) {
			fork();
			fork();
			exit(0);
		}
		CHECK(wait_for(pid) == 0);
	}
}

/* Two children exit at the same time. */
void
test_twochildren(void)
{
	for (int i = 0; i < 500; i++) {
		for (int child = 0; child < 2; child++) {
			if (fork_checked() == 0)
				exit(0);
		}
		CHECK(wait_status() == 0);
		CHECK(wait_status() == 0);
	}
}

/* Two children fork at the same time. */
void
test_forkfork(void)
{
	for (int child = 0; child < 2; child++) {
		if (fork_checked() != 0)
			continue;
		for (int i = 0; i < 200; i++) {
			int pid = fork_checked();

			if (pid == 0)
				exit(0);
			CHECK(wait_for(pid) == 0);
		}
		exit(0);
	}
	CHECK(wait_status() == 0);
	CHECK(wait_status() == 0);
}

/* All that fork, fork, until a file says stop; init inherits them. */
void
test_forkforkfork(void)
{
	int pid = fork_checked();

	if (pid == 0) {
		while (!file_exists("stop")) {
			if (fork() < 0)
				file_make("stop", 0);
		}
		exit(0);
	}
	CHECK(wait_for(pid) == 0);
	sleep(10);
	CHECK(unlink("stop") == 0);
}

/* Each child's status comes with its pid. */
void
test_exitwait(void)
{
	for (int i = 0; i < 100; i++) {
		int pid = fork_checked();

		if (pid == 0)
			exit(i);
		CHECK(wait_for(pid) == i);
	}
	CHECK(wait(NULL) == -1);
}

/* Killed in the middle of a call or between two: the status is -1. */
void
test_killstatus(void)
{
	for (int i = 0; i < 30; i++) {
		int pid = fork_checked();

		if (pid == 0) {
			for (;;)
				getpid();
		}
		if (i % 8 == 0)
			sleep(1);
		CHECK(kill(pid) == 0);
		CHECK(wait_for(pid) == -1);
		CHECK(kill(pid) == -1);
	}
}

/* Processes that never call the kernel neither keep others from running nor
 * live through a kill. */
void
test_preempt(void)
{
	int pids[3], fds[2];
	char byte;

	for (int i = 0; i < 2; i++) {
		pids[i] = fork_checked();
		if (pids[i] == 0) {
			for (;;)
				;
		}
	}
	CHECK(pipe(fds) == 0);
	pids[2] = fork_checked();
	if (pids[2] == 0) {
		CHECK(write(fds[1], "x", 1) == 1);
		for (;;)
			;
	}
	CHECK(read(fds[0], &byte, 1) == 1);
	close(fds[0]);
	close(fds[1]);
	for (int i = 0; i < 3; i++)
		CHECK(kill(pids[i]) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(wait_status() == -1);
}

/* Fork until it fails; it must, and all must be had back. */
void
test_forktest(void)
{
	int nchildren = 0, pid;

	while (nchildren < 1000) {
		pid = fork();
		if (pid < 0)
			break;
		if (pid == 0)
			exit(0);
		nchildren++;
	}
	CHECK(nchildren > 0 && nchildren < 1000);
	for (int i = 0; i < nchildren; i++)
		CHECK(wait_status() == 0);
	CHECK(wait(NULL) == -1);
}

#define PIPE_CHUNK	1033
#define PIPE_CHUNKS	5

static void
pipe_fill(int fd)
{
	int number = 0;

	for (int chunk = 0; chunk < PIPE_CHUNKS; chunk++) {
		for (int i = 0; i < PIPE_CHUNK; i++)
			scratch[i] = (char)number++;
		CHECK(write(fd, scratch, PIPE_CHUNK) == PIPE_CHUNK);
	}
	exit(0);
}

/* More than a pipe holds, read in growing pieces. */
void
test_pipe1(void)
{
	int fds[2], total = 0, len, piece = 1, pid;

	CHECK(pipe(fds) == 0);
	pid = fork_checked();
	if (pid == 0) {
		close(fds[0]);
		pipe_fill(fds[1]);
	}
	close(fds[1]);
	while ((len = read(fds[0], scratch, piece)) > 0) {
		for (int i = 0; i < len; i++)
			CHECK(scratch[i] == (char)total++);
		piece = piece * 2 < SCRATCH_BYTES ? piece * 2 : SCRATCH_BYTES;
	}
	CHECK(len == 0);
	CHECK(total == PIPE_CHUNK * PIPE_CHUNKS);
	close(fds[0]);
	CHECK(wait_for(pid) == 0);
	/* nobody can read: writing fails; nobody can write: the end */
	CHECK(pipe(fds) == 0);
	close(fds[0]);
	CHECK(write(fds[1], "x", 1) == -1);
	close(fds[1]);
}

/* Time passes, and agrees with the timer a program can read. */
void
test_uptime(void)
{
	int ticks = uptime(), before = ticks;
	uint64_t time = read_time();

	CHECK(ticks >= 0);
	while (uptime() == ticks)
		;
	CHECK(uptime() > before);
	CHECK(read_time() > time);
}

static void
sleep_long(uintptr_t unused)
{
	(void)unused;
	sleep(100000);
	exit(0);
}

/* Sleeping takes as long as was asked for, and a kill ends it. */
void
test_sleep(void)
{
	int start = uptime(), pid;

	CHECK(sleep(3) == 0);
	CHECK(uptime() - start >= 3);
	CHECK(sleep(0) == 0);
	start = uptime();
	pid = fork_checked();
	if (pid == 0)
		sleep_long(0);
	sleep(1);
	CHECK(kill(pid) == 0);
	CHECK(wait_for(pid) == -1);
	CHECK(uptime() - start < 100);
}
