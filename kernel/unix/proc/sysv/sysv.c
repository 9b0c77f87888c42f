/* System V IPC: numbers, keys, owners. */
#include "unix/proc/sysv/sysv.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/task/clock.h"
#include "core/vm/heap.h"
#include "unix/proc/proc.h"

/* Numbers are sequence * ID_STRIDE + index, and not negative. */
#define ID_STRIDE	32768

_Static_assert(SYSV_ITEMS_MAX <= ID_STRIDE, "an index is part of a number");
_Static_assert(SYSV_ITEMS_MAX % SYSV_PER_PAGE == 0, "whole pages");
_Static_assert(INT32_MAX / ID_STRIDE == UINT16_MAX, "a sequence is 16 bits");

struct spinlock sysv_lock = SPINLOCK("sysv", RANK_SYSV);

int64_t
sysv_now(void)
{
	return (int64_t)(clock_realtime_nanos() / NANOS_PER_SECOND);
}

struct sysv_item *
sysv_at(struct sysv_table *table, uint32_t index)
{
	ASSERT(spin_held(&sysv_lock));
	if (index >= SYSV_ITEMS_MAX ||
	    table->pages[index / SYSV_PER_PAGE] == NULL)
		return NULL;
	return table->pages[index / SYSV_PER_PAGE][index % SYSV_PER_PAGE];
}

struct sysv_item *
sysv_find(struct sysv_table *table, int32_t id)
{
	struct sysv_item *item;

	if (id < 0)
		return NULL;
	item = sysv_at(table, (uint32_t)id % ID_STRIDE);
	return item != NULL && item->id == id ? item : NULL;
}

int32_t
sysv_highest(const struct sysv_table *table)
{
	for (int32_t page = SYSV_PAGES - 1; page >= 0; page--) {
		if (table->used[page] == 0)
			continue;
		for (int32_t i = SYSV_PER_PAGE - 1; i >= 0; i--) {
			if (table->pages[page][i] != NULL)
				return page * (int32_t)SYSV_PER_PAGE + i;
		}
	}
	return -1;
}

static struct sysv_item *
find_key(struct sysv_table *table, int32_t key)
{
	int32_t highest = sysv_highest(table);

	for (int32_t i = 0; i <= highest; i++) {
		struct sysv_item *item = sysv_at(table, (uint32_t)i);

		if (item != NULL && item->owner.key == key)
			return item;
	}
	return NULL;
}

/* The lowest free place.  returns: it; -ENOSPC, -ENOMEM */
static int32_t
place_find(struct sysv_table *table)
{
	for (uint32_t page = 0; page < SYSV_PAGES; page++) {
		struct sysv_item **items = table->pages[page];
		uint32_t i = 0;

		if (table->used[page] == SYSV_PER_PAGE)
			continue;
		if (items == NULL)
			items = heap_alloc(SYSV_PER_PAGE * sizeof(*items));
		if (items == NULL)
			return -ENOMEM;
		table->pages[page] = items;
		while (items[i] != NULL)
			i++;
		return (int32_t)(page * SYSV_PER_PAGE + i);
	}
	return -ENOSPC;
}

static int
item_enter(struct sysv_table *table, struct sysv_item *item, int32_t key,
    uint32_t mode)
{
	const struct credentials *who = proc_credentials();
	int32_t index = place_find(table);

	if (index < 0)
		return index;
	item->id = table->sequence * ID_STRIDE + index;
	item->changed = sysv_now();
	item->owner = (struct sysv_owner){
		.key = key,
		.uid = who->euid,
		.gid = who->egid,
		.maker_uid = who->euid,
		.maker_gid = who->egid,
		.mode = mode,
		.sequence = table->sequence,
	};
	table->sequence++;
	table->pages[index / SYSV_PER_PAGE][index % SYSV_PER_PAGE] = item;
	table->used[index / SYSV_PER_PAGE]++;
	table->count++;
	return 0;
}

int
sysv_get(struct sysv_table *table, int32_t key, uint32_t flags,
    struct sysv_item *fresh, struct sysv_item **out)
{
	struct sysv_item *item = NULL;
	int err;

	ASSERT(spin_held(&sysv_lock));
	if (key != IPC_PRIVATE)
		item = find_key(table, key);
	if (item != NULL) {
		*out = item;
		if ((flags & (IPC_CREAT | IPC_EXCL)) == (IPC_CREAT | IPC_EXCL))
			return -EEXIST;
		return 0;
	}
	if (fresh == NULL)
		return -ENOENT;
	err = item_enter(table, fresh, key, flags & 0777);
	*out = fresh;
	return err;
}

void
sysv_leave(struct sysv_table *table, struct sysv_item *item)
{
	uint32_t index = (uint32_t)item->id % ID_STRIDE;
	uint32_t page = index / SYSV_PER_PAGE;

	ASSERT(sysv_at(table, index) == item);
	table->pages[page][index % SYSV_PER_PAGE] = NULL;
	table->count--;
	if (--table->used[page] == 0) {
		heap_free(table->pages[page]);
		table->pages[page] = NULL;
	}
}

int
sysv_may(const struct sysv_item *item, uint32_t want)
{
	const struct credentials *who = proc_credentials();
	const struct sysv_owner *owner = &item->owner;
	uint32_t asked = (want >> 6 | want >> 3 | want) & 7;
	uint32_t granted = owner->mode;

	if (who->euid == owner->uid || who->euid == owner->maker_uid)
		granted >>= 6;
	else if (credentials_in_group(who, owner->gid) ||
	    credentials_in_group(who, owner->maker_gid))
		granted >>= 3;
	if ((asked & ~granted) == 0 || credentials_privileged(who))
		return 0;
	return -EACCES;
}

int
sysv_owns(const struct sysv_item *item)
{
	const struct credentials *who = proc_credentials();

	if (who->euid == item->owner.uid ||
	    who->euid == item->owner.maker_uid || credentials_privileged(who))
		return 0;
	return -EPERM;
}

void
sysv_change(struct sysv_item *item, const struct sysv_owner *to)
{
	item->owner.uid = to->uid;
	item->owner.gid = to->gid;
	item->owner.mode = (item->owner.mode & ~0777u) | (to->mode & 0777);
	item->changed = sysv_now();
}

int
sysv_look(struct sysv_table *table, enum sysv_which which, int32_t id,
    struct sysv_item **out)
{
	if (which == SYSV_ID)
		*out = sysv_find(table, id);
	else
		*out = id < 0 ? NULL : sysv_at(table, (uint32_t)id);
	if (*out == NULL)
		return -EINVAL;
	return which == SYSV_INDEX_ANY ? 0 : sysv_may(*out, SYSV_READ);
}
