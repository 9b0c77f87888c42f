/*
 * lazytests: the exercise of MIT's course on lazy allocation.
 *
 *	sparse_memory		a gigabyte promised, a few pages of it used
 *	sparse_memory_unmap	given back, its pages are gone
 *	oom			using more than there is kills, and only that
 *
 * How many pages are touched follows the memory there is.
 */
#include "suite.h"

#define REGION		(1024 * MIB)
#define UNMAP_STRIDE	(16 * MIB)
#define OOM_STEP	(16 * MIB)
/* More memory than this is promised, but not used up, for time's sake. */
#define OOM_MAX		(2304 * MIB)

static char *
region_grow(void)
{
	char *region = sbrk((int)REGION);

	CHECK(region != (char *)-1);
	CHECK(sbrk(0) == region + REGION);
	return region;
}

static void
region_touch(char *region, uint64_t stride)
{
	for (uint64_t at = 0; at < REGION; at += stride)
		*(char **)(region + at) = region + at;
	for (uint64_t at = 0; at < REGION; at += stride)
		CHECK(*(char **)(region + at) == region + at);
}

/* One page of 64, or fewer, so that it takes a quarter of what is free. */
static uint64_t
stride_choose(void)
{
	uint64_t stride = 64 * PAGE;
	uint64_t tables = REGION / 512;

	while (REGION / stride * PAGE + tables > memory_level() / 4 &&
	    stride < UNMAP_STRIDE) {
		stride *= 2;
		if (stride > 512 * PAGE)
			tables /= 2;
	}
	return stride;
}

static void
sparse_memory(void)
{
	uint64_t stride = stride_choose();
	uint64_t before = memory_level();
	char *region = region_grow();

	/* Promising costs next to nothing. */
	CHECK(before - memory_level() <= 16 * PAGE);
	region_touch(region, stride);
	CHECK(before - memory_level() >= REGION / stride * PAGE);
	/* What lies between was never there, and reads as zero. */
	CHECK(*(uint64_t *)(region + PAGE) == 0);
}

static void
sparse_memory_unmap(void)
{
	char *region = region_grow();

	region_touch(region, UNMAP_STRIDE);
	for (uint64_t at = 0; at < REGION; at += UNMAP_STRIDE) {
		int pid = fork(), status = 0, killed = 0;

		CHECK(pid >= 0);
		if (pid == 0) {
			CHECK(*(char **)(region + at) == region + at);
			CHECK(sbrk(-(int)REGION) == region + REGION);
			*(char **)(region + at) = region;
			exit(0);	/* must not come here */
		}
		CHECK(wait_killed(&status, &killed) == pid);
		CHECK(status != 0 && killed);
	}
	/* The children's shrinking was theirs alone. */
	for (uint64_t at = 0; at < REGION; at += UNMAP_STRIDE)
		CHECK(*(char **)(region + at) == region + at);
}

/* Uses memory until it is refused or we are killed. */
static void
memory_exhaust(bool touch)
{
	for (;;) {
		char *memory = sbrk((int)OOM_STEP);

		if (memory == (char *)-1)
			exit(0);
		if (!touch)
			continue;
		for (uint64_t at = 0; at < OOM_STEP; at += PAGE)
			memory[at] = 1;
	}
}

static void
oom(void)
{
	struct meminfo info;
	int pid, status = 0, killed = 0;

	CHECK(meminfo(&info) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0)
		memory_exhaust(info.total < OOM_MAX);
	CHECK(wait_killed(&status, &killed) == pid);
	if (info.total < OOM_MAX)
		CHECK(killed && status == -1);
	/* The parent goes on, and there is memory again. */
	region_touch(region_grow(), UNMAP_STRIDE);
}

static bool
run(const char *name, void (*test)(void))
{
	uint64_t level = memory_baseline();
	int pid, status;

	printf("running test %s\n", name);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		test();
		exit(0);
	}
	status = wait_for(pid);
	if (status == 0 && memory_settles(level) && audit() == 0) {
		printf("test %s: OK\n", name);
		return true;
	}
	printf("test %s: FAILED (status %d, %ld bytes lost)\n", name, status,
	    (long)(level - memory_level()));
	return false;
}

static void
nothing(void)
{
}

int
main(void)
{
	bool ok;

	printf("lazytests starting\n");
	image_touch();
	run("nothing", nothing);	/* settles what main itself maps */
	ok = run("sparse_memory", sparse_memory);
	ok &= run("sparse_memory_unmap", sparse_memory_unmap);
	ok &= run("oom", oom);
	if (!ok) {
		printf("SOME TESTS FAILED\n");
		return 1;
	}
	printf("ALL TESTS PASSED\n");
	return 0;
}
