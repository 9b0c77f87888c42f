/*
 * POSIX message queues: messages with priorities, in queues that have names
 * and are files.  They stand beside System V's, whose messages they use.
 *
 * A queue lives as long as its name or a file of it does.
 */
#pragma once

#include "unix/proc/sysv/msg.h"

struct credentials;
struct file;

#define MQUEUE_NAME_BYTES	256	/* with the NUL */
#define MQUEUE_PRIORITIES	32768

/* What mqueue_open is asked for, besides FILE_ flags. */
struct mqueue_request {
	bool create, exclusive;
	uint32_t mode;
	bool sized;			/* the two below are given */
	int64_t messages, bytes;	/* in the queue, and in a message */
};

struct mqueue_status {
	uint64_t messages, bytes;	/* at most */
	uint64_t count;			/* messages in it */
};

/* Who is to be told of a message in an empty queue. */
struct mqueue_notice {
	int32_t signo;			/* 0: nobody is told, but it counts */
	uint64_t value;
};

/* flags: of the file.  returns: 0; -ENOENT, -EEXIST, -EACCES, -EINVAL,
 * -EMFILE (its messages' bytes), -ENOSPC, -ENFILE, -ENOMEM */
int mqueue_open(const char *name, const struct mqueue_request *request,
    uint32_t flags, struct file **out);
/* returns: 0; -ENOENT, -EACCES */
int mqueue_unlink(const char *name);

/*
 * Put a message in, or take the first out; wait until `deadline` (ticks).
 * Taken over, where it succeeds; given, for msg_free.
 * returns: 0; -EBADF: no queue, or not open for that; -EMSGSIZE; -EAGAIN;
 *          -ETIMEDOUT; -ERESTARTSYS
 */
int mqueue_send(struct file *file, struct msg *msg, uint64_t deadline);
int mqueue_receive(struct file *file, uint64_t room, uint64_t deadline,
    struct msg **out);

/* NULL: the caller is not to be told any more.
 * returns: 0; -EBADF; -EBUSY: another is */
int mqueue_notify(struct file *file, const struct mqueue_notice *notice);
/* returns: 0; -EBADF */
int mqueue_status(struct file *file, struct mqueue_status *out);
