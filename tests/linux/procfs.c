/* /proc: what a process can read of itself, of others, and of the machine. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include "check.h"

static char text[1 << 17];

/* The whole of a file, NUL-terminated.  returns: its length, or -1 */
static int
slurp(const char *path)
{
	int fd = open(path, O_RDONLY), len = 0, n;

	if (fd < 0)
		return -1;
	while ((n = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += n;
	CHECK(close(fd) == 0);
	if (n < 0)
		return -1;
	text[len] = '\0';
	return len;
}

static void
expect_text(const char *path, const char *expected)
{
	CHECK(slurp(path) >= 0);
	if (strcmp(text, expected) != 0) {
		printf("%s: '%s', not '%s'\n", path, text, expected);
		check_failed(__FILE__, __LINE__, "expected text");
	}
}

/* The number behind `name` in a file of lines like "name:  123 kB". */
static long
number_in(const char *path, const char *name)
{
	char *at;

	CHECK(slurp(path) > 0);
	at = strstr(text, name);
	CHECK(at != NULL);
	return atol(at + strlen(name));
}

static void
test_self(void)
{
	char path[64], expected[64], name[PATH_MAX];
	int n;

	snprintf(expected, sizeof(expected), "%d", getpid());
	n = readlink("/proc/self", name, sizeof(name));
	CHECK(n == (int)strlen(expected) && memcmp(name, expected, n) == 0);
	n = readlink("/proc/thread-self", name, sizeof(name) - 1);
	name[n] = '\0';
	snprintf(expected, sizeof(expected), "%d/task/%d", getpid(), getpid());
	CHECK(strcmp(name, expected) == 0);
	CHECK(access("/proc/thread-self/stat", F_OK) == 0);
	n = readlink("/proc/self/exe", name, sizeof(name) - 1);
	CHECK(n > 1 && name[0] == '/');
	name[n] = '\0';
	CHECK(strcmp(strrchr(name, '/'), "/procfs") == 0);
	mkdir("/somewhere", 0755);
	CHECK(chdir("/somewhere") == 0);
	n = readlink("/proc/self/cwd", name, sizeof(name));
	CHECK(n == 10 && memcmp(name, "/somewhere", 10) == 0);
	CHECK(chdir("/proc/self/root") == 0 && rmdir("/somewhere") == 0);
	CHECK(chdir("/") == 0);
	CHECK(prctl(PR_SET_NAME, "nobody") == 0);
	expect_text("/proc/self/comm", "nobody\n");
	n = open("/proc/self/comm", O_WRONLY);
	CHECK(n >= 0 && write(n, "procfs", 6) == 6 && close(n) == 0);
	CHECK(prctl(PR_GET_NAME, name) == 0 && strcmp(name, "procfs") == 0);
	snprintf(path, sizeof(path), "/proc/%d/stat", getpid());
	snprintf(expected, sizeof(expected), "%d (procfs) R %d ", getpid(),
	    getppid());
	CHECK(slurp(path) > 0);
	CHECK(strncmp(text, expected, strlen(expected)) == 0);
	n = 1;
	for (char *at = text; *at != '\0'; at++)
		n += *at == ' ';
	CHECK(n == 52);
	ok("self");
}

static void
test_strings(char **argv)
{
	char expected[256];
	int len = 0;

	for (int i = 0; argv[i] != NULL; i++)
		len += snprintf(expected + len, sizeof(expected) - len, "%s%c",
		    argv[i], '\0');
	CHECK(slurp("/proc/self/cmdline") == len);
	CHECK(memcmp(text, expected, len) == 0);
	len = slurp("/proc/self/environ");
	CHECK(len >= 0 && (len == 0 || text[len - 1] == '\0'));
	CHECK(slurp("/proc/self/auxv") % 16 == 0);
	ok("strings");
}

static int in_data = 4711;

/* What maps says of the mapping at `address`. */
static int
find_map(const void *address, char *rights, char *name)
{
	unsigned long start, end;

	CHECK(slurp("/proc/self/maps") > 0);
	for (char *line = strtok(text, "\n"); line != NULL;
	    line = strtok(NULL, "\n")) {
		name[0] = '\0';
		CHECK(sscanf(line, "%lx-%lx %4s %*x %*s %*u %99[^\n]", &start,
		    &end, rights, name) >= 3);
		if ((unsigned long)address >= start &&
		    (unsigned long)address < end)
			return 1;
	}
	return 0;
}

/* The number in field `number` of /proc/self/stat, counted from 1. */
static long
stat_field(int number)
{
	char *at;

	CHECK(slurp("/proc/self/stat") > 0);
	at = strrchr(text, ')') + 1;
	for (int i = 3; i < number; i++)
		at = strchr(at + 1, ' ');
	return atol(at);
}

/* Sizes of mappings, of many pages, and how many there are. */
static void
test_sizes(void)
{
	const long bytes = 80 << 20, touched = 1 << 20;
	long size = stat_field(23), resident = stat_field(24);
	unsigned long start, end;
	char *map, *line;
	int sum = 0;

	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(map != MAP_FAILED);
	memset(map, 1, touched);
	CHECK(stat_field(23) == size + bytes);
	/* What our own text and data come to meanwhile is little. */
	CHECK(stat_field(24) >= resident + touched / 4096);
	CHECK(stat_field(24) < resident + touched / 4096 + 64);
	/* Every other page, so that each has an entry. */
	for (long at = 0; at < bytes; at += 8192)
		sum += ((volatile char *)map)[at];
	CHECK(sum == touched / 8192);
	CHECK(slurp("/proc/self/smaps") > 0);
	for (line = text; sscanf(line, "%lx-%lx ", &start, &end) != 2 ||
	    (unsigned long)map < start || (unsigned long)map >= end;
	    line = strchr(line, '\n') + 1)
		CHECK(strchr(line, '\n') != NULL);
	CHECK(end >= (unsigned long)map + bytes);
	CHECK(atol(strstr(line, "Size:") + 5) == (long)(end - start) / 1024);
	CHECK(atol(strstr(line, "Rss:") + 4) >= touched / 1024);
	CHECK(munmap(map, bytes) == 0);
	CHECK(stat_field(23) == size);
	ok("sizes");
}

static void
test_memory(void)
{
	char *heap = malloc(100), rights[5], name[100], byte;
	int fd, other = 815;
	char *map;

	CHECK(find_map(test_memory, rights, name) &&
	    strcmp(rights, "r-xp") == 0 && strstr(name, "/procfs") != NULL);
	CHECK(find_map(&in_data, rights, name) && strcmp(rights, "rw-p") == 0);
	CHECK(find_map(&fd, rights, name) && strcmp(name, "[stack]") == 0);
	CHECK(find_map(heap, rights, name) && strcmp(name, "[heap]") == 0);
	map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(map != MAP_FAILED);
	memset(map, 1, 1 << 20);
	CHECK(find_map(map, rights, name) && strcmp(rights, "rw-p") == 0);
	CHECK(number_in("/proc/self/status", "VmRSS:") >= 1024);
	CHECK(number_in("/proc/self/smaps_rollup", "Anonymous:") >= 1024);
	CHECK(number_in("/proc/self/smaps", "Size:") > 0);
	CHECK(munmap(map, 1 << 20) == 0);
	CHECK(!find_map(map, rights, name));
	fd = open("/proc/self/mem", O_RDWR);
	CHECK(fd >= 0);
	CHECK(pread(fd, &other, sizeof(other), (off_t)&in_data) == 4);
	CHECK(other == 4711);
	other = 42;
	CHECK(pwrite(fd, &other, sizeof(other), (off_t)&in_data) == 4);
	CHECK(*(volatile int *)&in_data == 42);
	CHECK_FAILS(pread(fd, &byte, 1, 8), EIO);
	close(fd);
	free(heap);
	ok("memory");
}

/* Files mapped by turns are called what they are called now. */
static void
test_map_names(void)
{
	char names[2][32] = { "/names.test/first", "/names.test/other" };
	char rights[5], name[100], *map[8];
	int fd[2];

	CHECK(mkdir("/names.test", 0755) == 0);
	for (int i = 0; i < 2; i++) {
		fd[i] = open(names[i], O_RDWR | O_CREAT, 0600);
		CHECK(fd[i] >= 0 && ftruncate(fd[i], 1 << 16) == 0);
	}
	for (int i = 0; i < 8; i++) {
		map[i] = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd[i % 2],
		    8192 * i);
		CHECK(map[i] != MAP_FAILED);
	}
	for (int i = 0; i < 8; i++)
		CHECK(find_map(map[i], rights, name) &&
		    strcmp(name, names[i % 2]) == 0);
	CHECK(rename(names[0], "/names.test/with a longer name") == 0);
	CHECK(rename(names[1], names[0]) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(find_map(map[i], rights, name) && strcmp(name,
		    i % 2 ? names[0] : "/names.test/with a longer name") == 0);
	CHECK(unlink(names[0]) == 0);
	CHECK(unlink("/names.test/with a longer name") == 0);
	CHECK(rmdir("/names.test") == 0);
	for (int i = 0; i < 8; i++)
		CHECK(munmap(map[i], 4096) == 0);
	close(fd[0]), close(fd[1]);
	ok("names of what is mapped");
}

static void
test_files(void)
{
	int fds[2], fd = open("/somefile", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char path[64], name[PATH_MAX], byte;
	struct stat one, other;
	int n, again;

	CHECK(fd >= 0 && write(fd, "abc", 3) == 3);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name));
	CHECK(n == 9 && memcmp(name, "/somefile", 9) == 0);
	CHECK(stat(path, &one) == 0 && fstat(fd, &other) == 0);
	CHECK(one.st_ino == other.st_ino);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	CHECK(number_in(path, "pos:") == 3);
	/* A file without a name can be opened by its descriptor's. */
	CHECK(unlink("/somefile") == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name));
	CHECK(n == 19 && memcmp(name, "/somefile (deleted)", n) == 0);
	again = open(path, O_RDONLY);
	CHECK(again >= 0 && read(again, &byte, 1) == 1 && byte == 'a');
	close(again);
	close(fd);
	CHECK_FAILS(readlink(path, name, sizeof(name)), ENOENT);
	/* So can a pipe. */
	CHECK(pipe(fds) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fds[0]);
	n = readlink(path, name, sizeof(name));
	CHECK(n > 6 && memcmp(name, "pipe:[", 6) == 0);
	again = open(path, O_RDONLY);
	CHECK(again >= 0 && write(fds[1], "p", 1) == 1);
	CHECK(read(again, &byte, 1) == 1 && byte == 'p');
	close(fds[1]);
	CHECK(read(again, &byte, 1) == 0);
	close(again);
	close(fds[0]);
	ok("files");
}

static void
test_directories(void)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;
	char own[16];
	int found = 0, init = 0;
	struct statfs statfs_proc;

	snprintf(own, sizeof(own), "%d", getpid());
	CHECK(directory != NULL);
	while ((entry = readdir(directory)) != NULL) {
		found += strcmp(entry->d_name, own) == 0;
		init += strcmp(entry->d_name, "1") == 0;
	}
	CHECK(closedir(directory) == 0 && found == 1 && init == 1);
	CHECK(statfs("/proc", &statfs_proc) == 0);
	CHECK(statfs_proc.f_type == 0x9fa0);
	CHECK_FAILS(open("/proc/999999/stat", O_RDONLY), ENOENT);
	CHECK_FAILS(open("/proc/01/stat", O_RDONLY), ENOENT);
	CHECK_FAILS(open("/proc/0/stat", O_RDONLY), ENOENT);
	CHECK_FAILS(open("/proc/new", O_CREAT | O_WRONLY, 0600), ENOENT);
	CHECK_FAILS(mkdir("/proc/new", 0700), ENOENT);
	CHECK_FAILS(chmod("/proc/self", 0700), EPERM);
	ok("directories");
}

static void
test_others(void)
{
	int status, fds[2];
	char path[64], byte;
	pid_t child;
	int fd;

	CHECK(pipe(fds) == 0);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		CHECK(read(fds[0], &byte, 1) == 1);
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", child);
	fd = open(path, O_RDONLY);
	CHECK(fd >= 0 && read(fd, text, 10) > 0 && lseek(fd, 0, SEEK_SET) == 0);
	if (fork() == 0) {
		/* What is root's is not for others. */
		CHECK(setresgid(1000, 1000, 1000) == 0);
		CHECK(setresuid(1000, 1000, 1000) == 0);
		CHECK(slurp(path) > 0);
		snprintf(path, sizeof(path), "/proc/%d/maps", child);
		CHECK_FAILS(open(path, O_RDONLY), EACCES);
		snprintf(path, sizeof(path), "/proc/%d/environ", child);
		CHECK_FAILS(open(path, O_RDONLY), EACCES);
		snprintf(path, sizeof(path), "/proc/%d/mem", child);
		CHECK_FAILS(open(path, O_RDONLY), EACCES);
		snprintf(path, sizeof(path), "/proc/%d/fd", child);
		CHECK_FAILS(open(path, O_RDONLY), EACCES);
		snprintf(path, sizeof(path), "/proc/%d/exe", child);
		CHECK_FAILS(readlink(path, text, 100), EACCES);
		snprintf(path, sizeof(path), "/proc/%d/cwd/x", child);
		CHECK_FAILS(open(path, O_RDONLY), EACCES);
		CHECK_FAILS(open("/proc/cowslip/audit", O_RDONLY), EACCES);
		CHECK(slurp("/proc/self/maps") > 0);
		_exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
	CHECK(write(fds[1], "x", 1) == 1);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK_FAILS(read(fd, text, 10), ESRCH);
	close(fd);
	ok("others");
}

static void
test_machine(void)
{
	double up, idle;

	CHECK(slurp("/proc/uptime") > 0);
	CHECK(sscanf(text, "%lf %lf", &up, &idle) == 2 && up > 0);
	CHECK(slurp("/proc/loadavg") > 0);
	CHECK(slurp("/proc/stat") > 0 && strncmp(text, "cpu  ", 5) == 0);
	CHECK(strstr(text, "\nbtime ") != NULL);
	CHECK(number_in("/proc/meminfo", "MemTotal:") >=
	    number_in("/proc/meminfo", "MemAvailable:"));
	CHECK(slurp("/proc/cpuinfo") > 0 && strstr(text, "rv64") != NULL);
	CHECK(slurp("/proc/mounts") > 0 && strstr(text, " /proc proc ") != NULL);
	CHECK(slurp("/proc/filesystems") > 0 && strstr(text, "\text2\n") != NULL);
	CHECK(slurp("/proc/sys/kernel/random/uuid") == 37);
	expect_text("/proc/sys/kernel/ostype", "Linux\n");
	CHECK(slurp("/proc/self/limits") > 0 &&
	    strstr(text, "Max open files") != NULL);
	CHECK(slurp("/proc/cowslip/audit") > 0);
	CHECK(strncmp(text, "audit: ok\n", 10) == 0);
	ok("machine");
}

/* As a shell does it: `echo text > path`. */
static int
echo(const char *line, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	int result = 0;

	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		result = errno;
	close(fd);
	return result;
}

static void
test_writing(void)
{
	int status;
	pid_t child;

	CHECK(echo("500\n", "/proc/self/oom_score_adj") == 0);
	expect_text("/proc/self/oom_score_adj", "500\n");
	CHECK(echo("1001\n", "/proc/self/oom_score_adj") == EINVAL);
	CHECK(echo("x", "/proc/self/oom_score_adj") == EINVAL);
	child = fork();
	CHECK(child >= 0);
	if (child == 0) {
		expect_text("/proc/self/oom_score_adj", "500\n");
		CHECK(setuid(1000) == 0);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	CHECK(echo("-1000", "/proc/self/oom_score_adj") == 0);
	expect_text("/proc/self/oom_score_adj", "-1000\n");
	CHECK(echo("0", "/proc/self/oom_score_adj") == 0);
	ok("writing");
}

/* The harts, as programs count them. */
static void
test_harts(void)
{
	const char *folder = "/sys/devices/system/cpu";
	DIR *directory = opendir(folder);
	struct dirent *entry;
	int count = 0, number, end;
	char path[256], text[64];
	FILE *file;

	CHECK(directory != NULL);
	while ((entry = readdir(directory)) != NULL) {
		if (sscanf(entry->d_name, "cpu%d%n", &number, &end) != 1 ||
		    entry->d_name[end] != '\0')
			continue;
		snprintf(path, sizeof(path), "%s/cpu%d/topology/core_id",
		    folder, number);
		CHECK(access(path, R_OK) == 0);
		count++;
	}
	closedir(directory);
	CHECK(count == sysconf(_SC_NPROCESSORS_CONF));
	CHECK(access("/sys/devices/system/cpu/cpu999", F_OK) == -1);
	file = fopen("/sys/devices/system/cpu/online", "r");
	CHECK(file != NULL && fgets(text, sizeof(text), file) != NULL);
	CHECK(text[0] == '0' && (count == 1 ||
	    atoi(text + 2) == count - 1));
	fclose(file);
	ok("harts");
}

int
main(int argc, char **argv)
{
	(void)argc;
	mkdir("/proc", 0755);
	if (access("/proc/self", F_OK) != 0)
		CHECK(mount("proc", "/proc", "proc", 0, "") == 0);
	test_self();
	test_strings(argv);
	test_memory();
	test_sizes();
	test_map_names();
	test_files();
	test_directories();
	test_others();
	test_machine();
	test_harts();
	test_writing();
	return done();
}
