/*
 * AF_UNIX sockets: streams, datagrams, packets; names in the file system and
 * abstract ones; descriptors and identities passed along; what poll says; and
 * descriptors that only each other's queues hold.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			printf("%s:%d: %s: %s\n", __FILE__, __LINE__, \
			    #condition, strerror(errno)); \
			exit(1); \
		} \
	} while (0)

static socklen_t
address(struct sockaddr_un *un, const char *path, int abstract)
{
	memset(un, 0, sizeof(*un));
	un->sun_family = AF_UNIX;
	strcpy(un->sun_path + abstract, path);
	return offsetof(struct sockaddr_un, sun_path) + abstract +
	    strlen(path) + !abstract;
}

static int
events_of(int fd)
{
	struct pollfd entry = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

	CHECK(poll(&entry, 1, 0) >= 0);
	return entry.revents;
}

static void
test_pair(void)
{
	char bytes[64];
	int fds[2], n;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK(events_of(fds[0]) == POLLOUT);
	CHECK(write(fds[1], "one", 3) == 3 && write(fds[1], "two", 3) == 3);
	CHECK(events_of(fds[0]) == (POLLIN | POLLOUT));
	CHECK(ioctl(fds[0], FIONREAD, &n) == 0 && n == 6);
	CHECK(recv(fds[0], bytes, 4, MSG_PEEK) == 4);
	CHECK(read(fds[0], bytes, sizeof(bytes)) == 6);
	CHECK(memcmp(bytes, "onetwo", 6) == 0);
	CHECK(recv(fds[0], bytes, 1, MSG_DONTWAIT) == -1 && errno == EAGAIN);
	CHECK(shutdown(fds[1], SHUT_WR) == 0);
	CHECK(read(fds[0], bytes, 1) == 0);
	CHECK(events_of(fds[0]) == (POLLIN | POLLOUT | POLLRDHUP));
	CHECK(close(fds[1]) == 0);
	CHECK(events_of(fds[0]) == (POLLIN | POLLOUT | POLLRDHUP | POLLHUP));
	CHECK(send(fds[0], "x", 1, MSG_NOSIGNAL) == -1 && errno == EPIPE);
	close(fds[0]);
	printf("ok stream pair\n");
}

/* What poll calls writable takes a byte at least, and what is full is not. */
static void
test_full(int buffer_bytes)
{
	static char bytes[1 << 20];
	int fds[2], wakings = 0;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	for (int i = 0; buffer_bytes > 0 && i < 2; i++) {
		CHECK(setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &buffer_bytes,
		    sizeof(buffer_bytes)) == 0);
		CHECK(setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &buffer_bytes,
		    sizeof(buffer_bytes)) == 0);
	}
	while (events_of(fds[0]) & POLLOUT)
		CHECK(write(fds[0], bytes, sizeof(bytes)) > 0);
	for (int i = 0; i < 400; i++) {
		ssize_t n = read(fds[1], bytes, 1000);

		CHECK(n > 0 || (n == -1 && errno == EAGAIN));
		if (!(events_of(fds[0]) & POLLOUT))
			continue;
		CHECK(write(fds[0], bytes, sizeof(bytes)) > 0);
		CHECK(!(events_of(fds[0]) & POLLOUT));
		wakings++;
	}
	CHECK(wakings > 0);
	close(fds[0]);
	close(fds[1]);
	printf("ok full\n");
}

static void
test_packets(int type, const char *name)
{
	char bytes[8];
	struct iovec part = { bytes, sizeof(bytes) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	int fds[2];

	CHECK(socketpair(AF_UNIX, type, 0, fds) == 0);
	CHECK(send(fds[0], "first packet", 12, 0) == 12);
	CHECK(send(fds[0], "2", 1, 0) == 1);
	CHECK(send(fds[0], "", 0, 0) == 0);
	CHECK(recvmsg(fds[1], &message, 0) == 8);
	CHECK(message.msg_flags & MSG_TRUNC);
	CHECK(recv(fds[1], bytes, 8, 0) == 1 && bytes[0] == '2');
	CHECK(recv(fds[1], bytes, 8, 0) == 0);
	CHECK(send(fds[0], "0123456789", 10, 0) == 10);
	CHECK(recv(fds[1], bytes, 2, MSG_TRUNC) == 10);
	close(fds[0]);
	close(fds[1]);
	printf("ok %s\n", name);
}

/* A server that echoes what one client after the other says. */
static void
serve(int listener, int nclients)
{
	while (nclients-- > 0) {
		char bytes[256];
		ssize_t n;
		int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		CHECK(fd >= 0);
		while ((n = read(fd, bytes, sizeof(bytes))) > 0)
			CHECK(write(fd, bytes, n) == n);
		close(fd);
	}
	exit(0);
}

static void
test_server(const char *path, int abstract)
{
	struct sockaddr_un un, peer;
	socklen_t len = address(&un, path, abstract), peer_len;
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), status;
	struct ucred who;
	pid_t child;

	if (!abstract)
		unlink(path);
	CHECK(bind(listener, (struct sockaddr *)&un, len) == 0);
	CHECK(connect(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr *)&un,
	    len) == -1 && errno == ECONNREFUSED);
	CHECK(listen(listener, 5) == 0);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		serve(listener, 20);
	for (int i = 0; i < 20; i++) {
		char text[32], back[32];
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		CHECK(connect(fd, (struct sockaddr *)&un, len) == 0);
		sprintf(text, "hello %d", i);
		CHECK(write(fd, text, strlen(text)) == (ssize_t)strlen(text));
		CHECK(recv(fd, back, strlen(text), MSG_WAITALL) ==
		    (ssize_t)strlen(text));
		CHECK(memcmp(text, back, strlen(text)) == 0);
		peer_len = sizeof(peer);
		CHECK(getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0);
		CHECK(peer_len == len && memcmp(&peer, &un, len) == 0);
		peer_len = sizeof(who);
		CHECK(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who,
		    &peer_len) == 0);
		CHECK(who.pid == getpid() && who.uid == getuid());
		close(fd);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	close(listener);
	if (!abstract)
		CHECK(unlink(path) == 0);
	printf("ok server, %s name\n", abstract ? "abstract" : "path");
}

static void
send_files(int to, const int *fds, int count)
{
	char control[CMSG_SPACE(sizeof(int) * 8)] = { 0 }, byte = 'f';
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = CMSG_SPACE(sizeof(int) * count),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * count);
	memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
	CHECK(sendmsg(to, &message, 0) == 1);
}

static int
receive_file(int from)
{
	char control[CMSG_SPACE(sizeof(int) * 8)], byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	int fd;

	CHECK(recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1 && byte == 'f');
	header = CMSG_FIRSTHDR(&message);
	CHECK(header != NULL && header->cmsg_type == SCM_RIGHTS);
	CHECK(header->cmsg_len == CMSG_LEN(sizeof(int)));
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
	return fd;
}

static void
test_files(void)
{
	char bytes[4];
	int fds[2], ends[2], got;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	CHECK(pipe(ends) == 0);
	send_files(fds[0], &ends[1], 1);
	close(ends[1]);
	got = receive_file(fds[1]);
	CHECK(write(got, "pass", 4) == 4);
	close(got);
	CHECK(read(ends[0], bytes, 4) == 4 && memcmp(bytes, "pass", 4) == 0);
	CHECK(read(ends[0], bytes, 1) == 0);
	close(ends[0]);

	/* What is never received is closed with the socket. */
	CHECK(pipe(ends) == 0);
	send_files(fds[0], &ends[1], 1);
	close(ends[1]);
	close(fds[1]);
	CHECK(read(ends[0], bytes, 1) == 0);
	close(ends[0]);
	close(fds[0]);
	printf("ok descriptors are passed\n");
}

static void
test_cycle(void)
{
	char byte;
	int ends[2];

	CHECK(pipe(ends) == 0);
	for (int i = 0; i < 50; i++) {
		int fds[2];

		CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
		send_files(fds[0], &fds[0], 1);
		send_files(fds[0], &ends[1], 1);
		send_files(fds[1], &fds[1], 1);
		close(fds[0]);
		close(fds[1]);
	}
	close(ends[1]);
	/* They are looked for whenever a socket goes. */
	close(socket(AF_UNIX, SOCK_STREAM, 0));
	/* The end comes only when all copies of the other end are gone. */
	alarm(20);
	CHECK(read(ends[0], &byte, 1) == 0);
	alarm(0);
	close(ends[0]);
	printf("ok cycles are found\n");
}

static void
test_datagrams(void)
{
	struct sockaddr_un un, from;
	socklen_t len = address(&un, "cowslip-datagrams", 1);
	socklen_t from_len = sizeof(from);
	int receiver = socket(AF_UNIX, SOCK_DGRAM, 0);
	int sender = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int n = 0;
	char bytes[16];

	CHECK(bind(receiver, (struct sockaddr *)&un, len) == 0);
	CHECK(bind(receiver, (struct sockaddr *)&un, len) == -1);
	CHECK(send(sender, "x", 1, 0) == -1 && errno == ENOTCONN);
	from.sun_family = AF_UNIX;
	CHECK(bind(sender, (struct sockaddr *)&from, sizeof(sa_family_t)) == 0);
	CHECK(sendto(sender, "hi", 2, 0, (struct sockaddr *)&un, len) == 2);
	CHECK(recvfrom(receiver, bytes, sizeof(bytes), 0,
	    (struct sockaddr *)&from, &from_len) == 2);
	CHECK(from_len == sizeof(sa_family_t) + 6 && from.sun_path[0] == 0);
	CHECK(connect(sender, (struct sockaddr *)&un, len) == 0);
	while (send(sender, bytes, sizeof(bytes), 0) == sizeof(bytes))
		CHECK(++n < 1000000);
	CHECK(errno == EAGAIN && n > 0);
	while (n-- > 0)
		CHECK(recv(receiver, bytes, sizeof(bytes), 0) == sizeof(bytes));
	close(receiver);
	CHECK(send(sender, "x", 1, 0) == -1 && errno == ECONNREFUSED);
	close(sender);
	printf("ok datagrams\n");
}

static void
test_bulk(void)
{
	enum { TOTAL = 4 << 20 };
	static char bytes[65536];
	int fds[2], status;
	long got = 0;
	pid_t child;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		for (long sent = 0; sent < TOTAL; ) {
			ssize_t n = 1 + random() % sizeof(bytes);

			if (n > TOTAL - sent)
				n = TOTAL - sent;
			for (ssize_t i = 0; i < n; i++)
				bytes[i] = (char)((sent + i) * 7 >> 3);
			CHECK(write(fds[0], bytes, n) == n);
			sent += n;
		}
		exit(0);
	}
	close(fds[0]);
	for (;;) {
		ssize_t n = read(fds[1], bytes, 1 + random() % sizeof(bytes));

		CHECK(n >= 0);
		if (n == 0)
			break;
		for (ssize_t i = 0; i < n; i++)
			CHECK(bytes[i] == (char)((got + i) * 7 >> 3));
		got += n;
	}
	CHECK(got == TOTAL);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	close(fds[1]);
	printf("ok bulk\n");
}

int
main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	test_pair();
	test_full(0);
	test_full(4096);
	test_packets(SOCK_SEQPACKET, "packets");
	test_packets(SOCK_DGRAM, "datagram pair");
	test_server("/tmp/cowslip-socket", 0);
	test_server("cowslip-socket", 1);
	test_files();
	test_cycle();
	test_datagrams();
	test_bulk();
	return 0;
}
