/*
 * What is in a set: files, their watchers, sets below sets.
 *
 * An item points at its file without holding it.  The file knows its items
 * (file->epoll_items), and when its last reference goes, epoll_forget takes
 * the lock of each set in turn and removes them, before the file is released.
 * So whoever holds a set's lock finds only files that can still be asked.
 *
 * Lock order: set->lock of the outer set, of the inner one, the watch lock.
 */
#include "unix/fs/epoll_set.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/task/thread.h"
#include "core/vm/heap.h"

static uint64_t last_walk;		/* [w] */

void
epoll_lock(struct epoll *epoll)
{
	uint64_t held = thread_this()->held_ranks >> RANK_EPOLL;
	uint32_t depth = 0;

	while (held & ((1u << EPOLL_DEPTH_MAX) - 1) & (~0u << depth))
		depth++;
	mutex_lock_as(&epoll->lock, RANK_EPOLL + depth);
}

static struct list *
chain_of(struct epoll *epoll, const struct file *file, int fd)
{
	uintptr_t hash = (uintptr_t)file / sizeof(*file) * 7 + (uint32_t)fd;

	return &epoll->items[hash % EPOLL_CHAINS];
}

struct epoll_item *
epoll_find(struct epoll *epoll, const struct file *file, int fd)
{
	struct list *chain = chain_of(epoll, file, fd);

	LIST_FOR(link, chain) {
		struct epoll_item *item = LIST_ENTRY(link, struct epoll_item,
		    chain);

		if (item->file == file && item->fd == fd)
			return item;
	}
	return NULL;
}

/* ---- Being notified ------------------------------------------------------ */

bool
epoll_make_ready(struct epoll_item *item)
{
	struct epoll *epoll = item->epoll;
	bool wanted = !list_empty(&epoll->queue.threads) ||
	    !list_empty(&epoll->watchers.watchers);

	ASSERT(watch_held());
	if (list_empty(&item->ready_link))
		list_push_back(&epoll->ready, &item->ready_link);
	wake_one(&epoll->queue);
	watch_notify_inside(&epoll->watchers, POLL_IN | POLL_RD_NORM);
	return wanted;
}

/* What of item->events is asked of the file; 0: nothing, it was told once. */
static uint32_t
asked_of(const struct epoll_item *item)
{
	return item->events & ~(EPOLL_EXCLUSIVE | EPOLL_ONE_SHOT | EPOLL_EDGE);
}

static bool
item_notify(struct watcher *watcher, uint32_t events)
{
	struct epoll_item *item = CONTAINER_OF(watcher, struct epoll_watcher,
	    watcher)->item;
	uint32_t asked = asked_of(item);

	if (asked == 0 || (events != 0 && !(events & asked)))
		return false;
	return epoll_make_ready(item);
}

static struct epoll_watcher *
next_watcher(struct epoll_item *item)
{
	struct epoll_watcher *new;

	if (item->nwatchers < EPOLL_WATCHERS)
		return &item->first[item->nwatchers++];
	new = heap_alloc(sizeof(*new));
	if (new != NULL) {
		new->next = item->more;
		item->more = new;
	}
	return new;
}

static void
item_watch(struct poll_table *table, struct watch_list *list)
{
	struct epoll_item *item = CONTAINER_OF(table, struct epoll_item, table);
	struct epoll_watcher *new = next_watcher(item);

	if (new == NULL) {
		item->err = -ENOMEM;
		return;
	}
	list_init(&new->watcher.link);
	new->watcher.exclusive = item->events & EPOLL_EXCLUSIVE;
	new->watcher.notify = item_notify;
	new->item = item;
	watch_add(list, &new->watcher);
}

/* ---- Sets below sets ----------------------------------------------------- */

/*
 * How deep sets are nested below `epoll` (itself counts), or above it.
 * Each is visited once in a walk.
 *
 * needs:   the watch lock; the depth is bounded, as every nest was checked
 * gives:   *met if `epoll` or one of those is `target`
 */
static uint32_t
depth_below(struct epoll *epoll, const struct epoll *target, bool *met)
{
	uint32_t deepest = 0;

	if (epoll == target)
		*met = true;
	if (epoll->walk == last_walk)
		return epoll->depth;
	epoll->walk = last_walk;
	epoll->depth = 1;
	LIST_FOR(link, &epoll->sets) {
		struct epoll_item *item = LIST_ENTRY(link, struct epoll_item,
		    set_link);
		uint32_t depth = depth_below(item->file->private, target, met);

		deepest = MAX(deepest, depth);
	}
	epoll->depth = deepest + 1;
	return epoll->depth;
}

static uint32_t
depth_above(struct epoll *epoll)
{
	uint32_t highest = 0;

	if (epoll->walk == last_walk)
		return epoll->depth;
	/* Those not yet checked may stand in a circle here. */
	epoll->walk = last_walk;
	epoll->depth = 1;
	LIST_FOR(link, &epoll->file->epoll_items) {
		struct epoll_item *item = LIST_ENTRY(link, struct epoll_item,
		    file_link);
		uint32_t depth = depth_above(item->epoll);

		highest = MAX(highest, depth);
	}
	epoll->depth = highest + 1;
	return epoll->depth;
}

int
epoll_nest(struct epoll *outer, struct epoll_item *item)
{
	bool met = false;
	uint32_t depth;
	int err = 0;

	watch_lock();
	last_walk++;
	depth = depth_below(item->file->private, outer, &met);
	last_walk++;
	if (met || depth + depth_above(outer) > EPOLL_DEPTH_MAX)
		err = -ELOOP;
	else
		list_push_back(&outer->sets, &item->set_link);
	watch_unlock();
	return err;
}

/* ---- Adding and removing ------------------------------------------------- */

void
epoll_remove(struct epoll_item *item)
{
	struct epoll_watcher *more;

	for (uint32_t i = 0; i < item->nwatchers; i++)
		watch_remove(&item->first[i].watcher);
	while ((more = item->more) != NULL) {
		watch_remove(&more->watcher);
		item->more = more->next;
		heap_free(more);
	}
	watch_lock();
	list_remove(&item->file_link);
	list_remove(&item->set_link);
	list_remove(&item->ready_link);
	watch_unlock();
	list_remove(&item->chain);
	heap_free(item);
}

int
epoll_add(struct epoll *epoll, struct file *file, int fd,
    const struct epoll_event *event)
{
	struct epoll_item *item = heap_alloc(sizeof(*item));
	uint32_t ready;
	int err = 0;

	if (item == NULL)
		return -ENOMEM;
	item->epoll = epoll;
	item->file = file;
	item->fd = fd;
	item->events = event->events;
	item->data = event->data;
	item->table.add = item_watch;
	list_init(&item->set_link);
	list_init(&item->ready_link);
	list_push_back(chain_of(epoll, file, fd), &item->chain);
	watch_lock();
	list_push_back(&file->epoll_items, &item->file_link);
	watch_unlock();
	if (epoll_of(file) != NULL)
		err = epoll_nest(epoll, item);
	if (err == 0) {
		ready = file_poll(file, &item->table);
		err = item->err;
	}
	if (err != 0) {
		epoll_remove(item);
		return err;
	}
	if (ready & asked_of(item)) {
		watch_lock();
		epoll_make_ready(item);
		watch_unlock();
	}
	return 0;
}
