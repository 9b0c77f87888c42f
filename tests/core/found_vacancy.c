/* What was found about the range given back last; found.h names the tests. */
#include "found.h"

#include "check.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/mutex.h"
#include "core/vm/reclaim.h"
#include "core/vm/space_tree.h"
#include "fake/machine.h"
#include "fake/mmu.h"
#include "words.h"

#define NODE_BYTES	(PAGE_BYTES << SV39_INDEX_BITS)

/* Promise a range, give it back, promise it again; whichever way those took,
 * which is left to chance (fail.c).  Beside it something else stays. */
static void
promise_again(struct space *space, vaddr_t start, uint64_t len)
{
	CHECK(space_map_anon(space, 4 * NODE_BYTES, PAGE_BYTES, PROT_READ, 0) ==
	    0, "map beside");
	CHECK(space_map_anon(space, start, len, PROT_READ | PROT_WRITE, 0) == 0,
	    "map");
	CHECK(space_unmap(space, start, len) == 0, "unmap");
	expect_clean("of what was given back");
	CHECK(space_map_anon(space, start, len, PROT_READ | PROT_WRITE, 0) == 0,
	    "map again");
	expect_clean("of what is promised again");
	CHECK(space_promised(space) == 1 + (len >> PAGE_SHIFT), "promised");
}

/* A leaf node that was left empty is neither lost nor named twice. */
void
a_node_that_waits_to_be_used_again_is_counted(void)
{
	vaddr_t start = 2 * NODE_BYTES + PAGE_BYTES;
	struct space *space;
	uint8_t byte;

	for (uint32_t i = 0; i < 16; i++) {
		CHECK(space_create(0, &space) == 0, "create");
		promise_again(space, start, 2 * PAGE_BYTES);
		run_on_hart_0(space);
		CHECK(mmu_store(start + PAGE_BYTES, 1) == 0 &&
		    mmu_load(start, ACCESS_READ, &byte) == 0 && byte == 0,
		    "touch");
		expect_clean("of what was touched");
		end_run(space, NULL);
	}
}

static struct space *moved;	/* whose range others give back and promise again */

/* Once, while who runs waits for memory. */
static void
promise_again_beside(const char *what)
{
	struct space *space = moved;

	if (space == NULL || strcmp(what, "alloc") != 0 ||
	    mutex_held(&space->lock))
		return;
	moved = NULL;
	CHECK(space_unmap(space, NODE_BYTES, 2 * PAGE_BYTES) == 0, "unmap");
	CHECK(space_map_anon(space, NODE_BYTES, 2 * PAGE_BYTES,
	    PROT_READ | PROT_WRITE, 0) == 0, "map");
}

/* Whether a fault waits for memory is left to chance (fail.c). */
void
who_waited_for_memory_finds_what_was_promised_since(void)
{
	struct space *space;

	machine_at_point = promise_again_beside;
	for (uint32_t i = 0; i < 64; i++) {
		CHECK(space_create(0, &space) == 0, "create");
		promise_again(space, NODE_BYTES, 2 * PAGE_BYTES);
		run_on_hart_0(space);
		moved = space;
		CHECK(mmu_store(NODE_BYTES, 1) == 0, "store");
		moved = NULL;
		end_run(space, NULL);
	}
}

/* What is promised is nowhere in the tree yet, but taken. */
void
a_promise_that_is_not_written_is_in_the_way(void)
{
	vaddr_t start = 2 * NODE_BYTES + PAGE_BYTES, at;
	uint64_t len = 2 * PAGE_BYTES;
	struct space *space;

	for (uint32_t i = 0; i < 16; i++) {
		CHECK(space_create(0, &space) == 0, "create");
		promise_again(space, start, len);
		CHECK(space_place_anon(space, 0, start + len, len, PROT_READ, 0,
		    &at) == 0 && at == start - len, "placed at %lx",
		    (unsigned long)at);
		CHECK(space_unmap(space, start, len) == 0 &&
		    space_map_anon(space, start, len, PROT_READ, 0) == 0 &&
		    space_map_anon(space, start, len, PROT_READ, 0) == -EEXIST,
		    "promised twice");
		CHECK(space_map_anon(space, start + len - PAGE_BYTES,
		    2 * PAGE_BYTES, PROT_READ, 0) == -EEXIST, "promised over");
		space_put(space);
		reclaim_all();
	}
}
