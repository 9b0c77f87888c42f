/* usertests: sbrk and the memory it promises. */
#include "usertests/harness.h"
#include "usertests/tests.h"

#define MUCH	(100 * MIB)

/* Set the break down into the program itself: refused, or the program dies
 * of it; the kernel lives. */
static void
shrink_to(uintptr_t to)
{
	char *end = sbrk(0);
	char *result = sbrk(-(int)((uintptr_t)end - to));

	CHECK(result == end || (result == (char *)-1 && sbrk(0) == end));
}

/* A break in the middle of a page, moved within it. */
static void
shrink_in_page(uintptr_t unused)
{
	char *start = break_align();

	(void)unused;
	CHECK(sbrk(10 * 4096 + 2048) == start);
	CHECK(sbrk(-10) == start + 10 * 4096 + 2048);
	start[10 * 4096] = 1;
	CHECK(start[10 * 4096] == 1);
}

void
test_sbrkbugs(void)
{
	EXPECT_EXIT_OR_KILLED(shrink_to, 0);
	EXPECT_EXIT_OR_KILLED(shrink_to, 3500);
	EXPECT_EXIT(shrink_in_page, 0, 0);
}

/* Byte by byte; a fork in between; and more than there is. */
static void
grow_too_much(uintptr_t unused)
{
	uint64_t len = memory_level() + 64 * MIB;

	(void)unused;
	for (uint64_t at = 0; at < len; at += MIB) {
		char *more = sbrk(MIB);

		if (more == (char *)-1)
			exit(0);
		for (uint64_t page = 0; page < MIB; page += PAGE)
			more[page] = 99;
	}
	exit(1);
}

void
test_sbrkbasic(void)
{
	struct meminfo info;
	char *at = sbrk(0);
	int pid;

	CHECK(meminfo(&info) == 0);
	if (info.total <= 512 * MIB)
		EXPECT_EXIT_OR_KILLED(grow_too_much, 0);
	for (int i = 0; i < 5000; i++, at++) {
		CHECK(sbrk(1) == at);
		*at = 1;
	}
	pid = fork_checked();
	CHECK(sbrk(1) == at);
	CHECK(sbrk(1) == at + 1);
	if (pid == 0)
		exit(0);
	CHECK(wait_for(pid) == 0);
}

/* Grow far, touch much of it, give a page back and take it again. */
void
test_sbrkmuch(void)
{
	char *start = break_align(), *last;
	uint64_t touched = min_u64(MUCH, memory_level() / 2) & ~(PAGE - 1);

	CHECK(sbrk(MUCH) == start);
	for (uint64_t at = 0; at < touched; at += PAGE)
		start[at] = 1;
	last = start + MUCH - 1;
	*last = 99;
	CHECK(sbrk(-(int)PAGE) == start + MUCH);
	CHECK(sbrk(0) == start + MUCH - PAGE);
	EXPECT_KILLED(byte_load, last);
	CHECK(sbrk(PAGE) == start + MUCH - PAGE);
	CHECK(sbrk(0) == start + MUCH);
	CHECK(*last == 0);
	CHECK(sbrk(-(int)MUCH) == start + MUCH);
	CHECK(sbrk(0) == start);
}

static void
read_too_much(uintptr_t len)
{
	char *start = sbrk((int)len);
	int sum = 0;

	if (start == (char *)-1)
		byte_load((uintptr_t)-1);	/* refused: as good */
	for (uint64_t at = 0; at < len; at += PAGE)
		sum += start[at];
	exit(sum == 0 ? 1 : 2);
}

/* Ten processes are promised much; then one page is still to be had; and
 * reading more than there is kills. */
void
test_sbrkfail(void)
{
	struct meminfo info;
	int pids[10];

	for (int i = 0; i < 10; i++) {
		pids[i] = fork_checked();
		if (pids[i] == 0) {
			sbrk(MUCH);
			for (;;)
				sleep(1000);
		}
	}
	pages_grow(1)[0] = 1;
	for (int i = 0; i < 10; i++)
		CHECK(kill(pids[i]) == 0);
	for (int i = 0; i < 10; i++)
		CHECK(wait_status() == -1);
	CHECK(meminfo(&info) == 0);
	if (info.total < 900 * MIB)
		EXPECT_KILLED(read_too_much, 10 * MUCH);
}

/* Fresh memory given to calls before anybody touched it. */
void
test_sbrkarg(void)
{
	char *page = pages_grow(1);
	int fd = open("sbrkarg", XV6_O_CREATE | XV6_O_RDWR);
	int *fds;

	CHECK(fd >= 0);
	CHECK(write(fd, page, PAGE) == (int)PAGE);
	close(fd);
	CHECK(file_size("sbrkarg") == (long)PAGE);
	CHECK(unlink("sbrkarg") == 0);
	fds = (int *)pages_grow(1);
	CHECK(pipe(fds) == 0);
	CHECK(write(fds[1], "ab", 2) == 2);
	CHECK(read(fds[0], pages_grow(1), 2) == 2);
}

/* The last bytes below a break that is not at a page's end. */
void
test_sbrklast(void)
{
	char *text;
	int fd;

	pages_grow(1);
	CHECK(sbrk(10) != (char *)-1);
	CHECK(sbrk(-20) != (char *)-1);
	text = (char *)sbrk(0) - 64;
	strcpy(text, "x");
	fd = open(text, XV6_O_CREATE | XV6_O_RDWR);
	CHECK(fd >= 0);
	CHECK(write(fd, text, 1) == 1);
	close(fd);
	fd = open(text, XV6_O_RDWR);
	CHECK(fd >= 0);
	text[0] = '\0';
	CHECK(read(fd, text, 1) == 1);
	CHECK(text[0] == 'x');
	close(fd);
	CHECK(unlink("x") == 0);
}

/* A count that looks like 2^31 is a negative one: too large to give back, it
 * changes nothing. */
void
test_sbrk8000(void)
{
	char *end;

	pages_grow(1);
	end = sbrk(0);
	sbrk((int)0x80000004);
	CHECK(sbrk(0) == end);
	end[-1]++;
	CHECK(end[-1] == 1);
}

/* More given back than there is: nothing is, and the answer is the break. */
void
test_sbrkbelow(void)
{
	char *end = sbrk(0);

	CHECK(sbrk(-(int)(uintptr_t)end - 1) == end);
	CHECK(sbrk(0) == end);
}

/* malloc until there is none, use it all, free it all, and again. */
static void
malloc_all(uintptr_t unused)
{
	void **list = NULL, **block;
	uint64_t most = min_u64(memory_level() / 2, 64 * MIB);

	(void)unused;
	for (int round = 0; round < 2; round++) {
		for (uint64_t len = 0; len < most; len += 10001) {
			block = malloc(10001);
			CHECK(block != NULL);
			*block = list;
			list = block;
		}
		while (list != NULL) {
			block = *list;
			free(list);
			list = block;
		}
	}
	CHECK(malloc(20 * 1024) != NULL);
}

void
test_mem(void)
{
	EXPECT_EXIT(malloc_all, 0, 0);
}

static char uninitialized[10000];

/* Memory that the file does not hold is zero. */
void
test_bsstest(void)
{
	for (unsigned i = 0; i < sizeof(uninitialized); i++)
		CHECK(uninitialized[i] == 0);
	memset(uninitialized, 1, sizeof(uninitialized));
}
