/* Terminals that are typed at, read, changed, hung up and closed at the same
 * time, by many processes. */
#define _GNU_SOURCE
#include "terminal.h"

#include <pthread.h>
#include <time.h>

#define FAMILIES	4
#define SECONDS		3

static unsigned chance;

static unsigned
draw(unsigned below)
{
	chance = chance * 1103515245 + 12345;
	return (chance >> 8) % below;
}

static void
random_modes(int fd)
{
	struct termios modes;

	if (tcgetattr(fd, &modes) != 0)
		return;
	modes.c_lflag ^= 1u << draw(16);
	modes.c_iflag ^= 1u << draw(15);
	modes.c_oflag ^= 1u << draw(6);
	modes.c_cc[VMIN] = draw(3);
	modes.c_cc[VTIME] = draw(2);
	(void)tcsetattr(fd, draw(3), &modes);
}

/* One thing to do with a side of a pty; nothing of it may wait for long. */
static void
one_thing(int fd, int master)
{
	static const char bytes[] = "abc\003\032\034\r\n\004\177\025\027\026"
	    "\021\023\022\t\303\244";
	struct winsize size = { .ws_row = draw(9) };
	char text[64];
	int on = draw(2);

	switch (draw(10)) {
	case 0:
	case 1:
		(void)!read(fd, text, 1 + draw(sizeof(text)));
		break;
	case 2:
	case 3:
	case 4:
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = bytes[draw(sizeof(bytes) - 1)];
		(void)!write(fd, text, 1 + draw(sizeof(text)));
		break;
	case 5:
		random_modes(fd);
		break;
	case 6:
		(void)tcflush(fd, draw(3));
		break;
	case 7:
		(void)tcflow(fd, draw(4));
		break;
	case 8:
		if (master)
			(void)ioctl(fd, TIOCPKT, &on);
		else
			(void)tcsetpgrp(fd, getpgrp());
		break;
	default:
		(void)ioctl(fd, TIOCSWINSZ, &size);
		break;
	}
}

static void *
slave_thread(void *slave)
{
	for (int i = 0; i < 50; i++)
		one_thing((int)(intptr_t)slave, 0);
	return NULL;
}

static void
be_slave(int slave)
{
	pthread_t thread;

	setsid();
	for (int number = 1; number < 32; number++)
		if (draw(2) == 0)
			signal(number, SIG_IGN);
	signal(SIGALRM, SIG_DFL);
	alarm(1);
	(void)ioctl(slave, TIOCSCTTY, 0);
	CHECK(fcntl(slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	if (fork() == 0)
		setpgid(0, 0);
	if (pthread_create(&thread, NULL, slave_thread,
	    (void *)(intptr_t)slave) != 0)
		_exit(0);
	slave_thread((void *)(intptr_t)slave);
	(void)!open("/dev/tty", O_RDWR | O_NONBLOCK);
	if (draw(2) == 0)
		_exit(0);
	pause();
}

static void
one_life(void)
{
	int slave, master = open_pair(&slave);
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		close(master);
		be_slave(slave);
		_exit(0);
	}
	if (draw(2) == 0)
		close(slave);
	CHECK(fcntl(master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	for (unsigned i = draw(200); i > 0; i--)
		one_thing(master, 1);
	close(master);
	if (draw(2) == 0)
		kill(pid, SIGKILL);
	else
		kill(pid, SIGCONT);
	/* The last master may be of a number that is used again. */
	close(slave);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
}

int
main(void)
{
	time_t end = time(NULL) + SECONDS;
	pid_t families[FAMILIES];
	int status;

	make_devices();
	for (int i = 0; i < FAMILIES; i++) {
		families[i] = fork();
		CHECK(families[i] >= 0);
		if (families[i] == 0) {
			chance = 4711 + i;
			while (time(NULL) < end)
				one_life();
			_exit(0);
		}
	}
	for (int i = 0; i < FAMILIES; i++) {
		CHECK(waitpid(families[i], &status, 0) == families[i]);
		CHECK(status == 0);
	}
	/* What is left dies of its alarm, and leaves no pty behind. */
	sleep(2);
	for (int i = 0; i < FAMILIES; i++) {
		char name[32];

		snprintf(name, sizeof(name), "/dev/pts/%d", i);
		CHECK_FAILS(access(name, F_OK), ENOENT);
	}
	return done();
}
