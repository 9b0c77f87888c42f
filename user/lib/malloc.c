/*
 * malloc: one list of free blocks in the order of their addresses, first fit,
 * neighbours joined when a block is freed.
 *
 *	block:	| header (16 bytes) | what the caller gets ... |
 *
 * Memory comes from sbrk and is not given back.  A program may call sbrk
 * itself in between; blocks need not be adjacent.
 */
#include "cowslip.h"

#define ALIGNMENT	16
#define GROW_BYTES	16384		/* a call to sbrk is worth this much */

struct block {
	size_t size;			/* bytes, header included */
	struct block *next;		/* while free */
} __attribute__((aligned(ALIGNMENT)));

static struct block *free_blocks;

static char *
block_end(struct block *block)
{
	return (char *)block + block->size;
}

static void
block_insert(struct block *block)
{
	struct block *before = NULL, *after = free_blocks;

	while (after != NULL && after < block) {
		before = after;
		after = after->next;
	}
	block->next = after;
	if (after != NULL && block_end(block) == (char *)after) {
		block->size += after->size;
		block->next = after->next;
	}
	if (before == NULL) {
		free_blocks = block;
	} else if (block_end(before) == (char *)block) {
		before->size += block->size;
		before->next = block->next;
	} else {
		before->next = block;
	}
}

/* returns: 0, or -1 if there is no more memory */
static int
heap_grow(size_t size)
{
	size_t request = size < GROW_BYTES ? GROW_BYTES : size;
	struct block *block;
	uintptr_t start, aligned;
	char *memory;

	if (request > INT32_MAX - ALIGNMENT)
		return -1;
	/* Others may have left the break anywhere. */
	request += ALIGNMENT;
	memory = sbrk((int)request);
	if (memory == (char *)-1)
		return -1;
	start = (uintptr_t)memory;
	aligned = (start + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
	block = (struct block *)aligned;
	block->size = (request - (aligned - start)) & ~(size_t)(ALIGNMENT - 1);
	block_insert(block);
	return 0;
}

/* Take `size` bytes from the first block that has them; NULL if none has. */
static struct block *
block_take(size_t size)
{
	struct block **link, *block, *rest;

	for (link = &free_blocks; *link != NULL; link = &(*link)->next) {
		block = *link;
		if (block->size < size)
			continue;
		if (block->size - size < 2 * sizeof(struct block)) {
			*link = block->next;
			return block;
		}
		rest = (struct block *)((char *)block + size);
		rest->size = block->size - size;
		rest->next = block->next;
		*link = rest;
		block->size = size;
		return block;
	}
	return NULL;
}

void *
malloc(size_t len)
{
	struct block *block;
	size_t size;

	if (len > INT32_MAX)
		return NULL;
	size = (len + sizeof(struct block) + ALIGNMENT - 1) &
	    ~(size_t)(ALIGNMENT - 1);
	block = block_take(size);
	if (block == NULL && heap_grow(size) == 0)
		block = block_take(size);
	return block == NULL ? NULL : block + 1;
}

void
free(void *pointer)
{
	if (pointer != NULL)
		block_insert((struct block *)pointer - 1);
}
