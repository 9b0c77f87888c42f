/* What the tests of System V IPC share. */
#pragma once

#include "check.h"

#include <sys/ipc.h>
#include <sys/wait.h>

#define KEY	0x5c0717

static inline void
reap(pid_t pid)
{
	int status;

	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Free memory of the machine, where it says so exactly; else 0. */
static inline long
free_pages(void)
{
	char line[128];
	long pages = 0;
	FILE *file = fopen("/proc/cowslip/memory", "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "free: %ld", &pages);
	if (file != NULL)
		fclose(file);
	return pages;
}

/* Twice: the second time takes no memory that is not given back. */
static inline void
twice(void (*all_of_it)(void))
{
	long before, after = 0;

	all_of_it();
	usleep(100000);
	before = free_pages();
	all_of_it();
	/* What the dead held may take a moment; others may take a little. */
	for (int i = 0; i < 50 && after + 20 < before; i++) {
		usleep(100000);
		after = free_pages();
	}
	CHECK(after + 20 >= before);
	ok("no memory is lost");
}
