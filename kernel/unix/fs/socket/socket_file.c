/* Sockets as files: what read, write, poll and ioctl do with them. */
#include "unix/fs/socket/socket_inner.h"

#include "core/base/errno.h"
#include "core/vm/heap.h"
#include "core/vm/uio.h"
#include "core/vm/user.h"
#include "unix/fs/poll.h"
#include "unix/fs/socket/message.h"
#include "unix/fs/vfs.h"

#define FIONREAD	0x541b
#define TIOCOUTQ	0x5411

static int64_t
socket_file_read(struct file *file, struct uio *to, uint64_t *offset)
{
	struct socket_incoming *incoming;
	int64_t result;

	(void)offset;
	if (to->left == 0)
		return 0;
	incoming = heap_alloc(sizeof(*incoming));
	if (incoming == NULL)
		return -ENOMEM;
	result = socket_receive(file, to, incoming);
	/* Who only reads does not want them. */
	for (uint32_t i = 0; i < incoming->nfiles; i++)
		file_put(incoming->files[i]);
	heap_free(incoming);
	return result;
}

static int64_t
socket_file_write(struct file *file, struct uio *from, uint64_t *offset)
{
	const struct socket_outgoing plain = { 0 };

	(void)offset;
	return socket_send(file, from, &plain);
}

/*
 * needs: sockets_lock.  Whether a send would not have to wait: who is told so,
 * finds no room and asks again would spin.  A quarter of the queue in use
 * leaves room for a stream's largest piece, and few wakings for a reader's.
 */
static bool
is_writable(const struct socket *socket)
{
	const struct socket *peer = socket->peer;

	if (socket->state == SOCKET_LISTENING)
		return false;
	if (peer == NULL || socket->no_more_out)
		return true;
	return peer->queued <= MAX(peer->receive_bytes,
	    socket->send_bytes) / 4;
}

/* needs: sockets_lock */
static uint32_t
socket_events(const struct socket *socket)
{
	bool stream = socket->type != SOCKET_DATAGRAM;
	uint32_t events = 0;

	if (!list_empty(&socket->queue) || !list_empty(&socket->pending) ||
	    socket->no_more_in)
		events |= POLL_IN | POLL_RD_NORM;
	if (is_writable(socket))
		events |= POLL_OUT | POLL_WR_NORM | POLL_WR_BAND;
	if (socket->no_more_in)
		events |= POLL_RD_HUP;
	if ((socket->no_more_in && socket->no_more_out) ||
	    (stream && socket->state == SOCKET_UNCONNECTED))
		events |= POLL_HUP;
	if (socket->error != 0)
		events |= POLL_ERR;
	return events;
}

static uint32_t
socket_file_poll(struct file *file, struct poll_table *table)
{
	struct socket *socket = socket_of(file);
	uint32_t events;

	poll_watch(table, &socket->watchers);
	spin_lock(&sockets_lock);
	events = socket_events(socket);
	spin_unlock(&sockets_lock);
	return events;
}

/* Bytes that a read may get; of packets, those of the first. */
static int32_t
bytes_waiting(struct socket *socket)
{
	uint64_t bytes = 0;

	spin_lock(&sockets_lock);
	LIST_FOR(link, &socket->queue) {
		bytes += LIST_ENTRY(link, struct message, link)->len;
		if (socket->type != SOCKET_STREAM)
			break;
	}
	spin_unlock(&sockets_lock);
	return (int32_t)MIN(bytes, INT32_MAX);
}

static int32_t
bytes_unread(struct socket *socket)
{
	uint64_t bytes = 0;

	spin_lock(&sockets_lock);
	if (socket->peer != NULL)
		bytes = socket->peer->queued;
	spin_unlock(&sockets_lock);
	return (int32_t)MIN(bytes, INT32_MAX);
}

static int64_t
socket_file_ioctl(struct file *file, uint32_t request, vaddr_t argument)
{
	struct socket *socket = socket_of(file);
	int32_t value;

	if (request == FIONREAD) {
		if (socket->state == SOCKET_LISTENING)
			return -EINVAL;
		value = bytes_waiting(socket);
	} else if (request == TIOCOUTQ) {
		value = bytes_unread(socket);
	} else {
		return -ENOTTY;
	}
	return user_write(argument, &value, sizeof(value), NULL);
}

static void
socket_file_release(struct file *file)
{
	socket_close(socket_of(file));
}

/* All may use it: who has it was given it. */
static int
socket_file_stat(struct file *file, struct vnode_stat *stat)
{
	(void)file;
	*stat = (struct vnode_stat){
		.type = VNODE_SOCKET,
		.nlinks = 1,
		.block_bytes = PAGE_BYTES,
		.mode = MODE_SOCKET | 0777,
	};
	return 0;
}

const struct file_ops socket_ops = {
	.name = "socket",
	.read = socket_file_read,
	.write = socket_file_write,
	.poll = socket_file_poll,
	.ioctl = socket_file_ioctl,
	.stat = socket_file_stat,
	.release = socket_file_release,
};
