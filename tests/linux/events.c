/*
 * Epoll in all its modes, eventfd, timerfd, signalfd: what is told when, and
 * to how many.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static int
control(int set, int operation, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	return epoll_ctl(set, operation, fd, &event);
}

/* Which events one descriptor of the set has now; -1: none is ready. */
static int64_t
events_now(int set)
{
	struct epoll_event event;
	int n = epoll_wait(set, &event, 1, 0);

	CHECK(n >= 0);
	return n == 0 ? -1 : (int64_t)event.events;
}

static void
add(int fd, uint64_t value)
{
	CHECK(write(fd, &value, sizeof(value)) == sizeof(value));
}

static uint64_t
take(int fd)
{
	uint64_t value;

	CHECK(read(fd, &value, sizeof(value)) == sizeof(value));
	return value;
}

static void
test_eventfd(void)
{
	int fd = eventfd(3, EFD_NONBLOCK | EFD_CLOEXEC);
	uint64_t value = UINT64_MAX;
	struct pollfd entry = { fd, POLLIN | POLLOUT, 0 };

	CHECK(fd >= 0 && take(fd) == 3);
	CHECK_FAILS(read(fd, &value, 8), EAGAIN);
	CHECK_FAILS(read(fd, &value, 7), EINVAL);
	CHECK(poll(&entry, 1, 0) == 1 && entry.revents == POLLOUT);
	value = UINT64_MAX;
	CHECK_FAILS(write(fd, &value, 8), EINVAL);
	add(fd, UINT64_MAX - 1);
	value = 1;
	CHECK_FAILS(write(fd, &value, 8), EAGAIN);
	CHECK(poll(&entry, 1, 0) == 1 && entry.revents == POLLIN);
	CHECK(take(fd) == UINT64_MAX - 1);
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
	CHECK(take(fd) == 1 && take(fd) == 1);
	CHECK_FAILS(read(fd, &value, 8), EAGAIN);
	close(fd);
	ok("eventfd");
}

static void
test_levels_and_edges(void)
{
	int set = epoll_create1(EPOLL_CLOEXEC), fd = eventfd(0, EFD_NONBLOCK);
	struct epoll_event event;

	CHECK(set >= 0 && fd >= 0);
	CHECK(control(set, EPOLL_CTL_ADD, fd, EPOLLIN) == 0);
	CHECK_FAILS(control(set, EPOLL_CTL_ADD, fd, EPOLLIN), EEXIST);
	CHECK(events_now(set) == -1);
	add(fd, 1);
	CHECK(events_now(set) == EPOLLIN && events_now(set) == EPOLLIN);
	CHECK(take(fd) == 1 && events_now(set) == -1);
	/* edges: once for each write */
	CHECK(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLET) == 0);
	add(fd, 1);
	CHECK(events_now(set) == EPOLLIN && events_now(set) == -1);
	add(fd, 1);
	CHECK(events_now(set) == EPOLLIN && events_now(set) == -1);
	CHECK(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLET) == 0);
	CHECK(events_now(set) == EPOLLIN);
	/* once, until it is asked for again */
	CHECK(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT) == 0);
	CHECK(events_now(set) == EPOLLIN && events_now(set) == -1);
	add(fd, 1);
	CHECK(events_now(set) == -1);
	CHECK(control(set, EPOLL_CTL_MOD, fd, EPOLLIN | EPOLLONESHOT) == 0);
	CHECK(events_now(set) == EPOLLIN);
	CHECK(control(set, EPOLL_CTL_DEL, fd, 0) == 0);
	CHECK_FAILS(control(set, EPOLL_CTL_DEL, fd, 0), ENOENT);
	CHECK(events_now(set) == -1);
	CHECK_FAILS(control(set, EPOLL_CTL_ADD, set, EPOLLIN), EINVAL);
	CHECK_FAILS(control(fd, EPOLL_CTL_ADD, set, EPOLLIN), EINVAL);
	CHECK_FAILS(control(set, EPOLL_CTL_ADD, 999, EPOLLIN), EBADF);
	CHECK_FAILS(epoll_wait(set, &event, 0, 0), EINVAL);
	CHECK_FAILS(epoll_wait(fd, &event, 1, 0), EINVAL);
	close(fd);
	fd = open("/proc/self/exe", O_RDONLY);
	if (fd < 0)
		fd = open("/", O_RDONLY);
	CHECK_FAILS(control(set, EPOLL_CTL_ADD, fd, EPOLLIN), EPERM);
	close(fd);
	close(set);
	ok("levels and edges");
}

/* A file leaves the set with its last descriptor, not before. */
static void
test_closing(void)
{
	int set = epoll_create1(0), fds[2], copy;

	CHECK(pipe(fds) == 0);
	CHECK(control(set, EPOLL_CTL_ADD, fds[0], EPOLLIN) == 0);
	copy = dup(fds[0]);
	CHECK(write(fds[1], "x", 1) == 1);
	close(fds[0]);
	CHECK(events_now(set) == EPOLLIN);
	close(copy);
	CHECK(events_now(set) == -1);
	close(fds[1]);
	CHECK(pipe(fds) == 0);
	CHECK(control(set, EPOLL_CTL_ADD, fds[0], EPOLLIN) == 0);
	close(fds[1]);
	CHECK(events_now(set) == EPOLLHUP);
	close(set);
	close(fds[0]);
	ok("closing");
}

static void
test_nested(void)
{
	int sets[7], fd = eventfd(0, 0), i;
	struct pollfd entry = { .events = POLLIN };

	for (i = 0; i < 7; i++)
		sets[i] = epoll_create1(0);
	CHECK(control(sets[0], EPOLL_CTL_ADD, fd, EPOLLIN) == 0);
	for (i = 1; i < 4; i++)
		CHECK(control(sets[i], EPOLL_CTL_ADD, sets[i - 1], EPOLLIN) == 0);
	CHECK_FAILS(control(sets[0], EPOLL_CTL_ADD, sets[3], EPOLLIN), ELOOP);
	for (i = 4; i < 7; i++) {
		if (control(sets[i], EPOLL_CTL_ADD, sets[i - 1], EPOLLIN) != 0)
			break;
	}
	CHECK(i < 7 && (errno == ELOOP || errno == EINVAL));
	CHECK(events_now(sets[3]) == -1);
	add(fd, 1);
	CHECK(events_now(sets[3]) == EPOLLIN);
	entry.fd = sets[2];
	CHECK(poll(&entry, 1, 0) == 1 && entry.revents == POLLIN);
	CHECK(take(fd) == 1);
	CHECK(poll(&entry, 1, 0) == 0 && events_now(sets[3]) == -1);
	for (i = 0; i < 7; i++)
		close(sets[i]);
	close(fd);
	ok("nested");
}

static int shared_set, shared_fd;

static void *
consumer(void *argument)
{
	struct epoll_event event;
	long taken = 0;
	uint64_t value;

	(void)argument;
	for (;;) {
		CHECK(epoll_wait(shared_set, &event, 1, -1) == 1);
		if (event.data.fd != shared_fd)
			return (void *)taken;
		if (read(shared_fd, &value, sizeof(value)) == sizeof(value))
			taken += value;
	}
}

/* No wake-up is lost between many threads. */
static void
test_threads(void)
{
	enum { THREADS = 4, ADDED = 3000 };
	int stop = eventfd(0, 0);
	pthread_t threads[THREADS];
	long total = 0;
	void *taken;

	shared_set = epoll_create1(0);
	shared_fd = eventfd(0, EFD_NONBLOCK | EFD_SEMAPHORE);
	CHECK(control(shared_set, EPOLL_CTL_ADD, shared_fd, EPOLLIN) == 0);
	CHECK(control(shared_set, EPOLL_CTL_ADD, stop, EPOLLIN) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, consumer, NULL) == 0);
	for (int i = 0; i < ADDED; i++)
		add(shared_fd, 1);
	for (;;) {
		struct pollfd entry = { shared_fd, POLLIN, 0 };

		if (poll(&entry, 1, 0) == 0)
			break;
		usleep(1000);
	}
	add(stop, 1);
	for (int i = 0; i < THREADS; i++) {
		CHECK(pthread_join(threads[i], &taken) == 0);
		total += (long)taken;
	}
	CHECK(total == ADDED);
	close(stop);
	close(shared_fd);
	close(shared_set);
	ok("threads");
}

static long
millis(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
test_timerfd(void)
{
	struct itimerspec time = { .it_value.tv_nsec = 30000000 }, old;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), set;
	struct epoll_event event;
	struct timespec now;
	uint64_t value;
	long start = millis();

	CHECK(fd >= 0);
	CHECK_FAILS(read(fd, &value, 8), EAGAIN);
	CHECK(timerfd_settime(fd, 0, &time, NULL) == 0);
	CHECK(timerfd_gettime(fd, &old) == 0);
	CHECK(old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 30000000);
	set = epoll_create1(0);
	CHECK(control(set, EPOLL_CTL_ADD, fd, EPOLLIN) == 0);
	CHECK(epoll_wait(set, &event, 1, 5000) == 1);
	CHECK(millis() - start >= 29);
	CHECK(take(fd) == 1);
	CHECK_FAILS(read(fd, &value, 8), EAGAIN);
	time.it_interval.tv_nsec = 10000000;
	CHECK(timerfd_settime(fd, 0, &time, NULL) == 0);
	usleep(100000);
	CHECK(take(fd) >= 7);
	memset(&time, 0, sizeof(time));
	CHECK(timerfd_settime(fd, 0, &time, &old) == 0);
	CHECK(old.it_interval.tv_nsec == 10000000);
	CHECK(epoll_wait(set, &event, 1, 30) == 0);
	close(fd);
	close(set);
	fd = timerfd_create(CLOCK_REALTIME, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	time.it_value = now;
	time.it_value.tv_sec++;
	start = millis();
	CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &time, NULL) == 0);
	CHECK(take(fd) == 1);
	CHECK(millis() - start >= 990);
	time.it_value = now;
	CHECK(timerfd_settime(fd, TFD_TIMER_ABSTIME, &time, NULL) == 0);
	CHECK(take(fd) == 1);
	close(fd);
	CHECK_FAILS(timerfd_create(99, 0), EINVAL);
	CHECK_FAILS(timerfd_gettime(1, &old), EINVAL);
	ok("timerfd");
}

static void
test_signalfd(void)
{
	struct signalfd_siginfo info[2];
	union sigval value = { .sival_int = 42 };
	struct pollfd entry = { .events = POLLIN };
	struct epoll_event event;
	sigset_t mask;
	int fd, set = epoll_create1(0), child;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigaddset(&mask, SIGRTMIN);
	sigaddset(&mask, SIGCHLD);
	CHECK(sigprocmask(SIG_BLOCK, &mask, NULL) == 0);
	fd = signalfd(-1, &mask, SFD_NONBLOCK);
	CHECK(fd >= 0);
	CHECK_FAILS(read(fd, info, sizeof(info)), EAGAIN);
	CHECK_FAILS(read(fd, info, 100), EINVAL);
	CHECK(control(set, EPOLL_CTL_ADD, fd, EPOLLIN) == 0);
	entry.fd = fd;
	CHECK(poll(&entry, 1, 0) == 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(sigqueue(getpid(), SIGRTMIN, value) == 0);
	CHECK(poll(&entry, 1, 0) == 1 && events_now(set) == EPOLLIN);
	CHECK(read(fd, info, sizeof(info)) == sizeof(info));
	CHECK(info[0].ssi_signo == SIGUSR1);
	CHECK(info[0].ssi_pid == (uint32_t)getpid());
	CHECK(info[1].ssi_signo == (uint32_t)SIGRTMIN);
	CHECK(info[1].ssi_int == 42 && info[1].ssi_code == SI_QUEUE);
	child = fork();
	if (child == 0)
		_exit(7);
	CHECK(epoll_wait(set, &event, 1, 5000) == 1);
	CHECK(read(fd, info, sizeof(info[0])) == sizeof(info[0]));
	CHECK(info[0].ssi_signo == SIGCHLD && info[0].ssi_status == 7);
	CHECK(info[0].ssi_pid == (uint32_t)child);
	CHECK(wait(NULL) == child);
	sigemptyset(&mask);
	CHECK(signalfd(fd, &mask, 0) == fd);
	raise(SIGUSR1);
	CHECK(poll(&entry, 1, 0) == 0);
	close(fd);
	close(set);
	ok("signalfd");
}

int
main(void)
{
	test_eventfd();
	test_levels_and_edges();
	test_closing();
	test_nested();
	test_threads();
	test_timerfd();
	test_signalfd();
	return done();
}
