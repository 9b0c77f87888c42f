/* usertests: addresses a program should not have given, to the kernel or to
 * its own loads and stores. */
#include "usertests/harness.h"
#include "usertests/tests.h"

/* write() from addresses that are not ours writes nothing. */
void
test_copyin(void)
{
	int fds[2];

	for (int i = 0; i < nhostile_addresses; i++) {
		char *bad = (char *)hostile_addresses[i];
		int fd = open("copyin", XV6_O_CREATE | XV6_O_WRONLY);

		CHECK(fd >= 0);
		CHECK(write(fd, bad, 8192) == -1);
		close(fd);
		CHECK(file_size("copyin") == 0);
		CHECK(unlink("copyin") == 0);
		CHECK(write(1, bad, 8192) <= 0);
		CHECK(pipe(fds) == 0);
		CHECK(write(fds[1], bad, 8192) <= 0);
		close(fds[0]);
		close(fds[1]);
	}
}

/* read() to addresses that are not ours reads nothing. */
void
test_copyout(void)
{
	int fds[2];

	file_make("copyout", 9000);
	for (int i = 0; i < nhostile_addresses; i++) {
		char *bad = (char *)hostile_addresses[i];
		int fd = open("copyout", XV6_O_RDONLY);

		CHECK(fd >= 0);
		CHECK(read(fd, bad, 8192) == -1);
		close(fd);
		CHECK(pipe(fds) == 0);
		CHECK(write(fds[1], "x", 1) == 1);
		CHECK(read(fds[0], bad, 8192) <= 0);
		close(fds[0]);
		close(fds[1]);
	}
	CHECK(unlink("copyout") == 0);
}

/* Paths at addresses that are not ours. */
void
test_copyinstr1(void)
{
	for (int i = 0; i < nhostile_addresses; i++) {
		const char *bad = (const char *)hostile_addresses[i];

		CHECK(open(bad, XV6_O_CREATE | XV6_O_WRONLY) == -1);
	}
}

static void
exec_long_argument(uintptr_t unused)
{
	char *arguments[3];

	(void)unused;
	memset(scratch, 'x', PAGE);
	scratch[PAGE] = '\0';
	arguments[0] = ECHO;
	arguments[1] = scratch;
	arguments[2] = NULL;
	CHECK(exec(ECHO, arguments) == -1);
	exit(74);
}

/* Paths longer than there may be, and an argument longer than a page. */
void
test_copyinstr2(void)
{
	char *arguments[] = { "xx", NULL };
	char *path = scratch;

	memset(path, 'x', XV6_MAXPATH);
	path[XV6_MAXPATH] = '\0';
	CHECK(unlink(path) == -1);
	CHECK(open(path, XV6_O_CREATE | XV6_O_WRONLY) == -1);
	CHECK(link(path, path) == -1);
	CHECK(mkdir(path) == -1);
	CHECK(exec(path, arguments) == -1);
	EXPECT_EXIT(exec_long_argument, 0, 74);
}

/* A path that runs off the end of memory without a NUL. */
void
test_copyinstr3(void)
{
	char *arguments[] = { "xx", NULL };
	char *last = pages_grow(2) + 2 * PAGE - 1;

	*last = 'x';
	CHECK(unlink(last) == -1);
	CHECK(open(last, XV6_O_CREATE | XV6_O_WRONLY) == -1);
	CHECK(link(last, last) == -1);
	CHECK(exec(last, arguments) == -1);
	CHECK(chdir(last) == -1);
}

/* Memory given back is no longer good for the kernel's copies. */
void
test_rwsbrk(void)
{
	char *gone = pages_grow(2);
	int fd;

	memset(gone, 1, 2 * PAGE);
	pages_shrink(2);
	fd = open("rwsbrk", XV6_O_CREATE | XV6_O_RDWR);
	CHECK(fd >= 0);
	CHECK(write(fd, gone + PAGE, 1024) == -1);
	CHECK(write(fd, "0123456789", 10) == 10);
	close(fd);
	fd = open("rwsbrk", XV6_O_RDONLY);
	CHECK(fd >= 0);
	CHECK(read(fd, gone + PAGE, 10) == -1);
	close(fd);
	CHECK(unlink("rwsbrk") == 0);
}

/* exec with an argument that is no address, again and again: nothing of the
 * half-made new program may stay. */
void
test_badarg(void)
{
	char *arguments[] = { (char *)0xffffffff, NULL };

	for (int i = 0; i < 2000; i++)
		CHECK(exec(ECHO, arguments) == -1);
}

/* A negative count, at the last byte of memory. */
void
test_argptest(void)
{
	char *end = pages_grow(1) + PAGE;
	int fd = open(SELF, XV6_O_RDONLY);

	CHECK(fd >= 0);
	CHECK(read(fd, end - 1, -1) <= 1);
	CHECK(write(fd, end - 1, -1) <= 0);
	close(fd);
}

/* Every page of low memory as a name: mapped or not, it is only a name. */
void
test_validatetest(void)
{
	for (uintptr_t at = 0; at <= 1100 * 1024; at += PAGE)
		CHECK(link("nosuchfile", (const char *)at) == -1);
}

/* Wild pointers to exec and pipe. */
void
test_pgbug(void)
{
	char *none[] = { NULL };

	CHECK(exec((char *)0xeaeb0b5b00002f5e, none) == -1);
	CHECK(pipe((int *)0xeaeb0b5b00002f5e) == -1);
}

/* Stores at every power of two from the end of user memory up. */
void
test_MAXVAplus(void)
{
	for (int shift = 38; shift < 64; shift++)
		EXPECT_KILLED(byte_store, (uintptr_t)1 << shift);
}

/* Writes that fail take no disk block: more of them than there are. */
void
test_badwrite(void)
{
	int fd;

	for (int i = 0; i < 600; i++) {
		fd = open("badwrite", XV6_O_CREATE | XV6_O_WRONLY);
		CHECK(fd >= 0);
		CHECK(write(fd, (char *)0xffffffffff, 1) == -1);
		close(fd);
		CHECK(unlink("badwrite") == 0);
	}
	fd = open("badwrite", XV6_O_CREATE | XV6_O_WRONLY);
	CHECK(fd >= 0);
	CHECK(write(fd, "x", 1) == 1);
	close(fd);
	CHECK(unlink("badwrite") == 0);
}

/* The kernel's memory cannot be read, whichever way it is mapped. */
void
test_kernmem(void)
{
	static const uintptr_t starts[] = {
		0x80000000, 0xffffffc080000000, 0xffffffff80000000,
	};

	for (int i = 0; i < 3; i++) {
		for (uintptr_t off = 0; off < 2 * MIB; off += 200000) {
			EXPECT_KILLED(byte_load, starts[i] + off);
			EXPECT_KILLED(byte_store, starts[i] + off);
		}
	}
}

/* A program's own text. */
void
test_textwrite(void)
{
	EXPECT_KILLED(byte_store, 0);
	EXPECT_KILLED(byte_store, &test_textwrite);
}

/* The page below the stack. */
void
test_stacktest(void)
{
	char here;

	EXPECT_KILLED(byte_load, (uintptr_t)&here - PAGE);
	EXPECT_KILLED(byte_store, (uintptr_t)&here - PAGE);
}
