/* qsort of a million numbers, of structures, of sorted and equal ones; bsearch;
 * the heap under it: blocks of all sizes, grown and given back. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>

#include "check.h"

#define COUNT	1000000

struct pair {
	uint32_t key, place;
	char fill[24];
};

static uint64_t seed = 12345;

static uint32_t
any(void)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(seed >> 33);
}

static int
compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

static int
compare_down(const void *left, const void *right, void *counter)
{
	++*(long *)counter;
	return compare(right, left);
}

static void
test_numbers(void)
{
	uint32_t *numbers = malloc(COUNT * sizeof(*numbers)), key;
	uint64_t before = 0, after = 0;
	long compared = 0;

	CHECK(numbers != NULL);
	for (int i = 0; i < COUNT; i++)
		before += numbers[i] = any();
	key = numbers[COUNT / 3];
	qsort(numbers, COUNT, sizeof(*numbers), compare);
	for (int i = 0; i < COUNT; i++) {
		after += numbers[i];
		CHECK(i == 0 || numbers[i - 1] <= numbers[i]);
	}
	CHECK(before == after);
	CHECK(bsearch(&key, numbers, COUNT, sizeof(key), compare) != NULL);
	ok("a million numbers");
	qsort_r(numbers, COUNT, sizeof(*numbers), compare_down, &compared);
	for (int i = 1; i < COUNT; i++)
		CHECK(numbers[i - 1] >= numbers[i]);
	CHECK(compared >= COUNT - 1);
	ok("turned around");
	free(numbers);
}

static void
test_pairs(void)
{
	struct pair *pairs = calloc(100000, sizeof(*pairs));

	CHECK(pairs != NULL);
	for (uint32_t i = 0; i < 100000; i++) {
		pairs[i].key = any() % 100;
		pairs[i].place = i;
	}
	qsort(pairs, 100000, sizeof(*pairs), compare);
	for (int i = 1; i < 100000; i++)
		CHECK(pairs[i - 1].key <= pairs[i].key);
	free(pairs);
	ok("structures");
}

static void
test_heap(void)
{
	enum { BLOCKS = 512 };
	static unsigned char *blocks[BLOCKS];
	static size_t sizes[BLOCKS];

	for (int round = 0; round < 20000; round++) {
		int at = (int)(any() % BLOCKS);
		size_t size = any() % (round % 50 == 0 ? 300000 : 3000) + 1;

		if (blocks[at] != NULL) {
			CHECK(blocks[at][0] == (unsigned char)at);
			CHECK(blocks[at][sizes[at] - 1] == (unsigned char)at);
		}
		blocks[at] = realloc(blocks[at], size);
		CHECK(blocks[at] != NULL);
		memset(blocks[at], at, size);
		sizes[at] = size;
	}
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	CHECK(malloc_trim(0) >= 0);
	ok("heap");
}

int
main(void)
{
	test_numbers();
	test_pairs();
	test_heap();
	return done();
}
