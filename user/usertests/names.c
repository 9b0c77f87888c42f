/* usertests: names, links and directories. */
#include "usertests/harness.h"
#include "usertests/tests.h"

#define NEW	(XV6_O_CREATE | XV6_O_RDWR)

void
test_linktest(void)
{
	struct xv6_stat info;
	int fd;

	file_make("lf1", 5);
	CHECK(link("lf1", "lf2") == 0);
	fd = open("lf2", XV6_O_RDONLY);
	CHECK(fd >= 0 && fstat(fd, &info) == 0);
	CHECK(info.nlink == 2 && info.type == XV6_T_FILE && info.size == 5);
	CHECK(unlink("lf1") == 0);
	CHECK(open("lf1", XV6_O_RDONLY) == -1);
	CHECK(read(fd, scratch, 32) == 5 && scratch[4] == pattern_byte(4));
	CHECK(fstat(fd, &info) == 0 && info.nlink == 1);
	close(fd);
	CHECK(link("lf2", "lf2") == -1);
	CHECK(unlink("lf2") == 0);
	CHECK(link("lf2", "lf1") == -1);
	CHECK(link(".", "lf1") == -1);
}

/* Links made and undone by two processes at once. */
void
test_linkunlink(void)
{
	int pid = fork_checked();
	uint64_t seed = pid == 0 ? 97 : 1;

	for (int i = 0; i < 100; i++) {
		switch (random_next(&seed) % 3) {
		case 0:
			close(open("x", NEW));
			break;
		case 1:
			link(SELF, "x");
			break;
		default:
			unlink("x");
		}
	}
	if (pid == 0)
		exit(0);
	CHECK(wait_for(pid) == 0);
	unlink("x");
	CHECK(file_size(SELF) > 0);
}

/* A file lives as long as it is open. */
void
test_unlinkread(void)
{
	int old, new;

	file_make("unlinkread", 5);
	old = open("unlinkread", XV6_O_RDWR);
	CHECK(old >= 0);
	CHECK(unlink("unlinkread") == 0);
	new = open("unlinkread", NEW);
	CHECK(new >= 0);
	CHECK(write(new, "yyy", 3) == 3);
	close(new);
	CHECK(read(old, scratch, 32) == 5);
	CHECK(scratch[0] == pattern_byte(0));
	CHECK(write(old, scratch, 10) == 10);
	close(old);
	CHECK(file_size("unlinkread") == 3);
	CHECK(unlink("unlinkread") == 0);
}

/* How many names of the form C<digits> the directory has; each must be there
 * once, and below `limit`. */
static int
names_count(int limit)
{
	struct xv6_dirent entry;
	char *seen = scratch;
	int fd = open(".", XV6_O_RDONLY), count = 0;

	CHECK(fd >= 0);
	memset(seen, 0, (size_t)limit);
	while (read(fd, &entry, sizeof(entry)) == sizeof(entry)) {
		int number;

		if (entry.inum == 0 || entry.name[0] != 'C')
			continue;
		number = atoi(entry.name + 1);
		CHECK(number >= 0 && number < limit && !seen[number]);
		seen[number] = 1;
		count++;
	}
	close(fd);
	return count;
}

/* Two processes make and link names of one directory at the same time. */
void
test_concreate(void)
{
	enum { NAMES = 40 };
	char name[32];

	for (int i = 0; i < NAMES; i++) {
		int pid = fork_checked();

		unlink(name_make(name, "C", i));
		if (pid == 0 && i % 5 == 1)
			link("C0", name);
		else if (pid != 0 && i % 3 == 1)
			link("C0", name);
		else
			close(open(name, NEW));
		if (pid == 0)
			exit(0);
		CHECK(wait_for(pid) == 0);
	}
	CHECK(names_count(NAMES) == NAMES);
	for (int i = 0; i < NAMES; i++) {
		int pid = fork_checked();

		name_make(name, "C", i);
		for (int round = 0; round < 3; round++)
			close(open(name, XV6_O_RDONLY));
		unlink(name);
		if (pid == 0)
			exit(0);
		CHECK(wait_for(pid) == 0);
		CHECK(!file_exists(name));
	}
	CHECK(names_count(NAMES) == 0);
}

/* What must fail about dd/ff and its like. */
static void
subdir_refusals(void)
{
	static const char *const no_file[] = {
		"dd/ff/ff", "dd/xx/ff", "dd/dd/ff/x", "dd/none/x",
	};

	for (int i = 0; i < 4; i++) {
		CHECK(open(no_file[i], NEW) == -1);
		CHECK(mkdir(no_file[i]) == -1);
		CHECK(unlink(no_file[i]) == -1);
		CHECK(link("dd/ff", no_file[i]) == -1);
		CHECK(link(no_file[i], "dd/dd/xx") == -1);
		CHECK(chdir(no_file[i]) == -1);
	}
	CHECK(open("dd", XV6_O_CREATE) == -1);
	CHECK(open("dd", XV6_O_RDWR) == -1);
	CHECK(open("dd", XV6_O_WRONLY) == -1);
	CHECK(link("dd/ff", "dd/dd/ffff") == -1);
	CHECK(mkdir("dd/dd") == -1 && mkdir("dd/ff") == -1);
	CHECK(chdir("dd/ff") == -1 && chdir("dd/xx") == -1);
	CHECK(unlink("dd") == -1);
}

void
test_subdir(void)
{
	CHECK(mkdir("dd") == 0);
	file_make("dd/ff", 2);
	CHECK(unlink("dd") == -1);
	CHECK(mkdir("dd/dd") == 0);
	file_make("dd/dd/ff", 3);
	CHECK(file_size("dd/dd/../ff") == 2);
	CHECK(link("dd/dd/ff", "dd/dd/ffff") == 0);
	CHECK(unlink("dd/dd/ff") == 0);
	CHECK(!file_exists("dd/dd/ff"));
	CHECK(chdir("dd") == 0);
	CHECK(chdir("dd/../../dd") == 0);
	CHECK(chdir("./..") == 0);
	CHECK(file_size("dd/dd/ffff") == 3);
	file_make("dd/dd/ff", 4);
	subdir_refusals();
	CHECK(unlink("dd/dd/ff") == 0);
	CHECK(unlink("dd/dd/ffff") == 0);
	CHECK(unlink("dd/ff") == 0);
	CHECK(unlink("dd") == -1);
	CHECK(unlink("dd/dd") == 0);
	CHECK(unlink("dd") == 0);
	CHECK(unlink("dd") == -1);
}

void
test_dirtest(void)
{
	CHECK(mkdir("dir0") == 0);
	CHECK(mkdir("dir0") == -1);
	CHECK(chdir("dir0") == 0);
	CHECK(chdir("..") == 0);
	CHECK(unlink("dir0") == 0);
	CHECK(chdir("dir0") == -1);
}

/* A directory is removed while another process tries to open it. */
void
test_openiput(void)
{
	int pid;

	CHECK(mkdir("oidir") == 0);
	pid = fork_checked();
	if (pid == 0) {
		for (int i = 0; i < 50; i++)
			CHECK(open("oidir", XV6_O_RDWR) == -1);
		exit(0);
	}
	CHECK(unlink("oidir") == 0);
	CHECK(wait_for(pid) == 0);
}

static void
directory_remove_under(void)
{
	CHECK(mkdir("idir") == 0);
	CHECK(chdir("idir") == 0);
	CHECK(unlink("../idir") == 0);
	/* nothing can be made in it any more */
	CHECK(open("x", NEW) == -1);
	CHECK(mkdir("x") == -1);
}

static void
exit_in_removed(uintptr_t unused)
{
	(void)unused;
	directory_remove_under();
}

/* Exiting with a removed working directory. */
void
test_exitiput(void)
{
	EXPECT_EXIT(exit_in_removed, 0, 0);
	CHECK(!file_exists("idir"));
}

/* Leaving a removed working directory. */
void
test_iput(void)
{
	directory_remove_under();
	CHECK(chdir("/") == 0);
	CHECK(chdir("/usertests.d") == 0);
	CHECK(!file_exists("idir"));
}

/* . and .. cannot be removed. */
void
test_rmdot(void)
{
	CHECK(mkdir("dots") == 0);
	CHECK(chdir("dots") == 0);
	CHECK(unlink(".") == -1);
	CHECK(unlink("..") == -1);
	CHECK(chdir("..") == 0);
	CHECK(unlink("dots/.") == -1);
	CHECK(unlink("dots/..") == -1);
	CHECK(unlink("dots") == 0);
}

/* Names of 14 bytes, and of more, of which 14 count. */
void
test_fourteen(void)
{
	int fd;

	CHECK(mkdir("12345678901234") == 0);
	CHECK(mkdir("12345678901234/123456789012345") == 0);
	fd = open("123456789012345/123456789012345/123456789012345",
	    XV6_O_CREATE);
	CHECK(fd >= 0);
	close(fd);
	CHECK(file_exists("12345678901234/12345678901234/12345678901234"));
	CHECK(mkdir("12345678901234/12345678901234") == -1);
	CHECK(mkdir("123456789012345/12345678901234") == -1);
	CHECK(unlink("12345678901234/12345678901234/12345678901234") == 0);
	CHECK(unlink("12345678901234/12345678901234") == 0);
	CHECK(unlink("12345678901234") == 0);
}

/* A file is no directory, and a directory is no file. */
void
test_dirfile(void)
{
	int fd;

	file_make("dirfile", 0);
	CHECK(chdir("dirfile") == -1);
	CHECK(open("dirfile/xx", XV6_O_RDONLY) == -1);
	CHECK(open("dirfile/xx", XV6_O_CREATE) == -1);
	CHECK(mkdir("dirfile/xx") == -1);
	CHECK(unlink("dirfile/xx") == -1);
	CHECK(link(SELF, "dirfile/xx") == -1);
	CHECK(unlink("dirfile") == 0);
	CHECK(open(".", XV6_O_RDWR) == -1);
	fd = open(".", XV6_O_RDONLY);
	CHECK(fd >= 0);
	CHECK(write(fd, "x", 1) <= 0);
	close(fd);
}

/* Failing calls with empty names, deep down: none keeps an inode. */
void
test_iref(void)
{
	enum { DEPTH = 51 };

	for (int i = 0; i < DEPTH; i++) {
		int fd;

		CHECK(mkdir("irefd") == 0);
		CHECK(chdir("irefd") == 0);
		mkdir("");
		link(SELF, "");
		fd = open("", XV6_O_CREATE);
		if (fd >= 0)
			close(fd);
		fd = open("xx", XV6_O_CREATE);
		CHECK(fd >= 0);
		close(fd);
		CHECK(unlink("xx") == 0);
	}
	for (int i = 0; i < DEPTH; i++) {
		CHECK(chdir("..") == 0);
		CHECK(unlink("irefd") == 0);
	}
}

/* A directory of many blocks. */
void
test_bigdir(void)
{
	enum { NAMES = 500 };
	struct xv6_stat info;
	char name[32];
	int fd;

	file_make("C", 0);
	for (int i = 0; i < NAMES; i++)
		CHECK(link("C", name_make(name, "C", i)) == 0);
	fd = open("C", XV6_O_RDONLY);
	CHECK(fd >= 0 && fstat(fd, &info) == 0);
	CHECK(info.nlink == NAMES + 1);
	close(fd);
	CHECK(unlink("C") == 0);
	CHECK(names_count(NAMES) == NAMES);
	for (int i = 0; i < NAMES; i++)
		CHECK(unlink(name_make(name, "C", i)) == 0);
}
