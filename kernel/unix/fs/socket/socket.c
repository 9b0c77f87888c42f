/*
 * The life of a socket: made, joined to a peer, shut down, closed.
 *
 *	socket_open -> bind, listen, connect, ... -> last file_put: socket_close
 *
 * A socket outlives its file while somebody waits for it, or is about to send
 * to it; then it is closed, and says so.
 */
#include "unix/fs/socket/socket.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/timer.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/poll.h"
#include "unix/fs/socket/message.h"
#include "unix/fs/socket/socket_inner.h"
#include "unix/fs/vfs.h"

#define ID_NONE		UINT32_MAX	/* who is not there */

/* What Linux starts with: net.core.wmem_default. */
#define BUFFER_BYTES	212992

struct spinlock sockets_lock = SPINLOCK("sockets", RANK_WAIT);
struct list sockets_all = { &sockets_all, &sockets_all };

struct socket *
socket_of(const struct file *file)
{
	return file->ops == &socket_ops ? file->private : NULL;
}

bool
file_is_socket(const struct file *file)
{
	return socket_of(file) != NULL;
}

bool
socket_sends_packets(const struct file *file)
{
	return socket_of(file)->type != SOCKET_STREAM;
}

struct socket *
socket_new(enum socket_type type)
{
	struct socket *socket = heap_alloc(sizeof(*socket));

	if (socket == NULL)
		return NULL;
	socket->type = type;
	socket->refs = 1;
	list_init(&socket->peer_link);
	list_init(&socket->senders);
	mutex_init(&socket->receiver, "socket receiver", RANK_PIPE);
	list_init(&socket->queue);
	wait_init(&socket->readable);
	wait_init(&socket->writable);
	watch_list_init(&socket->watchers);
	list_init(&socket->pending);
	list_init(&socket->pending_link);
	list_init(&socket->named);
	socket->send_bytes = socket->receive_bytes = BUFFER_BYTES;
	socket->peer_who = (struct socket_identity){ 0, ID_NONE, ID_NONE };
	socket_identity_now(&socket->who);
	spin_lock(&sockets_lock);
	list_push_back(&sockets_all, &socket->all);
	spin_unlock(&sockets_lock);
	return socket;
}

void
socket_get(struct socket *socket)
{
	ASSERT(spin_held(&sockets_lock) && socket->refs > 0);
	socket->refs++;
}

void
socket_put(struct socket *socket)
{
	bool last;

	spin_lock(&sockets_lock);
	last = --socket->refs == 0;
	if (last)
		list_remove(&socket->all);
	spin_unlock(&sockets_lock);
	if (!last)
		return;
	ASSERT(list_empty(&socket->queue) && list_empty(&socket->senders));
	heap_free(socket);
}

void
socket_changed(struct socket *socket, uint32_t events)
{
	if (events & (POLL_IN | POLL_HUP | POLL_RD_HUP))
		wake_all(&socket->readable);
	if (events & (POLL_OUT | POLL_HUP))
		wake_all(&socket->writable);
	watch_notify(&socket->watchers, events);
}

void
socket_join(struct socket *socket, struct socket *peer)
{
	socket->peer = peer;
	list_push_back(&peer->senders, &socket->peer_link);
}

void
socket_part(struct socket *socket)
{
	list_remove(&socket->peer_link);
	socket->peer = NULL;
}

/*
 * Tell those who send to it that nobody is there any more.
 * needs: sockets_lock; its queue is as it was when it was closed
 */
static void
senders_part(struct socket *socket)
{
	struct list *link;

	while ((link = list_pop_front(&socket->senders)) != NULL) {
		struct socket *sender =
		    LIST_ENTRY(link, struct socket, peer_link);

		sender->peer = NULL;
		if (socket->type == SOCKET_DATAGRAM) {
			sender->state = SOCKET_UNCONNECTED;
			sender->error = ECONNREFUSED;
		} else {
			sender->no_more_in = sender->no_more_out = true;
			/* What it wrote and we did not read is lost. */
			if (!list_empty(&socket->queue))
				sender->error = ECONNRESET;
		}
		socket_changed(sender, POLL_IN | POLL_OUT | POLL_HUP |
		    POLL_RD_HUP);
	}
}

/* Those who connected and were never accepted. */
static void
pending_close(struct socket *listener)
{
	struct list *link;

	for (;;) {
		spin_lock(&sockets_lock);
		link = list_pop_front(&listener->pending);
		spin_unlock(&sockets_lock);
		if (link == NULL)
			return;
		socket_close(LIST_ENTRY(link, struct socket, pending_link));
	}
}

struct message *
queue_take(struct socket *socket)
{
	struct list *link = list_pop_front(&socket->queue);
	struct message *message;

	ASSERT(spin_held(&sockets_lock));
	if (link == NULL)
		return NULL;
	message = LIST_ENTRY(link, struct message, link);
	flight_end(message);
	socket->queued -= message->charge;
	return message;
}

void
queue_add(struct socket *socket, struct message *message)
{
	ASSERT(spin_held(&sockets_lock));
	flight_begin(message);
	socket->queued += message->charge;
	list_push_back(&socket->queue, &message->link);
	socket_changed(socket, POLL_IN);
}

static void
queue_drop(struct socket *socket)
{
	mutex_lock(&socket->receiver);
	for (;;) {
		struct message *message;

		spin_lock(&sockets_lock);
		message = queue_take(socket);
		spin_unlock(&sockets_lock);
		if (message == NULL)
			break;
		message_free(message);
	}
	mutex_unlock(&socket->receiver);
}

void
socket_close(struct socket *socket)
{
	struct vnode *vnode;

	spin_lock(&sockets_lock);
	socket->state = SOCKET_CLOSED;
	socket->file = NULL;
	vnode = socket_unname(socket);
	if (socket->peer != NULL)
		socket_part(socket);
	senders_part(socket);
	socket_changed(socket, POLL_IN | POLL_OUT | POLL_HUP);
	spin_unlock(&sockets_lock);
	if (vnode != NULL)
		vnode_put(vnode);
	pending_close(socket);
	queue_drop(socket);
	socket_put(socket);
	socket_collect();
}

int
socket_open(enum socket_type type, uint32_t flags, struct file **out)
{
	struct socket *socket = socket_new(type);
	int err;

	if (socket == NULL)
		return -ENOMEM;
	err = file_create(&socket_ops, socket, flags | FILE_READ | FILE_WRITE,
	    out);
	if (err != 0) {
		socket_close(socket);
		return err;
	}
	spin_lock(&sockets_lock);
	socket->file = *out;
	spin_unlock(&sockets_lock);
	return 0;
}

int
socket_open_pair(enum socket_type type, uint32_t flags, struct file *out[2])
{
	struct socket *ends[2];
	int err = socket_open(type, flags, &out[0]);

	if (err != 0)
		return err;
	err = socket_open(type, flags, &out[1]);
	if (err != 0) {
		file_put(out[0]);
		return err;
	}
	spin_lock(&sockets_lock);
	for (uint32_t i = 0; i < 2; i++) {
		ends[i] = socket_of(out[i]);
		ends[i]->state = SOCKET_CONNECTED;
		ends[i]->peer_who = ends[i]->who;
	}
	socket_join(ends[0], ends[1]);
	socket_join(ends[1], ends[0]);
	spin_unlock(&sockets_lock);
	return 0;
}

int
socket_shutdown(struct file *file, bool reading, bool writing)
{
	struct socket *socket = socket_of(file), *peer;

	if (socket == NULL)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	peer = socket->peer;
	/* One without a peer can be shut down too, as on Linux. */
	socket->no_more_in |= reading;
	socket->no_more_out |= writing;
	if (peer != NULL && peer->peer == socket) {
		peer->no_more_in |= writing;
		peer->no_more_out |= reading;
		socket_changed(peer, POLL_IN | POLL_OUT | POLL_RD_HUP);
	}
	socket_changed(socket, POLL_IN | POLL_OUT | POLL_RD_HUP);
	spin_unlock(&sockets_lock);
	return 0;
}

uint64_t
socket_deadline(const struct socket *socket, uint64_t micros, bool dontwait)
{
	if (dontwait || (socket->file != NULL &&
	    (file_flags(socket->file) & FILE_NONBLOCK)))
		return 0;
	return micros == 0 ? UINT64_MAX : timer_now() + timer_from_micros(micros);
}

/* What it is asked about */

int
socket_name(struct file *file, struct socket_name *name)
{
	struct socket *socket = socket_of(file);

	if (socket == NULL)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	*name = socket->name;
	spin_unlock(&sockets_lock);
	return 0;
}

int
socket_peer_name(struct file *file, struct socket_name *name)
{
	struct socket *socket = socket_of(file);
	int err = 0;

	if (socket == NULL)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	if (socket->peer == NULL)
		err = -ENOTCONN;
	else
		*name = socket->peer->name;
	spin_unlock(&sockets_lock);
	return err;
}

int
socket_peer_identity(struct file *file, struct socket_identity *who)
{
	struct socket *socket = socket_of(file);

	if (socket == NULL)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	*who = socket->peer_who;
	spin_unlock(&sockets_lock);
	return 0;
}
