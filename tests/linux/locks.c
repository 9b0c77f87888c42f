/*
 * Locks on files: flock, POSIX ranges, OFD locks; what bars whom, what ends
 * them, deadlocks.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "check.h"

static int
lock(int fd, int command, int type, off_t start, off_t len)
{
	struct flock range = {
		.l_type = (short)type, .l_whence = SEEK_SET,
		.l_start = start, .l_len = len,
	};

	return fcntl(fd, command, &range);
}

/* Run it in a child, whose status must be 0. */
#define IN_CHILD(...) \
	do { \
		int status_, child_ = fork(); \
		if (child_ == 0) { \
			__VA_ARGS__; \
			_exit(0); \
		} \
		CHECK(waitpid(child_, &status_, 0) == child_ && \
		    status_ == 0); \
	} while (0)

/* Who holds [start, start + len) against a writer: its pid, 0 nobody. */
static int
holder(int fd, off_t start, off_t len, struct flock *out)
{
	struct flock range = {
		.l_type = F_WRLCK, .l_whence = SEEK_SET,
		.l_start = start, .l_len = len,
	};

	CHECK(fcntl(fd, F_GETLK, &range) == 0);
	if (out != NULL)
		*out = range;
	return range.l_type == F_UNLCK ? 0 : range.l_pid;
}

static void
test_flock(const char *path)
{
	int a = open(path, O_RDWR), b = open(path, O_RDWR), copy = dup(a);

	CHECK(flock(a, LOCK_EX) == 0 && flock(a, LOCK_EX | LOCK_NB) == 0);
	CHECK_FAILS(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	close(a);
	CHECK_FAILS(flock(b, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	IN_CHILD(CHECK(flock(copy, LOCK_UN) == 0));
	CHECK(flock(b, LOCK_SH | LOCK_NB) == 0);
	CHECK(flock(copy, LOCK_SH | LOCK_NB) == 0);
	CHECK_FAILS(flock(copy, LOCK_EX | LOCK_NB), EWOULDBLOCK);
	close(copy);
	CHECK(flock(b, LOCK_EX | LOCK_NB) == 0);
	close(b);
	CHECK_FAILS(flock(b, LOCK_SH), EBADF);
	ok("flock");
}

static void
test_ranges(const char *path)
{
	int fd = open(path, O_RDWR), other, me = getpid();
	struct flock found;

	CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 100) == 0);
	CHECK(holder(fd, 0, 0, NULL) == 0);
	IN_CHILD(CHECK(holder(fd, 50, 10, &found) == me);
	    CHECK(found.l_start == 0 && found.l_len == 100);
	    CHECK(found.l_type == F_WRLCK);
	    CHECK(holder(fd, 100, 0, NULL) == 0);
	    CHECK_FAILS(lock(fd, F_SETLK, F_RDLCK, 99, 1), EAGAIN));
	/* cut a hole, change the type of a part, join */
	CHECK(lock(fd, F_SETLK, F_UNLCK, 40, 20) == 0);
	CHECK(lock(fd, F_SETLK, F_RDLCK, 80, 40) == 0);
	IN_CHILD(CHECK(holder(fd, 40, 20, NULL) == 0);
	    CHECK(holder(fd, 0, 50, &found) == me && found.l_len == 40);
	    CHECK(holder(fd, 55, 10, &found) == me);
	    CHECK(found.l_start == 60 && found.l_len == 20);
	    CHECK(lock(fd, F_SETLK, F_RDLCK, 80, 40) == 0);
	    CHECK_FAILS(lock(fd, F_SETLK, F_WRLCK, 90, 1), EAGAIN));
	CHECK(lock(fd, F_SETLK, F_WRLCK, 40, 20) == 0);
	CHECK(lock(fd, F_SETLK, F_WRLCK, 80, 40) == 0);
	IN_CHILD(CHECK(holder(fd, 0, 0, &found) == me);
	    CHECK(found.l_start == 0 && found.l_len == 120));
	/* to the end of the file, wherever it will be */
	CHECK(lock(fd, F_SETLK, F_WRLCK, 1000, 0) == 0);
	IN_CHILD(CHECK(holder(fd, 1L << 40, 1, &found) == me);
	    CHECK(found.l_start == 1000 && found.l_len == 0));
	/* any descriptor of the file that is closed ends them all */
	other = open(path, O_RDONLY);
	CHECK_FAILS(lock(other, F_SETLK, F_WRLCK, 0, 1), EBADF);
	close(other);
	IN_CHILD(CHECK(holder(fd, 0, 0, NULL) == 0));
	CHECK_FAILS(lock(fd, F_SETLK, F_WRLCK, -5, 1), EINVAL);
	CHECK_FAILS(lock(fd, F_SETLK, 77, 0, 1), EINVAL);
	close(fd);
	ok("ranges");
}

static void
test_waiting(const char *path)
{
	int fd = open(path, O_RDWR), ready[2], status, child;
	char byte;

	CHECK(pipe(ready) == 0);
	CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 10) == 0);
	child = fork();
	if (child == 0) {
		CHECK(lock(fd, F_SETLK, F_WRLCK, 10, 10) == 0);
		CHECK(write(ready[1], "r", 1) == 1);
		CHECK(lock(fd, F_SETLKW, F_WRLCK, 0, 10) == 0);
		_exit(0);
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	usleep(100000);
	/* each would wait for the other */
	CHECK_FAILS(lock(fd, F_SETLKW, F_WRLCK, 15, 1), EDEADLK);
	CHECK(waitpid(child, &status, WNOHANG) == 0);
	CHECK(lock(fd, F_SETLK, F_UNLCK, 0, 0) == 0);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(lock(fd, F_SETLK, F_WRLCK, 0, 0) == 0);
	child = fork();
	if (child == 0) {
		signal(SIGALRM, SIG_DFL);
		alarm(1);
		lock(fd, F_SETLKW, F_WRLCK, 0, 0);
		_exit(1);
	}
	CHECK(waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM);
	close(fd);
	ok("waiting");
}

static void
test_ofd(const char *path)
{
	int a = open(path, O_RDWR), b = open(path, O_RDWR), copy = dup(a);
	struct flock range = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	CHECK(lock(a, F_OFD_SETLK, F_WRLCK, 0, 10) == 0);
	CHECK_FAILS(lock(b, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN);
	/* they do bar POSIX locks, of the same process too */
	CHECK_FAILS(lock(b, F_SETLK, F_RDLCK, 5, 1), EAGAIN);
	CHECK(fcntl(b, F_OFD_GETLK, &range) == 0);
	CHECK(range.l_type == F_WRLCK && range.l_pid == -1 &&
	    range.l_len == 10);
	close(a);
	CHECK_FAILS(lock(b, F_OFD_SETLK, F_RDLCK, 5, 1), EAGAIN);
	close(copy);
	CHECK(lock(b, F_OFD_SETLK, F_RDLCK, 5, 1) == 0);
	close(b);
	ok("ofd");
}

int
main(void)
{
	char path[] = "/tmp/locks-XXXXXX";
	int fd = mkstemp(path);

	CHECK(fd >= 0);
	close(fd);
	test_flock(path);
	test_ranges(path);
	test_waiting(path);
	test_ofd(path);
	CHECK(unlink(path) == 0);
	return done();
}
