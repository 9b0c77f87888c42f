/* Pseudo-terminals: lines and raw bytes, echo, output processing, signals of
 * keys, sessions and groups in front, packets, hanging up. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>

#include "check.h"

static volatile sig_atomic_t caught[65];

static void
catch(int number)
{
	caught[number]++;
}

static void
install(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	CHECK(sigaction(number, &action, NULL) == 0);
}

/* /dev may be there already. */
static void
make_devices(void)
{
	mkdir("/dev", 0755);
	if (access("/dev/ptmx", F_OK) != 0)
		CHECK(mount("dev", "/dev", "devtmpfs", 0, "") == 0);
	if (access("/dev/pts/ptmx", F_OK) != 0)
		CHECK(mount("devpts", "/dev/pts", "devpts", 0, "") == 0);
}

static int
open_pair(int *slave)
{
	char name[64];
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	CHECK(master >= 0);
	CHECK(grantpt(master) == 0 && ptsname_r(master, name, sizeof(name)) == 0);
	CHECK_FAILS(open(name, O_RDWR | O_NOCTTY), EIO);
	CHECK(unlockpt(master) == 0);
	*slave = open(name, O_RDWR | O_NOCTTY);
	CHECK(*slave >= 0 && isatty(*slave) && isatty(master));
	return master;
}

static void
type(int master, const char *text)
{
	CHECK(write(master, text, strlen(text)) == (ssize_t)strlen(text));
}

/* What one read gives is `text`. */
static void
expect(int fd, const char *text)
{
	char got[512];
	ssize_t n = read(fd, got, sizeof(got));

	if (n != (ssize_t)strlen(text) || memcmp(got, text, n) != 0) {
		printf("read %zd: '%.*s', not '%s'\n", n, n > 0 ? (int)n : 0,
		    got, text);
		check_failed(__FILE__, __LINE__, "expected text");
	}
}

static int
readable(int fd)
{
	struct pollfd entry = { .fd = fd, .events = POLLIN };

	CHECK(poll(&entry, 1, 0) >= 0);
	return entry.revents;
}

static void
set(int fd, tcflag_t clear_local, tcflag_t set_local)
{
	struct termios modes;

	CHECK(tcgetattr(fd, &modes) == 0);
	modes.c_lflag = (modes.c_lflag & ~clear_local) | set_local;
	CHECK(tcsetattr(fd, TCSANOW, &modes) == 0);
}

static void
test_lines(void)
{
	int slave, master = open_pair(&slave);

	type(master, "half");
	CHECK(!(readable(slave) & POLLIN));
	type(master, "\r");
	CHECK(readable(slave) & POLLIN);
	expect(slave, "half\n");
	expect(master, "half\r\n");
	type(master, "wrongg\177\177\177\177\177\177right\n");
	expect(slave, "right\n");
	expect(master, "wrongg\b \b\b \b\b \b\b \b\b \b\b \bright\r\n");
	type(master, "one two\027three\n");
	expect(slave, "one three\n");
	expect(master, "one two\b \b\b \b\b \bthree\r\n");
	type(master, "gone\025here\n");
	expect(slave, "here\n");
	expect(master, "gone\b \b\b \b\b \b\b \bhere\r\n");
	type(master, "\026\003\n");
	expect(slave, "\003\n");
	expect(master, "^\b^C\r\n");
	type(master, "end\004");
	expect(slave, "end");
	expect(master, "end");
	type(master, "\004");
	expect(slave, "");
	type(master, "a\tb\177\177c\n");
	expect(slave, "ac\n");
	expect(master, "a\tb" "\b \b" "\b\b\b\b" "c\r\n");
	type(master, "two\nlines\n");
	expect(slave, "two\n");
	expect(slave, "lines\n");
	expect(master, "two\r\nlines\r\n");
	set(slave, ECHO, 0);
	type(master, "secret\n");
	expect(slave, "secret\n");
	CHECK(!(readable(master) & POLLIN));
	CHECK(write(slave, "out\n", 4) == 4);
	expect(master, "out\r\n");
	CHECK(close(slave) == 0);
	CHECK(readable(master) & POLLHUP);
	CHECK_FAILS(read(master, &slave, 1), EIO);
	CHECK(close(master) == 0);
	ok("lines");
}

static void
test_utf8(void)
{
	int slave, master = open_pair(&slave);
	struct termios modes;

	CHECK(tcgetattr(slave, &modes) == 0);
	modes.c_iflag |= IUTF8;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	type(master, "x\303\244\177y\n");
	expect(slave, "xy\n");
	expect(master, "x\303\244\b \by\r\n");
	close(slave);
	close(master);
	ok("utf8");
}

static void
test_raw(void)
{
	int slave, master = open_pair(&slave), n;
	struct termios modes;
	char got[16];

	CHECK(tcgetattr(slave, &modes) == 0);
	cfmakeraw(&modes);
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	CHECK(tcsetattr(slave, TCSAFLUSH, &modes) == 0);
	type(master, "\003a\r\n\177");
	expect(slave, "\003a\r\n\177");
	CHECK(write(slave, "n\n", 2) == 2);
	expect(master, "n\n");
	modes.c_cc[VMIN] = 0;
	modes.c_cc[VTIME] = 2;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	CHECK(read(slave, got, 1) == 0);
	modes.c_cc[VTIME] = 0;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	CHECK(read(slave, got, 1) == 0);
	modes.c_cc[VMIN] = 3;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	type(master, "ab");
	CHECK(!(readable(slave) & POLLIN));
	CHECK(ioctl(slave, FIONREAD, &n) == 0 && n == 2);
	type(master, "c");
	CHECK(readable(slave) & POLLIN);
	expect(slave, "abc");
	modes.c_cc[VTIME] = 2;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	type(master, "z");
	expect(slave, "z");
	type(master, "q");
	CHECK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	expect(slave, "q");
	CHECK_FAILS(read(slave, got, 1), EAGAIN);
	/* What was typed raw is readable once lines are back. */
	type(master, "left");
	modes.c_lflag |= ICANON;
	CHECK(tcsetattr(slave, TCSANOW, &modes) == 0);
	expect(slave, "left");
	close(slave);
	close(master);
	ok("raw");
}

static void
test_sizes(void)
{
	int slave, master = open_pair(&slave);
	struct winsize size = { .ws_row = 25, .ws_col = 80 }, got;
	char fill[3000];
	int n;

	CHECK(ioctl(slave, TIOCGWINSZ, &got) == 0 && got.ws_row == 0);
	CHECK(ioctl(master, TIOCSWINSZ, &size) == 0);
	CHECK(ioctl(slave, TIOCGWINSZ, &got) == 0);
	CHECK(got.ws_row == 25 && got.ws_col == 80);
	CHECK_FAILS(ioctl(slave, TIOCGWINSZ, (void *)8), EFAULT);
	CHECK_FAILS(ioctl(slave, TIOCSTI, "x"), EIO);
	CHECK_FAILS(ioctl(slave, 0x54ff, 0), ENOTTY);
	CHECK_FAILS(tcgetpgrp(slave), ENOTTY);
	/* More than fits: what nobody reads waits, and nothing is lost. */
	set(slave, ECHO | ICANON, 0);
	memset(fill, 'f', sizeof(fill));
	CHECK(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	CHECK(write(master, fill, sizeof(fill)) == sizeof(fill));
	n = write(master, fill, sizeof(fill));
	CHECK(n > 0 && n < (int)sizeof(fill));
	CHECK_FAILS(write(master, fill, sizeof(fill)), EAGAIN);
	for (n += sizeof(fill); n > 0;) {
		int moved = read(slave, fill, sizeof(fill));

		CHECK(moved > 0);
		n -= moved;
	}
	CHECK(n == 0);
	CHECK(tcflush(slave, TCIOFLUSH) == 0 && tcdrain(slave) == 0);
	CHECK(tcsendbreak(slave, 0) == 0);
	close(slave);
	close(master);
	ok("sizes");
}

static void
test_flow(void)
{
	int slave, master = open_pair(&slave);

	type(master, "\023");
	CHECK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	CHECK_FAILS(write(slave, "x", 1), EAGAIN);
	type(master, "\021");
	CHECK(write(slave, "x", 1) == 1);
	expect(master, "x");
	CHECK(tcflow(slave, TCOOFF) == 0);
	CHECK_FAILS(write(slave, "x", 1), EAGAIN);
	CHECK(tcflow(slave, TCOON) == 0);
	CHECK(write(slave, "y", 1) == 1);
	expect(master, "y");
	close(slave);
	close(master);
	ok("flow");
}

static void
test_packets(void)
{
	int slave, master = open_pair(&slave), on = 1;
	struct pollfd entry = { .fd = master, .events = POLLIN | POLLPRI };
	char got[16];

	CHECK(ioctl(master, TIOCPKT, &on) == 0);
	CHECK(write(slave, "hi", 2) == 2);
	CHECK(read(master, got, sizeof(got)) == 3);
	CHECK(got[0] == TIOCPKT_DATA && got[1] == 'h' && got[2] == 'i');
	CHECK(tcflush(slave, TCIFLUSH) == 0);
	CHECK(poll(&entry, 1, 0) == 1 && entry.revents & POLLPRI);
	CHECK(read(master, got, sizeof(got)) == 1);
	CHECK(got[0] == TIOCPKT_FLUSHREAD);
	type(master, "\023");
	CHECK(read(master, got, sizeof(got)) == 1 && got[0] == TIOCPKT_STOP);
	type(master, "\021");
	CHECK(read(master, got, sizeof(got)) == 1 && got[0] == TIOCPKT_START);
	close(slave);
	close(master);
	ok("packets");
}

/* Run in a session of its own, whose terminal is the slave. */
static pid_t
start_session(int master, int slave, void (*run)(int slave))
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid > 0)
		return pid;
	close(master);
	CHECK(setsid() == getpid());
	CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
	CHECK(ioctl(slave, TIOCSCTTY, 0) == 0);
	CHECK(tcgetpgrp(slave) == getpgrp() && tcgetsid(slave) == getpid());
	run(slave);
	_exit(0);
}

static void
expect_exit(pid_t pid, int status)
{
	int got;

	CHECK(waitpid(pid, &got, 0) == pid);
	if (got != status) {
		printf("status %x, not %x\n", got, status);
		check_failed(__FILE__, __LINE__, "expected status");
	}
}

static void
wait_for_keys(int slave)
{
	install(SIGINT, catch);
	install(SIGQUIT, catch);
	install(SIGWINCH, catch);
	CHECK(write(slave, "go", 2) == 2);
	while (!caught[SIGINT] || !caught[SIGQUIT] || !caught[SIGWINCH])
		usleep(1000);
	CHECK(write(slave, "bye", 3) == 3);
}

static void
test_keys(void)
{
	int slave, master = open_pair(&slave);
	struct winsize size = { .ws_row = 5, .ws_col = 5 };
	pid_t pid = start_session(master, slave, wait_for_keys);

	expect(master, "go");
	type(master, "lost");
	expect(master, "lost");
	type(master, "\003");
	expect(master, "^C");
	type(master, "\034");
	expect(master, "^\\");
	CHECK(ioctl(master, TIOCSWINSZ, &size) == 0);
	expect(master, "bye");
	expect_exit(pid, 0);
	close(slave);
	close(master);
	ok("keys");
}

/* What a background job may not do, and what when it is in front. */
static void
be_job(int tty)
{
	struct termios modes;
	char got[16];

	install(SIGTTOU, SIG_DFL);
	CHECK(tcgetattr(tty, &modes) == 0);
	CHECK(write(tty, "w", 1) == 1);
	/* Stopped by SIGTTIN; then in front. */
	CHECK(read(tty, got, sizeof(got)) == 5);
	CHECK(raise(SIGSTOP) == 0);
	/* Stopped by SIGTTOU; then in front. */
	modes.c_lflag |= TOSTOP;
	CHECK(tcsetattr(tty, TCSANOW, &modes) == 0);
	CHECK(raise(SIGSTOP) == 0);
	install(SIGTTIN, SIG_IGN);
	CHECK_FAILS(read(tty, got, sizeof(got)), EIO);
	/* Stopped by SIGTTOU; then in front. */
	CHECK(write(tty, "t", 1) == 1);
	pause();
	_exit(7);
}

static void
expect_stop(pid_t job, int number)
{
	int status;

	CHECK(waitpid(job, &status, WUNTRACED) == job);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != number) {
		printf("status %x, not stopped by %d\n", status, number);
		check_failed(__FILE__, __LINE__, "expected stop");
	}
}

/* A shell with a job in the background. */
static void
run_jobs(int slave)
{
	int tty = open("/dev/tty", O_RDWR);
	pid_t job;

	CHECK(tty >= 0);
	install(SIGTTOU, SIG_IGN);
	job = fork();
	CHECK(job >= 0);
	if (job == 0) {
		CHECK(setpgid(0, 0) == 0);
		be_job(tty);
	}
	expect_stop(job, SIGTTIN);
	CHECK(tcsetpgrp(slave, job) == 0 && tcgetpgrp(slave) == job);
	CHECK(kill(-job, SIGCONT) == 0);
	CHECK(write(tty, "r", 1) == 1);
	expect_stop(job, SIGSTOP);
	CHECK(tcsetpgrp(tty, getpgrp()) == 0 && kill(-job, SIGCONT) == 0);
	expect_stop(job, SIGTTOU);
	CHECK(tcsetpgrp(tty, job) == 0 && kill(-job, SIGCONT) == 0);
	expect_stop(job, SIGSTOP);
	CHECK(tcsetpgrp(tty, getpgrp()) == 0 && kill(-job, SIGCONT) == 0);
	expect_stop(job, SIGTTOU);
	CHECK_FAILS(tcsetpgrp(tty, 99999), ESRCH);
	CHECK_FAILS(tcsetpgrp(tty, getpgid(getppid())), EPERM);
	CHECK(tcsetpgrp(tty, job) == 0 && kill(-job, SIGCONT) == 0);
	expect_stop(job, SIGTSTP);
	CHECK(kill(job, SIGKILL) == 0);
	CHECK(waitpid(job, NULL, 0) == job);
}

static void
read_one(int master, char expected)
{
	char byte;

	CHECK(read(master, &byte, 1) == 1);
	CHECK(byte == expected);
}

static void
test_jobs(void)
{
	int slave, master = open_pair(&slave);
	pid_t pid;

	set(slave, ECHO, 0);
	pid = start_session(master, slave, run_jobs);
	read_one(master, 'w');
	read_one(master, 'r');
	type(master, "line\n");
	read_one(master, 't');
	type(master, "\032");
	expect_exit(pid, 0);
	close(slave);
	close(master);
	ok("jobs");
}

static void
be_hung_up(int slave)
{
	char got[8];

	install(SIGHUP, catch);
	CHECK(write(slave, "go", 2) == 2);
	while (!caught[SIGHUP])
		usleep(1000);
	CHECK(read(slave, got, sizeof(got)) == 0);
	CHECK_FAILS(write(slave, "x", 1), EIO);
	CHECK_FAILS(open("/dev/tty", O_RDWR), ENXIO);
	_exit(3);
}

static void
test_hangup(void)
{
	int slave, master = open_pair(&slave);
	pid_t pid = start_session(master, slave, be_hung_up);
	char name[64];

	expect(master, "go");
	CHECK(ptsname_r(master, name, sizeof(name)) == 0);
	close(slave);
	CHECK(access(name, F_OK) == 0);
	close(master);
	CHECK_FAILS(access(name, F_OK), ENOENT);
	expect_exit(pid, 3 << 8);
	ok("hangup");
}

/* A session's end hangs up whoever is in front. */
static void
leave_behind(int slave)
{
	pid_t child = fork();

	CHECK(child >= 0);
	if (child > 0)
		_exit(0);
	(void)slave;
	pause();
	_exit(9);
}

static void
test_leader_exits(void)
{
	int slave, master = open_pair(&slave);
	pid_t pid = start_session(master, slave, leave_behind);
	char byte;

	expect_exit(pid, 0);
	close(slave);
	/* The child dies of SIGHUP, and with it goes the last slave. */
	CHECK_FAILS(read(master, &byte, 1), EIO);
	close(master);
	ok("leader exits");
}

static void
test_many(void)
{
	int masters[64], slaves[64];

	for (int i = 0; i < 64; i++)
		masters[i] = open_pair(&slaves[i]);
	for (int i = 0; i < 64; i++) {
		type(masters[i], "x\n");
		expect(slaves[i], "x\n");
	}
	for (int i = 0; i < 64; i++) {
		close(masters[i]);
		CHECK(readable(slaves[i]) & POLLHUP);
		close(slaves[i]);
	}
	ok("many");
}

int
main(void)
{
	make_devices();
	test_lines();
	test_utf8();
	test_raw();
	test_sizes();
	test_flow();
	test_packets();
	test_keys();
	test_jobs();
	test_hangup();
	test_leader_exits();
	test_many();
	return done();
}
