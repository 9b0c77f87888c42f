/*
 * System V IPC: what shared memory, semaphores and message queues have in
 * common: numbers, keys, owners.
 *
 *	key --> struct sysv_item of a kind's table <-- id = sequence, index
 *
 * Items are on the heap, and so are the pages of the tables.  All of it, and
 * of the items, is under sysv_lock; no user memory is touched under it, so
 * what a call brings or takes is copied before or after.
 *
 * Numbers and flags are Linux's.  [c] constant; [y] sysv_lock
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"
#include "core/lock/spinlock.h"

#define IPC_PRIVATE	0	/* as key: a new one that no key finds */

/* Flags of the get calls, besides the mode. */
#define IPC_CREAT	01000u
#define IPC_EXCL	02000u
#define IPC_NOWAIT	04000u	/* of semop, msgsnd, msgrcv */

/* What sysv_may is asked for: of all three digits of a mode. */
#define SYSV_READ	0444u
#define SYSV_WRITE	0222u
#define SYSV_EXECUTE	0111u

/* Whose an item is, and who may do what with it. */
struct sysv_owner {
	int32_t key;			/* [y] IPC_PRIVATE: none, or no more */
	uint32_t uid, gid;		/* [y] */
	uint32_t maker_uid, maker_gid;	/* [c] */
	uint32_t mode;			/* [y] */
	uint16_t sequence;		/* [c] of its number */
};

struct sysv_item {
	int32_t id;			/* [c] */
	struct sysv_owner owner;
	int64_t changed;		/* [y] seconds since 1970 */
};

#define SYSV_PER_PAGE	(4096 / sizeof(void *))
#define SYSV_PAGES	(SYSV_ITEMS_MAX / SYSV_PER_PAGE)

struct sysv_table {
	struct sysv_item **pages[SYSV_PAGES];	/* [y] NULL: all free */
	uint16_t used[SYSV_PAGES];		/* [y] of each page */
	uint32_t count;				/* [y] */
	uint16_t sequence;			/* [y] of the next number */
};

extern struct spinlock sysv_lock;

/* ---- all of these need sysv_lock ---- */

/* The item with that number, or in that place; NULL if there is none. */
struct sysv_item *sysv_find(struct sysv_table *table, int32_t id);
struct sysv_item *sysv_at(struct sysv_table *table, uint32_t index);
/* The highest index in use; -1: none. */
int32_t sysv_highest(const struct sysv_table *table);

/*
 * What a get call finds or makes: the item with `key`, or `fresh`, which is
 * entered for the caller, and NULL where the call may not make any.
 * returns: 0; -ENOENT; -EEXIST; -ENOSPC (too many), -ENOMEM
 * gives:   *out; where it is not `fresh`, that is the caller's still
 */
int sysv_get(struct sysv_table *table, int32_t key, uint32_t flags,
    struct sysv_item *fresh, struct sysv_item **out);
/* Forget its number. */
void sysv_leave(struct sysv_table *table, struct sysv_item *item);

/* Whether the caller may do `want`, bits of a mode.  returns: 0 or -EACCES */
int sysv_may(const struct sysv_item *item, uint32_t want);
/* Whether he may change or remove it.  returns: 0 or -EPERM */
int sysv_owns(const struct sysv_item *item);
/* Give it to `uid` and `gid`, with these permissions. */
void sysv_change(struct sysv_item *item, const struct sysv_owner *to);

/* ---- */

/* Whether a get call needs a fresh item in hand. */
static inline bool
sysv_may_make(int32_t key, uint32_t flags)
{
	return key == IPC_PRIVATE || (flags & IPC_CREAT);
}

/* Seconds since 1970. */
int64_t sysv_now(void);

/* How an item is meant. */
enum sysv_which {
	SYSV_ID,			/* by its number */
	SYSV_INDEX,			/* by its place; it must be readable */
	SYSV_INDEX_ANY,			/* ... or not */
};
/* needs: sysv_lock.  returns: 0; -EINVAL: none; -EACCES */
int sysv_look(struct sysv_table *table, enum sysv_which which, int32_t id,
    struct sysv_item **out);
