/*
 * Sending and receiving.
 *
 *	sender's memory -> message -> receiver's queue -> receiver's memory
 *
 * A stream's message is a piece of it; those with nothing but bytes run
 * together when they are read.  Packets stay apart, and what does not fit the
 * reader's memory is lost.
 */
#include "unix/fs/socket/socket_inner.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/uio.h"
#include "unix/fs/poll.h"
#include "unix/fs/socket/message.h"

/* A stream is cut into pieces, so that reading starts before all is sent. */
#define PIECE_BYTES	32768

/* Where one send goes, and with what. */
struct sending {
	struct socket *socket;
	const struct socket_outgoing *outgoing;
	struct socket *receiver;	/* with a reference */
	uint64_t deadline;
};

/* needs: sockets_lock.  returns: what keeps it from sending; 0 */
static int
check_sender(struct socket *socket)
{
	int err = socket->error;

	socket->error = 0;
	if (err != 0)
		return -err;
	if (socket->no_more_out)
		return -EPIPE;
	if (socket->type != SOCKET_DATAGRAM &&
	    socket->state != SOCKET_CONNECTED)
		return -ENOTCONN;
	return 0;
}

/* returns: 0, or why it does not take what is sent: 0 */
static int
check_receiver(const struct sending *sending)
{
	const struct socket *receiver = sending->receiver;

	if (receiver->state == SOCKET_CLOSED)
		return sending->socket->type == SOCKET_DATAGRAM ?
		    -ECONNREFUSED : -EPIPE;
	if (receiver->no_more_in)
		return -EPIPE;
	return 0;
}

/* Find who it goes to.  gives: sending->receiver, with a reference */
static int
receiver_find(struct sending *sending)
{
	const struct socket_outgoing *outgoing = sending->outgoing;
	struct socket *socket = sending->socket;
	int err;

	if (outgoing->to != NULL && socket->type == SOCKET_DATAGRAM) {
		err = socket_find(outgoing->to, outgoing->path,
		    &sending->receiver);
		if (err != 0)
			return err;
		if (sending->receiver->type == SOCKET_DATAGRAM)
			return 0;
		socket_put(sending->receiver);
		return -EPROTOTYPE;
	}
	spin_lock(&sockets_lock);
	err = check_sender(socket);
	if (err == 0 && outgoing->to != NULL)
		err = -EISCONN;
	if (err == 0 && socket->peer == NULL)
		err = socket->type == SOCKET_DATAGRAM ? -ENOTCONN : -EPIPE;
	if (err == 0) {
		sending->receiver = socket->peer;
		socket_get(socket->peer);
	}
	spin_unlock(&sockets_lock);
	return err;
}

/* An empty queue takes anything, or what is too large would wait for ever. */
static bool
has_room(const struct sending *sending, const struct message *message)
{
	const struct socket *receiver = sending->receiver;
	uint64_t limit = MAX(receiver->receive_bytes,
	    sending->socket->send_bytes);

	return receiver->queued == 0 ||
	    receiver->queued + message->charge <= limit;
}

/*
 * Put the message into the receiver's queue, once it has room.
 * returns: 0, with the message the receiver's; or why not
 */
static int
deliver(const struct sending *sending, struct message *message)
{
	int err;

	spin_lock(&sockets_lock);
	for (;;) {
		err = check_sender(sending->socket);
		if (err == 0)
			err = check_receiver(sending);
		if (err != 0 || has_room(sending, message))
			break;
		err = sending->deadline == 0 ? -EAGAIN : wait_killable(
		    &sending->receiver->writable, &sockets_lock,
		    sending->deadline);
		if (err != 0)
			break;
	}
	if (err == 0)
		queue_add(sending->receiver, message);
	spin_unlock(&sockets_lock);
	return socket_interrupted(err, sending->deadline);
}

/* A message of the next `len` bytes, with what goes with the first. */
static int
message_prepare(const struct sending *sending, struct uio *from, uint64_t len,
    bool is_first, struct message **out)
{
	const struct socket_outgoing *outgoing = sending->outgoing;
	struct message *message;
	int err = message_make(from, len, &message);

	if (err != 0)
		return err;
	if (outgoing->who != NULL)
		message->who = *outgoing->who;
	else
		socket_identity_now(&message->who);
	err = message_add_name(message, &sending->socket->name);
	if (err == 0 && is_first)
		err = message_add_files(message, outgoing->files,
		    outgoing->nfiles);
	if (err != 0) {
		uio_back(from, len);
		message_free(message);
		return err;
	}
	*out = message;
	return 0;
}

/* Make one message and send it.  The files stay the caller's if it fails. */
static int
send_piece(const struct sending *sending, struct uio *from, uint64_t len,
    bool is_first)
{
	struct message *message;
	int err = message_prepare(sending, from, len, is_first, &message);

	if (err != 0)
		return err;
	err = deliver(sending, message);
	if (err == 0)
		return 0;
	uio_back(from, len);
	message->nfiles = 0;
	message_free(message);
	return err;
}

static int64_t
send_stream(const struct sending *sending, struct uio *from)
{
	/* A queue that poll calls writable has room for this and its head. */
	uint64_t most = MIN(PIECE_BYTES, MAX(sending->socket->send_bytes,
	    sending->receiver->receive_bytes) / 4), done = 0;

	while (from->left > 0) {
		uint64_t len = MIN(from->left, most);
		int err = send_piece(sending, from, len, done == 0);

		if (err != 0)
			return done > 0 ? (int64_t)done : err;
		done += len;
	}
	return (int64_t)done;
}

int64_t
socket_send(struct file *file, struct uio *from,
    const struct socket_outgoing *outgoing)
{
	struct socket *socket = socket_of(file);
	struct sending sending = { socket, outgoing, NULL, 0 };
	int64_t result;
	uint64_t len = from->left;

	if (socket == NULL)
		return -ENOTSOCK;
	if (socket->type != SOCKET_STREAM && len > socket->send_bytes)
		return -EMSGSIZE;
	result = receiver_find(&sending);
	if (result != 0)
		return result;
	sending.deadline = socket_deadline(socket, socket->send_micros,
	    outgoing->flags & SOCKET_DONTWAIT);
	if (socket->type == SOCKET_STREAM)
		result = send_stream(&sending, from);
	else
		result = send_piece(&sending, from, len, true);
	socket_put(sending.receiver);
	if (result == 0 && socket->type != SOCKET_STREAM)
		result = (int64_t)len;
	return result;
}

/* Receiving */

/*
 * Wait for a message, or for the end of them.
 * needs:   sockets_lock
 * returns: 1; 0 at the end; -errno
 */
static int
wait_message(struct socket *socket, uint64_t deadline)
{
	for (;;) {
		int err = socket->error;

		if (!list_empty(&socket->queue))
			return 1;
		socket->error = 0;
		if (err != 0)
			return -err;
		if (socket->no_more_in || socket->state == SOCKET_CLOSED)
			return 0;
		if (socket->type == SOCKET_STREAM &&
		    socket->state != SOCKET_CONNECTED)
			return -EINVAL;
		if (socket->type == SOCKET_SEQPACKET &&
		    socket->state != SOCKET_CONNECTED)
			return -ENOTCONN;
		err = deadline == 0 ? -EAGAIN : wait_killable(
		    &socket->readable, &sockets_lock, deadline);
		if (err != 0)
			return socket_interrupted(err, deadline);
	}
}

/* needs: socket->receiver.  returns: the first, left there; NULL */
static struct message *
queue_first(struct socket *socket)
{
	struct message *first = NULL;

	spin_lock(&sockets_lock);
	if (!list_empty(&socket->queue))
		first = LIST_ENTRY(socket->queue.next, struct message, link);
	spin_unlock(&sockets_lock);
	return first;
}

/* The message after `message`; NULL */
static struct message *
queue_after(struct socket *socket, struct message *message)
{
	struct message *next = NULL;

	spin_lock(&sockets_lock);
	if (message->link.next != &socket->queue)
		next = LIST_ENTRY(message->link.next, struct message, link);
	spin_unlock(&sockets_lock);
	return next;
}

/* needs: sockets_lock.  There is room in its queue: who sends may go on. */
static void
queue_has_room(struct socket *socket)
{
	wake_all(&socket->writable);
	LIST_FOR(link, &socket->senders) {
		struct socket *sender =
		    LIST_ENTRY(link, struct socket, peer_link);

		watch_notify(&sender->watchers, POLL_OUT);
	}
}

/* Give the caller what goes with a message; its files too, or copies. */
static void
incoming_set(struct socket_incoming *incoming, struct message *message,
    bool peek)
{
	incoming->who = message->who;
	if (message->from != NULL)
		incoming->from = *message->from;
	memcpy(incoming->files, message->files,
	    message->nfiles * sizeof(*message->files));
	incoming->nfiles = message->nfiles;
	for (uint32_t i = 0; peek && i < message->nfiles; i++)
		file_get(message->files[i]);
}

/* Take the whole message off the queue and free it, but for its files, which
 * are the caller's by now.  needs: socket->receiver */
static void
message_consume(struct socket *socket)
{
	struct message *message;

	spin_lock(&sockets_lock);
	message = queue_take(socket);
	queue_has_room(socket);
	spin_unlock(&sockets_lock);
	message->nfiles = 0;
	message_free(message);
}

/* The files of a message that stays, for bytes of it are left, are given
 * once.  needs: socket->receiver */
static void
message_unload(struct message *message)
{
	spin_lock(&sockets_lock);
	flight_end(message);
	message->nfiles = 0;
	spin_unlock(&sockets_lock);
}

static bool
same_identity(const struct socket_identity *a, const struct socket_identity *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* Whether the bytes of `message` may follow what was read before. */
static bool
may_follow(const struct socket *socket, const struct message *message,
    const struct socket_incoming *incoming)
{
	return message->nfiles == 0 && incoming->nfiles == 0 &&
	    (!socket->pass_identity ||
	    same_identity(&message->who, &incoming->who));
}

/*
 * Read what is in the queue, message by message.
 * needs:   socket->receiver
 * returns: bytes, 0 if there was none, or -EFAULT
 */
static int64_t
take_stream(struct socket *socket, struct uio *to,
    struct socket_incoming *incoming, bool continues)
{
	bool peek = incoming->flags & SOCKET_PEEK;
	struct message *message = queue_first(socket), *next;
	uint64_t done = 0;

	for (; message != NULL && to->left > 0; message = next) {
		uint64_t want = MIN(to->left, message->len), copied;

		if ((done > 0 || continues) &&
		    !may_follow(socket, message, incoming))
			break;
		copied = message_copy(message, to, 0, want);
		if (copied == 0)
			return done > 0 ? (int64_t)done : -EFAULT;
		if (done == 0 && !continues)
			incoming_set(incoming, message, peek);
		done += copied;
		next = queue_after(socket, message);
		if (peek)
			continue;
		if (copied == message->len) {
			message_consume(socket);
		} else {
			message_unload(message);
			message_take(message, copied);
			break;
		}
	}
	return (int64_t)done;
}

/* needs: socket->receiver; there is a message */
static int64_t
take_packet(struct socket *socket, struct uio *to,
    struct socket_incoming *incoming)
{
	bool peek = incoming->flags & SOCKET_PEEK;
	struct message *message = queue_first(socket);
	uint64_t len = message->len, want = MIN(to->left, len);
	uint64_t copied = message_copy(message, to, 0, want);

	if (copied < want)
		return -EFAULT;
	incoming_set(incoming, message, peek);
	incoming->truncated = want < len;
	if (!peek)
		message_consume(socket);
	return (int64_t)(incoming->flags & SOCKET_REAL_LENGTH ? len : want);
}

/*
 * One round: wait, then take.
 * returns: bytes, with *end false; or 0, with *end true; or -errno
 */
static int64_t
receive_some(struct socket *socket, struct uio *to,
    struct socket_incoming *incoming, uint64_t deadline, bool continues,
    bool *end)
{
	int64_t result;

	for (;;) {
		spin_lock(&sockets_lock);
		result = wait_message(socket, deadline);
		spin_unlock(&sockets_lock);
		*end = result == 0;
		if (result <= 0)
			return result;
		mutex_lock(&socket->receiver);
		if (queue_first(socket) != NULL)
			break;
		/* Another reader was faster. */
		mutex_unlock(&socket->receiver);
	}
	if (socket->type == SOCKET_STREAM)
		result = take_stream(socket, to, incoming, continues);
	else
		result = take_packet(socket, to, incoming);
	mutex_unlock(&socket->receiver);
	return result;
}

int64_t
socket_receive(struct file *file, struct uio *to,
    struct socket_incoming *incoming)
{
	struct socket *socket = socket_of(file);
	uint64_t deadline, done = 0;
	bool end = false;
	int64_t n;

	if (socket == NULL)
		return -ENOTSOCK;
	incoming->from.len = 0;
	incoming->nfiles = 0;
	incoming->truncated = false;
	if (socket->type == SOCKET_STREAM && to->left == 0)
		return 0;
	deadline = socket_deadline(socket, socket->receive_micros,
	    incoming->flags & SOCKET_DONTWAIT);
	do {
		n = receive_some(socket, to, incoming, deadline, done > 0,
		    &end);
		if (n < 0)
			return done > 0 ? (int64_t)done : n;
		done += (uint64_t)n;
	} while (socket->type == SOCKET_STREAM && !end && n > 0 &&
	    (incoming->flags & (SOCKET_WAITALL | SOCKET_PEEK)) ==
	    SOCKET_WAITALL && to->left > 0 && incoming->nfiles == 0);
	return (int64_t)done;
}
