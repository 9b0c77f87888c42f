/* System V message queues: messages with a type, received by it. */
#pragma once

#include "unix/proc/sysv/sysv.h"

struct msg;

struct msg_status {
	int32_t id;
	struct sysv_owner owner;
	int64_t sent, received, changed;	/* seconds since 1970 */
	uint64_t nbytes, count;		/* what is in it */
	uint64_t bytes_max;
	int32_t sender, receiver;	/* the last ones */
};

/* A message of so many bytes, at most MSG_BYTES_MAX.  returns: NULL if there
 * is no memory */
struct msg *msg_make(int64_t type, uint64_t nbytes);
void msg_free(struct msg *msg);
int64_t msg_type(const struct msg *msg);
uint64_t msg_bytes(const struct msg *msg);
/* Fill it from the program's memory, or write `nbytes` of it there.
 * returns: 0 or -EFAULT */
int msg_read(struct msg *msg, vaddr_t from);
int msg_write(const struct msg *msg, vaddr_t to, uint64_t nbytes);

/* returns: the number; -ENOENT, -EEXIST, -EACCES, -ENOSPC, -ENOMEM */
int msg_get(int32_t key, uint32_t flags);

/* Takes over the message where it succeeds.
 * returns: 0; -EAGAIN (nowait, and full), -EIDRM, -EINTR, -EINVAL, -EACCES */
int msg_send(int32_t id, struct msg *msg, bool nowait);

/* Which message, and how. */
struct msg_request {
	int64_t type;		/* 0: the first; > 0: the first of that type;
				 * < 0: of the lowest type up to -type */
	bool except;		/* type > 0: the first of another type */
	bool nowait;
	bool cut;		/* it may be longer than: */
	uint64_t bytes_max;
};

/* returns: 0; -ENOMSG (nowait), -E2BIG, -EIDRM, -EINTR, -EINVAL, -EACCES
 * gives:   *out, for msg_free */
int msg_receive(int32_t id, const struct msg_request *request,
    struct msg **out);

/* As of shared memory. */
int msg_remove(int32_t id);
/* More than MSG_QUEUE_BYTES only for root. */
int msg_change(int32_t id, const struct sysv_owner *to, uint64_t bytes_max);
int msg_status(enum sysv_which which, int32_t id, struct msg_status *out);

struct msg_totals {
	int32_t count, highest;		/* -1: there is none */
	uint64_t messages, nbytes;
};

void msg_totals(struct msg_totals *out);
