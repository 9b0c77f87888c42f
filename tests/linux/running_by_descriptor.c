/* Running programs by descriptor: execveat, fexecve. */
#define _GNU_SOURCE
#include "check.h"

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define FOLDER	"/tmp/by-descriptor"

static char *const no_environment[] = { "WHERE=there", NULL };

static int
exec_at(int fd, const char *path, const char *argument, int flags)
{
	char *const arguments[] = { "name", (char *)argument, NULL };

	return (int)syscall(SYS_execveat, fd, path, arguments, no_environment,
	    flags);
}

/* returns: the exit status of a child that runs it; 100 + errno: it did not */
static int
run(int fd, const char *path, const char *argument, int flags)
{
	int status;
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		exec_at(fd, path, argument, flags);
		_exit(100 + errno);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* What the child finds.  shown: what it was called by */
static int
child(const char *shown, char **environment)
{
	const char *called = (const char *)getauxval(AT_EXECFN);

	if (strncmp(called, shown, strlen(shown)) != 0)
		return 2;
	return strcmp(environment[0], "WHERE=there") == 0 ? 42 : 3;
}

static void
programs(const char *self)
{
	int fd = open(self, O_RDONLY | O_CLOEXEC), folder, status;
	char *const arguments[] = { "name", "/dev/fd/", NULL };
	pid_t pid;

	CHECK(fd >= 0);
	CHECK(run(fd, "", "/dev/fd/", AT_EMPTY_PATH) == 42);
	CHECK(run(fd, "", "x", 0) == 100 + ENOENT);
	CHECK(run(fd, "", "x", AT_EMPTY_PATH | 0x8000) == 100 + EINVAL);
	CHECK(run(99, "", "x", AT_EMPTY_PATH) == 100 + EBADF);
	pid = fork();
	if (pid == 0) {
		fexecve(fd, arguments, no_environment);
		_exit(1);
	}
	CHECK(waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 42);
	ok("fexecve");
	CHECK(symlink(self, FOLDER "/link") == 0);
	folder = open(FOLDER, O_RDONLY | O_DIRECTORY);
	CHECK(run(folder, "link", "/dev/fd/", 0) == 42);
	CHECK(run(folder, "link", "x", AT_SYMLINK_NOFOLLOW) == 100 + ELOOP);
	CHECK(run(folder, "none", "x", 0) == 100 + ENOENT);
	CHECK(run(folder, "", "x", AT_EMPTY_PATH) == 100 + EACCES);
	CHECK(run(AT_FDCWD, FOLDER "/link", FOLDER, 0) == 42);
	CHECK(run(AT_FDCWD, FOLDER "/link", "x", AT_SYMLINK_NOFOLLOW) ==
	    100 + ELOOP);
	CHECK(run(fd, "below", "x", 0) == 100 + ENOTDIR);
	CHECK(unlink(FOLDER "/link") == 0);
	close(fd);
	close(folder);
	fd = open(self, O_PATH);
	CHECK(run(fd, "", "/dev/fd/", AT_EMPTY_PATH) == 42);
	close(fd);
	ok("execveat");
}

static void
no_right(void)
{
	int fd = open(FOLDER "/plain", O_RDWR | O_CREAT | O_TRUNC, 0600);

	CHECK(fd >= 0 && write(fd, "#!/bin/sh\nexit 9\n", 17) == 17);
	CHECK(run(fd, "", "x", AT_EMPTY_PATH) == 100 + EACCES);
	close(fd);
	ok("no right to run it");
}

static void
scripts(void)
{
	static const char text[] = "#!/bin/sh\n"
	    "case $0 in /dev/fd/*) exit 21;; esac\nexit 22\n";
	int fd = open(FOLDER "/script", O_WRONLY | O_CREAT, 0700);

	CHECK(write(fd, text, sizeof(text) - 1) == sizeof(text) - 1);
	CHECK(fchmod(fd, 0700) == 0);
	close(fd);
	fd = open(FOLDER "/script", O_RDONLY | O_CLOEXEC);
	CHECK(run(fd, "", "x", AT_EMPTY_PATH) == 100 + ENOENT);
	/* Its interpreter opens it by the name it is given. */
	if (access("/dev/fd/0", F_OK) == 0) {
		CHECK(fcntl(fd, F_SETFD, 0) == 0);
		CHECK(run(fd, "", "x", AT_EMPTY_PATH) == 21);
	}
	close(fd);
	ok("scripts");
}

int
main(int argc, char **argv, char **environment)
{
	char self[256];
	ssize_t len;

	if (argc == 2 && strcmp(argv[0], "name") == 0)
		return child(argv[1], environment);
	len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	CHECK(len > 0);
	self[len] = '\0';
	mkdir(FOLDER, 0700);
	programs(self);
	no_right();
	scripts();
	unlink(FOLDER "/plain");
	unlink(FOLDER "/script");
	CHECK(rmdir(FOLDER) == 0);
	return done();
}
