/*
 * Waiting for any of several files.
 *
 *	look at all, adding watchers --> something is ready: done
 *	  ^                          --> nothing: sleep
 *	  +---- a watcher was notified ----+
 *
 * Watchers are added before a file is looked at, so what becomes ready after
 * that look wakes us.  The first few stand on the stack, more on the heap.
 *
 * Lock order: the watch lock, then wait.lock.
 */
#include "unix/fs/poll.h"

#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/task/wait.h"
#include "core/vm/heap.h"
#include "unix/fs/file.h"

#define ON_STACK	12

struct poll_wait;

struct poll_watcher {
	struct watcher watcher;
	struct poll_wait *wait;		/* [c] */
	uint32_t events;		/* [c] what its file was asked for */
};

struct watcher_page {
	struct watcher_page *next;
	struct poll_watcher watchers[];
};

#define PER_PAGE	((PAGE_BYTES - sizeof(struct watcher_page)) / \
			    sizeof(struct poll_watcher))

/* [l] lock; the rest is the waiting thread's own */
struct poll_wait {
	struct poll_table table;
	struct spinlock lock;
	struct waitq queue;
	bool notified;			/* [l] */
	uint32_t events;		/* of the file being looked at */
	int err;			/* there was no memory for a watcher */
	uint32_t nused;			/* of the stack's, or of the last page */
	struct watcher_page *pages;	/* the last first; NULL: the stack's */
	struct poll_watcher few[ON_STACK];
};

static bool
poll_notify(struct watcher *watcher, uint32_t events)
{
	struct poll_watcher *self = CONTAINER_OF(watcher, struct poll_watcher,
	    watcher);
	struct poll_wait *wait = self->wait;

	if (events != 0 && !(events & self->events))
		return false;
	spin_lock(&wait->lock);
	wait->notified = true;
	wake_all(&wait->queue);
	spin_unlock(&wait->lock);
	return true;
}

/* returns: NULL if there is no memory */
static struct poll_watcher *
next_watcher(struct poll_wait *wait)
{
	struct watcher_page *page;

	if (wait->pages == NULL && wait->nused < ON_STACK)
		return &wait->few[wait->nused++];
	if (wait->pages == NULL || wait->nused == PER_PAGE) {
		page = heap_alloc(PAGE_BYTES);
		if (page == NULL)
			return NULL;
		page->next = wait->pages;
		wait->pages = page;
		wait->nused = 0;
	}
	return &wait->pages->watchers[wait->nused++];
}

static void
poll_add(struct poll_table *table, struct watch_list *list)
{
	struct poll_wait *wait = CONTAINER_OF(table, struct poll_wait, table);
	struct poll_watcher *new = next_watcher(wait);

	if (new == NULL) {
		wait->err = -ENOMEM;
		return;
	}
	list_init(&new->watcher.link);
	new->watcher.exclusive = false;
	new->watcher.notify = poll_notify;
	new->wait = wait;
	new->events = wait->events;
	watch_add(list, &new->watcher);
}

static void
wait_begin(struct poll_wait *wait)
{
	wait->table.add = poll_add;
	spin_init(&wait->lock, "poll", RANK_POLL);
	wait_init(&wait->queue);
	wait->notified = false;
	wait->err = 0;
	wait->nused = 0;
	wait->pages = NULL;
}

static void
wait_end_all(struct poll_wait *wait)
{
	uint32_t few = wait->pages != NULL ? ON_STACK : wait->nused;
	struct watcher_page *page;

	for (uint32_t i = 0; i < few; i++)
		watch_remove(&wait->few[i].watcher);
	while ((page = wait->pages) != NULL) {
		for (uint32_t i = 0; i < wait->nused; i++)
			watch_remove(&page->watchers[i].watcher);
		wait->pages = page->next;
		wait->nused = PER_PAGE;
		heap_free(page);
	}
}

/* Look at them; `wait`: adding watchers until one is ready; or NULL.
 * returns: how many are ready, with the `nready` before */
static int
look_at_some(struct poll_entry *entries, uint32_t n, int nready,
    struct poll_wait *wait)
{
	for (uint32_t i = 0; i < n; i++) {
		struct poll_entry *entry = &entries[i];
		uint32_t events = entry->events | POLL_ERR | POLL_HUP |
		    POLL_NVAL;

		entry->ready = 0;
		if (entry->file == NULL)
			continue;
		if (wait != NULL)
			wait->events = events;
		entry->ready = events & file_poll(entry->file,
		    wait != NULL && nready == 0 ? &wait->table : NULL);
		if (entry->ready != 0)
			nready++;
	}
	return nready;
}

static int
look(struct poll_chunk *chunks, struct poll_wait *wait)
{
	int nready = 0;

	for (; chunks != NULL; chunks = chunks->next)
		nready = look_at_some(chunks->entries, chunks->n, nready,
		    wait);
	return nready;
}

/* Sleep until a watcher is notified.
 * returns: 0, -EAGAIN at the deadline, -EINTR */
static int
wait_notified(struct poll_wait *wait, uint64_t deadline)
{
	int err = 0;

	spin_lock(&wait->lock);
	while (!wait->notified && err == 0)
		err = wait_killable(&wait->queue, &wait->lock, deadline);
	if (wait->notified)
		err = 0;
	wait->notified = false;
	spin_unlock(&wait->lock);
	return err;
}

int
poll_files(struct poll_chunk *chunks, uint64_t deadline)
{
	struct poll_wait wait;
	int nready, err;

	if (deadline == 0)
		return look(chunks, NULL);
	wait_begin(&wait);
	nready = look(chunks, &wait);
	err = wait.err;
	while (nready == 0 && err == 0) {
		err = wait_notified(&wait, deadline);
		if (err == 0)
			nready = look(chunks, NULL);
	}
	wait_end_all(&wait);
	if (nready > 0 || err == -EAGAIN)
		return nready;
	return err;
}
