/*
 * Watching.  See watch.h.
 *
 * Most sources are watched by nobody, so watch_notify first looks whether its
 * list is empty, without the lock.  A fence on each side makes that safe: the
 * watcher is added before its owner looks, the source has changed before the
 * list is looked at, so one of the two sees the other.
 */
#include "core/task/watch.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/lock/spinlock.h"

static struct spinlock lock = SPINLOCK("watch", RANK_WATCH);

void
watch_list_init(struct watch_list *list)
{
	list_init(&list->watchers);
}

void
watch_lock(void)
{
	spin_lock(&lock);
}

void
watch_unlock(void)
{
	spin_unlock(&lock);
}

bool
watch_held(void)
{
	return spin_held(&lock);
}

int
watch_wait(struct waitq *queue, uint64_t deadline)
{
	return wait_killable(queue, &lock, deadline);
}

void
watch_notify_inside(struct watch_list *list, uint32_t events)
{
	bool taken = false;

	ASSERT(watch_held());
	LIST_FOR_SAFE(link, following, &list->watchers) {
		struct watcher *watcher = LIST_ENTRY(link, struct watcher,
		    link);

		if (watcher->exclusive && taken)
			break;
		if (watcher->notify(watcher, events) && watcher->exclusive)
			taken = true;
	}
}

void
watch_notify(struct watch_list *list, uint32_t events)
{
	atomic_fence();
	if (atomic_load_relaxed(&list->watchers.next) == &list->watchers)
		return;
	watch_lock();
	watch_notify_inside(list, events);
	watch_unlock();
}

void
watch_add(struct watch_list *list, struct watcher *watcher)
{
	watch_lock();
	if (watcher->exclusive)
		list_push_back(&list->watchers, &watcher->link);
	else
		list_push_front(&list->watchers, &watcher->link);
	watch_unlock();
	atomic_fence();
}

void
watch_remove_inside(struct watcher *watcher)
{
	ASSERT(watch_held());
	list_remove(&watcher->link);
}

void
watch_remove(struct watcher *watcher)
{
	watch_lock();
	list_remove(&watcher->link);
	watch_unlock();
}

void
watch_list_close(struct watch_list *list, uint32_t events)
{
	struct list *link;

	watch_lock();
	while (!list_empty(&list->watchers)) {
		link = list->watchers.next;
		LIST_ENTRY(link, struct watcher, link)->notify(
		    LIST_ENTRY(link, struct watcher, link), events);
		list_remove(link);
	}
	watch_unlock();
}
