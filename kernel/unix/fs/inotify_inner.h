/* Inside of inotify, for inotify*.c alone. */
#pragma once

#include "core/lock/spinlock.h"
#include "core/task/wait.h"
#include "core/task/watch.h"
#include "unix/fs/inotify.h"

/* [i] inotify_lock */
struct inotify {
	struct waitq readable;		/* [i] */
	struct watch_list watchers;
	struct list watches;		/* [i] struct inotify_watch */
	struct list events;		/* [i] struct inotify_event */
	uint32_t nevents;		/* [i] */
	uint32_t nbytes;		/* [i] of them, as they are read */
	int32_t last_number;		/* [i] */
	bool overflown;			/* [i] some were dropped; told once */
};

struct inotify_watch {
	struct list chain;		/* [i] by vnode */
	struct list link;		/* [i] in instance->watches */
	struct inotify *instance;	/* [c] */
	struct vnode *vnode;		/* [c] with a reference */
	int32_t number;			/* [c] */
	uint32_t mask;			/* [i] */
};

/* As Linux has it, before the name. */
struct inotify_head {
	int32_t number;
	uint32_t mask, cookie, len;
};

struct inotify_event {
	struct list link;		/* [i] */
	struct inotify_head head;
	char name[];			/* head.len bytes, filled with zeros */
};

extern struct spinlock inotify_lock;

/* Put an event into the queue.  needs: inotify_lock; name may be NULL */
void event_put(struct inotify *instance, const struct inotify_head *head,
    const struct vfs_name *name);

#define WATCH_CHAINS	64

/* The chain of watches a vnode's are in: so many inodes in a row have one
 * each. */
struct list *watch_chain(const struct mount *mount, uint64_t inode);
/* Take a watch out of all lists, and say that it is ignored.
 * needs: inotify_lock; then, without it, watch_free */
void watch_detach(struct inotify_watch *watch);
void watch_free(struct inotify_watch *watch);
/* Whether anybody watches anything. */
bool inotify_any(void);
