/*
 * Watching: being told when something may have become ready.
 *
 *	source (pipe, terminal, socket)         who waits (poll, epoll)
 *	  watch_list --> watcher --> watcher      watch_add, then look
 *	  changes, then watch_notify --notify-->  note it, wake
 *
 * No change is lost: who waits adds its watcher before it looks at the source;
 * a source changes before it notifies.
 *
 * One lock protects all lists, so a notify function may notify another list
 * (an epoll instance that is itself watched): watch_notify_inside.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"
#include "core/task/wait.h"

/* [w] the watch lock */
struct watch_list {
	struct list watchers;		/* [w] exclusive ones stand last */
};

struct watcher {
	struct list link;		/* [w] alone: in no list */
	bool exclusive;			/* [c] one such is enough */
	/*
	 * Some of `events` (POLL_, unix/fs/poll.h) may have come; 0: look
	 * yourself.  With the watch lock held, in any context; it may remove
	 * its own watcher (watch_remove_inside).
	 * returns: whether somebody will see to it; only asked of an
	 *          exclusive one
	 */
	bool (*notify)(struct watcher *watcher, uint32_t events);
};

void watch_list_init(struct watch_list *list);

/* Tell all watchers.  Any context, interrupts too; spinlocks up to RANK_WATCH
 * may be held. */
void watch_notify(struct watch_list *list, uint32_t events);
/* The same from inside a notify function. */
void watch_notify_inside(struct watch_list *list, uint32_t events);

/* needs: the watcher is in no list; the list outlives it or is closed */
void watch_add(struct watch_list *list, struct watcher *watcher);
/* When it returns, notify is not running and will not be called; harmless for
 * a watcher in no list. */
void watch_remove(struct watcher *watcher);
void watch_remove_inside(struct watcher *watcher);

/* The source goes away: tell all watchers `events`, and drop them. */
void watch_list_close(struct watch_list *list, uint32_t events);

/* Hold the watch lock over several of the above _inside ones. */
void watch_lock(void);
void watch_unlock(void);
bool watch_held(void);
/* wait_killable for what a notify function changes.  needs: the watch lock */
int watch_wait(struct waitq *queue, uint64_t deadline);
