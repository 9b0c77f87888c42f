/*
 * cowtest: the exercise of MIT's course on copy-on-write fork.
 *
 *	simple	a process that holds two thirds of memory can fork
 *	three	three processes write what they share; the copies fit
 *	file	the kernel's own writes into shared memory copy it, too
 *
 * Sizes follow the memory there is, up to a bound that keeps it quick; where
 * the bound is met, the price of the fork is checked instead of whether it
 * fits.
 */
#include "suite.h"

#define SIMPLE_MAX	(256 * MIB)
#define THREE_MAX	(96 * MIB)
#define FILE_CHILDREN	4

/* What a fork may cost beside pages of memory: nodes and the like. */
#define FORK_COST_MAX	(64 * PAGE)

static char buffer[3 * PAGE] __attribute__((aligned(4096)));

static uint64_t
memory_free(void)
{
	struct meminfo info;

	CHECK(meminfo(&info) == 0);
	return info.free;
}

static char *
grow(uint64_t len)
{
	char *memory = sbrk((int)len);

	CHECK(memory != (char *)-1);
	return memory;
}

static void
pages_write(char *memory, uint64_t len, uint64_t value)
{
	for (uint64_t at = 0; at < len; at += PAGE)
		*(uint64_t *)(memory + at) = value + at;
}

static void
pages_check(const char *memory, uint64_t from, uint64_t to, uint64_t value)
{
	for (uint64_t at = from; at < to; at += PAGE)
		CHECK(*(const uint64_t *)(memory + at) == value + at);
}

/* Page-aligned: the program's break need not be. */
static char *
grow_aligned(uint64_t len)
{
	uint64_t off = (uint64_t)sbrk(0) % PAGE;

	if (off != 0)
		grow(PAGE - off);
	return grow(len);
}

static void
test_simple(void)
{
	uint64_t len = min_u64(memory_free() / 3 * 2, SIMPLE_MAX) & ~(PAGE - 1);
	char *memory = grow_aligned(len);
	uint64_t before, during;
	int fds[2], pid;
	char byte;

	pages_write(memory, len, 1);
	CHECK(pipe(fds) == 0);
	before = memory_free();
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK(read(fds[0], &byte, 1) == 1);
		pages_check(memory, 0, len, 1);
		exit(0);
	}
	during = memory_free();
	CHECK(during <= before && before - during <= FORK_COST_MAX);
	CHECK(write(fds[1], "x", 1) == 1);
	CHECK(wait_for(pid) == 0);
	close(fds[0]);
	close(fds[1]);
	pages_check(memory, 0, len, 1);
	CHECK(sbrk(-(int)len) != (char *)-1);
}

/* The grandchild writes three fifths, the child a third, the parent all: at
 * the worst 2.6 times a third of memory, where eager copies need 3 times. */
static void
three_child(char *memory, uint64_t len)
{
	uint64_t third = len / 3 & ~(PAGE - 1);
	uint64_t most = len / 5 * 3 & ~(PAGE - 1);
	int pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		pages_write(memory, most, 3);
		pages_check(memory, 0, most, 3);
		pages_check(memory, most, len, 1);
		exit(0);
	}
	pages_write(memory, third, 2);
	pages_check(memory, 0, third, 2);
	pages_check(memory, third, len, 1);
	CHECK(wait_for(pid) == 0);
	pages_check(memory, 0, third, 2);
	pages_check(memory, third, len, 1);
	exit(0);
}

static void
test_three(void)
{
	uint64_t len = min_u64(memory_free() / 3, THREE_MAX) & ~(PAGE - 1);
	char *memory = grow_aligned(len);
	int pid;

	pages_write(memory, len, 1);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		three_child(memory, len);
	pages_write(memory, len, 4);
	pages_check(memory, 0, len, 4);
	CHECK(wait_for(pid) == 0);
	pages_check(memory, 0, len, 4);
	CHECK(sbrk(-(int)len) != (char *)-1);
}

/* Reads across a page's end, so that two shared pages are written. */
static void
file_child(int fd, int number)
{
	char *at = buffer + PAGE - 3;

	CHECK(read(fd, at, 8) == 8);
	for (int i = 0; i < 8; i++)
		CHECK(at[i] == (char)('a' + number + i));
	CHECK(buffer[0] == 99 && buffer[PAGE + 8] == 99);
	exit(0);
}

static void
test_file(void)
{
	int fds[2];
	char text[8];

	memset(buffer, 99, sizeof(buffer));
	for (int number = 0; number < FILE_CHILDREN; number++) {
		int pid;

		CHECK(pipe(fds) == 0);
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0)
			file_child(fds[0], number);
		for (int i = 0; i < 8; i++)
			text[i] = (char)('a' + number + i);
		CHECK(write(fds[1], text, 8) == 8);
		close(fds[0]);
		close(fds[1]);
	}
	for (int number = 0; number < FILE_CHILDREN; number++)
		CHECK(wait_status() == 0);
	for (unsigned i = 0; i < sizeof(buffer); i++)
		CHECK(buffer[i] == 99);
}

static void
run(const char *name, void (*test)(void))
{
	printf("%s: ", name);
	test();
	printf("ok\n");
}

int
main(void)
{
	uint64_t level;

	image_touch();
	run("file", test_file);		/* also settles what main maps */
	level = memory_baseline();
	for (int i = 0; i < 2; i++)
		run("simple", test_simple);
	for (int i = 0; i < 3; i++)
		run("three", test_three);
	run("file", test_file);
	CHECK(memory_settles(level));
	CHECK(audit() == 0);
	printf("ALL COW TESTS PASSED\n");
	return 0;
}
