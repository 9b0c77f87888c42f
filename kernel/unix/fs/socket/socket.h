/*
 * AF_UNIX sockets: streams, datagrams and packets between processes, with
 * open files passed along.
 *
 *	stream, seqpacket    client <==> server, made by connect and accept
 *	datagram             many --> one name
 *
 * A socket is a struct file; all functions below take that file, and give
 * -ENOTSOCK for any other.  Names stand in the file system (a vnode of type
 * socket) or are abstract: bytes known to sockets only.
 *
 * It does not know the network: AF_INET and its kin do not exist.
 */
#pragma once

#include "core/base/types.h"

struct file;
struct uio;
struct vfs_path;

/* Linux's values. */
enum socket_type {
	SOCKET_STREAM = 1,
	SOCKET_DATAGRAM = 2,
	SOCKET_SEQPACKET = 5,
};

#define SOCKET_NAME_BYTES	108	/* of sun_path */
#define SOCKET_FILES_MAX	253	/* passed at once, as on Linux */

/* len 0: no name; bytes[0] = 0: abstract; else a path, without its NUL. */
struct socket_name {
	uint32_t len;
	char bytes[SOCKET_NAME_BYTES];
};

/* Who stands behind a socket or a message. */
struct socket_identity {
	int32_t pid;
	uint32_t uid, gid;
};

/* Link-time hook, defined by proc: the caller's. */
void socket_identity_now(struct socket_identity *who);

/* Flags of sending and receiving. */
#define SOCKET_DONTWAIT		1u
#define SOCKET_PEEK		2u	/* leave it in the queue */
#define SOCKET_WAITALL		4u	/* a stream: fill the buffer */
#define SOCKET_REAL_LENGTH	8u	/* return a cut packet's whole length */

/* flags: of the file, unix/fs/file.h */
int socket_open(enum socket_type type, uint32_t flags, struct file **out);
int socket_open_pair(enum socket_type type, uint32_t flags,
    struct file *out[2]);
bool file_is_socket(const struct file *file);
/* Whether each send is a message of its own.  needs: it is a socket */
bool socket_sends_packets(const struct file *file);

/*
 * Give it a name: the file `path` is made if the name is one; a name of
 * length 0 stands for an abstract one nobody has.
 * returns: 0; -EINVAL (it has one), -EADDRINUSE, or as vfs_mknod
 */
int socket_bind(struct file *file, const struct socket_name *name,
    const struct vfs_path *path);

/* returns: 0; -EINVAL (no name, or connected), -EOPNOTSUPP (datagrams) */
int socket_listen(struct file *file, int32_t backlog);

/*
 * Connect to the socket that has the name.  A datagram socket may do so again,
 * and with a name of length 0 forgets its peer.
 * returns: 0; -ECONNREFUSED, -EISCONN, -EINVAL, -EPROTOTYPE, -EAGAIN (would
 *          wait for the listener), -ERESTARTSYS, or as vfs_lookup
 */
int socket_connect(struct file *file, const struct socket_name *name,
    const struct vfs_path *path);

/* returns: 0; -EINVAL (not listening), -EAGAIN, -ERESTARTSYS, -EOPNOTSUPP */
int socket_accept(struct file *file, uint32_t flags, struct file **out);

/* What goes with the bytes of one send. */
struct socket_outgoing {
	const struct socket_name *to;	/* NULL: the peer */
	const struct vfs_path *path;	/* where `to` is one */
	struct file **files;		/* with references; taken over where */
	uint32_t nfiles;		/* something was sent */
	const struct socket_identity *who;	/* NULL: the caller */
	uint32_t flags;
};

/* returns: bytes sent; -EPIPE, -ENOTCONN, -EMSGSIZE, -EAGAIN, -ECONNREFUSED,
 * -EDESTADDRREQ, -ETOOMANYREFS, -ENOMEM, -EFAULT, -ERESTARTSYS */
int64_t socket_send(struct file *file, struct uio *from,
    const struct socket_outgoing *outgoing);

/* What came with the bytes of one receive. */
struct socket_incoming {
	uint32_t flags;			/* in */
	struct socket_name from;	/* out, all below */
	struct file *files[SOCKET_FILES_MAX];	/* with references */
	uint32_t nfiles;
	struct socket_identity who;
	bool truncated;			/* a packet did not fit */
};

/* returns: bytes (0: the end); -EAGAIN, -EINVAL or -ENOTCONN (no stream),
 * -ECONNRESET, -EFAULT, -ERESTARTSYS */
int64_t socket_receive(struct file *file, struct uio *to,
    struct socket_incoming *incoming);

/* returns: 0, -ENOTCONN */
int socket_shutdown(struct file *file, bool reading, bool writing);

int socket_name(struct file *file, struct socket_name *name);
int socket_peer_name(struct file *file, struct socket_name *name);
/* Who made the other end.  pid 0 and ids of nobody if there is none. */
int socket_peer_identity(struct file *file, struct socket_identity *who);

enum socket_option {
	SOCKET_OPTION_TYPE,
	SOCKET_OPTION_LISTENING,
	SOCKET_OPTION_ERROR,		/* reading it clears it */
	SOCKET_OPTION_SEND_BYTES,
	SOCKET_OPTION_RECEIVE_BYTES,
	SOCKET_OPTION_SEND_MICROS,	/* time limits; 0: none */
	SOCKET_OPTION_RECEIVE_MICROS,
	SOCKET_OPTION_PASS_IDENTITY,
	/* Of networks, where they mean something; here kept, and told. */
	SOCKET_OPTION_KEPT,
	SOCKET_OPTION_REUSE_ADDRESS = SOCKET_OPTION_KEPT,
	SOCKET_OPTION_BROADCAST,
	SOCKET_OPTION_KEEP_ALIVE,
	SOCKET_OPTION_DONT_ROUTE,
	SOCKET_OPTION_LINGER,		/* seconds << 32 | whether */
	SOCKET_OPTION_PRIORITY,
	SOCKET_OPTION_COUNT
};

int socket_option_get(struct file *file, enum socket_option option,
    uint64_t *value);
/* -ENOPROTOOPT for those that only tell. */
int socket_option_set(struct file *file, enum socket_option option,
    uint64_t value);
