/*
 * Locks on files.
 *
 *	chain of a vnode: lock lock lock ...	held
 *	waiters: request request ...		those who wait, in any order
 *
 * A lock stands in a hash chain by what it is on.  Whoever unlocks wakes all
 * waiters, who look again.  One spinlock protects it all: chains are short and
 * locks are rare.  Objects are made before it is taken: a change may need two.
 */
#include "unix/fs/file_lock.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/task/wait.h"
#include "core/vm/heap.h"

#define CHAINS	64

enum lock_kind {
	KIND_FLOCK,
	KIND_RANGE,			/* POSIX and OFD: they do conflict */
};

/* A lock, or one that is waited for. [k] locks_lock */
struct file_lock {
	struct list link;		/* [k] in a chain, or among waiters */
	const void *key;		/* what it is on */
	const void *owner;
	enum lock_kind kind;
	bool by_process;		/* POSIX: deadlocks are looked for */
	struct lock_request range;	/* [k] */
};

static struct spinlock locks_lock = SPINLOCK("file locks", RANK_WAIT);
static struct waitq changed = WAITQ(changed);		/* [k] */
static struct list chains[CHAINS];			/* [k] */
static struct list waiters = { &waiters, &waiters };	/* [k] */

void
file_lock_init(void)
{
	for (uint32_t i = 0; i < CHAINS; i++)
		list_init(&chains[i]);
}

static const void *
key_of(const struct file *file)
{
	return file->vnode != NULL ? (const void *)file->vnode : file;
}

static struct list *
chain_of(const void *key)
{
	return &chains[(uintptr_t)key / 64 % CHAINS];
}

static bool
is_same_owner(const struct file_lock *a, const struct file_lock *b)
{
	return a->key == b->key && a->kind == b->kind && a->owner == b->owner;
}

static bool
overlaps(const struct file_lock *a, const struct file_lock *b)
{
	return a->range.start <= b->range.end && b->range.start <= a->range.end;
}

/* The first lock in the way of `wanted`, or NULL. */
static struct file_lock *
find_conflict(const struct file_lock *wanted)
{
	struct list *chain = chain_of(wanted->key);

	LIST_FOR(link, chain) {
		struct file_lock *held = LIST_ENTRY(link, struct file_lock,
		    link);

		if (held->key == wanted->key && held->kind == wanted->kind &&
		    held->owner != wanted->owner && overlaps(held, wanted) &&
		    (held->range.type == LOCK_EXCLUSIVE ||
		    wanted->range.type == LOCK_EXCLUSIVE))
			return held;
	}
	return NULL;
}

/* ---- Changing the locks of one owner ------------------------------------- */

/* What may be needed and what is left over. */
struct spares {
	struct file_lock *lock[2];
};

static int
spares_get(struct spares *spares)
{
	spares->lock[0] = heap_alloc(sizeof(struct file_lock));
	spares->lock[1] = heap_alloc(sizeof(struct file_lock));
	if (spares->lock[0] != NULL && spares->lock[1] != NULL)
		return 0;
	heap_free(spares->lock[0]);
	heap_free(spares->lock[1]);
	return -ENOLCK;
}

static void
spares_free(struct spares *spares)
{
	heap_free(spares->lock[0]);
	heap_free(spares->lock[1]);
}

static void
insert_copy(struct spares *spares, const struct file_lock *what)
{
	uint32_t i = spares->lock[0] == NULL;
	struct file_lock *new = spares->lock[i];

	spares->lock[i] = NULL;
	*new = *what;
	list_push_back(chain_of(new->key), &new->link);
}

/* Whether `held`, of the same type, ends where `new` begins, or the other way
 * round. */
static bool
touches(const struct file_lock *held, const struct file_lock *new)
{
	return (held->range.end != UINT64_MAX &&
	    held->range.end + 1 == new->range.start) ||
	    (new->range.end != UINT64_MAX &&
	    new->range.end + 1 == held->range.start);
}

/* Take the range of `new` out of `held`, which has another type. */
static void
cut(struct file_lock *held, const struct file_lock *new,
    struct spares *spares, struct list *dead)
{
	bool before = held->range.start < new->range.start;
	bool after = held->range.end > new->range.end;

	if (before && after) {
		struct file_lock rest = *held;

		rest.range.start = new->range.end + 1;
		insert_copy(spares, &rest);
	}
	if (before) {
		held->range.end = new->range.start - 1;
	} else if (after) {
		held->range.start = new->range.end + 1;
	} else {
		list_remove(&held->link);
		list_push_back(dead, &held->link);
	}
}

/*
 * Make the owner's locks so that `wanted` holds where it is.
 * needs: locks_lock, two spares; gives: *dead, to be freed
 */
static void
apply(const struct file_lock *wanted, struct spares *spares, struct list *dead)
{
	struct file_lock new = *wanted;
	struct list *chain = chain_of(wanted->key);

	LIST_FOR_SAFE(link, following, chain) {
		struct file_lock *held = LIST_ENTRY(link, struct file_lock,
		    link);

		if (!is_same_owner(held, &new))
			continue;
		if (held->range.type != new.range.type) {
			if (overlaps(held, wanted))
				cut(held, wanted, spares, dead);
		} else if (overlaps(held, &new) || touches(held, &new)) {
			new.range.start = MIN(new.range.start,
			    held->range.start);
			new.range.end = MAX(new.range.end, held->range.end);
			list_remove(&held->link);
			list_push_back(dead, &held->link);
		}
	}
	if (new.range.type != LOCK_NONE)
		insert_copy(spares, &new);
	wake_all(&changed);
}

static void
free_all(struct list *dead)
{
	struct list *link;

	while ((link = list_pop_front(dead)) != NULL)
		heap_free(LIST_ENTRY(link, struct file_lock, link));
}

/* ---- Waiting ------------------------------------------------------------- */

/* Somebody of `owner` who waits; NULL: nobody. */
static const struct file_lock *
waiter_of(const void *owner)
{
	LIST_FOR(link, &waiters) {
		const struct file_lock *waiter = LIST_ENTRY(link,
		    struct file_lock, link);

		if (waiter->by_process && waiter->owner == owner)
			return waiter;
	}
	return NULL;
}

/* Whether who holds `conflict` waits, over others perhaps, for `wanted`'s
 * owner. */
static bool
is_deadlock(const struct file_lock *wanted, const struct file_lock *conflict)
{
	const struct file_lock *waiter;

	if (!wanted->by_process)
		return false;
	for (uint32_t i = 0; i < FILE_LOCK_CHAIN_MAX && conflict != NULL &&
	    conflict->by_process; i++) {
		if (conflict->owner == wanted->owner)
			return true;
		waiter = waiter_of(conflict->owner);
		if (waiter == NULL)
			return false;
		conflict = find_conflict(waiter);
	}
	return false;
}

/*
 * Wait until nothing is in the way of `wanted`.
 * needs:   locks_lock, which is released meanwhile
 * returns: 0, -EAGAIN, -EDEADLK, -ERESTARTSYS
 */
static int
wait_free(struct file_lock *wanted, bool wait)
{
	struct file_lock *conflict;
	int err = 0;

	while ((conflict = find_conflict(wanted)) != NULL && err == 0) {
		if (!wait)
			return -EAGAIN;
		if (is_deadlock(wanted, conflict))
			return -EDEADLK;
		list_push_back(&waiters, &wanted->link);
		err = wait_killable(&changed, &locks_lock, UINT64_MAX);
		list_remove(&wanted->link);
	}
	return conflict != NULL ? -ERESTARTSYS : 0;
}

static int
lock_set(struct file_lock *wanted, bool wait)
{
	struct spares spares;
	struct list dead;
	int err;

	err = spares_get(&spares);
	if (err != 0)
		return err;
	list_init(&dead);
	list_init(&wanted->link);
	spin_lock(&locks_lock);
	if (wanted->range.type != LOCK_NONE)
		err = wait_free(wanted, wait);
	if (err == 0)
		apply(wanted, &spares, &dead);
	spin_unlock(&locks_lock);
	free_all(&dead);
	spares_free(&spares);
	return err;
}

/* ---- What others call ---------------------------------------------------- */

/* Unlock all that `owner` has on a file.  Needs no memory. */
static void
drop_all(const void *key, const void *owner)
{
	struct list *chain = chain_of(key), dead;

	/* Its own locks were made before, so it would see them. */
	if (list_empty(chain))
		return;
	list_init(&dead);
	spin_lock(&locks_lock);
	LIST_FOR_SAFE(link, following, chain) {
		struct file_lock *held = LIST_ENTRY(link, struct file_lock,
		    link);

		if (held->key == key && held->owner == owner) {
			list_remove(link);
			list_push_back(&dead, link);
		}
	}
	if (!list_empty(&dead))
		wake_all(&changed);
	spin_unlock(&locks_lock);
	free_all(&dead);
}

static struct file_lock
whole_file(struct file *file, enum lock_type type)
{
	return (struct file_lock){
		.key = key_of(file),
		.owner = file,
		.kind = KIND_FLOCK,
		.range = { .type = type, .end = UINT64_MAX },
	};
}

int
file_flock(struct file *file, enum lock_type type, bool wait)
{
	struct file_lock wanted = whole_file(file, LOCK_NONE), *held;
	struct list *chain = chain_of(wanted.key);
	bool same = false;
	int err;

	spin_lock(&locks_lock);
	LIST_FOR(link, chain) {
		held = LIST_ENTRY(link, struct file_lock, link);
		if (is_same_owner(held, &wanted) && held->range.type == type)
			same = true;
	}
	spin_unlock(&locks_lock);
	if (same)
		return 0;
	err = lock_set(&wanted, false);
	if (err != 0 || type == LOCK_NONE)
		return err;
	wanted = whole_file(file, type);
	return lock_set(&wanted, wait);
}

static struct file_lock
range_of(struct descriptors *table, struct file *file,
    const struct lock_request *request)
{
	return (struct file_lock){
		.key = key_of(file),
		.owner = table != NULL ? (const void *)table : file,
		.kind = KIND_RANGE,
		.by_process = table != NULL,
		.range = *request,
	};
}

int
file_lock_set(struct descriptors *table, int fd, struct file *file,
    const struct lock_request *request, bool wait)
{
	struct file_lock wanted = range_of(table, file, request);
	uint32_t flags = file_flags(file);
	struct file *now;
	int err;

	if ((request->type == LOCK_SHARED && !(flags & FILE_READ)) ||
	    (request->type == LOCK_EXCLUSIVE && !(flags & FILE_WRITE)))
		return -EBADF;
	err = lock_set(&wanted, wait);
	if (err != 0 || table == NULL || request->type == LOCK_NONE)
		return err;
	/* Another thread may have closed it before the lock was there. */
	if (descriptor_get_any(table, fd, &now) != 0)
		now = NULL;
	if (now != file) {
		drop_all(wanted.key, table);
		err = -EBADF;
	}
	if (now != NULL)
		file_put(now);
	return err;
}

void
file_lock_get(struct descriptors *table, struct file *file,
    struct lock_request *request)
{
	struct file_lock wanted = range_of(table, file, request), *conflict;

	spin_lock(&locks_lock);
	conflict = find_conflict(&wanted);
	if (conflict != NULL)
		*request = conflict->range;
	else
		request->type = LOCK_NONE;
	spin_unlock(&locks_lock);
}

void
file_lock_closed(struct descriptors *table, struct file *file)
{
	drop_all(key_of(file), table);
}

void
file_lock_released(struct file *file)
{
	drop_all(key_of(file), file);
}
