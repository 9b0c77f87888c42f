/*
 * A frame of a class is cut into cells of its size; the free ones are chained
 * through their first bytes, and zero but for that.  What there is to know of
 * the frame stands in its struct frame, whose fields for nodes and cached pages
 * the kernel's own frames leave alone:
 *
 *	level	its class
 *	used	cells in use
 *	named	number of the first free cell; NO_CELL if there is none
 *	next	in the list of its class's frames with free cells, and
 *	index	the one before it there
 *
 * Lock order: the class's lock (RANK_POOL), then the frames'.
 */
#include "core/vm/heap.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/page.h"
#include "core/lock/spinlock.h"
#include "core/mem/frame.h"
#include "core/vm/reclaim.h"

#define NO_CELL	UINT16_MAX

struct size_class {
	struct spinlock lock;
	uint32_t bytes;		/* [c] of a cell, a multiple of 16 */
	uint32_t first;		/* lock: frames with free cells */
};

#define CLASS(bytes) { SPINLOCK("heap", RANK_POOL), bytes, FRAME_NONE }

/* What a cell wastes is at most a third of it; the last two are a third and a
 * half of a page. */
static struct size_class classes[] = {
	CLASS(16), CLASS(32), CLASS(48), CLASS(64), CLASS(96), CLASS(128),
	CLASS(192), CLASS(256), CLASS(384), CLASS(512), CLASS(768),
	CLASS(1024), CLASS(1360), CLASS(2048),
};

/* The class of what gets a frame of its own. */
#define WHOLE_FRAME ARRAY_LEN(classes)

static uint32_t nframes;	/* [a] */

/* The class for a size, in units of UNIT_BYTES. */
#define UNIT_BYTES	16
static const uint8_t class_numbers[] = {
	[0 ... 1] = 0, [2] = 1, [3] = 2, [4] = 3, [5 ... 6] = 4, [7 ... 8] = 5,
	[9 ... 12] = 6, [13 ... 16] = 7, [17 ... 24] = 8, [25 ... 32] = 9,
	[33 ... 48] = 10, [49 ... 64] = 11, [65 ... 85] = 12, [86 ... 128] = 13,
};

_Static_assert((ARRAY_LEN(class_numbers) - 1) * UNIT_BYTES >= PAGE_BYTES / 2,
    "what is larger gets a frame");

static uint32_t
class_for(size_t bytes)
{
	uint32_t class;

	if (bytes > PAGE_BYTES / 2)
		return WHOLE_FRAME;
	class = class_numbers[(bytes + UNIT_BYTES - 1) / UNIT_BYTES];
	ASSERT(bytes <= classes[class].bytes);
	return class;
}

static uint16_t *
cell_at(struct frame *frame, uint32_t bytes, uint32_t number)
{
	return (uint16_t *)((char *)frame_data(frame) + number * bytes);
}

/* needs: class->lock */
static void
class_link(struct size_class *class, struct frame *frame)
{
	frame->next = class->first;
	frame->index = FRAME_NONE;
	if (class->first != FRAME_NONE)
		frame_at(class->first)->index = frame_number(frame);
	class->first = frame_number(frame);
}

/* needs: class->lock */
static void
class_unlink(struct size_class *class, struct frame *frame)
{
	if (frame->next != FRAME_NONE)
		frame_at(frame->next)->index = frame->index;
	if (frame->index != FRAME_NONE)
		frame_at(frame->index)->next = frame->next;
	else
		class->first = frame->next;
}

/* Cut a fresh frame into free cells. */
static void
frame_cut(struct frame *frame, uint32_t number)
{
	uint32_t bytes = classes[number].bytes, ncells = PAGE_BYTES / bytes;

	frame->level = (uint8_t)number;
	frame->used = 0;
	frame->named = 0;
	for (uint32_t i = 0; i < ncells; i++)
		*cell_at(frame, bytes, i) =
		    i + 1 < ncells ? (uint16_t)(i + 1) : NO_CELL;
}

/* A cell of a frame of the class.  needs: class->lock.  returns: NULL if all
 * its frames are full */
static inline uint16_t *
class_take(struct size_class *class)
{
	struct frame *frame;
	uint16_t *cell;

	if (class->first == FRAME_NONE)
		return NULL;
	frame = frame_at(class->first);
	cell = cell_at(frame, class->bytes, frame->named);
	frame->named = *cell;
	frame->used++;
	if (frame->named == NO_CELL)
		class_unlink(class, frame);
	return cell;
}

static struct frame *
heap_frame(bool clean)
{
	struct frame *frame = reclaim_alloc(clean);

	if (frame != NULL)
		atomic_add_relaxed(&nframes, 1);
	return frame;
}

void *
heap_alloc_page(void)
{
	struct frame *frame = heap_frame(false);

	if (frame == NULL)
		return NULL;
	frame->level = (uint8_t)WHOLE_FRAME;
	return frame_data(frame);
}

static void *
alloc_whole(void)
{
	void *page = heap_alloc_page();

	if (page != NULL)
		page_clear(page);
	return page;
}

/* The class has no frame with free cells: take one from a fresh frame. */
static __attribute__((noinline)) void *
alloc_fresh(uint32_t number)
{
	struct size_class *class = &classes[number];
	struct frame *frame = heap_frame(true);
	uint16_t *cell;

	if (frame == NULL)
		return NULL;
	frame_clear(frame);
	frame_cut(frame, number);
	spin_lock(&class->lock);
	class_link(class, frame);
	cell = class_take(class);
	spin_unlock(&class->lock);
	*cell = 0;
	return cell;
}

void *
heap_alloc(size_t bytes)
{
	uint32_t number = class_for(bytes);
	struct size_class *class = &classes[number];
	uint16_t *cell;

	ASSERT(bytes > 0 && bytes <= PAGE_BYTES);
	if (number == WHOLE_FRAME)
		return alloc_whole();
	spin_lock(&class->lock);
	cell = class_take(class);
	spin_unlock(&class->lock);
	if (cell == NULL)
		return alloc_fresh(number);
	*cell = 0;
	return cell;
}

static void
heap_put_frame(struct frame *frame)
{
	atomic_sub(&nframes, 1);
	frame_put(frame);
}

void
heap_free(void *memory)
{
	struct size_class *class;
	struct frame *frame;
	uint16_t *cell = memory;
	bool empty;

	if (memory == NULL)
		return;
	frame = frame_of(direct_paddr(memory));
	ASSERT(frame->kind == FRAME_KERNEL && frame->level <= WHOLE_FRAME);
	if (frame->level == WHOLE_FRAME) {
		heap_put_frame(frame);
		return;
	}
	class = &classes[frame->level];
	memset(memory, 0, class->bytes);
	spin_lock(&class->lock);
	ASSERT(frame->used > 0);
	if (frame->named == NO_CELL)
		class_link(class, frame);
	*cell = frame->named;
	frame->named = (uint16_t)((direct_paddr(memory) & PAGE_MASK) /
	    class->bytes);
	empty = --frame->used == 0;
	if (empty)
		class_unlink(class, frame);
	spin_unlock(&class->lock);
	if (empty)
		heap_put_frame(frame);
}

uint32_t
heap_frames(void)
{
	return atomic_load_relaxed(&nframes);
}
