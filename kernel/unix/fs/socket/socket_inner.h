/*
 * What is inside a socket.  For the files of this folder only.
 *
 * One spinlock, sockets_lock, protects every field tagged [s] of all sockets:
 * what is done under it is linking and counting, never copying.  Bytes are
 * copied into messages before it is taken, and out of them under the
 * receiver's mutex, by which only one thread at a time takes from a queue.
 *
 * Lock order: socket->receiver, sockets_lock, watchers.
 */
#pragma once

#include "core/base/errno.h"
#include "core/base/list.h"
#include "core/lock/spinlock.h"
#include "core/task/mutex.h"
#include "core/task/wait.h"
#include "core/task/watch.h"
#include "unix/fs/file.h"
#include "unix/fs/socket/socket.h"

struct message;
struct vnode;

enum socket_state {
	SOCKET_UNCONNECTED,
	SOCKET_LISTENING,
	SOCKET_CONNECTED,	/* it has a peer, or had one */
	SOCKET_CLOSED,		/* its file is gone */
};

/* [c] constant, [s] sockets_lock */
struct socket {
	enum socket_type type;		/* [c] */
	uint32_t refs;			/* [s] its file, and who waits for it */
	enum socket_state state;	/* [s] */
	struct file *file;		/* [s] NULL until accepted, and at the end */
	struct list all;		/* [s] all sockets */

	struct socket *peer;		/* [s] where it sends to */
	struct list peer_link;		/* [s] in peer->senders */
	struct list senders;		/* [s] those whose peer this is */
	bool no_more_in, no_more_out;	/* [s] shut down */
	int32_t error;			/* [s] to be told once; 0: none */

	struct mutex receiver;		/* who takes from the queue */
	struct list queue;		/* [s] messages; taken under receiver */
	uint64_t queued;		/* [s] bytes in it, as charged */
	struct waitq readable;		/* [s] there is something, or the end */
	struct waitq writable;		/* [s] its queue has room */
	struct watch_list watchers;

	struct list pending;		/* [s] a listener's: not accepted yet */
	struct list pending_link;	/* [s] */
	uint32_t npending, backlog;	/* [s] */

	struct list named;		/* [s] those that have a name */
	struct socket_name name;	/* [s] */
	struct vnode *vnode;		/* [s] of a name that is a path */
	struct socket_identity who;	/* [s] who made it, or listened */
	struct socket_identity peer_who;	/* [s] */

	uint64_t send_bytes, receive_bytes;	/* [s] limits */
	uint64_t send_micros, receive_micros;	/* [s] 0: for ever */
	bool pass_identity;		/* [s] */
	uint64_t kept[SOCKET_OPTION_COUNT - SOCKET_OPTION_KEPT];	/* [s] */

	uint32_t nin_flight;		/* [s] its file, in messages */
	bool reached;			/* [s] by the collector */
};

extern struct spinlock sockets_lock;
extern struct list sockets_all;		/* [s] */
extern const struct file_ops socket_ops;

/* The socket of a file; NULL if it is none. */
struct socket *socket_of(const struct file *file);

/* An unconnected socket with one reference.  returns: NULL: no memory */
struct socket *socket_new(enum socket_type type);
/* needs: sockets_lock */
void socket_get(struct socket *socket);
/* needs: sockets_lock not held */
void socket_put(struct socket *socket);

/* Its file is gone, or never came: disconnect it and drop what it holds. */
void socket_close(struct socket *socket);

/* needs: sockets_lock, both unconnected or datagrams */
void socket_join(struct socket *socket, struct socket *peer);
void socket_part(struct socket *socket);

/* Something changed: wake and tell who waits.  needs: sockets_lock */
void socket_changed(struct socket *socket, uint32_t events);

/*
 * The socket that has the name, with a reference.
 * returns: 0, -ECONNREFUSED, -EACCES or as vfs_lookup
 */
int socket_find(const struct socket_name *name, const struct vfs_path *path,
    struct socket **out);
/* Give up its name.  returns: its vnode, to be put.  needs: sockets_lock */
struct vnode *socket_unname(struct socket *socket);

/* How long it may wait from now on: ticks; 0 where it must not wait. */
uint64_t socket_deadline(const struct socket *socket, uint64_t micros,
    bool dontwait);

/* What waiting came to: a call with a time limit is not made again, or the
 * limit would begin anew. */
static inline int
socket_interrupted(int err, uint64_t deadline)
{
	return err == -EINTR && deadline == UINT64_MAX ? -ERESTARTSYS : err;
}

/* Put a message into a socket's queue; take the first out (NULL: there is
 * none).  needs: sockets_lock */
void queue_add(struct socket *socket, struct message *message);
struct message *queue_take(struct socket *socket);

/* A message with files is in some queue from now on, or no longer.
 * needs: sockets_lock */
void flight_begin(const struct message *message);
void flight_end(const struct message *message);

/* Free messages that only each other's sockets could ever receive. */
void socket_collect(void);
