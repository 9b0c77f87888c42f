/*
 * What the suites have in common: checks that say where they failed, and the
 * question whether all memory is back.
 *
 * The level of memory is what is free plus the file pages that could be
 * dropped: running a program fills the cache, which is no loss.  A suite
 * looks at all pages of its own image first (image_touch), since reading one
 * for the first time later would turn a droppable page into a mapped one.
 */
#pragma once

#include "cowslip.h"

#define PAGE	4096ul
#define MIB	(1024ul * 1024)

#define CHECK(condition)						\
	do {								\
		if (!(condition))					\
			check_failed(__FILE__, __LINE__, #condition);	\
	} while (0)

static inline _Noreturn void
check_failed(const char *file, int line, const char *condition)
{
	printf("%s:%d: failed: %s\n", file, line, condition);
	exit(1);
}

/* Bytes free or droppable. */
static inline uint64_t
memory_level(void)
{
	struct meminfo info;

	CHECK(meminfo(&info) == 0);
	return info.free + info.cached;
}

/* Whether some other process is at work, and may take memory or give it. */
static inline bool
others_run(void)
{
	struct procinfo info;

	for (int slot = 0; procinfo(slot, &info) == 0; slot++)
		if (info.pid != 0 && info.pid != getpid() && info.state == 'R')
			return true;
	return false;
}

/* The level to compare with later: whoever started us may still be on its way
 * to sleep, and take the pages that it shares with us.  Waits for that, but
 * not for ever: 3 seconds. */
static inline uint64_t
memory_baseline(void)
{
	for (int i = 0; i < 30 && others_run(); i++)
		sleep(1);
	return memory_level();
}

/* Have every page of the program's image (below stack and guard) mapped.
 * The kernel looks at them for us: a hole between segments does not kill. */
static inline void
image_touch(void)
{
	char byte = 0;
	uintptr_t end = ((uintptr_t)&byte & ~(PAGE - 1)) - PAGE;
	int fds[2];

	CHECK(pipe(fds) == 0);
	for (uintptr_t page = 0; page < end; page += PAGE) {
		if (write(fds[1], (char *)page, 1) == 1)
			CHECK(read(fds[0], &byte, 1) == 1);
	}
	close(fds[0]);
	close(fds[1]);
}

/* Wait, 3 seconds at most, for orphans to leave and memory to be back. */
static inline bool
memory_settles(uint64_t level)
{
	for (int i = 0; i < 30; i++) {
		if (memory_level() == level)
			return true;
		sleep(1);
	}
	return false;
}

/* Wait for one child.  returns: its status */
static inline int
wait_status(void)
{
	int status = 0;

	CHECK(wait(&status) >= 0);
	return status;
}

/* Wait for the child `pid`, no other being there.  returns: its status */
static inline int
wait_for(int pid)
{
	int status = 0;

	CHECK(wait(&status) == pid);
	return status;
}

static inline uint64_t
min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The next number of a xorshift sequence; *state must not be 0. */
static inline uint64_t
random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}
