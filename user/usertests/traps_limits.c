/* usertests: the traps of running out: of memory, processes, files, room. */
#include "usertests/harness.h"
#include "usertests/tests.h"

/* Machines with more than this are not filled. */
#define FILL_MAX	(1024 * MIB)

static bool
memory_is_small(void)
{
	struct meminfo info;

	CHECK(meminfo(&info) == 0);
	if (info.total <= FILL_MAX)
		return true;
	printf("(too much memory to use it all up) ");
	return false;
}

/* Without a page left: no call kills or hangs us, all fail or work. */
static void
calls_without_memory(uintptr_t fd)
{
	char *arguments[] = { SELF, "=exit", "0", NULL };
	int fds[2], pid;
	char *page;

	memory_fill();
	CHECK(write((int)fd, "full", 4) == 4);
	page = pages_grow(2);
	CHECK(read((int)fd, page, 1) == -1);
	if (pipe(fds) == 0) {
		close(fds[0]);
		close(fds[1]);
	}
	close(open("file", XV6_O_RDONLY));
	pid = fork();
	if (pid == 0) {
		page[0] = 1;		/* this kills the child */
		exit(0);
	}
	if (pid > 0)
		CHECK(wait(NULL) == pid);
	exec(SELF, arguments);
	page[PAGE] = 1;			/* and this us */
	exit(0);
}

/* Out of memory in a call, in a fault, in fork and in exec. */
void
test_trap14_out_of_memory(void)
{
	uint64_t level = memory_level();
	char text[4];
	int fds[2];

	if (!memory_is_small())
		return;
	file_make("file", 10000);
	CHECK(pipe(fds) == 0);
	EXPECT_EXIT_OR_KILLED(calls_without_memory, fds[1]);
	/* it came as far as having filled all memory */
	CHECK(read(fds[0], text, 4) == 4 && memcmp(text, "full", 4) == 0);
	close(fds[0]);
	close(fds[1]);
	CHECK(unlink("file") == 0);
	CHECK(memory_settles(level));
	CHECK(audit() == 0);
}

/* With `npages` left: fork, touch, exec. */
static void
calls_with_little_memory(uintptr_t npages)
{
	char *arguments[] = { SELF, "=exit", "0", NULL };
	int fds[2], pid;
	char *last;

	memory_fill();
	last = (char *)sbrk(0) - (npages + 1) * PAGE;
	pages_shrink(npages);
	pid = fork();
	if (pid == 0) {
		*last = 2;
		if (pipe(fds) == 0)
			write(fds[1], last, 100);
		exec(SELF, arguments);
		exit(0);
	}
	if (pid > 0) {
		CHECK(wait(NULL) == pid);
		CHECK(*last == 1);
	}
}

/* Each number of pages fails at a place of its own; nothing is ever lost. */
void
test_trap14_nearly_out_of_memory(void)
{
	uint64_t level = memory_level();

	if (!memory_is_small())
		return;
	for (int npages = 0; npages < 24; npages += npages < 8 ? 1 : 4) {
		EXPECT_EXIT_OR_KILLED(calls_with_little_memory, npages);
		CHECK(memory_settles(level));
		CHECK(audit() == 0);
	}
}

/* One of everything, over and over: no page more or less than before. */
static void
one_of_everything(void)
{
	char *arguments[] = { SELF, "=exit", "3", NULL };
	char *pages = pages_grow(8);
	int fds[2], pid;

	memset(pages, 1, 8 * PAGE);
	CHECK(pipe(fds) == 0);
	pid = fork_checked();
	if (pid == 0) {
		memset(pages, 2, 4 * PAGE);
		CHECK(sbrk(3 * MIB) != (char *)-1);
		CHECK(write(fds[1], pages, 10) == 10);
		exec(SELF, arguments);
		exit(4);
	}
	CHECK(read(fds[0], pages, 10) == 10);
	CHECK(wait_for(pid) == 3);
	close(fds[0]);
	close(fds[1]);
	file_make("file", 3000);
	CHECK(unlink("file") == 0);
	pages_shrink(8);
}

void
test_trap15_count_is_the_same(void)
{
	uint64_t level;

	one_of_everything();
	level = memory_level();
	for (int i = 0; i < 20; i++) {
		one_of_everything();
		/* at once: all that was put off is freed by asking */
		CHECK(memory_level() == level);
		CHECK(audit() == 0);
	}
}

/* The trap speaks of programs that map nothing at 0.  Those of this door
 * begin there, so what can be asked here is the same of any other address
 * that nothing is mapped at. */
void
test_trap16_unmapped_faults(void)
{
	char *end = break_align();

	EXPECT_KILLED(byte_load, end);
	EXPECT_KILLED(byte_store, end);
	EXPECT_KILLED(byte_load, end + 4 * MIB);
	EXPECT_KILLED(byte_store, end + 1024 * MIB);
}

#define SHARED_PAGES	40

static void
grandchild(char *pages, int self, struct barrier *barrier, int result)
{
	char byte = 'n';
	int i;

	barrier_wait(barrier);
	sleep(1);		/* the eldest and the middle one are gone */
	for (i = 0; i < SHARED_PAGES; i++) {
		if (pages[(uint64_t)i * PAGE] != (char)(i + 1))
			break;
		pages[(uint64_t)i * PAGE] = (char)self;
	}
	for (int k = 0; k < i; k++) {
		if (pages[(uint64_t)k * PAGE] != (char)self)
			i = 0;
	}
	if (i == SHARED_PAGES)
		byte = 'y';
	write(result, &byte, 1);
	exit(0);
}

/* The middle one forks two, and is killed or exits. */
static void
eldest(bool killed, int result)
{
	char *pages = pages_grow(SHARED_PAGES);
	struct barrier barrier;

	for (int i = 0; i < SHARED_PAGES; i++)
		pages[(uint64_t)i * PAGE] = (char)(i + 1);
	barrier_make(&barrier);
	for (int self = 101; self < 103; self++) {
		if (fork_checked() == 0)
			grandchild(pages, self, &barrier, result);
	}
	barrier_open(&barrier);
	if (killed)
		kill(getpid());
	exit(0);
}

/* Pages of a process that is gone are shared by its children. */
void
test_trap17_eldest_is_gone(void)
{
	uint64_t level = memory_level();
	int fds[2], pid;
	char text[2];

	for (int round = 0; round < 4; round++) {
		CHECK(pipe(fds) == 0);
		pid = fork_checked();
		if (pid == 0)
			eldest(round % 2 == 1, fds[1]);
		close(fds[1]);
		CHECK(wait_for(pid) == (round % 2 == 1 ? -1 : 0));
		CHECK(read(fds[0], text, 1) == 1 && text[0] == 'y');
		CHECK(read(fds[0], text, 1) == 1 && text[0] == 'y');
		CHECK(read(fds[0], text, 1) == 0);
		close(fds[0]);
		CHECK(memory_settles(level));
	}
}

/* Touch page by page a gigabyte, and as much again. */
static void
touch_all(uintptr_t writing)
{
	for (int part = 0; part < 2; part++) {
		char *start = sbrk(1024 * MIB);

		CHECK(start != (char *)-1);
		for (uint64_t at = 0; at < 1024 * MIB; at += PAGE) {
			if (writing)
				start[at] = 1;
			else
				byte_load((uintptr_t)start + at);
		}
	}
	exit(1);
}

/* Promised is not used; more than there is cannot be used, nor read. */
void
test_trap32_promise_a_gigabyte(void)
{
	uint64_t level = memory_level();
	char *start = break_align();

	CHECK(sbrk(1024 * MIB) == start);
	CHECK(level - memory_level() <= 4 * PAGE);
	start[0] = 1;
	start[1024 * MIB - 1] = 1;
	CHECK(level - memory_level() <= 16 * PAGE);
	CHECK(sbrk(-(int)(1024 * MIB)) == start + 1024 * MIB);
	CHECK(memory_settles(level));
	if (!memory_is_small())
		return;
	EXPECT_KILLED(touch_all, true);
	EXPECT_KILLED(touch_all, false);
	CHECK(memory_settles(level));
}

/* fork fails at 64 processes; then all goes on. */
void
test_trap33_process_limit(void)
{
	struct barrier barrier;
	int nchildren = 0, nothers = 0, pid;
	struct procinfo info;

	for (int slot = 0; procinfo(slot, &info) == 0; slot++)
		nothers += info.pid != 0;
	for (int round = 0; round < 3; round++) {
		barrier_make(&barrier);
		for (nchildren = 0; (pid = fork()) >= 0; nchildren++) {
			if (pid == 0) {
				barrier_wait(&barrier);
				exit(0);
			}
			CHECK(nchildren < 64);
		}
		CHECK(nothers + nchildren == 64);
		CHECK(fork() == -1);
		barrier_open(&barrier);
		for (int i = 0; i < nchildren; i++)
			CHECK(wait_status() == 0);
		CHECK(wait(NULL) == -1);
	}
}

/* Open until it fails, report how many, and hold them. */
static void
files_hold(struct barrier *barrier, int result)
{
	char count = 0;

	while (open(SELF, XV6_O_RDONLY) >= 0)
		count++;
	CHECK(write(result, &count, 1) == 1);
	barrier_wait(barrier);
	exit(0);
}

/* 16 descriptors a process, 100 open files in all. */
void
test_trap33_file_limits(void)
{
	struct barrier barrier;
	int first = open(SELF, XV6_O_RDONLY), fd = first, last = first;
	int fds[2], total = 0;
	char count;

	for (; fd >= 0; fd = open(SELF, XV6_O_RDONLY))
		last = fd;
	CHECK(last == 15);
	CHECK(dup(0) == -1);
	CHECK(pipe(fds) == -1);
	CHECK(close(last) == 0);
	CHECK(pipe(fds) == -1);		/* one is not enough */
	CHECK(open(SELF, XV6_O_RDONLY) == last);
	for (fd = first; fd <= last; fd++)
		CHECK(close(fd) == 0);
	barrier_make(&barrier);
	CHECK(pipe(fds) == 0);
	for (int i = 0; i < 12; i++) {
		if (fork_checked() == 0)
			files_hold(&barrier, fds[1]);
		CHECK(read(fds[0], &count, 1) == 1);
		total += count;
	}
	/* 12 times what is free in each is more than 100 */
	CHECK(count == 0);
	CHECK(total > 80 && total < 100);
	CHECK(open(SELF, XV6_O_RDONLY) == -1);
	barrier_open(&barrier);
	for (int i = 0; i < 12; i++)
		CHECK(wait_status() == 0);
	fd = open(SELF, XV6_O_RDONLY);
	CHECK(fd >= 0);
	close(fd);
}

/* exec with `count` arguments in all. */
static void
exec_count(uintptr_t count)
{
	static char *arguments[64];

	arguments[0] = SELF;
	arguments[1] = "=count";
	for (uintptr_t i = 2; i < count; i++)
		arguments[i] = "a";
	arguments[count] = NULL;
	exec(SELF, arguments);
	exit(98);
}

/* exec with one string of `len` bytes among its arguments. */
static void
exec_length(uintptr_t len)
{
	char *arguments[] = { SELF, "=same", scratch, NULL };

	memset(scratch, 'z', len);
	scratch[len] = '\0';
	exec(SELF, arguments);
	exit(98);
}

/* exec takes fewer than 32 arguments, and one page of them with pointers. */
void
test_trap34_exec_limits(void)
{
	EXPECT_EXIT(exec_count, 2, 2);
	EXPECT_EXIT(exec_count, 31, 31);
	EXPECT_EXIT(exec_count, 33, 98);
	EXPECT_EXIT(exec_count, 63, 98);
	EXPECT_EXIT(exec_length, 3000, 3000 % 100);
	EXPECT_EXIT(exec_length, PAGE - 1, 98);
	EXPECT_EXIT(exec_length, PAGE, 98);
	EXPECT_EXIT(exec_length, 3 * PAGE, 98);
}

/* Names of more than 14 bytes are cut; a directory reads as records of 16. */
void
test_trap35_long_names(void)
{
	struct xv6_dirent entry;
	struct xv6_stat info;
	int fd, nfound = 0, nrecords = 0, len;

	file_make("abcdefghijklmnopq", 4);	/* 17 */
	CHECK(file_size("abcdefghijklmn") == 4);
	CHECK(file_size("abcdefghijklmnXYZ") == 4);
	CHECK(!file_exists("abcdefghijklm"));
	fd = open(".", XV6_O_RDONLY);
	CHECK(fd >= 0 && fstat(fd, &info) == 0 && info.type == XV6_T_DIR);
	while ((len = read(fd, &entry, sizeof(entry))) > 0) {
		CHECK(len == 16);
		nrecords++;
		if (entry.inum == 0)
			continue;
		nfound += memcmp(entry.name, "abcdefghijklmn", 14) == 0;
		nfound += strcmp(entry.name, ".") == 0;
		nfound += strcmp(entry.name, "..") == 0;
	}
	CHECK(nfound == 3);
	close(fd);
	/* many records with one read: whole ones */
	fd = open(".", XV6_O_RDONLY);
	CHECK(read(fd, scratch, 1024) == 16 * nrecords || nrecords > 64);
	close(fd);
	CHECK(unlink("abcdefghijklmnOTHER") == 0);
	CHECK(!file_exists("abcdefghijklmn"));
}
