/*
 * Epoll: a set of files that is asked, again and again, which are ready.
 *
 * What is in a set does not hold a file open; a file leaves all sets when its
 * last reference goes.
 */
#pragma once

#include "unix/fs/file.h"

/* What a file in a set is watched for: POLL_ bits and these (Linux's values).
 */
#define EPOLL_EXCLUSIVE	0x10000000u	/* wake one of the sets with this */
#define EPOLL_WAKE_UP	0x20000000u	/* nothing sleeps here: no meaning */
#define EPOLL_ONE_SHOT	0x40000000u	/* told once, until it is changed */
#define EPOLL_EDGE	0x80000000u	/* told when something happens */

enum epoll_change {
	EPOLL_ADD,
	EPOLL_REMOVE,
	EPOLL_MODIFY,
};

struct epoll_event {
	uint32_t events;
	uint64_t data;
};

/* Takes what is ready.  returns: 0 or -errno (it stays ready) */
struct epoll_reader {
	int (*emit)(struct epoll_reader *reader,
	    const struct epoll_event *event);
};

/* returns: 0, -ENFILE, -ENOMEM */
int epoll_create(struct file **out);

/*
 * Change what `set` says of `file`, known as `fd`.
 * returns: 0; -EINVAL (`set` is no set, or is `file`; events), -EPERM (it is
 *          always ready), -EEXIST, -ENOENT, -ELOOP (sets in a circle, or too
 *          deep), -ENOMEM
 */
int epoll_control(struct file *set, enum epoll_change change, int fd,
    struct file *file, const struct epoll_event *event);

/*
 * Give up to `max` of what is ready, once something is, or until `deadline`
 * (as poll_files).
 * returns: how many; -EINVAL (no set), -EINTR, what emit said first
 */
int epoll_wait(struct file *set, struct epoll_reader *reader, uint32_t max,
    uint64_t deadline);

/* The last reference of the file goes: it leaves all sets. */
void epoll_forget(struct file *file);
