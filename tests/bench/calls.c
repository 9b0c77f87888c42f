/*
 * Rows of system calls on little memory, and of two processes that talk.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROUNDS		1000
#define ROUNDS_FEW	200
#define PROTECTED	(64 * PAGE)

static double
measure_getppid(const struct row *row)
{
	uint64_t start = counter_read();
	long parent = 0;
	double cost;

	(void)row;
	for (int i = 0; i < ROUNDS; i++) {
		/* Set here: a call in between would lose what a7 holds. */
		register long number __asm__("a7") = SYS_getppid;
		register long result __asm__("a0");

		__asm__ volatile ("ecall" : "=r" (result) : "r" (number) :
		    "memory");
		parent = result;
	}
	cost = counter_since(start) / ROUNDS;
	if (parent != getppid())
		row_fail("getppid says something else", 0);
	return cost;
}

static double
measure_mmap(const struct row *row)
{
	uint64_t start = counter_read();

	for (int i = 0; i < ROUNDS_FEW; i++) {
		char *memory = mmap(NULL, row->bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			row_fail("mmap", errno);
		munmap(memory, row->bytes);
	}
	return counter_since(start) / ROUNDS_FEW;
}

static double
measure_mmap_touch(const struct row *row)
{
	uint64_t start = counter_read();

	for (int i = 0; i < ROUNDS_FEW; i++) {
		char *memory = mmap(NULL, row->bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (memory == MAP_FAILED)
			row_fail("mmap", errno);
		*(volatile char *)memory = 1;
		munmap(memory, row->bytes);
	}
	return counter_since(start) / ROUNDS_FEW;
}

static double
measure_mprotect(const struct row *row)
{
	char *memory = memory_map(PROTECTED);
	uint64_t start;
	double cost;

	(void)row;
	memory_write(memory, PROTECTED);
	start = counter_read();
	for (int i = 0; i < ROUNDS_FEW; i++) {
		if (mprotect(memory, PROTECTED, PROT_READ) < 0 ||
		    mprotect(memory, PROTECTED, PROT_READ | PROT_WRITE) < 0)
			row_fail("mprotect", errno);
	}
	cost = counter_since(start);
	memory_unmap(memory, PROTECTED);
	return cost / ROUNDS_FEW;
}

static double
measure_brk(const struct row *row)
{
	char *end = (char *)syscall(SYS_brk, 0);
	uint64_t start = counter_read();

	(void)row;
	for (int i = 0; i < ROUNDS_FEW; i++) {
		if ((char *)syscall(SYS_brk, end + MIB) != end + MIB ||
		    (char *)syscall(SYS_brk, end) != end)
			row_fail("brk", errno);
	}
	return counter_since(start) / ROUNDS_FEW;
}

static double
measure_pipe(const struct row *row)
{
	int there[2], back[2], pid;
	char byte = 0;
	uint64_t start;
	double cost;

	(void)row;
	if (pipe(there) < 0 || pipe(back) < 0)
		row_fail("pipe", errno);
	pid = fork_or_fail();
	if (pid == 0) {
		close(there[1]);
		while (read(there[0], &byte, 1) == 1)
			write(back[1], &byte, 1);
		_exit(0);
	}
	close(there[0]);
	close(back[1]);
	write(there[1], &byte, 1);
	read(back[0], &byte, 1);
	start = counter_read();
	for (int i = 0; i < ROUNDS_FEW; i++) {
		if (write(there[1], &byte, 1) != 1 ||
		    read(back[0], &byte, 1) != 1)
			row_fail("the pipe broke", errno);
	}
	cost = counter_since(start);
	close(there[1]);
	close(back[0]);
	wait_or_fail(pid);
	return cost / ROUNDS_FEW;
}

const struct row call_rows[] = {
	{ "getppid", measure_getppid, 5, 0 },
	{ "mmap-4k", measure_mmap, 5, 4 * KIB },
	{ "mmap-1g", measure_mmap, 5, GIB },
	{ "mmap-touch", measure_mmap_touch, 5, 64 * KIB },
	{ "mprotect", measure_mprotect, 5, 0 },
	{ "brk", measure_brk, 5, 0 },
	{ "pipe", measure_pipe, 5, 0 },
	{ 0 }
};
