/* POSIX message queues. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#define NAME	"/cowslip-mqueues"

static volatile sig_atomic_t told;
static siginfo_t last;

static void
handler(int signo, siginfo_t *info, void *context)
{
	(void)signo;
	(void)context;
	last = *info;
	told++;
}

static struct timespec
after(long nanos)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_nsec += nanos;
	time.tv_sec += time.tv_nsec / 1000000000;
	time.tv_nsec %= 1000000000;
	return time;
}

static void
test_names(void)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	mqd_t queue;

	mq_unlink(NAME);
	CHECK_FAILS(mq_open(NAME, O_RDWR), ENOENT);
	attr.mq_maxmsg = 0;
	CHECK_FAILS(mq_open(NAME, O_CREAT | O_RDWR, 0600, &attr), EINVAL);
	attr.mq_maxmsg = 4;
	queue = mq_open(NAME, O_CREAT | O_RDWR, 0600, &attr);
	CHECK(queue != -1 && fcntl(queue, F_GETFD) == FD_CLOEXEC);
	CHECK_FAILS(mq_open(NAME, O_CREAT | O_EXCL | O_RDWR, 0600, &attr),
	    EEXIST);
	CHECK(mq_close(queue) == 0);
	queue = mq_open(NAME, O_RDONLY);
	CHECK_FAILS(mq_send(queue, "x", 1, 0), EBADF);
	CHECK(mq_getattr(queue, &attr) == 0);
	CHECK(attr.mq_maxmsg == 4 && attr.mq_msgsize == 16);
	CHECK(attr.mq_curmsgs == 0 && attr.mq_flags == 0);
	CHECK(mq_close(queue) == 0);
	CHECK_FAILS(mq_close(queue), EBADF);
	if (getuid() == 0) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			CHECK(setuid(1000) == 0);
			CHECK_FAILS(mq_open(NAME, O_RDONLY), EACCES);
			CHECK_FAILS(mq_unlink(NAME), EACCES);
			_exit(0);
		}
		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	CHECK(mq_unlink(NAME) == 0);
	CHECK_FAILS(mq_unlink(NAME), ENOENT);
	ok("names");
}

static mqd_t
fresh(int flags)
{
	struct mq_attr attr = { .mq_maxmsg = 4, .mq_msgsize = 16 };
	mqd_t queue = mq_open(NAME, O_CREAT | O_EXCL | O_RDWR | flags, 0600,
	    &attr);

	CHECK(queue != -1 && mq_unlink(NAME) == 0);
	return queue;
}

static void
test_order(void)
{
	mqd_t queue = fresh(O_NONBLOCK);
	struct pollfd ready = { queue, POLLIN | POLLOUT, 0 };
	struct mq_attr attr;
	unsigned priority;
	char bytes[16], text[80];

	CHECK(poll(&ready, 1, 0) == 1 && ready.revents == POLLOUT);
	CHECK_FAILS(mq_receive(queue, bytes, 16, NULL), EAGAIN);
	CHECK(mq_send(queue, "a1", 2, 1) == 0);
	CHECK(mq_send(queue, "c", 1, 7) == 0);
	CHECK(mq_send(queue, "a2", 2, 1) == 0);
	CHECK(mq_send(queue, "", 0, 32767) == 0);
	CHECK_FAILS(mq_send(queue, "x", 1, 0), EAGAIN);
	CHECK_FAILS(mq_send(queue, "x", 1, 32768), EINVAL);
	CHECK_FAILS(mq_send(queue, bytes, 17, 0), EMSGSIZE);
	CHECK_FAILS(mq_receive(queue, bytes, 15, NULL), EMSGSIZE);
	CHECK(poll(&ready, 1, 0) == 1 && ready.revents == POLLIN);
	CHECK(read(queue, text, sizeof(text)) > 10);
	CHECK(strncmp(text, "QSIZE:5 ", 8) == 0);
	CHECK(mq_getattr(queue, &attr) == 0 && attr.mq_curmsgs == 4);
	CHECK(attr.mq_flags == O_NONBLOCK);
	CHECK(mq_receive(queue, bytes, 16, &priority) == 0);
	CHECK(priority == 32767);
	CHECK(mq_receive(queue, bytes, 16, &priority) == 1 && priority == 7);
	CHECK(mq_receive(queue, bytes, 16, NULL) == 2 && bytes[1] == '1');
	CHECK(mq_receive(queue, bytes, 16, NULL) == 2 && bytes[1] == '2');
	CHECK(mq_close(queue) == 0);
	ok("order");
}

static void
test_waiting(void)
{
	mqd_t queue = fresh(0);
	struct timespec time = after(20000000);
	int status;
	pid_t pid;
	char bytes[16];

	CHECK_FAILS(mq_timedreceive(queue, bytes, 16, NULL, &time), ETIMEDOUT);
	time.tv_nsec = -1;
	CHECK_FAILS(mq_timedreceive(queue, bytes, 16, NULL, &time), EINVAL);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		for (int i = 0; i < 500; i++)
			CHECK(mq_send(queue, (char *)&i, sizeof(i), 3) == 0);
		_exit(0);
	}
	for (int i = 0; i < 500; i++) {
		CHECK(mq_receive(queue, bytes, 16, NULL) == sizeof(i));
		CHECK(memcmp(bytes, &i, sizeof(i)) == 0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	for (int i = 0; i < 4; i++)
		CHECK(mq_send(queue, "x", 1, 0) == 0);
	time = after(20000000);
	CHECK_FAILS(mq_timedsend(queue, "x", 1, 0, &time), ETIMEDOUT);
	CHECK(mq_close(queue) == 0);
	ok("waiting");
}

static void
test_notice(void)
{
	struct sigaction action = {
		.sa_sigaction = handler, .sa_flags = SA_SIGINFO,
	};
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
		.sigev_value.sival_int = 42,
	};
	mqd_t queue = fresh(0);
	char bytes[16];

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	CHECK(mq_notify(queue, &event) == 0);
	CHECK_FAILS(mq_notify(queue, &event), EBUSY);
	CHECK(mq_send(queue, "x", 1, 0) == 0);
	CHECK(told == 1 && last.si_code == SI_MESGQ);
	CHECK(last.si_value.sival_int == 42 && last.si_pid == getpid());
	CHECK(mq_receive(queue, bytes, 16, NULL) == 1);
	CHECK(mq_send(queue, "x", 1, 0) == 0 && told == 1);	/* once */
	CHECK(mq_notify(queue, &event) == 0);
	CHECK(mq_notify(queue, NULL) == 0);
	CHECK(mq_receive(queue, bytes, 16, NULL) == 1);
	CHECK(mq_send(queue, "x", 1, 0) == 0 && told == 1);
	CHECK(mq_close(queue) == 0);
	ok("notice");
}

int
main(void)
{
	test_names();
	test_order();
	test_waiting();
	test_notice();
	return done();
}
