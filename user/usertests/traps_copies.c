/* usertests: the traps of copies between the kernel and programs. */
#include "usertests/harness.h"
#include "usertests/tests.h"

/*
 * Four pages that end where memory ends: shared by copy-on-write, never
 * touched, touched, shared again.  A child holds the shared ones until
 * `barrier` opens.
 */
static char *
mixed_pages(struct barrier *barrier)
{
	char *start = pages_grow(4);

	start[0] = 's';
	start[3 * PAGE] = 's';
	barrier_make(barrier);
	if (fork_checked() == 0) {
		barrier_wait(barrier);
		CHECK(start[0] == 's' && start[3 * PAGE] == 's');
		CHECK(start[1] == 0 && start[PAGE] == 0);
		CHECK(start[4 * PAGE - 1] == 0);
		exit(0);
	}
	start[2 * PAGE] = 't';
	return start;
}

static void
pattern_check(const char *bytes, int from, int len)
{
	for (int i = 0; i < len; i++)
		CHECK(bytes[i] == pattern_byte(from + i));
}

static void
pattern_write(int fd, int len)
{
	for (int i = 0; i < len; i++)
		scratch[i] = pattern_byte(i);
	CHECK(write(fd, scratch, len) == len);
}

/* A read that runs off the end of memory delivers what fits; the next read
 * gets the rest. */
void
test_trap07_pipe_read_spans_pages(void)
{
	static const int fitting[] = { 0, 1, 7, 8, 13, 40, 99, 100, 300 };
	struct barrier barrier;
	char *end = mixed_pages(&barrier) + 4 * PAGE;
	int fds[2];

	CHECK(pipe(fds) == 0);
	for (unsigned i = 0; i < sizeof(fitting) / sizeof(fitting[0]); i++) {
		int fits = fitting[i];

		pattern_write(fds[1], 400);
		CHECK(read(fds[0], end - fits, 400) ==
		    (fits == 0 ? -1 : fits));
		pattern_check(end - fits, 0, fits);
		CHECK(read(fds[0], scratch, 400) == 400 - fits);
		pattern_check(scratch, fits, 400 - fits);
	}
	/* over the boundaries of the mixed pages, too */
	for (int page = 1; page < 4; page++) {
		char *at = end - page * (int)PAGE - 200;

		pattern_write(fds[1], 400);
		CHECK(read(fds[0], at, 400) == 400);
		pattern_check(at, 0, 400);
	}
	barrier_open(&barrier);
	CHECK(wait_status() == 0);
}

/* A write that runs off the end of memory puts what there is into the pipe,
 * once, and says how much. */
void
test_trap07_pipe_write_spans_pages(void)
{
	static const int fitting[] = { 0, 1, 7, 8, 13, 40, 99, 100, 300 };
	char *end = pages_grow(3) + 3 * PAGE;
	int fds[2];

	CHECK(pipe(fds) == 0);
	for (int i = 0; i < 300; i++)
		end[i - 300] = pattern_byte(i);
	for (unsigned i = 0; i < sizeof(fitting) / sizeof(fitting[0]); i++) {
		int fits = fitting[i];
		int got = write(fds[1], end - fits, 400);

		CHECK(got == (fits == 0 ? -1 : fits));
		CHECK(write(fds[1], "#", 1) == 1);
		CHECK(read(fds[0], scratch, 512) == fits + 1);
		pattern_check(scratch, 300 - fits, fits);
		CHECK(scratch[fits] == '#');
	}
	/* pages never touched are zeros, as good as any */
	CHECK(write(fds[1], end - 3 * PAGE + PAGE - 100, 200) == 200);
	CHECK(read(fds[0], scratch, 512) == 200);
	for (int i = 0; i < 200; i++)
		CHECK(scratch[i] == 0);
}

/* The same for files: the offset moves by what was moved. */
void
test_trap07_file_spans_pages(void)
{
	static const int fitting[] = { 1, 13, 4096, 5000, 9001, 16384 };
	enum { LEN = 20000 };
	struct barrier barrier;
	char *end = mixed_pages(&barrier) + 4 * PAGE;
	int fd;

	file_make("in", LEN);
	for (unsigned i = 0; i < sizeof(fitting) / sizeof(fitting[0]); i++) {
		int fits = fitting[i];

		fd = open("in", XV6_O_RDONLY);
		CHECK(fd >= 0);
		CHECK(read(fd, end, 100) == -1);
		CHECK(read(fd, end - fits, LEN) == fits);
		pattern_check(end - fits, 0, fits);
		CHECK(read(fd, scratch, 1000) == 1000);
		pattern_check(scratch, fits, 1000);
		close(fd);
		fd = open("out", XV6_O_CREATE | XV6_O_TRUNC | XV6_O_RDWR);
		CHECK(fd >= 0);
		CHECK(write(fd, end, 100) == -1);
		/* What could be read is written, but not all was. */
		CHECK(write(fd, end - fits, LEN) == -1);
		CHECK(write(fd, "#", 1) == 1);
		close(fd);
		CHECK(file_size("out") == fits + 1);
	}
	fd = open("out", XV6_O_RDONLY);
	CHECK(fd >= 0);
	CHECK(read(fd, scratch, SCRATCH_BYTES) == 16384);
	pattern_check(scratch, 0, 16384);
	CHECK(read(fd, scratch, 10) == 1 && scratch[0] == '#');
	close(fd);
	barrier_open(&barrier);
	CHECK(wait_status() == 0);
	CHECK(unlink("in") == 0);
	CHECK(unlink("out") == 0);
}

/* Paths that end with memory, or whose end is on a page never touched. */
void
test_trap08_strings_at_page_ends(void)
{
	char *end = pages_grow(3) + 3 * PAGE, *at;
	int fd;

	file_make("name", 1);
	at = end - 5;
	memcpy(at, "name", 5);
	fd = open(at, XV6_O_RDONLY);
	CHECK(fd >= 0);
	close(fd);
	/* unterminated: one byte less than it needs */
	at = end - 4;
	memcpy(at, "name", 4);
	CHECK(open(at, XV6_O_RDONLY) == -1);
	CHECK(unlink(at) == -1);
	CHECK(link("name", at) == -1 && link(at, "other") == -1);
	CHECK(mkdir(at) == -1 && chdir(at) == -1);
	CHECK(mknod(at, 1, 1) == -1);
	CHECK(open(end, XV6_O_RDONLY) == -1);
	/* the NUL is the first byte of a page never touched */
	at = end - 2 * PAGE - 4;
	memcpy(at, "name", 4);
	fd = open(at, XV6_O_RDONLY);
	CHECK(fd >= 0);
	close(fd);
	/* half here, half on the next page */
	at = end - PAGE - 2;
	memcpy(at, "name", 5);
	CHECK(file_size(at) == 1);
	CHECK(unlink(at) == 0);
}

/* The new program checks that all its strings are the same. */
static void
exec_same(uintptr_t text)
{
	char *string = (char *)text;
	char *arguments[] = { SELF, "=same", string, string, string, NULL };

	exec(SELF, arguments);
	exit(98);
}

/* exec with the table of arguments where `table` says. */
static void
exec_table(uintptr_t table)
{
	exec(SELF, (char **)table);
	exit(98);
}

void
test_trap08_exec_strings(void)
{
	char *end = pages_grow(4) + 4 * PAGE, *at;
	char **table;

	/* a string over a page's end, its NUL on a page never touched */
	at = end - 2 * PAGE - 10;
	memset(at, 'q', 10);
	EXPECT_EXIT(exec_same, at, 10);
	/* at the end of memory; the whole string a page never touched */
	at = end - 7;
	memcpy(at, "qqqqqq", 7);
	EXPECT_EXIT(exec_same, at, 6);
	EXPECT_EXIT(exec_same, end - 4 * PAGE, 0);
	at[6] = 'q';
	EXPECT_EXIT(exec_same, at, 98);
	/* the table of arguments: ends with memory, or runs off it */
	table = (char **)end - 4;
	table[0] = SELF;
	table[1] = "=exit";
	table[2] = "23";
	table[3] = NULL;
	EXPECT_EXIT(exec_table, table, 23);
	table[3] = "24";
	EXPECT_EXIT(exec_table, table, 98);
	/* the table's NULL on a page never touched */
	table = (char **)(end - 3 * PAGE) - 3;
	table[0] = SELF;
	table[1] = "=exit";
	table[2] = "25";
	EXPECT_EXIT(exec_table, table, 25);
}

/* exec reads its strings from pages that have to be made, copied or read
 * first, while the new program's space is being filled; an exec that fails
 * leaves the old memory as it was. */
void
test_trap09_fill_another_space(void)
{
	struct barrier barrier;
	char *pages = mixed_pages(&barrier);
	char *arguments[] = { "none", pages, pages + PAGE, NULL };

	memcpy(pages, "shared", 7);
	for (int i = 0; i < 3; i++) {
		CHECK(exec("none", arguments) == -1);
		CHECK(exec(".", arguments) == -1);
		EXPECT_EXIT(exec_same, pages, 6);
		EXPECT_EXIT(exec_same, pages + PAGE, 0);
		EXPECT_EXIT(exec_same, pages + 2 * PAGE, 1);
	}
	CHECK(memcmp(pages, "shared", 7) == 0);
	CHECK(pages[PAGE] == 0 && pages[2 * PAGE] == 't');
	barrier_open(&barrier);
	/* the child sees none of it */
	CHECK(wait_status() == 0);
}

void
test_trap10_hostile_load_store(void)
{
	for (int i = 0; i < nhostile_addresses; i++) {
		EXPECT_KILLED(byte_load, hostile_addresses[i]);
		EXPECT_KILLED(byte_store, hostile_addresses[i]);
	}
	/* the last word of user memory and the first beyond it */
	EXPECT_KILLED(byte_load, ((uintptr_t)1 << 38) - 1);
	EXPECT_KILLED(byte_store, (uintptr_t)-8);
}

static void
jump_to(uintptr_t address)
{
	((void (*)(void))address)();
}

/* Calls that take a name. */
static void
hostile_names(const char *bad)
{
	char *none[] = { NULL }, *one[] = { (char *)bad, NULL };

	CHECK(open(bad, XV6_O_RDONLY) == -1);
	CHECK(open(bad, XV6_O_CREATE) == -1);
	CHECK(unlink(bad) == -1);
	CHECK(link(bad, "x") == -1 && link(SELF, bad) == -1);
	CHECK(mkdir(bad) == -1 && chdir(bad) == -1);
	CHECK(mknod(bad, 1, 1) == -1);
	CHECK(exec(bad, none) == -1);
	CHECK(exec(ECHO, (char **)bad) == -1);
	CHECK(exec(ECHO, one) == -1);
	CHECK(rename(bad, "x") == -1 && rename(SELF, bad) == -1);
	CHECK(truncate(bad, 0) == -1);
	CHECK(symlink(bad, "x") == -1 && symlink("x", bad) == -1);
}

/* Calls that take a buffer. */
static void
hostile_buffers(char *bad, int file, const int fds[2])
{
	char byte;

	CHECK(read(file, bad, 1) == -1);
	CHECK(write(file, bad, 1) == -1);
	CHECK(read(fds[0], bad, 100) == -1);
	CHECK(write(fds[1], bad, 1) == -1);
	CHECK(fstat(file, (struct xv6_stat *)bad) == -1);
	CHECK(pipe((int *)bad) == -1);
	CHECK(meminfo((struct meminfo *)bad) == -1);
	CHECK(procinfo(0, (struct procinfo *)bad) == -1);
	/* nothing was taken out of the pipe */
	CHECK(read(fds[0], &byte, 1) == 1 && byte == 'k');
	CHECK(write(fds[1], "k", 1) == 1);
}

/* wait fails, and the child is still there to be waited for. */
static void
hostile_wait(int *bad)
{
	int pid = fork_checked();

	if (pid == 0)
		exit(5);
	CHECK(wait(bad) == -1);
	CHECK(wait_for(pid) == 5);
}

void
test_trap10_hostile_calls(void)
{
	uint64_t level = memory_level();
	int fds[2], file;

	file_make("file", 10);
	file = open("file", XV6_O_RDWR);
	CHECK(file >= 0);
	CHECK(pipe(fds) == 0);
	CHECK(write(fds[1], "k", 1) == 1);
	for (int i = 0; i < nhostile_addresses; i++) {
		uintptr_t bad = hostile_addresses[i];

		hostile_names((const char *)bad);
		hostile_buffers((char *)bad, file, fds);
		hostile_wait((int *)bad);
		EXPECT_KILLED(jump_to, bad & ~(uintptr_t)1);
	}
	CHECK(syscall(0) == -1);
	CHECK(syscall(22) == -1);
	CHECK(syscall(1000000) == -1);
	CHECK(syscall(-1) == -1);
	CHECK(file_size("file") == 10);
	close(fds[0]);
	close(fds[1]);
	close(file);
	CHECK(unlink("file") == 0);
	CHECK(memory_settles(level));
}
