/* The kernel's log, by klogctl. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <sys/klog.h>
#include <sys/wait.h>

#define READ_ALL	3
#define READ_CLEAR	4
#define CLEAR		5
#define SIZE_UNREAD	9
#define SIZE_BUFFER	10
#define MARK		"a mark in the log of kernels"

static char text[1 << 20];

static void
mark(const char *more)
{
	char line[100];
	int fd = open("/dev/kmsg", O_WRONLY);

	CHECK(fd >= 0);
	snprintf(line, sizeof(line), "<6>%s %s\n", MARK, more);
	CHECK(write(fd, line, strlen(line)) == (ssize_t)strlen(line));
	close(fd);
}

static const char *
all(int action, int size)
{
	int len = klogctl(action, text, size);

	CHECK(len >= 0 && len <= size);
	text[len] = '\0';
	return text;
}

int
main(void)
{
	int size = klogctl(SIZE_BUFFER, NULL, 0), before;
	const char *found;
	pid_t pid;

	CHECK_FAILS(klogctl(READ_ALL, NULL, 10), EINVAL);
	CHECK_FAILS(klogctl(READ_ALL, text, -1), EINVAL);
	if (geteuid() != 0 || size < 0)
		return done();
	CHECK(size >= 4096 && size < (int)sizeof(text));
	before = klogctl(SIZE_UNREAD, NULL, 0);
	CHECK(before >= 0);
	mark("one");
	mark("two");
	found = strstr(all(READ_ALL, size), MARK " one");
	CHECK(found != NULL && strstr(found, MARK " two") != NULL);
	/* A line begins with its priority and time. */
	while (found > text && found[-1] != '\n')
		found--;
	CHECK(found[0] == '<' && strchr(found, '[') != NULL);
	ok("reading");
	/* Only whole lines, and the last ones. */
	all(READ_ALL, 75);
	CHECK(strstr(text, MARK " one") == NULL && text[0] == '<');
	CHECK(strstr(text, MARK " two") != NULL);
	ok("reading the end");
	all(READ_CLEAR, size);
	CHECK(strstr(text, MARK " one") != NULL);
	CHECK(strstr(all(READ_ALL, size), MARK " one") == NULL);
	mark("three");
	CHECK(strstr(all(READ_ALL, size), MARK " three") != NULL);
	CHECK(klogctl(CLEAR, NULL, 0) == 0);
	CHECK(strstr(all(READ_ALL, size), MARK " three") == NULL);
	ok("clearing");
	CHECK_FAILS(klogctl(77, text, 10), EINVAL);
	pid = fork();
	if (pid == 0) {
		CHECK(setuid(77) == 0);
		CHECK_FAILS(klogctl(CLEAR, NULL, 0), EPERM);
		CHECK_FAILS(klogctl(READ_CLEAR, text, 10), EPERM);
		CHECK_FAILS(klogctl(SIZE_UNREAD, NULL, 0), EPERM);
		_exit(0);
	}
	{
		int status;

		CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	}
	ok("permission");
	return done();
}
