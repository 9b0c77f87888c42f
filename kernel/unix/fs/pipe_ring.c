#include "unix/fs/pipe_ring.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/layout.h"
#include "core/vm/heap.h"
#include "core/vm/reclaim.h"

static uint32_t
npages(const struct pipe_ring *ring)
{
	return (uint32_t)(ROUND_UP(ring->capacity, PAGE_BYTES) / PAGE_BYTES);
}

int
ring_init(struct pipe_ring *ring, uint64_t capacity)
{
	*ring = (struct pipe_ring){ .capacity = capacity };
	ring->pages = heap_alloc(npages(ring) * sizeof(*ring->pages));
	if (ring->pages == NULL)
		return -ENOMEM;
	if (capacity >= PAGE_BYTES)
		return 0;
	ring->pages[0] = heap_alloc(capacity);
	if (ring->pages[0] != NULL)
		return 0;
	heap_free(ring->pages);
	return -ENOMEM;
}

void
ring_destroy(struct pipe_ring *ring)
{
	if (ring->spare != NULL)
		frame_free_kernel(ring->spare);
	if (ring->capacity < PAGE_BYTES) {
		heap_free(ring->pages[0]);
	} else {
		for (uint32_t i = 0; i < npages(ring); i++) {
			if (ring->pages[i] != NULL)
				frame_free_kernel(ring->pages[i]);
		}
	}
	heap_free(ring->pages);
}

void
ring_reserve(struct pipe_ring *ring, uint64_t n)
{
	ASSERT(n <= ring_room(ring));
	ring->reserved = ring->head + n;
}

/* See that there is a page.  What is in it is never read before it was
 * written, so it need not be cleared. */
static bool
page_fill(struct pipe_ring *ring, uint8_t **page)
{
	if (*page == NULL)
		*page = atomic_swap(&ring->spare, NULL);
	if (*page == NULL)
		*page = reclaim_alloc_page();
	return *page != NULL;
}

uint64_t
ring_copy_in(struct pipe_ring *ring, struct uio *uio, uint64_t n, int *err)
{
	uint64_t done = 0;

	*err = 0;
	while (done < n) {
		size_t start, want, moved;
		uint8_t **page;

		page = ring_page(ring, ring->head + done, &start, &want);
		want = MIN(want, n - done);
		if (!page_fill(ring, page)) {
			*err = -ENOMEM;
			break;
		}
		moved = uio_get(uio, *page + start, want);
		done += moved;
		if (moved < want) {
			*err = -EFAULT;
			break;
		}
	}
	return done;
}

void
ring_publish(struct pipe_ring *ring, uint64_t n)
{
	ASSERT(n <= ring->reserved - ring->head);
	ring->head += n;
	ring->reserved = ring->head;
}

uint64_t
ring_copy_out(struct pipe_ring *ring, struct uio *uio, uint64_t skip,
    uint64_t n)
{
	uint64_t done = 0;

	while (done < n) {
		size_t start, want, moved;
		uint8_t **page;

		page = ring_page(ring, ring->tail + skip + done, &start, &want);
		want = MIN(want, n - done);
		moved = uio_put(uio, *page + start, want);
		done += moved;
		if (moved < want)
			break;
	}
	return done;
}

/* All of page number `number` (of those ever used) was read. */
static void
page_passed(struct pipe_ring *ring, uint64_t number)
{
	uint8_t **page = &ring->pages[number % npages(ring)];
	void *dead = *page;

	/* Its place may already be that of bytes one round later. */
	if (ring->reserved > (number + npages(ring)) * PAGE_BYTES)
		return;
	*page = NULL;
	dead = atomic_swap(&ring->spare, dead);
	if (dead != NULL)
		frame_free_kernel(dead);
}

void
ring_passed(struct pipe_ring *ring, uint64_t first)
{
	ASSERT(ring->tail <= ring->head);
	if (ring->capacity < PAGE_BYTES)
		return;
	for (; first < ring->tail / PAGE_BYTES; first++)
		page_passed(ring, first);
}

int
ring_copy(struct pipe_ring *ring, uint64_t capacity, struct pipe_ring *new)
{
	uint64_t used = ring_used(ring), done = 0;
	struct uio_part part;
	struct uio uio;
	int err;

	ASSERT(used <= capacity);
	err = ring_init(new, capacity);
	if (err != 0)
		return err;
	ring_reserve(new, used);
	while (done < used) {
		size_t start, follow;
		uint8_t **page;

		page = ring_page(ring, ring->tail + done, &start, &follow);
		follow = MIN(follow, used - done);
		uio_kernel(&uio, &part, *page + start, follow);
		ring_publish(new, ring_copy_in(new, &uio, follow, &err));
		ring_reserve(new, used - done - follow);
		if (err != 0) {
			ring_destroy(new);
			return err;
		}
		done += follow;
	}
	return 0;
}
