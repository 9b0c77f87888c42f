/* Processes of several threads that fork, vfork, run programs, exit and are
 * killed at any moment, all at once.  What is checked is that every one of
 * them is accounted for, and that in the end nobody is left. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

enum { FAMILIES = 12, THREADS = 4, SECONDS = 6 };

static char *self;
static __thread unsigned seed;

static unsigned
draw(unsigned bound)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % bound;
}

static double
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void
nap(void)
{
	struct timespec time = { 0, (long)draw(2000) * 1000 };

	nanosleep(&time, NULL);
}

static void *
thread_short(void *unused)
{
	(void)unused;
	nap();
	return NULL;
}

static void
fork_once(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		nap();
		_exit(0);
	}
	if (pid > 0 && draw(2) == 0)
		kill(pid, SIGKILL);
	if (pid > 0)
		waitpid(pid, NULL, draw(2) == 0 ? 0 : WNOHANG);
}

static void
vfork_once(void)
{
	char *argv[] = { self, "true", NULL };
	pid_t pid = vfork();

	if (pid == 0) {
		execv(self, argv);
		_exit(1);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
}

static void
memory_once(void)
{
	size_t length = (1 + draw(64)) * 4096;
	char *memory = mmap(NULL, length, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return;
	for (size_t at = 0; at < length; at += 4096)
		memory[at] = 1;
	munmap(memory, length);
}

/* What a thread of a family does, until something ends it. */
static void *
live(void *argument)
{
	char *again[] = { self, "family", NULL };
	pthread_t thread;

	seed = (unsigned)(size_t)argument * 2654435761u + (unsigned)getpid();
	for (;;) {
		switch (draw(40)) {
		case 0:
			execv(self, again);
			break;
		case 1:
			exit(3);
		case 2:
			syscall(SYS_exit, 0);
			break;
		case 3:
			kill(getpid(), SIGKILL);
			break;
		case 4: case 5:
			vfork_once();
			break;
		case 6: case 7: case 8: case 9:
			fork_once();
			break;
		case 10: case 11: case 12:
			if (pthread_create(&thread, NULL, thread_short,
			    NULL) == 0)
				pthread_detach(thread);
			break;
		case 13: case 14:
			nap();
			break;
		default:
			memory_once();
			break;
		}
	}
}

static void
family(void)
{
	pthread_t thread;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 1; i < THREADS; i++)
		pthread_create(&thread, NULL, live, (void *)i);
	live(NULL);
}

static pid_t
family_start(void)
{
	char *argv[] = { self, "family", NULL };
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		execv(self, argv);
		_exit(99);
	}
	return pid;
}

int
main(int argc, char **argv)
{
	pid_t families[FAMILIES], pid;
	int status, born = 0, dead = 0;
	double end = now() + SECONDS;

	self = argv[0];
	if (argc > 1 && strcmp(argv[1], "true") == 0)
		return 0;
	if (argc > 1)
		family();
	seed = 1;
	/* Their orphans are to be ours, to be counted out. */
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	for (; born < FAMILIES; born++)
		families[born] = family_start();
	while (now() < end) {
		pid = waitpid(-1, &status, WNOHANG);
		CHECK(pid >= 0);
		CHECK(pid == 0 || WIFEXITED(status) || WIFSIGNALED(status));
		CHECK(pid == 0 || !WIFSIGNALED(status) ||
		    WTERMSIG(status) == SIGKILL);
		for (int i = 0; i < FAMILIES; i++) {
			if (pid > 0 && families[i] == pid) {
				families[i] = family_start();
				born++;
				dead++;
			}
		}
		if (pid == 0) {
			kill(families[draw(FAMILIES)], SIGKILL);
			nap();
		}
	}
	for (int i = 0; i < FAMILIES; i++)
		kill(families[i], SIGKILL);
	while ((pid = waitpid(-1, &status, 0)) > 0)
		for (int i = 0; i < FAMILIES; i++)
			dead += families[i] == pid;
	CHECK(errno == ECHILD && born == dead);
	printf("%d families\n", born);
	return done();
}
