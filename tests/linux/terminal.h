/* What the tests of terminals share: pairs of ptys, and typing at them. */
#pragma once

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

/* /dev may be there already. */
static inline void
make_devices(void)
{
	mkdir("/dev", 0755);
	if (access("/dev/ptmx", F_OK) != 0)
		CHECK(mount("dev", "/dev", "devtmpfs", 0, "") == 0);
	if (access("/dev/pts/ptmx", F_OK) != 0)
		CHECK(mount("devpts", "/dev/pts", "devpts", 0, "") == 0);
}

static inline int
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

static inline void
type(int master, const char *text)
{
	CHECK(write(master, text, strlen(text)) == (ssize_t)strlen(text));
}

/* What one read gives is `text`. */
static inline void
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

static inline int
readable(int fd)
{
	struct pollfd entry = { .fd = fd, .events = POLLIN };

	CHECK(poll(&entry, 1, 0) >= 0);
	return entry.revents;
}

static inline void
set(int fd, tcflag_t clear_local, tcflag_t set_local)
{
	struct termios modes;

	CHECK(tcgetattr(fd, &modes) == 0);
	modes.c_lflag = (modes.c_lflag & ~clear_local) | set_local;
	CHECK(tcsetattr(fd, TCSANOW, &modes) == 0);
}
