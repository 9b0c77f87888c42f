/*
 * System V shared memory.
 *
 *	segment --> object <-- entries of trees
 *	   ^ nattached
 *	   +-- struct attachment <-- memory->attachments
 *
 * A segment that was removed keeps its number, for those who know it, until
 * its last attachment is gone.
 *
 * An attachment goes by shmdt, with its memory, or when a call unmaps all of
 * it at once; where it was unmapped piece by piece it counts until then.
 */
#include "unix/proc/sysv/shm.h"

#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/vm/heap.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/stats.h"
#include "unix/proc/limit.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"

struct segment {
	struct sysv_item item;
	struct object *object;		/* [c] */
	uint64_t nbytes;		/* [c] */
	int64_t attached, detached;	/* [y] seconds since 1970 */
	int32_t maker;			/* [c] */
	int32_t last;			/* [y] who attached or detached */
	uint64_t nattached;		/* [y] */
};

struct attachment {
	struct list link;		/* [y] in memory->attachments */
	struct segment *segment;	/* [c] counted in it */
	vaddr_t start;			/* [c] */
	uint64_t len;			/* [c] whole pages */
};

static struct sysv_table segments;	/* [y] */

static struct segment *
segment_of(struct sysv_item *item)
{
	return CONTAINER_OF(item, struct segment, item);
}

static uint64_t
segment_len(const struct segment *segment)
{
	return ROUND_UP(segment->nbytes, PAGE_BYTES);
}

/* No number leads to it.  NULL: nothing happens */
static void
segment_free(struct segment *segment)
{
	if (segment == NULL)
		return;
	object_put(segment->object);
	heap_free(segment);
}

static int
segment_make(uint64_t nbytes, struct segment **out)
{
	uint64_t npages = ROUND_UP(nbytes, PAGE_BYTES) / PAGE_BYTES;
	struct memory_stats stats;
	struct segment *segment;
	int err;

	memory_counts(&stats);
	if (npages > stats.total)
		return -ENOMEM;
	segment = heap_alloc(sizeof(*segment));
	if (segment == NULL)
		return -ENOMEM;
	err = object_create_anon((uint32_t)npages, &segment->object);
	if (err != 0) {
		heap_free(segment);
		return err == -EAGAIN ? -ENOSPC : err;
	}
	segment->nbytes = nbytes;
	segment->maker = proc_this()->pid;
	*out = segment;
	return 0;
}

int
shm_get(int32_t key, uint64_t nbytes, uint32_t flags)
{
	struct segment *fresh = NULL, *found;
	struct sysv_item *item;
	int result;

	if (sysv_may_make(key, flags) && nbytes > 0 && nbytes <= USER_END) {
		result = segment_make(nbytes, &fresh);
		if (result != 0)
			return result;
	}
	spin_lock(&sysv_lock);
	result = sysv_get(&segments, key, flags,
	    fresh != NULL ? &fresh->item : NULL, &item);
	if (result == -ENOENT && sysv_may_make(key, flags))
		result = -EINVAL;
	if (result == 0) {
		found = segment_of(item);
		if (found == fresh)
			fresh = NULL;
		else if (nbytes > found->nbytes)
			result = -EINVAL;
		else
			result = sysv_may(item, flags);
	}
	if (result == 0)
		result = item->id;
	spin_unlock(&sysv_lock);
	segment_free(fresh);
	return result;
}

/*
 * One attachment less.
 * needs:   sysv_lock
 * returns: the segment, to be freed, if it was removed and this was the last
 */
static struct segment *
segment_leave(struct segment *segment)
{
	segment->nattached--;
	if (segment->nattached > 0 ||
	    !(segment->item.owner.mode & SHM_REMOVED))
		return NULL;
	sysv_leave(&segments, &segment->item);
	return segment;
}

/* The same for who detaches it: notes when. */
static struct segment *
segment_detach(struct segment *segment)
{
	segment->detached = sysv_now();
	segment->last = proc_this() != NULL ? proc_this()->pid : 0;
	return segment_leave(segment);
}

int
shm_size(int32_t id, uint64_t *nbytes)
{
	struct sysv_item *item;

	spin_lock(&sysv_lock);
	item = sysv_find(&segments, id);
	if (item != NULL)
		*nbytes = segment_of(item)->nbytes;
	spin_unlock(&sysv_lock);
	return item != NULL ? 0 : -EINVAL;
}

/* Count an attachment.  returns: 0; -EINVAL, -EACCES */
static int
segment_enter(int32_t id, uint32_t flags, struct segment **out)
{
	struct sysv_item *item;
	uint32_t want = SYSV_READ;
	int err = -EINVAL;

	if (!(flags & SHM_READ_ONLY))
		want |= SYSV_WRITE;
	if (flags & SHM_EXECUTE)
		want |= SYSV_EXECUTE;
	spin_lock(&sysv_lock);
	item = sysv_find(&segments, id);
	if (item != NULL)
		err = sysv_may(item, want);
	if (err == 0) {
		*out = segment_of(item);
		(*out)->nattached++;
	}
	spin_unlock(&sysv_lock);
	return err;
}

/* Map it at `at`, or (0) in a gap.  gives: *out */
static int
segment_map(const struct segment *segment, vaddr_t at, uint32_t flags,
    vaddr_t lowest, vaddr_t *out)
{
	const struct memory *memory = proc_this()->memory;
	uint64_t len = segment_len(segment);
	uint32_t prot = PROT_READ;
	bool anywhere = at == 0;
	int err;

	if (!(flags & SHM_READ_ONLY))
		prot |= PROT_WRITE;
	if (flags & SHM_EXECUTE)
		prot |= PROT_EXEC;
	do {
		if (anywhere && !space_find_gap(memory->space, lowest,
		    memory->layout.map_end, len, PAGE_BYTES, true, &at))
			return -ENOMEM;
		err = space_map_object(memory->space, at, len, prot, true,
		    !(flags & SHM_READ_ONLY), segment->object, 0,
		    flags & SHM_REPLACE ? SPACE_MAP_REPLACE : 0);
	} while (anywhere && err == -EEXIST);
	*out = at;
	return err == -EEXIST ? -EINVAL : err;
}

int
shm_attach(int32_t id, vaddr_t at, uint32_t flags, vaddr_t lowest,
    vaddr_t *out)
{
	struct attachment *attachment;
	struct segment *segment, *dead = NULL;
	int err;

	if (flags & SHM_ROUND)
		at = ROUND_DOWN(at, PAGE_BYTES);
	if (at % PAGE_BYTES != 0 || ((flags & SHM_REPLACE) && at == 0) ||
	    (at != 0 && at < lowest))
		return -EINVAL;
	attachment = heap_alloc(sizeof(*attachment));
	if (attachment == NULL)
		return -ENOMEM;
	err = segment_enter(id, flags, &segment);
	if (err != 0) {
		heap_free(attachment);
		return err;
	}
	err = segment_map(segment, at, flags, lowest, out);
	if (err == 0 && (flags & SHM_REPLACE))
		shm_unmapped(proc_this()->memory, at, segment_len(segment));
	spin_lock(&sysv_lock);
	if (err == 0) {
		attachment->segment = segment;
		attachment->start = *out;
		attachment->len = segment_len(segment);
		list_push_back(&proc_this()->memory->attachments,
		    &attachment->link);
		segment->attached = sysv_now();
		segment->last = proc_this()->pid;
	} else {
		dead = segment_leave(segment);
	}
	spin_unlock(&sysv_lock);
	if (err != 0)
		heap_free(attachment);
	segment_free(dead);
	return err;
}

/* Unmap what is the object's in [start, end). */
static void
object_unmap(struct space *space, const struct object *object, vaddr_t start,
    vaddr_t end)
{
	struct space_run run;

	while (start < end && space_next_run(space, start, &run)) {
		vaddr_t first = MAX(run.start, start);

		/* What cannot be unmapped for want of memory stays. */
		if (run.object == object && first < end)
			space_unmap(space, first, MIN(run.end, end) - first);
		if (run.object != NULL)
			object_put(run.object);
		start = run.end;
	}
}

int
shm_detach(vaddr_t at)
{
	struct memory *memory = proc_this()->memory;
	struct attachment *found = NULL;
	struct segment *dead;

	spin_lock(&sysv_lock);
	LIST_FOR(link, &memory->attachments) {
		struct attachment *attachment = LIST_ENTRY(link,
		    struct attachment, link);

		if (attachment->start == at)
			found = attachment;
	}
	if (found != NULL)
		list_remove(&found->link);
	spin_unlock(&sysv_lock);
	if (found == NULL)
		return -EINVAL;
	object_unmap(memory->space, found->segment->object, at,
	    at + found->len);
	spin_lock(&sysv_lock);
	dead = segment_detach(found->segment);
	spin_unlock(&sysv_lock);
	heap_free(found);
	segment_free(dead);
	return 0;
}

int
shm_remove(int32_t id)
{
	struct sysv_item *item;
	struct segment *dead = NULL;
	int err = -EINVAL;

	spin_lock(&sysv_lock);
	item = sysv_find(&segments, id);
	if (item != NULL)
		err = sysv_owns(item);
	if (err == 0) {
		item->owner.key = IPC_PRIVATE;
		item->owner.mode |= SHM_REMOVED;
		if (segment_of(item)->nattached == 0) {
			sysv_leave(&segments, item);
			dead = segment_of(item);
		}
	}
	spin_unlock(&sysv_lock);
	segment_free(dead);
	return err;
}

int
shm_change(int32_t id, const struct sysv_owner *to)
{
	struct sysv_item *item;
	int err = -EINVAL;

	spin_lock(&sysv_lock);
	item = sysv_find(&segments, id);
	if (item != NULL)
		err = sysv_owns(item);
	if (err == 0)
		sysv_change(item, to);
	spin_unlock(&sysv_lock);
	return err;
}

int
shm_lock(int32_t id, bool lock)
{
	struct sysv_item *item;
	int err = -EINVAL;

	spin_lock(&sysv_lock);
	item = sysv_find(&segments, id);
	if (item != NULL)
		err = sysv_owns(item);
	if (err == 0 && lock && limit_get(LIMIT_MEMLOCK) == 0 &&
	    !credentials_privileged(proc_credentials()))
		err = -EPERM;
	if (err == 0 && lock)
		item->owner.mode |= SHM_LOCKED;
	else if (err == 0)
		item->owner.mode &= ~SHM_LOCKED;
	spin_unlock(&sysv_lock);
	return err;
}

int
shm_status(enum sysv_which which, int32_t id, struct shm_status *out)
{
	struct sysv_item *item;
	int err;

	spin_lock(&sysv_lock);
	err = sysv_look(&segments, which, id, &item);
	if (err == 0) {
		const struct segment *segment = segment_of(item);

		*out = (struct shm_status){
			.id = item->id,
			.owner = item->owner,
			.bytes = segment->nbytes,
			.resident = object_cached(segment->object),
			.attached = segment->attached,
			.detached = segment->detached,
			.changed = item->changed,
			.maker = segment->maker,
			.last = segment->last,
			.nattached = segment->nattached,
		};
	}
	spin_unlock(&sysv_lock);
	return err;
}

void
shm_totals(struct shm_totals *out)
{
	spin_lock(&sysv_lock);
	*out = (struct shm_totals){
		.count = (int32_t)segments.count,
		.highest = sysv_highest(&segments),
	};
	for (int32_t i = 0; i <= out->highest; i++) {
		struct sysv_item *item = sysv_at(&segments, (uint32_t)i);

		if (item == NULL)
			continue;
		out->pages += segment_len(segment_of(item)) / PAGE_BYTES;
		out->resident += object_cached(segment_of(item)->object);
	}
	spin_unlock(&sysv_lock);
}

int
shm_fork(struct memory *to, const struct memory *from)
{
	int err = 0;

	/* Another thread's shmat may come too late to be inherited. */
	if (list_empty(&from->attachments))
		return 0;
	spin_lock(&sysv_lock);
	LIST_FOR(link, &from->attachments) {
		const struct attachment *theirs = LIST_ENTRY(link,
		    struct attachment, link);
		struct attachment *ours = heap_alloc(sizeof(*ours));

		if (ours == NULL) {
			err = -ENOMEM;
			break;
		}
		*ours = *theirs;
		ours->segment->nattached++;
		list_push_back(&to->attachments, &ours->link);
	}
	spin_unlock(&sysv_lock);
	return err;
}

/* Take one attachment that lies in [start, end).  returns: whether there was
 * one; gives: *dead, to be freed, or NULL */
static bool
attachment_drop(struct memory *memory, vaddr_t start, vaddr_t end,
    struct segment **dead)
{
	struct attachment *found = NULL;

	*dead = NULL;
	spin_lock(&sysv_lock);
	LIST_FOR(link, &memory->attachments) {
		struct attachment *attachment = LIST_ENTRY(link,
		    struct attachment, link);

		if (attachment->start >= start &&
		    attachment->start + attachment->len <= end)
			found = attachment;
	}
	if (found != NULL) {
		list_remove(&found->link);
		*dead = segment_detach(found->segment);
	}
	spin_unlock(&sysv_lock);
	heap_free(found);
	return found != NULL;
}

static __attribute__((noinline)) void
attachments_drop(struct memory *memory, vaddr_t start, vaddr_t end)
{
	struct segment *dead;

	while (attachment_drop(memory, start, end, &dead))
		segment_free(dead);
}

void
shm_unmapped(struct memory *memory, vaddr_t start, uint64_t len)
{
	/* Most have none; one that comes just now is not unmapped by this. */
	if (!list_empty(&memory->attachments))
		attachments_drop(memory, start, start + len);
}

void
shm_release(struct memory *memory)
{
	shm_unmapped(memory, 0, USER_END);
}
