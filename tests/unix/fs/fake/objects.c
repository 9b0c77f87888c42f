/*
 * Objects for one thread: an array of pages, each a frame of an arena that
 * stands where the direct map would be.
 *
 * Shedding writes back and releases, as the real ones do; pages of clean
 * objects are dropped now and then when they are asked for, so that nobody can
 * count on them.
 */
#include "fake.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/base/errno.h"
#include "core/base/list.h"
#include "core/base/panic.h"
#include "core/cpu/page.h"
#include "core/mem/frame.h"
#include "core/vm/object.h"
#include "core/vm/reclaim.h"
#include "unix/fs/vfs.h"

#define PAGE		4096
#define NFRAMES		65536
#define NOBJECTS	1024

struct object {
	const struct object_ops *ops;		/* NULL: not in use */
	void *context;
	uint32_t refs, npages, size;		/* size: of the arrays */
	struct frame **frames;
	bool *dirty;
	bool forgotten;
};

struct frame *frame_table;
paddr_t frame_base;
uintptr_t frame_origin;

static struct object objects[NOBJECTS];
static uint32_t free_frames[NFRAMES], nfree;

static void
arena_init(void)
{
	void *arena;

	if (frame_table != NULL)
		return;
	frame_table = calloc(NFRAMES, sizeof(*frame_table));
	arena = mmap(NULL, (size_t)NFRAMES * PAGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (arena == MAP_FAILED)
		abort();
	frame_base = direct_paddr(arena);
	frame_origin = (uintptr_t)frame_table -
	    (frame_base >> PAGE_SHIFT) * sizeof(struct frame);
	for (nfree = 0; nfree < NFRAMES; nfree++)
		free_frames[nfree] = NFRAMES - 1 - nfree;
}

static struct frame *
take_frame(void)
{
	struct frame *frame;

	ASSERT(nfree > 0);
	frame = frame_at(free_frames[--nfree]);
	frame->pins = 0;
	/* What was there before must not be seen. */
	memset(frame_data(frame), 0xa5, PAGE);
	return frame;
}

void
frame_unpin(struct frame *frame)
{
	ASSERT(frame->pins > 0);
	frame->pins--;
}

uint32_t
fake_frames_used(void)
{
	return frame_table == NULL ? 0 : NFRAMES - nfree;
}

void
page_clear(void *page)
{
	memset(page, 0, PAGE);
}

static void
drop(struct object *object, uint32_t index)
{
	struct frame *frame = object->frames[index];

	if (frame == NULL)
		return;
	ASSERT(frame->pins == 0);
	free_frames[nfree++] = frame_number(frame);
	object->frames[index] = NULL;
	object->dirty[index] = false;
}

/* ---- Life ------------------------------------------------------------------ */

static void
grow_arrays(struct object *object, uint32_t npages)
{
	if (npages <= object->size)
		return;
	object->frames = realloc(object->frames, npages * sizeof(void *));
	object->dirty = realloc(object->dirty, npages);
	memset(object->frames + object->size, 0,
	    (npages - object->size) * sizeof(void *));
	memset(object->dirty + object->size, 0, npages - object->size);
	object->size = npages;
}

int
object_create(const struct object_ops *ops, void *context, uint32_t npages,
    struct object **out)
{
	arena_init();
	for (uint32_t i = 0; i < NOBJECTS; i++) {
		struct object *object = &objects[i];

		if (object->ops != NULL)
			continue;
		*object = (struct object){ ops, context, 1, npages, 0, NULL,
		    NULL, false };
		grow_arrays(object, npages);
		*out = object;
		return 0;
	}
	return -EAGAIN;
}

static void
release(struct object *object)
{
	if (object->ops->store != NULL && !object->forgotten)
		(void)object_write_back(object, 0, object->npages);
	for (uint32_t i = 0; i < object->size; i++)
		drop(object, i);
	free(object->frames);
	free(object->dirty);
	object->ops->release(object->context);
	object->ops = NULL;
}

uint32_t
object_shed(uint32_t count)
{
	uint32_t shed = 0;

	for (uint32_t i = 0; i < NOBJECTS && shed < count; i++) {
		if (objects[i].ops != NULL && objects[i].refs == 0) {
			release(&objects[i]);
			shed++;
		}
	}
	return shed;
}

uint32_t
object_reap(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < NOBJECTS; i++) {
		struct object *object = &objects[i];

		if (object->ops != NULL && object->refs == 0 &&
		    (object->forgotten || !object->ops->keep)) {
			release(object);
			count++;
		}
	}
	return count;
}

void
object_get(struct object *object)
{
	ASSERT(object->refs++ > 0);
}

bool
object_get_live(struct object *object)
{
	if (object->refs == 0 && (object->forgotten || !object->ops->keep))
		return false;
	object->refs++;
	return true;
}

void
object_put(struct object *object)
{
	ASSERT(object->refs > 0);
	/* What is not kept waits for object_reap, or goes by itself. */
	if (--object->refs == 0 && (object->forgotten || !object->ops->keep) &&
	    chance(2))
		release(object);
}

/* There are no trees here. */
void
reclaim_dropped(void)
{
	(void)object_reap();
}

void
object_forget(struct object *object)
{
	object->forgotten = true;
}

void *
object_context(const struct object *object, const struct object_ops *ops)
{
	return object->ops == ops ? object->context : NULL;
}

uint32_t
object_npages(const struct object *object)
{
	return object->npages;
}

bool
object_is_mapped(const struct object *object)
{
	(void)object;
	return false;
}

uint32_t
object_cached(const struct object *object)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < object->size; i++)
		count += object->frames[i] != NULL;
	return count;
}

/* ---- Pages ------------------------------------------------------------------ */

void
object_resize(struct object *object, uint32_t npages)
{
	for (uint32_t i = npages; i < object->npages; i++)
		drop(object, i);
	grow_arrays(object, npages);
	object->npages = npages;
}

void
object_clear(struct object *object, uint32_t index, uint32_t from,
    uint32_t to)
{
	ASSERT(from <= to && to <= PAGE);
	if (index < object->npages && object->frames[index] != NULL)
		memset((char *)frame_data(object->frames[index]) + from, 0,
		    to - from);
}

struct frame *
object_page_find(struct object *object, uint32_t index)
{
	if (index >= object->npages || object->frames[index] == NULL)
		return NULL;
	object->frames[index]->pins++;
	return object->frames[index];
}

int
object_page(struct object *object, uint32_t index, struct frame **out)
{
	struct frame *frame;
	int err;

	if (index >= object->npages)
		return -ENXIO;
	if (object->frames[index] != NULL && object->ops->clean &&
	    !object->dirty[index] && chance(4) == 0)
		drop(object, index);
	*out = object_page_find(object, index);
	if (*out != NULL)
		return 0;
	frame = take_frame();
	err = object->ops->fill(object->context, index, frame_data(frame));
	if (err != 0) {
		free_frames[nfree++] = frame_number(frame);
		return err;
	}
	object->frames[index] = frame;
	frame->pins++;
	*out = frame;
	return 0;
}

int
object_page_give(struct object *object, uint32_t index, struct frame *frame)
{
	struct frame *filled;

	if (index >= object->npages)
		return -ENXIO;
	/* Now and then a fault comes first. */
	if (object->frames[index] == NULL && chance(4) == 0 &&
	    object_page(object, index, &filled) == 0)
		frame_unpin(filled);
	if (object->frames[index] != NULL)
		return -EEXIST;
	object->frames[index] = frame;
	return 0;
}

struct frame *
reclaim_alloc_waiting(bool clean)
{
	(void)clean;
	arena_init();
	return take_frame();
}

void
frame_put(struct frame *frame)
{
	free_frames[nfree++] = frame_number(frame);
}

void
object_drop_pages(struct object *object, uint32_t first, uint32_t npages)
{
	for (uint32_t i = first; i < first + npages && i < object->npages; i++)
		drop(object, i);
}

void
object_clear_range(struct object *object, uint64_t offset, uint64_t end)
{
	for (; offset < end && offset / PAGE < object->npages; offset++)
		object_clear(object, (uint32_t)(offset / PAGE),
		    offset % PAGE, offset % PAGE + 1);
}

uint32_t
object_cached_in(struct object *object, uint32_t first, uint32_t limit,
    uint32_t *indices, uint32_t max)
{
	uint32_t count = 0;

	for (uint32_t i = first; i < limit && i < object->npages &&
	    count < max; i++) {
		if (object->frames[i] != NULL)
			indices[count++] = i;
	}
	return count;
}

void
object_mark_dirty(struct object *object, uint32_t index)
{
	ASSERT(object->ops->store != NULL || !object->ops->clean);
	if (index < object->npages && object->frames[index] != NULL)
		object->dirty[index] = true;
}

bool
object_dirty(const struct object *object)
{
	for (uint32_t i = 0; i < object->npages; i++) {
		if (object->dirty[i])
			return true;
	}
	return false;
}

int
object_write_back(struct object *object, uint32_t first, uint32_t npages)
{
	int err, result = 0;

	for (uint32_t i = first; i < first + npages && i < object->npages;
	    i++) {
		if (!object->dirty[i])
			continue;
		err = object->ops->store(object->context, i,
		    frame_data(object->frames[i]));
		object->dirty[i] = err != 0;
		result = err != 0 ? err : result;
	}
	return result;
}

void
fake_map_write(struct vnode *vnode, const void *from, uint64_t offset,
    size_t len)
{
	struct object *object;
	struct frame *frame;

	if (vnode_object(vnode, &object) != 0 ||
	    object_page(object, (uint32_t)(offset / PAGE), &frame) != 0)
		fail("mapping a file");
	memcpy((char *)frame_data(frame) + offset % PAGE, from, len);
	frame_unpin(frame);
	if (object->ops->store != NULL)
		object_mark_dirty(object, (uint32_t)(offset / PAGE));
	object_put(object);
}
