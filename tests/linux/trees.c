/*
 * Trees of files: what each call says of slashes, dots, symlinks and kinds;
 * who may do what; mounts and the ways across them.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "check.h"

static int
exchange(const char *one, const char *other)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, one, AT_FDCWD, other,
	    RENAME_EXCHANGE);
}

static void
make_file(const char *path, mode_t mode)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	CHECK(fd >= 0 && fchmod(fd, mode) == 0 && close(fd) == 0);
}

static void
test_names(void)
{
	struct stat st;

	make_file("f", 0644);
	CHECK(mkdir("d/", 0777) == 0);
	CHECK_FAILS(mkdir("d", 0777), EEXIST);
	CHECK_FAILS(open("f", O_CREAT | O_EXCL, 0600), EEXIST);
	CHECK_FAILS(open("none/", O_CREAT | O_WRONLY, 0600), EISDIR);
	CHECK_FAILS(open("f/", O_RDONLY), ENOTDIR);
	CHECK_FAILS(open("d", O_WRONLY), EISDIR);
	CHECK_FAILS(open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	CHECK_FAILS(unlink("d"), EISDIR);
	CHECK_FAILS(unlink("f/"), ENOTDIR);
	CHECK_FAILS(rmdir("f"), ENOTDIR);
	CHECK_FAILS(rmdir("d/."), EINVAL);
	CHECK_FAILS(rmdir("d/.."), ENOTEMPTY);
	CHECK_FAILS(rename("d", "d/x"), EINVAL);
	CHECK_FAILS(rename("f", "d"), EISDIR);
	CHECK_FAILS(link("d", "e"), EPERM);
	CHECK(symlink("loop", "loop") == 0 && symlink("f", "s") == 0);
	CHECK_FAILS(open("loop", O_RDONLY), ELOOP);
	CHECK_FAILS(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
	CHECK(lstat("s", &st) == 0 && st.st_size == 1 && S_ISLNK(st.st_mode));
	CHECK(link("f", "g") == 0 && stat("f", &st) == 0 && st.st_nlink == 2);
	CHECK(mkdir("d/x", 0755) == 0 && exchange("g", "d") == 0);
	CHECK(stat("g/x", &st) == 0 && exchange("g", "d") == 0);
	CHECK_FAILS(rmdir("d"), ENOTEMPTY);
	CHECK(rmdir("d/x") == 0 && rmdir("d") == 0 && unlink("f") == 0);
	CHECK(unlink("g") == 0 && unlink("s") == 0 && unlink("loop") == 0);
}

static void
test_attributes(void)
{
	const struct timespec times[2] = { { 100, 5 }, { 5000000000, 999 } };
	struct stat st;

	make_file("f", 06755);
	CHECK(chown("f", 100000, 200000) == 0 && stat("f", &st) == 0);
	CHECK(st.st_uid == 100000 && st.st_gid == 200000);
	CHECK((st.st_mode & 07777) == 0755);
	CHECK(utimensat(AT_FDCWD, "f", times, 0) == 0 && stat("f", &st) == 0);
	CHECK(st.st_atim.tv_sec == 100 && st.st_atim.tv_nsec == 5);
	CHECK(st.st_mtim.tv_sec == 5000000000 && st.st_mtim.tv_nsec == 999);
	CHECK(mknod("fifo", S_IFIFO | 0600, 0) == 0 && unlink("fifo") == 0);
	CHECK(mknod("null", S_IFCHR | 0600, 0x103) == 0);
	CHECK(stat("null", &st) == 0 && st.st_rdev == 0x103);
	CHECK(unlink("null") == 0 && unlink("f") == 0);
}

static void
be_nobody(void)
{
	CHECK(setgid(1000) == 0 && setuid(1000) == 0);
	CHECK_FAILS(open("closed/file", O_RDONLY), EACCES);
	CHECK_FAILS(open("sticky/file", O_WRONLY), EACCES);
	CHECK_FAILS(unlink("sticky/file"), EPERM);
	CHECK_FAILS(rename("sticky/file", "sticky/mine"), EPERM);
	CHECK_FAILS(link("sticky/file", "sticky/mine"), EPERM);
	CHECK_FAILS(chmod("sticky/file", 0777), EPERM);
	CHECK_FAILS(chown("sticky/file", 1000, -1), EPERM);
	CHECK_FAILS(mkdir("new", 0777), EACCES);
	CHECK_FAILS(mknod("sticky/null", S_IFCHR | 0666, 0x103), EPERM);
	CHECK_FAILS(mount("x", "sticky", "tmpfs", 0, ""), EPERM);
	CHECK_FAILS(umount("/proc"), EPERM);
	CHECK(symlink("file", "sticky/link") == 0);
	make_file("sticky/mine", 04755);
	CHECK(truncate("sticky/writable", 10) == 0);
	_exit(0);
}

static void
test_permissions(void)
{
	struct stat st;
	int status;

	CHECK(mkdir("closed", 0700) == 0 && mkdir("sticky", 0777) == 0);
	CHECK(chmod("sticky", 03777) == 0 && chown("sticky", -1, 77) == 0);
	CHECK(chmod("sticky", 03777) == 0);
	make_file("closed/file", 0644);
	make_file("sticky/file", 0644);
	make_file("sticky/writable", 04777);
	if (fork() == 0)
		be_nobody();
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(stat("sticky/mine", &st) == 0 && st.st_uid == 1000);
	CHECK(st.st_gid == 77 && (st.st_mode & 07777) == 04755);
	CHECK(stat("sticky/writable", &st) == 0);
	CHECK((st.st_mode & 07777) == 0777);
	CHECK_FAILS(open("sticky/link", O_RDONLY), EACCES);
	CHECK(unlink("sticky/link") == 0 && unlink("sticky/mine") == 0);
	CHECK(unlink("sticky/file") == 0 && unlink("sticky/writable") == 0);
	CHECK(unlink("closed/file") == 0 && rmdir("closed") == 0);
	CHECK(rmdir("sticky") == 0);
}

static void
test_mounts(void)
{
	char path[300];
	struct stat st;

	CHECK(mkdir("m", 0755) == 0 && mount("t", "m", "tmpfs", 0, "") == 0);
	CHECK(mkdir("m/a", 0755) == 0 && chdir("m/a") == 0);
	CHECK(getcwd(path, sizeof(path)) && strcmp(path, "/trees.d/m/a") == 0);
	CHECK_FAILS(rmdir("/trees.d/m"), EBUSY);
	CHECK_FAILS(rename("/trees.d/m", "/trees.d/n"), EBUSY);
	CHECK_FAILS(rename("/trees.d/m/a", "/trees.d/a"), EXDEV);
	CHECK_FAILS(umount("/trees.d/m"), EBUSY);
	CHECK(mount("u", "/trees.d/m", "tmpfs", MS_RDONLY, "mode=700") == 0);
	CHECK_FAILS(stat("/trees.d/m/a", &st), ENOENT);
	CHECK(stat("../../m", &st) == 0 && (st.st_mode & 0777) == 0700);
	CHECK_FAILS(mkdir("/trees.d/m/x", 0700), EROFS);
	CHECK(mount("u", "/trees.d/m", "", MS_REMOUNT, "") == 0);
	CHECK(mkdir("/trees.d/m/x", 0700) == 0 && umount("/trees.d/m") == 0);
	CHECK(umount2("/trees.d/m", MNT_DETACH) == 0);
	CHECK_FAILS(umount("/trees.d/m"), EINVAL);
	make_file("after", 0600);		/* it lives while we are here */
	CHECK_FAILS(mount("t", "/trees.d/m", "tmpfs", 0, "bogus=1"), EINVAL);
	CHECK_FAILS(mount("t", "/trees.d/m", "none", 0, ""), ENODEV);
	CHECK(chdir("/trees.d") == 0 && rmdir("m") == 0);
}

/* What is open is called as it is now. */
static void
test_called(void)
{
	static const char *const names[] = { "f", "g", "f", "g" };
	char path[300], file[300], link[40];
	int fd, n;

	CHECK(mkdir("a", 0755) == 0 && mkdir("c", 0755) == 0);
	CHECK(chdir("a") == 0 && getcwd(path, sizeof(path)) != NULL);
	CHECK(strcmp(path, "/trees.d/a") == 0);
	CHECK(rename("../a", "../b") == 0 && mkdir("../a", 0755) == 0);
	CHECK(getcwd(path, sizeof(path)) && strcmp(path, "/trees.d/b") == 0);
	CHECK(exchange("../b", "../c") == 0);
	CHECK(getcwd(path, sizeof(path)) && strcmp(path, "/trees.d/c") == 0);
	fd = open("f", O_CREAT | O_RDWR, 0600);
	sprintf(link, "/proc/self/fd/%d", fd);
	for (int i = 0; i < 3; i++) {
		sprintf(file, "/trees.d/c/%s", names[i]);
		n = (int)readlink(link, path, sizeof(path));
		CHECK(n == (int)strlen(file) && memcmp(path, file, n) == 0);
		CHECK(rename(names[i], names[i + 1]) == 0);
		make_file(names[i], 0600);
		CHECK(unlink(names[i]) == 0);
	}
	CHECK(close(fd) == 0 && unlink("g") == 0 && chdir("..") == 0);
	CHECK(rmdir("a") == 0 && rmdir("b") == 0 && rmdir("c") == 0);
}

static void
test_gone(void)
{
	char path[300];

	CHECK(mkdir("gone", 0755) == 0 && chdir("gone") == 0);
	CHECK(rmdir("/trees.d/gone") == 0);
	CHECK(getcwd(path, sizeof(path)) == NULL && errno == ENOENT);
	CHECK_FAILS(open("new", O_CREAT | O_WRONLY, 0600), ENOENT);
	CHECK(chdir("..") == 0 && getcwd(path, sizeof(path)) != NULL);
	CHECK(strcmp(path, "/trees.d") == 0);
}

static void
test_many(void)
{
	char name[40];
	DIR *directory;
	int count = 0;

	CHECK(mkdir("many", 0755) == 0 && chdir("many") == 0);
	for (int i = 0; i < 1000; i++) {
		sprintf(name, "name-%d", i);
		make_file(name, 0600);
	}
	directory = opendir(".");
	while (directory != NULL && readdir(directory) != NULL)
		count++;
	CHECK(count == 1002 && closedir(directory) == 0);
	for (int i = 0; i < 1000; i++) {
		sprintf(name, "name-%d", i);
		CHECK(unlink(name) == 0);
	}
	CHECK(chdir("..") == 0 && rmdir("many") == 0);
}

int
main(void)
{
	CHECK(mkdir("/trees.d", 0755) == 0 && chdir("/trees.d") == 0);
	test_names();
	ok("names");
	test_attributes();
	ok("owners, modes, times");
	test_permissions();
	ok("permissions");
	test_mounts();
	ok("mounts");
	test_called();
	ok("names of what is open");
	test_gone();
	ok("a directory that is gone");
	test_many();
	ok("many names");
	CHECK(chdir("/") == 0 && rmdir("/trees.d") == 0);
	return done();
}
