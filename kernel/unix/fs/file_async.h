/*
 * Signals for readiness (O_ASYNC): a file has an owner, a process, a group or
 * a thread, that is sent a signal when something may be read or written.
 *
 *	source --> watcher --> callout --> file_owner_signal
 *
 * Sending takes a lock that stands before the watch lock, so it is left to a
 * callout that is due at once.  What becomes ready until then is told once.
 */
#pragma once

#include "core/base/types.h"

struct file;

enum file_owner_kind {
	FILE_OWNER_THREAD,		/* Linux's values */
	FILE_OWNER_PROCESS,
	FILE_OWNER_GROUP,
};

struct file_owner {
	enum file_owner_kind kind;
	int32_t id;			/* 0: nobody */
	uint32_t uid, euid;		/* of who said so, and may signal it */
};

/* What a file may tell its owner of; Linux's values. */
enum file_owner_news {
	FILE_NEWS_IN = 1,
	FILE_NEWS_OUT = 2,
};

/* Link-time hook, defined by proc: send `signo`, or SIGIO if that is 0.
 * Called by an interrupt, with no lock held. */
void file_owner_signal(const struct file_owner *owner, int32_t signo,
    enum file_owner_news news, int32_t fd);

/* returns: 0 or -ENOMEM.  `signo` 0: SIGIO, which tells no more */
int file_async_set_owner(struct file *file, const struct file_owner *owner);
int file_async_set_signal(struct file *file, int32_t signo);
void file_async_owner(struct file *file, struct file_owner *owner);
int32_t file_async_signal(struct file *file);

/*
 * Begin or stop telling; `fd` is what the owner is told.  FILE_ASYNC is its
 * caller's to set.  A file that is always ready has nothing to tell.
 * returns: 0 or -ENOMEM
 */
int file_async_switch(struct file *file, bool on, int32_t fd);

/* The last reference goes. */
void file_async_end(struct file *file);
