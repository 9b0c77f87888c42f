/* Inside of epoll, for epoll*.c alone. */
#pragma once

#include "core/task/mutex.h"
#include "unix/fs/epoll.h"

#define EPOLL_CHAINS	64
#define EPOLL_WATCHERS	2	/* of an item, without going to the heap */

/* [a] atomic, [c] constant, [s] lock, [w] the watch lock */
struct epoll {
	uint32_t refs;			/* [a] its file, and epoll_forget */
	struct file *file;		/* [c] */
	struct mutex lock;
	struct list items[EPOLL_CHAINS];	/* [s] by file and fd */
	struct list sets;		/* [w] items whose file is a set */
	struct list ready;		/* [w] items to be looked at */
	struct waitq queue;		/* [w] */
	struct watch_list watchers;	/* of the set itself */
	uint64_t walk;			/* [w] the last walk that came by */
	uint32_t depth;			/* [w] what it found */
};

struct epoll_item;

struct epoll_watcher {
	struct watcher watcher;
	struct epoll_item *item;	/* [c] */
	struct epoll_watcher *next;	/* [s] */
};

struct epoll_item {
	struct list chain;		/* [s] */
	struct list file_link;		/* [w] in file->epoll_items */
	struct list set_link;		/* [w] in epoll->sets */
	struct list ready_link;		/* [w] in epoll->ready */
	struct epoll *epoll;		/* [c] */
	struct file *file;		/* [c] not held: see epoll_forget */
	int fd;				/* [c] */
	uint32_t events;		/* [sw] */
	uint64_t data;			/* [s] */
	struct poll_table table;	/* [s] while it is added */
	int err;			/* [s] ... there was no memory */
	uint32_t nwatchers;		/* [s] used of the first ones */
	struct epoll_watcher first[EPOLL_WATCHERS];
	struct epoll_watcher *more;	/* [s] on the heap */
};

/* The set that a file is, or NULL. */
struct epoll *epoll_of(const struct file *file);

/* Take the lock of a set, whichever others are held by those around it. */
void epoll_lock(struct epoll *epoll);

/* Enter `inner`, found below `outer`, into its list of sets, if that makes
 * neither a circle nor too deep a nest.  returns: 0 or -ELOOP */
int epoll_nest(struct epoll *outer, struct epoll_item *item);

/* needs: epoll->lock */
struct epoll_item *epoll_find(struct epoll *epoll, const struct file *file,
    int fd);
int epoll_add(struct epoll *epoll, struct file *file, int fd,
    const struct epoll_event *event);
void epoll_remove(struct epoll_item *item);
/* Put it among those to be looked at.  needs: the watch lock
 * returns: whether somebody waits for it */
bool epoll_make_ready(struct epoll_item *item);
