/*
 * Epoll.
 *
 *	file --notify--> item on epoll->ready --epoll_wait: is it ready still?
 *	                      ^                     | yes: told; then
 *	                      +--- level-triggered -+  one-shot: disarmed
 *	                                               edge: off the list
 *
 * What is told is what the file says at that moment, not what it was notified
 * of; so an item on the list need not be ready any more.
 *
 * Lock order: set->lock, held while files are asked and events copied to the
 * program; the watch lock, which protects the lists of what is ready.
 */
#include "unix/fs/epoll.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/vm/heap.h"
#include "unix/fs/epoll_set.h"

/* Always asked for, as by poll. */
#define UNASKED		(POLL_ERR | POLL_HUP)

/* The bits EPOLL_EXCLUSIVE may stand with. */
#define EXCLUSIVE_OK	(POLL_IN | POLL_OUT | UNASKED | EPOLL_WAKE_UP | \
			    EPOLL_EDGE | EPOLL_EXCLUSIVE)

static const struct file_ops epoll_ops;

struct epoll *
epoll_of(const struct file *file)
{
	return file->ops == &epoll_ops ? file->private : NULL;
}

static void
epoll_put(struct epoll *epoll)
{
	if (atomic_sub(&epoll->refs, 1) == 1)
		heap_free(epoll);
}

int
epoll_create(struct file **out)
{
	struct epoll *epoll = heap_alloc(sizeof(*epoll));
	int err;

	if (epoll == NULL)
		return -ENOMEM;
	epoll->refs = 1;
	mutex_init(&epoll->lock, "epoll", RANK_EPOLL);
	for (uint32_t i = 0; i < EPOLL_CHAINS; i++)
		list_init(&epoll->items[i]);
	list_init(&epoll->sets);
	list_init(&epoll->ready);
	wait_init(&epoll->queue);
	watch_list_init(&epoll->watchers);
	err = file_create(&epoll_ops, epoll, FILE_READ | FILE_WRITE, out);
	if (err != 0) {
		heap_free(epoll);
		return err;
	}
	epoll->file = *out;
	return 0;
}

static void
epoll_release(struct file *file)
{
	struct epoll *epoll = file->private;

	epoll_lock(epoll);
	for (uint32_t i = 0; i < EPOLL_CHAINS; i++) {
		while (!list_empty(&epoll->items[i]))
			epoll_remove(LIST_ENTRY(epoll->items[i].next,
			    struct epoll_item, chain));
	}
	mutex_unlock(&epoll->lock);
	epoll_put(epoll);
}

/* Some set `file` is in, held; NULL: it is in none. */
static struct epoll *
set_around(struct file *file)
{
	struct epoll *epoll = NULL;

	watch_lock();
	if (!list_empty(&file->epoll_items)) {
		epoll = LIST_ENTRY(file->epoll_items.next, struct epoll_item,
		    file_link)->epoll;
		atomic_add(&epoll->refs, 1);
	}
	watch_unlock();
	return epoll;
}

void
epoll_forget(struct file *file)
{
	struct epoll *epoll;

	/* Nobody holds the file, so no set gets it any more. */
	if (list_empty(&file->epoll_items))
		return;
	while ((epoll = set_around(file)) != NULL) {
		struct epoll_item *item = NULL;

		epoll_lock(epoll);
		watch_lock();
		LIST_FOR(link, &file->epoll_items) {
			item = LIST_ENTRY(link, struct epoll_item, file_link);
			if (item->epoll == epoll)
				break;
			item = NULL;
		}
		watch_unlock();
		if (item != NULL)
			epoll_remove(item);
		mutex_unlock(&epoll->lock);
		epoll_put(epoll);
	}
}

/* ---- Changing a set ------------------------------------------------------ */

/* What may be asked for.  returns: 0 or -EINVAL */
static int
check_exclusive(enum epoll_change change, struct file *file, uint32_t events)
{
	if (change == EPOLL_REMOVE || !(events & EPOLL_EXCLUSIVE))
		return 0;
	if (change == EPOLL_MODIFY || epoll_of(file) != NULL ||
	    (events & ~EXCLUSIVE_OK))
		return -EINVAL;
	return 0;
}

/* needs: set->lock */
static int
item_modify(struct epoll_item *item, const struct epoll_event *event)
{
	if (item->events & EPOLL_EXCLUSIVE)
		return -EINVAL;
	watch_lock();
	item->events = event->events;
	watch_unlock();
	item->data = event->data;
	if (file_poll(item->file, NULL) & event->events) {
		watch_lock();
		epoll_make_ready(item);
		watch_unlock();
	}
	return 0;
}

/* needs: epoll->lock */
static int
change_locked(struct epoll *epoll, enum epoll_change change, int fd,
    struct file *file, const struct epoll_event *event)
{
	struct epoll_item *item = epoll_find(epoll, file, fd);
	struct epoll_event wanted = { 0 };

	if (change == EPOLL_ADD && item != NULL)
		return -EEXIST;
	if (change != EPOLL_ADD && item == NULL)
		return -ENOENT;
	if (change == EPOLL_REMOVE) {
		epoll_remove(item);
		return 0;
	}
	wanted.events = (event->events & ~EPOLL_WAKE_UP) | UNASKED;
	wanted.data = event->data;
	if (change == EPOLL_MODIFY)
		return item_modify(item, &wanted);
	return epoll_add(epoll, file, fd, &wanted);
}

int
epoll_control(struct file *set, enum epoll_change change, int fd,
    struct file *file, const struct epoll_event *event)
{
	struct epoll *epoll = epoll_of(set);
	int err;

	if (file->ops->poll == NULL)
		return -EPERM;
	if (epoll == NULL || set == file)
		return -EINVAL;
	err = check_exclusive(change, file, change != EPOLL_REMOVE ?
	    event->events : 0);
	if (err != 0)
		return err;
	epoll_lock(epoll);
	err = change_locked(epoll, change, fd, file, event);
	mutex_unlock(&epoll->lock);
	return err;
}

/* ---- Waiting ------------------------------------------------------------- */

/* The next item to look at, taken off `list`; NULL: none is left. */
static struct epoll_item *
next_item(struct list *list)
{
	struct list *link;

	watch_lock();
	link = list_pop_front(list);
	watch_unlock();
	return link != NULL ? LIST_ENTRY(link, struct epoll_item, ready_link) :
	    NULL;
}

/* Put it back at the end, if it is not there already. */
static void
item_again(struct epoll_item *item)
{
	watch_lock();
	if (list_empty(&item->ready_link))
		list_push_back(&item->epoll->ready, &item->ready_link);
	watch_unlock();
}

/* Move a whole list in front of another.  needs: the watch lock */
static void
list_join_front(struct list *to, struct list *from)
{
	while (!list_empty(from)) {
		struct list *last = from->prev;

		list_remove(last);
		list_push_front(to, last);
	}
}

/*
 * Ask an item's file, and tell what is ready.
 * needs:   epoll->lock
 * returns: 1 told, 0 nothing is ready, what emit said
 */
static int
item_tell(struct epoll_item *item, struct epoll_reader *reader)
{
	struct epoll_event event = { .data = item->data };
	int err;

	event.events = file_poll(item->file, NULL) & item->events;
	if (event.events == 0)
		return 0;
	err = reader->emit(reader, &event);
	if (err != 0 || !(item->events & EPOLL_EDGE))
		item_again(item);
	if (err != 0)
		return err;
	if (item->events & EPOLL_ONE_SHOT) {
		watch_lock();
		item->events &= EPOLL_EDGE | EPOLL_ONE_SHOT | EPOLL_EXCLUSIVE;
		list_remove(&item->ready_link);
		watch_unlock();
	}
	return 1;
}

/*
 * Tell what is ready now.
 * returns: how many; what emit said if that was before the first
 */
static int
tell_ready(struct epoll *epoll, struct epoll_reader *reader, uint32_t max)
{
	struct epoll_item *item;
	struct list round;
	uint32_t ntold = 0;
	int result = 0;

	/* Those put back meanwhile are for the next round. */
	list_init(&round);
	epoll_lock(epoll);
	watch_lock();
	list_join_front(&round, &epoll->ready);
	watch_unlock();
	while (ntold < max && result >= 0 &&
	    (item = next_item(&round)) != NULL) {
		result = item_tell(item, reader);
		if (result > 0)
			ntold++;
	}
	watch_lock();
	list_join_front(&epoll->ready, &round);
	if (!list_empty(&epoll->ready))
		wake_one(&epoll->queue);
	watch_unlock();
	mutex_unlock(&epoll->lock);
	return ntold > 0 ? (int)ntold : MIN(result, 0);
}

int
epoll_wait(struct file *set, struct epoll_reader *reader, uint32_t max,
    uint64_t deadline)
{
	struct epoll *epoll = epoll_of(set);
	int result, err = 0;

	if (epoll == NULL || max == 0)
		return -EINVAL;
	for (;;) {
		result = tell_ready(epoll, reader, max);
		if (result != 0 || deadline == 0 || err == -EAGAIN)
			return result;
		if (err != 0)
			return err;
		watch_lock();
		while (list_empty(&epoll->ready) && err == 0)
			err = watch_wait(&epoll->queue, deadline);
		watch_unlock();
	}
}

/* ---- A set is a file ----------------------------------------------------- */

/* Whether something in it is ready; what is not leaves the list. */
static bool
any_ready(struct epoll *epoll)
{
	struct epoll_item *item;
	bool ready = false;

	epoll_lock(epoll);
	while (!ready && (item = next_item(&epoll->ready)) != NULL) {
		ready = file_poll(item->file, NULL) & item->events;
		if (ready) {
			watch_lock();
			if (list_empty(&item->ready_link))
				list_push_front(&epoll->ready,
				    &item->ready_link);
			watch_unlock();
		}
	}
	mutex_unlock(&epoll->lock);
	return ready;
}

static uint32_t
epoll_poll(struct file *file, struct poll_table *table)
{
	struct epoll *epoll = file->private;

	poll_watch(table, &epoll->watchers);
	return any_ready(epoll) ? POLL_IN | POLL_RD_NORM : 0;
}

static const struct file_ops epoll_ops = {
	.name = "[eventpoll]",
	.release = epoll_release,
	.poll = epoll_poll,
};
