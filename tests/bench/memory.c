/*
 * Rows of faults, and what rows share that have memory.
 */
#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SPAN		(16 * MIB)	/* of what is measured page by page */
#define SPAN_PAGES	(double)(SPAN / PAGE)
#define HUGE_PAGE	(2 * MIB)
/* Linux counts by hart; reading this adds the counts up. */
#define COUNTS_REFRESH	"/proc/sys/vm/stat_refresh"

char *
memory_map(size_t bytes)
{
	char *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		row_fail("mmap", errno);
	/* Refused where there are no others. */
	madvise(memory, bytes, MADV_NOHUGEPAGE);
	return memory;
}

void
memory_unmap(char *memory, size_t bytes)
{
	if (munmap(memory, bytes) < 0)
		row_fail("munmap", errno);
}

void
memory_write(char *memory, size_t bytes)
{
	for (char *at = memory; at < memory + bytes; at += PAGE)
		*(volatile char *)at = 1;
}

void
memory_read(const char *memory, size_t bytes)
{
	for (const char *at = memory; at < memory + bytes; at += PAGE)
		(void)*(const volatile char *)at;
}

uint64_t
meminfo_bytes(const char *name)
{
	static enum { UNKNOWN, REFRESHES, IS_EXACT } kernel;
	char text[8192], *at;
	ssize_t len;
	int fd;

	/* Asked once, for to be refused writes errno, and so copies a page. */
	if (kernel == UNKNOWN)
		kernel = access(COUNTS_REFRESH, R_OK) == 0 ? REFRESHES : IS_EXACT;
	if (kernel == REFRESHES) {
		fd = open(COUNTS_REFRESH, O_RDONLY);
		(void)!read(fd, text, sizeof(text));
		close(fd);
	}
	fd = open("/proc/meminfo", O_RDONLY);
	len = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (len < 0)
		row_fail("/proc/meminfo", errno);
	close(fd);
	text[len] = '\0';
	at = strstr(text, name);
	if (at == NULL)
		row_fail("/proc/meminfo does not have what is asked for", 0);
	return strtoull(at + strlen(name), NULL, 10) * KIB;
}

static double
measure_write_fault(const struct row *row)
{
	char *memory = memory_map(SPAN);
	uint64_t start = counter_read();
	double cost;

	(void)row;
	memory_write(memory, SPAN);
	cost = counter_since(start);
	memory_unmap(memory, SPAN);
	return cost / SPAN_PAGES;
}

static double
measure_read_fault(const struct row *row)
{
	char *memory = memory_map(SPAN);
	uint64_t start = counter_read();
	double cost;

	(void)row;
	memory_read(memory, SPAN);
	cost = counter_since(start);
	memory_unmap(memory, SPAN);
	return cost / SPAN_PAGES;
}

static double
measure_munmap(const struct row *row)
{
	char *memory = memory_map(SPAN);
	uint64_t start;

	(void)row;
	memory_write(memory, SPAN);
	start = counter_read();
	memory_unmap(memory, SPAN);
	return counter_since(start) / SPAN_PAGES;
}

static double
measure_cow(const struct row *row)
{
	char *memory = memory_map(SPAN);
	struct idle idle;
	uint64_t start;
	double cost;

	(void)row;
	memory_write(memory, SPAN);
	idle_begin(&idle, 1);
	start = counter_read();
	memory_write(memory, SPAN);
	cost = counter_since(start);
	idle_end(&idle);
	memory_unmap(memory, SPAN);
	return cost / SPAN_PAGES;
}

/* Fork with memory in huge pages, where the kernel has them. */
static double
measure_fork_huge(const struct row *row)
{
	size_t whole = row->bytes + HUGE_PAGE;
	char *memory = memory_map(whole), *at;
	uint64_t start;
	double cost;
	int pid;

	at = (char *)(((uintptr_t)memory + HUGE_PAGE - 1) & -HUGE_PAGE);
	if (madvise(at, row->bytes, MADV_HUGEPAGE) == 0) {
		memory_write(at, row->bytes);
		if (meminfo_bytes("AnonHugePages:") < row->bytes / 10 * 9)
			row_fail("the memory is not in huge pages", 0);
	}
	memory_write(at, row->bytes);
	start = counter_read();
	pid = fork_or_fail();
	if (pid == 0)
		_exit(0);
	cost = counter_since(start);
	wait_or_fail(pid);
	memory_unmap(memory, whole);
	return cost;
}

const struct row memory_rows[] = {
	{ "write-fault", measure_write_fault, 3, 0 },
	{ "read-fault", measure_read_fault, 3, 0 },
	{ "munmap", measure_munmap, 3, 0 },
	{ "cow", measure_cow, 3, 0 },
	{ "fork-huge", measure_fork_huge, 3, 256 * MIB },
	{ 0 }
};
