/*
 * Inotify: what is told of a directory, of a file, of what moves and goes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "check.h"

static int in;
static char buffer[8192];
static size_t at, end;

/* The next event must be this one. */
static uint32_t
expect_event(int watch, uint32_t mask, const char *name)
{
	const struct inotify_event *event;
	ssize_t n;

	if (at == end) {
		n = read(in, buffer, sizeof(buffer));
		if (n <= 0)
			printf("expected %x %s\n", mask, name);
		CHECK(n > 0);
		at = 0;
		end = (size_t)n;
	}
	event = (const struct inotify_event *)(buffer + at);
	at += sizeof(*event) + event->len;
	if (event->wd != watch || event->mask != mask ||
	    strcmp(event->len > 0 ? event->name : "", name) != 0) {
		printf("got %d %x %s, expected %d %x %s\n", event->wd,
		    event->mask, event->len > 0 ? event->name : "", watch,
		    mask, name);
		check_failed(__FILE__, __LINE__, "another event");
	}
	return event->cookie;
}

static void
expect_none(void)
{
	CHECK(at == end);
	CHECK_FAILS(read(in, buffer, sizeof(buffer)), EAGAIN);
}

static void
test_directory(void)
{
	struct pollfd entry = { .events = POLLIN };
	uint32_t cookie;
	int watch, fd, n;

	watch = inotify_add_watch(in, "d", IN_ALL_EVENTS & ~(IN_ACCESS |
	    IN_CLOSE_NOWRITE));
	CHECK(watch == 1);
	entry.fd = in;
	CHECK(poll(&entry, 1, 0) == 0);
	fd = open("d/file", O_CREAT | O_RDWR, 0600);
	CHECK(fd >= 0 && poll(&entry, 1, 0) == 1);
	CHECK(ioctl(in, FIONREAD, &n) == 0 && n == 64);
	CHECK_FAILS(read(in, buffer, 20), EINVAL);
	expect_event(watch, IN_CREATE, "file");
	expect_event(watch, IN_OPEN, "file");
	CHECK(write(fd, "x", 1) == 1 && write(fd, "y", 1) == 1);
	expect_event(watch, IN_MODIFY, "file");	/* both are one */
	CHECK(fchmod(fd, 0644) == 0 && ftruncate(fd, 0) == 0);
	expect_event(watch, IN_ATTRIB, "file");
	expect_event(watch, IN_MODIFY, "file");
	close(fd);
	expect_event(watch, IN_CLOSE_WRITE, "file");
	CHECK(mkdir("d/sub", 0700) == 0);
	expect_event(watch, IN_CREATE | IN_ISDIR, "sub");
	CHECK(rename("d/file", "d/other") == 0);
	cookie = expect_event(watch, IN_MOVED_FROM, "file");
	CHECK(cookie != 0);
	CHECK(expect_event(watch, IN_MOVED_TO, "other") == cookie);
	CHECK(rename("d/other", "e/other") == 0);
	expect_event(watch, IN_MOVED_FROM, "other");
	CHECK(rmdir("d/sub") == 0);
	expect_event(watch, IN_DELETE | IN_ISDIR, "sub");
	expect_none();
	CHECK(inotify_rm_watch(in, watch) == 0);
	expect_event(watch, IN_IGNORED, "");
	CHECK_FAILS(inotify_rm_watch(in, watch), EINVAL);
	ok("directory");
}

static void
test_file(void)
{
	int watch, fd;

	watch = inotify_add_watch(in, "e/other", IN_MODIFY | IN_ATTRIB |
	    IN_DELETE_SELF | IN_MOVE_SELF);
	CHECK(watch > 1);
	CHECK(inotify_add_watch(in, "e/other", IN_OPEN | IN_MASK_ADD) == watch);
	CHECK_FAILS(inotify_add_watch(in, "e/other", IN_OPEN | IN_MASK_CREATE),
	    EEXIST);
	fd = open("e/other", O_WRONLY);
	expect_event(watch, IN_OPEN, "");
	CHECK(write(fd, "z", 1) == 1);
	expect_event(watch, IN_MODIFY, "");
	close(fd);
	CHECK(rename("e/other", "e/again") == 0);
	expect_event(watch, IN_MOVE_SELF, "");
	CHECK(link("e/again", "e/twice") == 0);
	expect_event(watch, IN_ATTRIB, "");
	CHECK(unlink("e/twice") == 0);
	expect_event(watch, IN_ATTRIB, "");
	CHECK(unlink("e/again") == 0);
	expect_event(watch, IN_ATTRIB, "");
	expect_event(watch, IN_DELETE_SELF, "");
	expect_event(watch, IN_IGNORED, "");
	expect_none();
	ok("file");
}

static void
test_flags(void)
{
	int watch, fd;

	CHECK_FAILS(inotify_add_watch(in, "nothing", IN_OPEN), ENOENT);
	CHECK_FAILS(inotify_add_watch(in, "d", 0), EINVAL);
	CHECK_FAILS(inotify_add_watch(1, "d", IN_OPEN), EINVAL);
	fd = open("f", O_CREAT | O_RDWR, 0600);
	CHECK_FAILS(inotify_add_watch(in, "f", IN_OPEN | IN_ONLYDIR), ENOTDIR);
	watch = inotify_add_watch(in, "f", IN_MODIFY | IN_ONESHOT);
	CHECK(watch > 0);
	CHECK(write(fd, "1", 1) == 1 && write(fd, "2", 1) == 1);
	expect_event(watch, IN_MODIFY, "");
	expect_event(watch, IN_IGNORED, "");
	expect_none();
	close(fd);
	CHECK(unlink("f") == 0);
	watch = inotify_add_watch(in, "d", IN_DELETE_SELF | IN_ONLYDIR);
	CHECK(watch > 0 && rmdir("d") == 0);
	expect_event(watch, IN_DELETE_SELF, "");
	expect_event(watch, IN_IGNORED, "");
	expect_none();
	ok("flags");
}

/* Both watches hear of it, in any order, and are no more. */
static void
expect_unmounts(int one, int other)
{
	const struct inotify_event *event;
	const size_t bytes = 2 * sizeof(*event);
	int last = 0;

	CHECK(at == end && read(in, buffer, sizeof(buffer)) == 2 * (long)bytes);
	for (size_t i = 0; i < 2 * bytes; i += bytes) {
		event = (const struct inotify_event *)(buffer + i);
		CHECK(event->wd == one || event->wd == other);
		CHECK(event->wd != last && event->mask == IN_UNMOUNT);
		CHECK(event[1].wd == event->wd && event[1].mask == IN_IGNORED);
		last = event->wd;
	}
	at = end = 0;
}

/* A watch does not keep a file system mounted, and is told when it goes. */
static void
test_unmount(void)
{
	int watch, other, fd;

	CHECK(mkdir("d", 0700) == 0);
	CHECK(mount("test", "d", "tmpfs", 0, NULL) == 0);
	fd = open("d/f", O_CREAT | O_RDWR, 0600);
	CHECK(fd >= 0);
	watch = inotify_add_watch(in, "d", IN_DELETE);
	other = inotify_add_watch(in, "d/f", IN_ATTRIB);
	CHECK(watch > 0 && other > 0);
	CHECK_FAILS(umount("d"), EBUSY);
	expect_none();
	CHECK(close(fd) == 0 && umount("d") == 0);
	expect_unmounts(watch, other);
	expect_none();
	CHECK_FAILS(inotify_rm_watch(in, watch), EINVAL);
	CHECK(rmdir("d") == 0);
	ok("unmounting");
}

int
main(void)
{
	char folder[] = "/tmp/inotifies-XXXXXX";

	CHECK(mkdtemp(folder) != NULL && chdir(folder) == 0);
	CHECK(mkdir("d", 0700) == 0 && mkdir("e", 0700) == 0);
	in = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	CHECK(in >= 0);
	expect_none();
	test_directory();
	test_file();
	test_flags();
	test_unmount();
	CHECK(rmdir("e") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
	return done();
}
