/* Signals that say that a file is ready: O_ASYNC, F_SETOWN, F_SETSIG. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "check.h"

static volatile sig_atomic_t count;
static siginfo_t last;
static pid_t taker;

static void
handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	last = *info;
	taker = gettid();
	count++;
}

static void
catch(int signo)
{
	struct sigaction action = {
		.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART,
	};

	CHECK(sigaction(signo, &action, NULL) == 0);
}

/* Until it has come, but not for ever. */
static void
await(int wanted)
{
	for (int i = 0; i < 2000 && count < wanted; i++)
		usleep(1000);
	CHECK(count >= wanted);
}

static void
test_owners(void)
{
	struct f_owner_ex owner = { F_OWNER_TID, gettid() };
	int ends[2];

	CHECK(pipe(ends) == 0);
	CHECK(fcntl(ends[0], F_GETOWN) == 0 && fcntl(ends[0], F_GETSIG) == 0);
	CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0);
	CHECK(fcntl(ends[0], F_GETOWN) == getpid());
	CHECK(fcntl(ends[0], F_SETOWN_EX, &owner) == 0);
	owner.pid = 0;
	CHECK(fcntl(ends[0], F_GETOWN_EX, &owner) == 0);
	CHECK(owner.type == F_OWNER_TID && owner.pid == gettid());
	owner = (struct f_owner_ex){ F_OWNER_PGRP, getpgrp() };
	CHECK(fcntl(ends[0], F_SETOWN_EX, &owner) == 0);
	CHECK(fcntl(ends[0], F_SETOWN, -getpgrp()) == 0);
	CHECK(fcntl(ends[0], F_GETOWN_EX, &owner) == 0);
	CHECK(owner.type == F_OWNER_PGRP && owner.pid == getpgrp());
	owner.type = 7;
	CHECK_FAILS(fcntl(ends[0], F_SETOWN_EX, &owner), EINVAL);
	CHECK_FAILS(fcntl(ends[0], F_SETOWN_EX, 16), EFAULT);
	CHECK_FAILS(fcntl(ends[0], F_SETOWN, 999999999), ESRCH);
	CHECK(fcntl(ends[0], F_SETOWN, 0) == 0);
	CHECK(fcntl(ends[0], F_SETSIG, SIGRTMIN) == 0);
	CHECK(fcntl(ends[0], F_GETSIG) == SIGRTMIN);
	CHECK_FAILS(fcntl(ends[0], F_SETSIG, 65), EINVAL);
	CHECK_FAILS(fcntl(ends[0], F_SETSIG, -1), EINVAL);
	CHECK(fcntl(ends[0], F_GETFL) == O_RDONLY);
	CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
	CHECK(fcntl(ends[0], F_GETFL) == O_ASYNC);
	close(ends[0]);
	close(ends[1]);
	ok("owners");
}

static void
test_pipe(void)
{
	int ends[2], off = 0, on = 1;
	char byte;

	CHECK(pipe(ends) == 0);
	count = 0;
	CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0);
	CHECK(fcntl(ends[0], F_SETFL, O_ASYNC | O_NONBLOCK) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	await(1);
	CHECK(last.si_signo == SIGIO && last.si_code == SI_KERNEL);
	CHECK(read(ends[0], &byte, 1) == 1 && read(ends[0], &byte, 1) == -1);
	CHECK(fcntl(ends[0], F_SETSIG, SIGRTMIN + 1) == 0);
	CHECK(write(ends[1], "x", 1) == 1);
	await(2);
	CHECK(last.si_signo == SIGRTMIN + 1 && last.si_code == POLL_IN);
	CHECK(last.si_fd == ends[0] && (last.si_band & POLLIN));
	CHECK(read(ends[0], &byte, 1) == 1);
	CHECK(ioctl(ends[0], FIOASYNC, &off) == 0);
	CHECK(fcntl(ends[0], F_GETFL) == O_NONBLOCK);
	CHECK(write(ends[1], "x", 1) == 1);
	usleep(20000);
	CHECK(count == 2);
	CHECK(read(ends[0], &byte, 1) == 1);
	CHECK(ioctl(ends[0], FIOASYNC, &on) == 0);
	close(ends[1]);				/* the end is news too */
	await(3);
	close(ends[0]);
	ok("pipe");
}

static void *
write_later(void *argument)
{
	usleep(20000);
	CHECK(write(*(int *)argument, "y", 1) == 1);
	return NULL;
}

/* To one thread, of a socket. */
static void
test_socket(void)
{
	struct f_owner_ex owner = { F_OWNER_TID, gettid() };
	pthread_t thread;
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(fcntl(pair[0], F_SETOWN_EX, &owner) == 0);
	CHECK(fcntl(pair[0], F_SETFL, O_ASYNC) == 0);
	count = 0;
	CHECK(pthread_create(&thread, NULL, write_later, &pair[1]) == 0);
	await(1);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(taker == gettid() && last.si_signo == SIGIO);
	close(pair[0]);
	close(pair[1]);
	ok("socket");
}

/* A child owns it; when the file is gone before what it was to tell, nothing
 * is left. */
static void
test_child(void)
{
	int ends[2], status;
	pid_t pid;

	CHECK(pipe(ends) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		count = 0;
		CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0);
		CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
		close(ends[1]);
		await(1);
		_exit(0);
	}
	for (int i = 0; i < 100; i++) {
		CHECK(write(ends[1], "z", 1) == 1);
		usleep(1000);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(write(ends[1], "z", 1) == 1);	/* to nobody */
	close(ends[0]);
	close(ends[1]);
	for (int i = 0; i < 1000; i++) {
		CHECK(pipe(ends) == 0);
		CHECK(fcntl(ends[0], F_SETOWN, getpid()) == 0);
		CHECK(fcntl(ends[0], F_SETFL, O_ASYNC) == 0);
		CHECK(write(ends[1], "z", 1) == 1);
		close(ends[0]);
		close(ends[1]);
	}
	ok("child");
}

/* Files that are always ready take the flag, and tell nothing. */
static void
test_others(void)
{
	int fd = open("/tmp/asyncs", O_RDWR | O_CREAT | O_TRUNC, 0600);
	int on = 1;

	CHECK(fd >= 0);
	CHECK(fcntl(fd, F_SETOWN, getpid()) == 0);
	CHECK_FAILS(ioctl(fd, FIOASYNC, &on), ENOTTY);
	CHECK(fcntl(fd, F_SETFL, O_ASYNC) == 0);
	count = 0;
	CHECK(write(fd, "x", 1) == 1);
	usleep(5000);
	CHECK(count == 0);
	close(fd);
	unlink("/tmp/asyncs");
	ok("others");
}

int
main(void)
{
	catch(SIGIO);
	catch(SIGRTMIN + 1);
	test_owners();
	test_pipe();
	test_socket();
	test_child();
	test_others();
	return done();
}
