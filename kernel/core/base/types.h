/* The words every file uses: fixed-width integers, addresses, offsets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t vaddr_t;	/* a virtual address, user or kernel */
typedef uint64_t paddr_t;	/* a physical address; never dereferenced */

#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))

/* `align` is a power of two. */
#define ROUND_DOWN(x, align)	((x) & ~((uint64_t)(align) - 1))
#define ROUND_UP(x, align)	ROUND_DOWN((x) + (uint64_t)(align) - 1, align)

#define CONTAINER_OF(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))
