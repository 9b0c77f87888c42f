/*
 * Pipes and FIFOs: sizes, atomic writes, what blocks and what does not, what
 * poll and select say, and who is told that the other side is gone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static char big[200000], back[200000];
static volatile unsigned long bad_address = 16;

static int
events_of(int fd, int timeout)
{
	struct pollfd entry = { fd, POLLIN | POLLOUT, 0 };
	int n = poll(&entry, 1, timeout);

	CHECK(n >= 0 && n == (entry.revents != 0));
	return entry.revents;
}

static long
millis(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
test_capacity(void)
{
	int fds[2], n;
	long filled = 0, got;

	CHECK(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
	CHECK(fcntl(fds[0], F_GETFD) == FD_CLOEXEC);
	CHECK((fcntl(fds[1], F_GETFL) & (O_NONBLOCK | O_ACCMODE)) ==
	    (O_NONBLOCK | O_WRONLY));
	CHECK(fcntl(fds[0], F_GETPIPE_SZ) == 65536);
	CHECK_FAILS(read(fds[0], back, 1), EAGAIN);
	while ((got = write(fds[1], big, 4096)) > 0)
		filled += got;
	CHECK(got == -1 && errno == EAGAIN && filled == 65536);
	CHECK(ioctl(fds[0], FIONREAD, &n) == 0 && n == 65536);
	CHECK(events_of(fds[0], 0) == POLLIN && events_of(fds[1], 0) == 0);
	CHECK(read(fds[0], back, 4096) == 4096);
	CHECK(events_of(fds[1], 0) == POLLOUT);
	/* more than fits is cut, up to PIPE_BUF is not */
	CHECK(write(fds[1], big, 100) == 100);
	CHECK_FAILS(write(fds[1], big, 4096), EAGAIN);
	CHECK(read(fds[0], back, 4096) == 4096);
	CHECK(write(fds[1], big, 60000) > 0);
	CHECK_FAILS(fcntl(fds[0], F_SETPIPE_SZ, 4096), EBUSY);
	CHECK(fcntl(fds[0], F_SETPIPE_SZ, 100000) == 131072);
	CHECK(write(fds[1], big, 60000) > 50000);
	CHECK_FAILS(lseek(fds[0], 0, SEEK_CUR), ESPIPE);
	CHECK_FAILS(pread(fds[0], back, 1, 0), ESPIPE);
	close(fds[0]);
	close(fds[1]);
	CHECK_FAILS(pipe2(fds, 0x40), EINVAL);
	ok("capacity");
}

/* The bytes stay in order over changes of the size. */
static void
test_order(void)
{
	static const int sizes[] = { 4096, 131072, 8192, 65536, 4096 };
	unsigned char next_in = 0, next_out = 0;
	int fds[2];

	CHECK(pipe2(fds, O_NONBLOCK) == 0);
	for (int i = 0; i < 300; i++) {
		int n = 1 + i * 977 % 9000;
		long moved;

		for (int j = 0; j < n; j++)
			big[j] = (char)(next_in + j);
		moved = write(fds[1], big, n);
		if (moved > 0)
			next_in += moved;
		moved = read(fds[0], back, 1 + i * 1303 % 7000);
		for (int j = 0; j < moved; j++)
			CHECK((unsigned char)back[j] == next_out++);
		if (i % 20 == 0)
			fcntl(fds[1], F_SETPIPE_SZ, sizes[i / 20 % 5]);
	}
	close(fds[0]);
	close(fds[1]);
	ok("order");
}

static volatile sig_atomic_t got_signal;

static void
on_signal(int signo)
{
	got_signal = signo;
}

static void
test_hangup(void)
{
	int fds[2];

	signal(SIGPIPE, on_signal);
	CHECK(pipe(fds) == 0);
	CHECK(events_of(fds[0], 0) == 0 && events_of(fds[1], 0) == POLLOUT);
	CHECK(write(fds[1], "xy", 2) == 2);
	close(fds[1]);
	CHECK(events_of(fds[0], 0) == (POLLIN | POLLHUP));
	CHECK(read(fds[0], back, 10) == 2 && read(fds[0], back, 10) == 0);
	CHECK(events_of(fds[0], 0) == POLLHUP);
	close(fds[0]);
	CHECK(pipe(fds) == 0);
	close(fds[0]);
	CHECK(events_of(fds[1], 0) == (POLLOUT | POLLERR));
	CHECK_FAILS(write(fds[1], "x", 1), EPIPE);
	CHECK(got_signal == SIGPIPE);
	signal(SIGPIPE, SIG_IGN);
	CHECK_FAILS(write(fds[1], "x", 1), EPIPE);
	close(fds[1]);
	signal(SIGPIPE, SIG_DFL);
	ok("hangup");
}

/* A fault in the middle: what was moved before it is told, nothing is lost. */
static void
test_faults(void)
{
	struct iovec parts[3] = {
		{ back, 10 }, { (void *)bad_address, 10 }, { back + 10, 10 },
	};
	char *nowhere = (char *)bad_address;
	int fds[2];
	long n;

	CHECK(pipe2(fds, O_NONBLOCK) == 0);
	CHECK_FAILS(write(fds[1], nowhere, 10), EFAULT);
	CHECK(write(fds[1], "0123456789abcdefghij", 20) == 20);
	CHECK_FAILS(read(fds[0], nowhere, 10), EFAULT);
	/* Linux either tells of the part, or leaves all of it there. */
	n = readv(fds[0], parts, 3);
	CHECK(n == 10 || (n == -1 && errno == EFAULT));
	n = n < 0 ? 0 : n;
	CHECK(read(fds[0], back + n, 20) == 20 - n);
	CHECK(memcmp(back, "0123456789abcdefghij", 20) == 0);
	close(fds[0]);
	close(fds[1]);
	ok("faults");
}

static void *
slow_reader(void *argument)
{
	int fd = *(int *)argument;
	long total = 0, n;

	while ((n = read(fd, back, 7001)) > 0)
		total += n;
	CHECK(n == 0);
	return (void *)total;
}

static void
test_blocking(void)
{
	pthread_t thread;
	void *total;
	int fds[2];

	CHECK(pipe(fds) == 0);
	CHECK(pthread_create(&thread, NULL, slow_reader, &fds[0]) == 0);
	for (int i = 0; i < 10; i++)
		CHECK(write(fds[1], big, sizeof(big)) == sizeof(big));
	close(fds[1]);
	CHECK(pthread_join(thread, &total) == 0);
	CHECK((long)total == 10 * (long)sizeof(big));
	close(fds[0]);
	ok("blocking");
}

/* Writes of up to PIPE_BUF bytes by many are not mixed. */
static void
test_atomic(void)
{
	enum { WRITERS = 4, EACH = 200, BYTES = 1000 };
	int fds[2], seen[WRITERS] = { 0 };
	char record[BYTES];

	CHECK(pipe(fds) == 0);
	for (int w = 0; w < WRITERS; w++) {
		if (fork() != 0)
			continue;
		memset(record, 'a' + w, BYTES);
		for (int i = 0; i < EACH; i++)
			CHECK(write(fds[1], record, BYTES) == BYTES);
		_exit(0);
	}
	close(fds[1]);
	for (int i = 0; i < WRITERS * EACH; i++) {
		for (long have = 0, n; have < BYTES; have += n) {
			n = read(fds[0], record + have, BYTES - have);
			CHECK(n > 0);
		}
		for (int j = 1; j < BYTES; j++)
			CHECK(record[j] == record[0]);
		seen[record[0] - 'a']++;
	}
	CHECK(read(fds[0], record, 1) == 0);
	for (int w = 0; w < WRITERS; w++) {
		CHECK(seen[w] == EACH);
		CHECK(wait(NULL) > 0);
	}
	close(fds[0]);
	ok("atomic");
}

static void *
later_write(void *argument)
{
	usleep(50000);
	CHECK(write(*(int *)argument, "!", 1) == 1);
	return NULL;
}

/* Many descriptors, one of which becomes ready later; deadlines; select. */
static void
test_poll(void)
{
	enum { PIPES = 60 };
	struct pollfd entries[PIPES + 1];
	struct timespec short_time = { 0, 30000000 };
	int fds[PIPES][2];
	pthread_t thread;
	fd_set in;
	long start;

	for (int i = 0; i < PIPES; i++) {
		CHECK(pipe(fds[i]) == 0);
		entries[i] = (struct pollfd){ fds[i][0], POLLIN, 0 };
	}
	entries[PIPES] = (struct pollfd){ -1, POLLIN, 7 };
	start = millis();
	CHECK(poll(entries, PIPES + 1, 40) == 0);
	CHECK(millis() - start >= 39 && entries[PIPES].revents == 0);
	CHECK(ppoll(entries, PIPES, &short_time, NULL) == 0);
	CHECK(pthread_create(&thread, NULL, later_write,
	    &fds[PIPES - 3][1]) == 0);
	CHECK(poll(entries, PIPES + 1, -1) == 1);
	CHECK(entries[PIPES - 3].revents == POLLIN);
	CHECK(pthread_join(thread, NULL) == 0);
	FD_ZERO(&in);
	for (int i = 0; i < PIPES; i++)
		FD_SET(fds[i][0], &in);
	CHECK(select(fds[PIPES - 1][0] + 1, &in, NULL, NULL, NULL) == 1);
	CHECK(FD_ISSET(fds[PIPES - 3][0], &in));
	entries[PIPES] = (struct pollfd){ 999, POLLIN, 0 };
	CHECK(poll(entries + PIPES, 1, -1) == 1);
	CHECK(entries[PIPES].revents == POLLNVAL);
	close(fds[0][0]);
	FD_ZERO(&in);
	FD_SET(fds[0][0], &in);
	CHECK_FAILS(select(fds[0][0] + 1, &in, NULL, NULL, NULL), EBADF);
	for (int i = 0; i < PIPES; i++) {
		if (i > 0)
			close(fds[i][0]);
		close(fds[i][1]);
	}
	ok("poll");
}

static void
test_interrupted(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd entry = { .events = POLLIN };
	int fds[2];

	CHECK(pipe(fds) == 0);
	entry.fd = fds[0];
	sigaction(SIGALRM, &action, NULL);
	alarm(1);
	CHECK_FAILS(read(fds[0], back, 1), EINTR);
	alarm(1);
	CHECK_FAILS(poll(&entry, 1, -1), EINTR);
	action.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &action, NULL);
	if (fork() == 0) {
		sleep(2);
		_exit(write(fds[1], "r", 1) != 1);
	}
	alarm(1);
	CHECK(read(fds[0], back, 1) == 1);
	CHECK(wait(NULL) > 0);
	close(fds[0]);
	close(fds[1]);
	ok("interrupted");
}

static void
test_fifo(void)
{
	const char *path = "/tmp/pipes-fifo";
	struct stat stat;
	int reader, writer;

	unlink(path);
	CHECK(mkfifo(path, 0600) == 0);
	CHECK_FAILS(open(path, O_WRONLY | O_NONBLOCK), ENXIO);
	reader = open(path, O_RDONLY | O_NONBLOCK);
	CHECK(reader >= 0 && events_of(reader, 0) == 0);
	CHECK(read(reader, back, 1) == 0);
	writer = open(path, O_WRONLY | O_NONBLOCK);
	CHECK(writer >= 0);
	CHECK_FAILS(read(reader, back, 1), EAGAIN);
	CHECK(write(writer, "fifo", 4) == 4);
	CHECK(fstat(reader, &stat) == 0 && S_ISFIFO(stat.st_mode));
	close(writer);
	CHECK(events_of(reader, 0) == (POLLIN | POLLHUP));
	CHECK(read(reader, back, 10) == 4 && memcmp(back, "fifo", 4) == 0);
	close(reader);
	if (fork() == 0) {
		/* both wait for each other */
		writer = open(path, O_WRONLY);
		_exit(write(writer, "w", 1) != 1);
	}
	reader = open(path, O_RDONLY);
	CHECK(reader >= 0 && read(reader, back, 2) == 1);
	CHECK(read(reader, back, 2) == 0);
	CHECK(wait(NULL) > 0);
	close(reader);
	reader = open(path, O_RDWR);
	CHECK(write(reader, "both", 4) == 4 && read(reader, back, 4) == 4);
	close(reader);
	CHECK(unlink(path) == 0);
	ok("fifo");
}

/* One read takes one packet, and what of it does not fit is lost. */
static void
test_packets(void)
{
	int fds[2], n;

	CHECK(pipe2(fds, O_DIRECT | O_NONBLOCK) == 0);
	CHECK(fcntl(fds[1], F_GETFL) & O_DIRECT);
	CHECK(write(fds[1], "abcdef", 6) == 6 && write(fds[1], "gh", 2) == 2);
	CHECK(write(fds[1], "", 0) == 0);
	CHECK(ioctl(fds[0], FIONREAD, &n) == 0 && n == 8);
	CHECK(read(fds[0], back, 4) == 4 && memcmp(back, "abcd", 4) == 0);
	CHECK(read(fds[0], back, 100) == 2 && memcmp(back, "gh", 2) == 0);
	CHECK_FAILS(read(fds[0], back, 100), EAGAIN);
	/* Longer ones are cut into packets of a page. */
	CHECK(write(fds[1], big, 10000) == 10000);
	CHECK(read(fds[0], back, sizeof(back)) == 4096);
	CHECK(fcntl(fds[0], F_SETPIPE_SZ, 131072) == 131072);
	CHECK(read(fds[0], back, 1) == 1);
	CHECK(read(fds[0], back, sizeof(back)) == 10000 - 8192);
	/* A packet takes the room of a page. */
	CHECK(fcntl(fds[0], F_SETPIPE_SZ, 65536) == 65536);
	for (n = 0; write(fds[1], "x", 1) == 1; n++)
		continue;
	CHECK(errno == EAGAIN && n == 16);
	CHECK(events_of(fds[1], 0) == 0 && read(fds[0], back, 9) == 1);
	CHECK(events_of(fds[1], 0) == POLLOUT);
	while (read(fds[0], back, sizeof(back)) == 1)
		continue;
	/* Without it, bytes flow again. */
	CHECK(fcntl(fds[1], F_SETFL, O_NONBLOCK) == 0);
	CHECK(write(fds[1], "ab", 2) == 2 && write(fds[1], "c", 1) == 1);
	CHECK(read(fds[0], back, 100) == 3);
	CHECK(close(fds[0]) == 0 && close(fds[1]) == 0);
	ok("packets");
}

int
main(void)
{
	test_capacity();
	test_order();
	test_hangup();
	test_faults();
	test_blocking();
	test_atomic();
	test_poll();
	test_interrupted();
	test_fifo();
	test_packets();
	return done();
}
