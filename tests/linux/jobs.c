/* Job control: signals of keys, sessions and groups in front, hanging up. */
#define _GNU_SOURCE
#include "terminal.h"

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

int
main(void)
{
	make_devices();
	test_keys();
	test_jobs();
	test_hangup();
	test_leader_exits();
	return done();
}
