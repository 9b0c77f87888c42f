/* usertests: the traps of faults, counts and sbrk. */
#include "usertests/harness.h"
#include "usertests/tests.h"

static void
touch_above_break(uintptr_t off)
{
	char *end = pages_grow(1) + PAGE;

	end[-1] = 1;
	byte_store((uintptr_t)end + off);
}

/* sbrk tells the old break; nothing above the new one is ever mapped. */
void
test_trap01_fault_above_break(void)
{
	char *start = break_align();

	CHECK(sbrk(PAGE) == start);
	CHECK(sbrk(0) == start + PAGE);
	start[PAGE - 1] = 1;
	EXPECT_KILLED(byte_load, start + PAGE);
	EXPECT_KILLED(byte_store, start + PAGE);
	EXPECT_KILLED(byte_store, start + 512 * PAGE);
	EXPECT_KILLED(byte_store, start + 1024 * MIB);
	EXPECT_KILLED(touch_above_break, 0);
	EXPECT_KILLED(touch_above_break, 3 * PAGE);
	/* nor through a call */
	CHECK(syscall(COWSLIP_MEMINFO, start + PAGE) == -1);
	CHECK(syscall(XV6_PIPE, start + PAGE) == -1);
	pages_shrink(1);
	EXPECT_KILLED(byte_load, start);
}

/* A fault for rights on a page that is there must neither fill it anew nor
 * repeat for ever. */
void
test_trap02_fault_on_present_page(void)
{
	char *page = pages_grow(1);
	uint64_t before;

	memset(page, 7, PAGE);
	EXPECT_KILLED(byte_store, &test_trap02_fault_on_present_page);
	before = own_faults();
	for (int i = 0; i < 5; i++) {
		int pid = fork_checked();

		if (pid == 0) {
			for (unsigned k = 0; k < PAGE; k++)
				CHECK(page[k] == 7);
			memset(page, 8, PAGE);
			exit(0);
		}
		CHECK(wait_for(pid) == 0);
		for (unsigned k = 0; k < PAGE; k++)
			CHECK(page[k] == 7);
	}
	CHECK(own_faults() - before < 100);
}

static void
holes_check(const char *start, uint64_t len, uint64_t stride, char want)
{
	for (uint64_t at = 0; at < len; at += stride) {
		CHECK(start[at] == want);
		CHECK(start[at + PAGE] == 0);	/* nobody wrote this one */
	}
}

/* Forks and unmaps of a range that is there only here and there. */
void
test_trap03_range_with_holes(void)
{
	const uint64_t len = 256 * MIB, stride = 8 * MIB + 3 * PAGE;
	uint64_t level = memory_baseline();
	char *start = break_align();

	CHECK(sbrk((int)len) == start);
	for (uint64_t at = 0; at < len; at += stride)
		start[at] = 5;
	for (int i = 0; i < 3; i++) {
		int pid = fork_checked();

		if (pid == 0) {
			holes_check(start, len, stride, 5);
			CHECK(sbrk(-(int)(len / 2)) == start + len);
			holes_check(start, len / 2 - stride, stride, 5);
			exit(0);
		}
		CHECK(wait_for(pid) == 0);
	}
	holes_check(start, len, stride, 5);
	CHECK(sbrk(-(int)len) == start + len);
	CHECK(memory_settles(level));
}

#define RACE_PAGES	64
#define RACERS		3

/* All go at once through the same pages, each from a place of its own. */
static void
race_run(char *start, int self)
{
	for (int i = 0; i < RACE_PAGES; i++) {
		int page = (i + self * 7) % RACE_PAGES;
		uint64_t *word = (uint64_t *)(start + (uint64_t)page * PAGE);

		CHECK(*word == 1000 + (uint64_t)page);
		*word = (uint64_t)self;
	}
	for (int page = 0; page < RACE_PAGES; page++) {
		uint64_t *word = (uint64_t *)(start + (uint64_t)page * PAGE);

		CHECK(*word == (uint64_t)self);
		CHECK(word[511] == 77);
	}
}

static void
race_fill(char *start)
{
	for (int page = 0; page < RACE_PAGES; page++) {
		uint64_t *word = (uint64_t *)(start + (uint64_t)page * PAGE);

		word[0] = 1000 + (uint64_t)page;
		word[511] = 77;
	}
}

/* Processes write what they share at the same time, many times over: the
 * counts come out right. */
void
test_trap04_counts_on_many_harts(void)
{
	char *start = pages_grow(RACE_PAGES);
	uint64_t level;

	race_fill(start);
	level = memory_baseline();
	for (int round = 0; round < 40; round++) {
		struct barrier barrier;

		barrier_make(&barrier);
		for (int self = 1; self <= RACERS; self++) {
			if (fork_checked() == 0) {
				barrier_wait(&barrier);
				race_run(start, self);
				exit(0);
			}
		}
		barrier_open(&barrier);
		race_run(start, RACERS + 1);
		for (int i = 0; i < RACERS; i++)
			CHECK(wait_status() == 0);
		race_fill(start);
	}
	CHECK(memory_settles(level));
	CHECK(audit() == 0);
}

/* Two sharers write at the same time: each has its own bytes after, and the
 * page that both left is free. */
void
test_trap05_both_sharers_write(void)
{
	char *start = pages_grow(RACE_PAGES);
	uint64_t level;

	race_fill(start);
	level = memory_baseline();
	for (int round = 0; round < 60; round++) {
		struct barrier barrier;
		int pid;

		barrier_make(&barrier);
		pid = fork_checked();
		if (pid == 0) {
			barrier_wait(&barrier);
			race_run(start, 0);
			exit(0);
		}
		barrier_open(&barrier);
		race_run(start, 0);	/* the same pages in the same order */
		CHECK(wait_for(pid) == 0);
		race_fill(start);
	}
	CHECK(memory_settles(level));
	CHECK(audit() == 0);
}

/* What the kernel writes for one of two sharers is not seen by the other,
 * and it does not write into text. */
void
test_trap06_copy_out_breaks_cow(void)
{
	char *page = pages_grow(1);
	unsigned char *text = (unsigned char *)&test_trap06_copy_out_breaks_cow;
	unsigned char was = *text;
	int fds[2], pid;

	memset(page, 'p', PAGE);
	CHECK(pipe(fds) == 0);
	CHECK(write(fds[1], "abcd", 4) == 4);
	pid = fork_checked();
	if (pid == 0) {
		CHECK(read(fds[0], page + 100, 4) == 4);
		CHECK(memcmp(page + 99, "pabcdp", 6) == 0);
		exit(0);
	}
	close(fds[1]);
	CHECK(wait_for(pid) == 0);
	for (unsigned i = 0; i < PAGE; i++)
		CHECK(page[i] == 'p');
	close(fds[0]);
	CHECK(pipe(fds) == 0);
	CHECK(write(fds[1], "\xff", 1) == 1);
	CHECK(read(fds[0], text, 1) == -1);
	CHECK(*text == was);
	CHECK(read(fds[0], page, 1) == 1 && page[0] == '\xff');
	CHECK(syscall(XV6_WAIT, text) == -1);
	CHECK(syscall(XV6_PIPE, text) == -1);
}

static void
text_write_after_fork(uintptr_t address)
{
	if (fork_checked() == 0)
		exit(0);
	wait_status();
	byte_store(address);
}

/* fork must not make text writable, in either of the two. */
void
test_trap11_text_stays_read_only(void)
{
	uintptr_t text = (uintptr_t)&test_trap11_text_stays_read_only;
	static const char constant[] = "constant";

	EXPECT_KILLED(byte_store, text);
	EXPECT_KILLED(byte_store, 0);
	EXPECT_KILLED(byte_store, constant);
	EXPECT_KILLED(text_write_after_fork, text);
	EXPECT_KILLED(text_write_after_fork, constant);
	CHECK(strcmp(constant, "constant") == 0);
}

/* The guard below the stack is never filled; the stack page is all there. */
void
test_trap12_guard_page_stays_empty(void)
{
	char here = 1;
	char *stack = (char *)((uintptr_t)&here & ~(PAGE - 1));
	int fds[2];

	stack[0] = 1;
	CHECK(stack[0] == 1);
	EXPECT_KILLED(byte_load, stack - 1);
	EXPECT_KILLED(byte_store, stack - 1);
	EXPECT_KILLED(byte_store, stack - PAGE);
	CHECK(pipe(fds) == 0);
	CHECK(write(fds[1], "x", 1) == 1);
	CHECK(read(fds[0], stack - PAGE, 1) == -1);
	CHECK(write(fds[1], stack - 1, 1) == -1);
	CHECK(open(stack - PAGE, XV6_O_RDONLY) == -1);
	EXPECT_KILLED(byte_load, stack - PAGE);
}

/* Grow until it is refused: within the user's half, and nothing changes by
 * the refusal. */
static void
grow_to_the_limit(uintptr_t unused)
{
	char *start = break_align(), *end;
	int ngrown = 0;

	(void)unused;
	while (sbrk(0x7ffff000) != (char *)-1)
		CHECK(++ngrown < 200);
	end = sbrk(0);
	CHECK((uintptr_t)end == (uintptr_t)start +
	    (uintptr_t)ngrown * 0x7ffff000);
	CHECK((uintptr_t)end <= (uintptr_t)1 << 38);
	CHECK(sbrk(0x7ffff000) == (char *)-1 && sbrk(0) == end);
	if (ngrown > 0) {
		end[-1] = 1;
		CHECK(end[-1] == 1);
	}
	for (; ngrown > 0; ngrown--)
		CHECK(sbrk(-0x7ffff000) != (char *)-1);
	CHECK(sbrk(0) == start);
}

/* Below where it starts: refused or deadly, never more. */
static void
shrink_below_start(uintptr_t unused)
{
	char *end = sbrk(0);

	(void)unused;
	if (sbrk(-(int)(64 * PAGE)) == (char *)-1)
		CHECK(sbrk(0) == end);
}

void
test_trap13_sbrk_quirks(void)
{
	char *start = break_align();

	/* grow in the middle of a page */
	CHECK(sbrk(100) == start && sbrk(100) == start + 100);
	memset(start, 1, 200);
	CHECK(sbrk(-150) == start + 200 && sbrk(0) == start + 50);
	CHECK(start[49] == 1);
	CHECK(sbrk(-50) == start + 50 && sbrk(0) == start);
	/* shrink, and grow again: zero again */
	CHECK(sbrk(4 * PAGE) == start);
	memset(start, 2, 4 * PAGE);
	CHECK(sbrk(-(int)(3 * PAGE + 1)) == start + 4 * PAGE);
	EXPECT_KILLED(byte_load, start + PAGE);
	CHECK(start[PAGE - 2] == 2);
	CHECK(sbrk(3 * PAGE + 1) == start + PAGE - 1);
	for (unsigned i = PAGE; i < 4 * PAGE; i++)
		CHECK(start[i] == 0);
	/* numbers at the ends of an int */
	sbrk((int)0x80000000);
	CHECK(sbrk(0) == start + 4 * PAGE);
	sbrk(-0x7fffffff);
	CHECK(sbrk(0) == start + 4 * PAGE);
	CHECK(sbrk(-(int)(4 * PAGE)) == start + 4 * PAGE);
	EXPECT_EXIT(grow_to_the_limit, 0, 0);
	EXPECT_EXIT_OR_KILLED(shrink_below_start, 0);
}

/* Write once, having read and written everything else that the measuring
 * needs.  returns: faults it took */
static uint64_t
faults_of_write(char *at)
{
	uint64_t before;

	own_faults();
	own_faults();
	before = own_faults();
	*(volatile char *)at = 3;
	return own_faults() - before;
}

/* One write after a fork is one fault: with the other sharer there or gone,
 * with the path to the page shared or already owned. */
void
test_trap26_one_fault_a_write(void)
{
	char *far = break_align();
	struct barrier barrier;
	int pid;

	CHECK(sbrk(64 * MIB) == far);
	far += 32 * MIB;
	CHECK(faults_of_write(far) == 1);
	CHECK(faults_of_write(far) == 0);
	far[PAGE] = 1;
	/* the sharer is gone */
	pid = fork_checked();
	if (pid == 0)
		exit(0);
	CHECK(wait_for(pid) == 0);
	CHECK(faults_of_write(far) == 1);
	CHECK(faults_of_write(far + PAGE) <= 1);
	CHECK(faults_of_write(far + PAGE) == 0);
	/* the sharer is there */
	barrier_make(&barrier);
	pid = fork_checked();
	if (pid == 0) {
		barrier_wait(&barrier);
		CHECK(faults_of_write(far) <= 1);
		CHECK(far[PAGE] == 3);
		exit(0);
	}
	CHECK(faults_of_write(far) == 1);
	CHECK(faults_of_write(far + PAGE) == 1);
	CHECK(faults_of_write(far + PAGE) == 0);
	barrier_open(&barrier);
	CHECK(wait_for(pid) == 0);
	CHECK(faults_of_write(far) == 0);
}
