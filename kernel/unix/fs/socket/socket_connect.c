/*
 * Connecting.
 *
 *	client            listener
 *	connect ------->  pending: [server] [server] ...
 *	   ^                          |
 *	   +--- peers from here on ---+--> accept gives it a file
 *
 * The server's end is made by the client, and joined to it, before anybody
 * accepts it: so a client may write at once.
 */
#include "unix/fs/socket/socket_inner.h"

#include "core/base/errno.h"
#include "unix/fs/poll.h"

#define BACKLOG_MAX	4096	/* net.core.somaxconn */

int
socket_listen(struct file *file, int32_t backlog)
{
	struct socket *socket = socket_of(file);
	int err = 0;

	if (socket == NULL)
		return -ENOTSOCK;
	if (socket->type == SOCKET_DATAGRAM)
		return -EOPNOTSUPP;
	spin_lock(&sockets_lock);
	if (socket->name.len == 0 || socket->state == SOCKET_CONNECTED)
		err = -EINVAL;
	if (err == 0) {
		socket->state = SOCKET_LISTENING;
		socket->backlog = (uint32_t)backlog > BACKLOG_MAX ?
		    BACKLOG_MAX : (uint32_t)backlog;
		wake_all(&socket->writable);
	}
	spin_unlock(&sockets_lock);
	if (err == 0) {
		struct socket_identity who;

		socket_identity_now(&who);
		spin_lock(&sockets_lock);
		socket->who = who;
		spin_unlock(&sockets_lock);
	}
	return err;
}

/*
 * Wait until the listener takes one more.
 * needs:   sockets_lock, a reference to the listener
 * returns: 0, -ECONNREFUSED, -EAGAIN, -ERESTARTSYS
 */
static int
wait_for_room(struct socket *listener, uint64_t deadline)
{
	for (;;) {
		int err;

		if (listener->state != SOCKET_LISTENING ||
		    listener->no_more_in)
			return -ECONNREFUSED;
		if (listener->npending <= listener->backlog)
			return 0;
		if (deadline == 0)
			return -EAGAIN;
		err = wait_killable(&listener->writable, &sockets_lock,
		    deadline);
		if (err != 0)
			return socket_interrupted(err, deadline);
	}
}

/* needs: sockets_lock; the listener takes one more */
static void
join_pending(struct socket *client, struct socket *listener,
    struct socket *server)
{
	server->state = client->state = SOCKET_CONNECTED;
	server->name = listener->name;
	server->who = listener->who;
	server->peer_who = client->who;
	server->receive_bytes = listener->receive_bytes;
	server->pass_identity = listener->pass_identity;
	client->peer_who = listener->who;
	socket_join(client, server);
	socket_join(server, client);
	list_push_back(&listener->pending, &server->pending_link);
	listener->npending++;
	socket_changed(listener, POLL_IN);
	socket_changed(client, POLL_OUT);
}

/* needs: a reference to the listener */
static int
connect_stream(struct socket *client, struct socket *listener)
{
	struct socket *server = socket_new(client->type);
	struct socket_identity who;
	int err;

	if (server == NULL)
		return -ENOMEM;
	socket_identity_now(&who);
	spin_lock(&sockets_lock);
	err = wait_for_room(listener,
	    socket_deadline(client, client->send_micros, false));
	if (err == 0 && client->state == SOCKET_CONNECTED)
		err = -EISCONN;
	else if (err == 0 && client->state != SOCKET_UNCONNECTED)
		err = -EINVAL;
	if (err == 0) {
		client->who = who;
		join_pending(client, listener, server);
	}
	spin_unlock(&sockets_lock);
	if (err != 0)
		socket_close(server);
	return err;
}

/* needs: a reference to the peer, if there is one */
static int
connect_datagram(struct socket *socket, struct socket *peer)
{
	int err = 0;

	spin_lock(&sockets_lock);
	if (peer != NULL && peer->state == SOCKET_CLOSED)
		err = -ECONNREFUSED;
	/* Who has a peer of its own choice hears nobody else. */
	else if (peer != NULL && peer->peer != NULL && peer->peer != socket)
		err = -EPERM;
	if (err == 0) {
		if (socket->peer != NULL)
			socket_part(socket);
		socket->state = SOCKET_UNCONNECTED;
		if (peer != NULL) {
			socket_join(socket, peer);
			socket->state = SOCKET_CONNECTED;
		}
	}
	spin_unlock(&sockets_lock);
	return err;
}

int
socket_connect(struct file *file, const struct socket_name *name,
    const struct vfs_path *path)
{
	struct socket *socket = socket_of(file), *other;
	int err;

	if (socket == NULL)
		return -ENOTSOCK;
	if (name->len == 0)
		return socket->type == SOCKET_DATAGRAM ?
		    connect_datagram(socket, NULL) : -EINVAL;
	if (socket->type != SOCKET_DATAGRAM &&
	    socket->state == SOCKET_CONNECTED)
		return -EISCONN;
	err = socket_find(name, path, &other);
	if (err != 0)
		return err;
	if (other->type != socket->type)
		err = -EPROTOTYPE;
	else if (socket->type == SOCKET_DATAGRAM)
		err = connect_datagram(socket, other);
	else
		err = connect_stream(socket, other);
	socket_put(other);
	return err;
}

/*
 * Take the first that waits to be accepted.
 * returns: 0, -EINVAL, -EAGAIN, -ERESTARTSYS
 */
static int
take_pending(struct socket *listener, struct socket **out)
{
	uint64_t deadline = socket_deadline(listener, listener->receive_micros,
	    false);
	struct list *link = NULL;
	int err = 0;

	spin_lock(&sockets_lock);
	for (;;) {
		if (listener->state != SOCKET_LISTENING)
			err = -EINVAL;
		else
			link = list_pop_front(&listener->pending);
		if (err == 0 && link == NULL && listener->no_more_in)
			err = -EINVAL;
		if (err != 0 || link != NULL)
			break;
		err = deadline == 0 ? -EAGAIN : wait_killable(
		    &listener->readable, &sockets_lock, deadline);
		if (err != 0)
			break;
	}
	if (link != NULL) {
		*out = LIST_ENTRY(link, struct socket, pending_link);
		listener->npending--;
		wake_all(&listener->writable);
	}
	spin_unlock(&sockets_lock);
	return socket_interrupted(err, deadline);
}

int
socket_accept(struct file *file, uint32_t flags, struct file **out)
{
	struct socket *listener = socket_of(file), *server;
	int err;

	if (listener == NULL)
		return -ENOTSOCK;
	if (listener->type == SOCKET_DATAGRAM)
		return -EOPNOTSUPP;
	err = take_pending(listener, &server);
	if (err != 0)
		return err;
	err = file_create(&socket_ops, server, flags | FILE_READ | FILE_WRITE,
	    out);
	if (err != 0) {
		socket_close(server);
		return err;
	}
	spin_lock(&sockets_lock);
	server->file = *out;
	spin_unlock(&sockets_lock);
	return 0;
}
