/*
 * The bytes of a pipe: a ring of pages, which are there while they are needed.
 *
 *	tail: read up to here    head: written    reserved: being written
 *	  v                        v                v
 *	  [page][page][page][page][page]  NULL  NULL
 *
 * The three only grow, and are taken modulo the capacity.  Who copies out
 * works between tail and head, who copies in between head and reserved, so
 * neither is in the other's way, and no spinlock is held over the copies, but
 * those of a few bytes.
 */
#pragma once

#include "core/base/types.h"
#include "core/cpu/sv39.h"
#include "core/vm/uio.h"

/* So few bytes are copied under the lock. */
#define RING_FEW_BYTES	128

/* [l] the pipe's lock; [w] who writes to it; [r] who reads it */
struct pipe_ring {
	uint64_t capacity;	/* [lrw] bytes */
	uint64_t tail;		/* [l] bytes ever read */
	uint64_t head;		/* [l] ... ever written */
	uint64_t reserved;	/* [l] ... or being written */
	uint8_t **pages;	/* [rw] each [l] or the writer's; NULL: none */
	void *spare;		/* [a] a page to be used next */
};

/* Less than a page is taken at once, whole pages when they are written to.
 * returns: 0 or -ENOMEM */
int ring_init(struct pipe_ring *ring, uint64_t capacity);
void ring_destroy(struct pipe_ring *ring);

static inline uint64_t
ring_used(const struct pipe_ring *ring)
{
	return ring->head - ring->tail;
}

static inline uint64_t
ring_room(const struct pipe_ring *ring)
{
	return ring->capacity - ring_used(ring);
}

/* The page that position `at` is in, and how much of it follows. */
static inline uint8_t **
ring_page(struct pipe_ring *ring, uint64_t at, size_t *start, size_t *follow)
{
	uint64_t in_ring = at % ring->capacity;

	*start = in_ring % PAGE_BYTES;
	*follow = MIN(PAGE_BYTES - *start, ring->capacity - in_ring);
	return &ring->pages[in_ring / PAGE_BYTES];
}

/* Where the `n` bytes from `at` on stand, if they are few, in one page that is
 * there; else NULL. */
static inline uint8_t *
ring_few(struct pipe_ring *ring, uint64_t at, uint64_t n)
{
	size_t start, follow;
	uint8_t **page;

	if (n > RING_FEW_BYTES)
		return NULL;
	page = ring_page(ring, at, &start, &follow);
	return n <= follow && *page != NULL ? *page + start : NULL;
}

/*
 * Copy `n` bytes in and publish them, if they are few and that needs no
 * waiting.
 * needs:   [lw], room for them, nobody else writes
 * returns: whether it was done
 */
static inline bool
ring_put_few(struct pipe_ring *ring, struct uio *uio, uint64_t n)
{
	uint8_t *to = ring_few(ring, ring->head, n);

	if (to == NULL || !uio_try_get(uio, to, n))
		return false;
	ring->head += n;
	ring->reserved = ring->head;
	return true;
}

/* The same for copying out `n` bytes, which are there, leaving them there.
 * needs: [lr], nobody else reads */
static inline bool
ring_get_few(struct pipe_ring *ring, struct uio *uio, uint64_t n)
{
	const uint8_t *from = ring_few(ring, ring->tail, n);

	return from != NULL && uio_try_put(uio, from, n);
}

/* The next `n` bytes are going to be written.  needs: [lw], room for them */
void ring_reserve(struct pipe_ring *ring, uint64_t n);
/*
 * Copy them in.  needs: [w], not [l]
 * returns: how many; fewer after a fault, or where there is no memory:
 *          then *err says which
 */
uint64_t ring_copy_in(struct pipe_ring *ring, struct uio *uio, uint64_t n,
    int *err);
/* They are there to be read.  needs: [lw] */
void ring_publish(struct pipe_ring *ring, uint64_t n);

/* Pages from this one on (of those ever used) were read. */
void ring_passed(struct pipe_ring *ring, uint64_t first);

/* Copy out `n` bytes, which are there, `skip` bytes behind the first, leaving
 * them there.  needs: [r], not [l].  returns: how many; fewer after a fault */
uint64_t ring_copy_out(struct pipe_ring *ring, struct uio *uio, uint64_t skip,
    uint64_t n);
/* Take `n` bytes away.  needs: [lr] */
static inline void
ring_consume(struct pipe_ring *ring, uint64_t n)
{
	uint64_t first = ring->tail / PAGE_BYTES;

	ring->tail += n;
	if (first != ring->tail / PAGE_BYTES)
		ring_passed(ring, first);
}

/* Give *ring, with less in it than that, another capacity, through *new.
 * needs:   [rw], not [l]; ring_swap: [lrw]
 * returns: 0 or -ENOMEM */
int ring_copy(struct pipe_ring *ring, uint64_t capacity,
    struct pipe_ring *new);
