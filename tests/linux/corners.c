/* What calls say in corners that were once wrong, group by group. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#define PIPES	0x50495045
#define SOCKETS	0x534f434b

static volatile sig_atomic_t caught;

static void
handler(int signo)
{
	caught = signo;
}

static int
file_with(const char *name, const char *text)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (long)strlen(text));
	return fd;
}

static void
test_bytes(void)
{
	struct iovec part;
	int ends[2], fd = file_with("bytes", "0123456789"), block = 0;
	loff_t size = 0;
	char byte;

	part = (struct iovec){ &byte, 1 };
	CHECK(pipe(ends) == 0);
	CHECK_FAILS(syscall(SYS_read, fd, &byte, -1l), EFAULT);
	CHECK_FAILS(syscall(SYS_write, fd, &byte, -1l), EFAULT);
	CHECK_FAILS(syscall(SYS_preadv, fd, 16, 1, -1l, -1l), EINVAL);
	CHECK_FAILS(preadv2(ends[0], &part, 1, -1, RWF_NOWAIT), EAGAIN);
	CHECK(write(ends[1], "x", 1) == 1);
	CHECK(preadv2(ends[0], &part, 1, -1, RWF_NOWAIT) == 1);
	CHECK_FAILS(sync_file_range(ends[0], 0, 0, 0), ESPIPE);
	CHECK_FAILS(fcntl(ends[0], F_SETPIPE_SZ, -1), EINVAL);
	CHECK(fcntl(ends[0], F_GETFL) == O_RDONLY);
	CHECK(ioctl(fd, FIGETBSZ, &block) == 0 && block >= 512);
	CHECK(ioctl(fd, FIOQSIZE, &size) == 0 && size % 512 == 0);
	CHECK_FAILS(ioctl(ends[0], FIOQSIZE, &size), ENOTTY);
	close(ends[0]);
	close(ends[1]);
	close(fd);
	ok("bytes");
}

static void
test_statfs(void)
{
	struct statfs out;
	int ends[2], pair[2];

	CHECK(pipe(ends) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(fstatfs(ends[0], &out) == 0 && out.f_type == PIPES);
	CHECK(fstatfs(pair[0], &out) == 0 && out.f_type == SOCKETS);
	CHECK(out.f_namelen == 255);
	for (int i = 0; i < 2; i++) {
		close(ends[i]);
		close(pair[i]);
	}
	ok("statfs");
}

static void
test_copies(void)
{
	int ends[2], from = file_with("from", "0123456789");
	int to = file_with("to", ""), folder = open(".", O_RDONLY);
	off_t offset = 10;

	CHECK(pipe(ends) == 0 && folder >= 0);
	CHECK_FAILS(sendfile(to, folder, NULL, 5), EINVAL);
	CHECK_FAILS(splice(folder, NULL, ends[1], NULL, 5, 0), EINVAL);
	/* At its end there is nothing that could overlap. */
	CHECK(copy_file_range(from, NULL, from, NULL, 5, 0) == 0);
	CHECK(copy_file_range(from, &offset, to, NULL, 5, 0) == 0);
	offset = 0;
	CHECK(copy_file_range(from, &offset, to, NULL, 100, 0) == 10);
	close(ends[0]);
	close(ends[1]);
	close(from);
	close(to);
	close(folder);
	ok("copies");
}

static void
test_removed_directory(void)
{
	char bytes[512];
	int fd;

	CHECK(mkdir("gone", 0700) == 0);
	fd = open("gone", O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0 && rmdir("gone") == 0);
	CHECK_FAILS(syscall(SYS_getdents64, fd, bytes, sizeof(bytes)), ENOENT);
	close(fd);
	ok("removed directory");
}

static void
test_epoll(void)
{
	struct epoll_event event;
	int set = epoll_create1(0);

	CHECK_FAILS(syscall(SYS_epoll_pwait, set, &event, __INT_MAX__, 0, NULL,
	    8), EINVAL);
	close(set);
	ok("epoll");
}

static void
test_time(void)
{
	struct sigevent quiet = { .sigev_notify = SIGEV_NONE };
	struct itimerspec never = { 0 };
	timer_t timer;
	int fd;

	CHECK_FAILS(timer_create(CLOCK_MONOTONIC_RAW, &quiet, &timer),
	    EOPNOTSUPP);
	CHECK(timer_create(CLOCK_MONOTONIC, &quiet, &timer) == 0);
	CHECK(timer_settime(timer, 8, &never, NULL) == 0);
	CHECK(timer_delete(timer) == 0);
	fd = timerfd_create(CLOCK_MONOTONIC, 0);
	CHECK(timerfd_settime(fd, TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0);
	close(fd);
	ok("time");
}

/* That a file has a name more is told to itself, not to its directory. */
static void
test_link_events(void)
{
	int fd = inotify_init1(IN_NONBLOCK), file = file_with("to", "");
	struct inotify_event *event;
	char bytes[4096];
	ssize_t len;

	CHECK(inotify_add_watch(fd, ".", IN_ATTRIB | IN_CREATE) == 1);
	CHECK(inotify_add_watch(fd, "to", IN_ATTRIB) == 2);
	CHECK(link("to", "from2") == 0);
	len = read(fd, bytes, sizeof(bytes));
	event = (struct inotify_event *)bytes;
	CHECK(len > 0 && event->wd == 2 && event->mask == IN_ATTRIB);
	event = (struct inotify_event *)(bytes + sizeof(*event) + event->len);
	CHECK(event->wd == 1 && event->mask == IN_CREATE);
	CHECK((char *)event + sizeof(*event) + event->len == bytes + len);
	CHECK(unlink("from2") == 0);
	close(fd);
	close(file);
	ok("events of links");
}

/* A call with a time limit is not begun again, whatever SA_RESTART says. */
static void
test_socket_limits(void)
{
	struct timeval limit = { 0, 500000 };
	struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
	struct sigaction action = {
		.sa_handler = handler, .sa_flags = SA_RESTART,
	};
	int pair[2];
	char byte;

	CHECK(sigaction(SIGALRM, &action, NULL) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	CHECK(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit,
	    sizeof(limit)) == 0);
	CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	CHECK_FAILS(read(pair[0], &byte, 1), EINTR);
	CHECK(caught == SIGALRM);
	CHECK_FAILS(read(pair[0], &byte, 1), EAGAIN);
	close(pair[0]);
	close(pair[1]);
	ok("limits of sockets");
}

static void
test_sockets(void)
{
	struct linger linger = { 1, 5 };
	struct sockaddr_un inet = { .sun_family = AF_INET };
	socklen_t len = sizeof(linger);
	struct ucred who = { 999999999, 0, 0 };
	union { struct cmsghdr header; char bytes[64]; } control = { 0 };
	struct cmsghdr *header = &control.header;
	char byte = 'x';
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = CMSG_SPACE(sizeof(who)),
	};
	int pair[2], value = 3;
	struct stat stat;

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	CHECK(read(pair[0], &byte, 0) == 0);
	CHECK_FAILS(bind(pair[0], (void *)&inet, sizeof(inet)), EINVAL);
	CHECK(setsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger,
	    sizeof(linger)) == 0);
	linger = (struct linger){ 0, 0 };
	CHECK(getsockopt(pair[0], SOL_SOCKET, SO_LINGER, &linger, &len) == 0);
	CHECK(linger.l_onoff == 1 && linger.l_linger == 5 && len == 8);
	CHECK(setsockopt(pair[0], SOL_SOCKET, SO_PRIORITY, &value, 4) == 0);
	len = sizeof(value);
	CHECK(getsockopt(pair[0], SOL_SOCKET, SO_PRIORITY, &value, &len) == 0);
	CHECK(value == 3);
	CHECK(getsockopt(pair[0], SOL_SOCKET, SO_RCVLOWAT, &value, &len) == 0);
	CHECK(value == 1);
	value = 7;
	CHECK(setsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, &value, 4) == 0);
	CHECK(getsockopt(pair[0], SOL_SOCKET, SO_KEEPALIVE, &value, &len) == 0);
	CHECK(value == 1);
	CHECK_FAILS(setsockopt(pair[0], 6, 1, &value, 4), EOPNOTSUPP);
	CHECK(fstat(pair[0], &stat) == 0);
	CHECK(S_ISSOCK(stat.st_mode) && (stat.st_mode & 0777) == 0777);
	header->cmsg_level = 77;		/* not for sockets to judge */
	header->cmsg_len = CMSG_LEN(4);
	CHECK(sendmsg(pair[0], &message, 0) == 1);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_CREDENTIALS;
	header->cmsg_len = CMSG_LEN(sizeof(who));
	memcpy(CMSG_DATA(header), &who, sizeof(who));
	CHECK(getuid() != 0 || (sendmsg(pair[0], &message, 0) == -1 &&
	    errno == ESRCH));
	close(pair[0]);
	close(pair[1]);
	ok("sockets");
}

/* One that is not connected, and one that listens. */
static void
test_shutdown(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), pair[2], other;
	struct iovec part;
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	char byte;

	CHECK(shutdown(fd, SHUT_RDWR) == 0);
	close(fd);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(bind(fd, (void *)&name, sizeof(sa_family_t)) == 0);
	CHECK(listen(fd, 2) == 0 && shutdown(fd, SHUT_RD) == 0);
	CHECK_FAILS(accept(fd, NULL, NULL), EINVAL);
	other = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(getsockname(fd, (void *)&name, &(socklen_t){ sizeof(name) }) ==
	    0);
	CHECK_FAILS(connect(other, (void *)&name, sizeof(sa_family_t) + 6),
	    ECONNREFUSED);
	close(fd);
	close(other);
	part = (struct iovec){ &byte, 1 };
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(send(pair[0], "x", 1, MSG_EOR) == 1);
	CHECK(recvmsg(pair[1], &message, 0) == 1 && message.msg_flags == 0);
	close(pair[0]);
	close(pair[1]);
	ok("shutdown");
}

/* Others use the file system while much is allocated. */
static void
test_allocation(void)
{
	int fd = file_with("memory", "hello");
	struct stat stat;
	char byte = 1;

	CHECK(fallocate(fd, 0, 3, 3500001) == 0);
	CHECK(fstat(fd, &stat) == 0 && stat.st_size == 3500004);
	CHECK(stat.st_blocks >= 3500004 / 512);
	CHECK(pread(fd, &byte, 1, 4) == 1 && byte == 'o');
	CHECK(pread(fd, &byte, 1, 3000000) == 1 && byte == 0);
	CHECK(pwrite(fd, "x", 1, 2500000) == 1);
	CHECK(fallocate(fd, FALLOC_FL_ZERO_RANGE, 4, 3000000) == 0);
	CHECK(pread(fd, &byte, 1, 2500000) == 1 && byte == 0);
	CHECK(pread(fd, &byte, 1, 3) == 1 && byte == 'l');
	CHECK(pwrite(fd, "x", 1, 3400000) == 1);
	CHECK(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1,
	    3499000) == 0);
	CHECK(fstat(fd, &stat) == 0 && stat.st_size == 3500004);
	CHECK(stat.st_blocks < 1000);
	CHECK(pread(fd, &byte, 1, 3400000) == 1 && byte == 0);
	close(fd);
	ok("allocation");
}

static void
test_memory(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int fd = file_with("memory", "hello");
	char bytes[5];
	char *file = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd, 0);
	char *read_only = mmap(NULL, page, PROT_READ,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(file != MAP_FAILED && read_only != MAP_FAILED);
	CHECK_FAILS(madvise(file, 2 * page, MADV_POPULATE_READ), EFAULT);
	CHECK_FAILS(madvise(read_only, page, MADV_POPULATE_WRITE), EINVAL);
	CHECK(madvise(read_only, page, MADV_POPULATE_READ) == 0);
	CHECK_FAILS(madvise(read_only, page, MADV_REMOVE), EINVAL);
	CHECK(madvise(file, page, MADV_REMOVE) == 0 && file[0] == 0);
	CHECK(pread(fd, bytes, 5, 0) == 5 && bytes[4] == 0);
	file[1] = 7;
	CHECK(pread(fd, bytes, 5, 0) == 5 && bytes[1] == 7);
	CHECK(munmap(file, 2 * page) == 0 && munmap(read_only, page) == 0);
	close(fd);
	ok("memory");
}

static void
test_rights(void)
{
	struct timezone zone = { 0, 0 };
	pid_t pid = fork();
	int status, fd;

	if (pid == 0) {
		CHECK(getuid() != 0 || setuid(1000) == 0);
		CHECK_FAILS(syscall(SYS_settimeofday, NULL, &zone), EPERM);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(mkdir("mount", 0700) == 0);
	CHECK(getuid() != 0 ||
	    (mount("x", "mount", NULL, 0, NULL) == -1 && errno == EINVAL));
	if (getuid() == 0) {
		CHECK(mount("x", "mount", "tmpfs", 0, NULL) == 0);
		fd = open("mount/file", O_WRONLY | O_CREAT, 0600);
		CHECK(fd >= 0);
		CHECK_FAILS(mount(NULL, "mount", NULL, MS_REMOUNT | MS_RDONLY,
		    NULL), EBUSY);
		close(fd);
		CHECK(mount(NULL, "mount", NULL, MS_REMOUNT | MS_RDONLY,
		    NULL) == 0);
		CHECK_FAILS(open("mount/file", O_WRONLY), EROFS);
		CHECK(umount("mount") == 0);
	}
	CHECK(rmdir("mount") == 0);
	ok("rights");
}

static void
test_scheduling(void)
{
	char bytes[64];

	CHECK_FAILS(sched_setscheduler(0, SCHED_OTHER, NULL), EINVAL);
	CHECK_FAILS(sched_setscheduler(0, SCHED_OTHER, (void *)16), EFAULT);
	CHECK_FAILS(sched_setparam(0, NULL), EINVAL);
	CHECK_FAILS(sched_getparam(0, NULL), EINVAL);
	CHECK_FAILS(syscall(SYS_sched_setattr, 0, NULL, 0), EINVAL);
	CHECK_FAILS(syscall(SYS_sched_getattr, 0, NULL, 48, 0), EINVAL);
	CHECK(syscall(SYS_sched_getattr, 0, bytes, 48, 0) == 0);
	ok("scheduling");
}

/* What has no right to be there: offsets behind all ends, zombies that might
 * stop, peers of sockets that have none. */
static void
test_ends(void)
{
	const struct rlimit limit = { 100, RLIM_INFINITY };
	struct ucred who = { 1, 1, 1 };
	socklen_t len = sizeof(who);
	int fd = open("ends", O_RDWR | O_CREAT, 0644), status;
	int alone = socket(AF_UNIX, SOCK_STREAM, 0);
	siginfo_t info;
	char byte = 0;
	pid_t pid = fork();

	if (pid == 0) {
		CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
		signal(SIGXFSZ, SIG_IGN);
		CHECK_FAILS(fallocate(fd, 0, 0, 200), EFBIG);
		/* Not every file system has this. */
		CHECK(fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 200) == 0 ||
		    errno == EOPNOTSUPP);
		CHECK(geteuid() != 0 || setuid(1000) == 0);
		CHECK(geteuid() != 1000 ||
		    fcntl(fd, F_SETFL, O_NOATIME) == -1);
		_exit(0);
	}
	CHECK(waitid(P_PID, pid, &info, WEXITED | WNOWAIT) == 0);
	CHECK_FAILS(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG), ECHILD);
	CHECK_FAILS(waitid(P_PID, pid, &info, WSTOPPED), ECHILD);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK_FAILS(pread(fd, &byte, 1, LONG_MAX), EINVAL);
	CHECK_FAILS(pwrite(fd, &byte, 1, LONG_MAX), EINVAL);
	CHECK(pread(fd, &byte, 0, LONG_MAX) == 0);
	CHECK(getsockopt(alone, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0);
	CHECK(who.pid == 0 && who.uid == (uid_t)-1 && who.gid == (gid_t)-1);
	CHECK(close(alone) == 0 && close(fd) == 0 && unlink("ends") == 0);
	ok("ends");
}

/* A descriptor that only names a file can be passed on. */
static void
test_path_passed(void)
{
	union { struct cmsghdr header; char room[CMSG_SPACE(sizeof(int))]; }
	    control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET,
	    SCM_RIGHTS } };
	struct iovec byte = { &(char){ 'x' }, 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control) };
	int ends[2], fd = open(".", O_PATH);

	CHECK(fd >= 0 && socketpair(AF_UNIX, SOCK_DGRAM, 0, ends) == 0);
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	CHECK(sendmsg(ends[0], &message, 0) == 1 && close(fd) == 0);
	CHECK(recvmsg(ends[1], &message, 0) == 1);
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	CHECK((fcntl(fd, F_GETFL) & O_PATH) && close(fd) == 0);
	CHECK(close(ends[0]) == 0 && close(ends[1]) == 0);
	ok("O_PATH passed");
}

int
main(void)
{
	char folder[] = "/tmp/cornersXXXXXX";

	CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
	test_bytes();
	test_statfs();
	test_copies();
	test_removed_directory();
	test_epoll();
	test_time();
	test_link_events();
	test_socket_limits();
	test_sockets();
	test_shutdown();
	test_allocation();
	test_memory();
	test_rights();
	test_scheduling();
	test_ends();
	test_path_passed();
	unlink("bytes");
	unlink("from");
	unlink("to");
	unlink("memory");
	CHECK(chdir("/") == 0 && rmdir(folder) == 0);
	return done();
}
