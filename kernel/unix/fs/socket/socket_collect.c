/*
 * Sockets passed through sockets can keep each other alive for ever:
 *
 *	A's queue holds B's file, B's queue holds A's, nobody else has them
 *
 * A socket whose file has no more references than there are messages with it
 * in flight can only be got by receiving; if the queues it is in belong to
 * such sockets too, never.  So: mark what is reachable from outside, through
 * queues; empty the queues of the rest, and they go by themselves.
 */
#include "unix/fs/socket/socket_inner.h"

#include "core/base/atomic.h"
#include "core/base/panic.h"
#include "core/vm/heap.h"
#include "unix/fs/socket/message.h"

static uint32_t nflying;	/* [s] sockets' files in messages */

static void
flight_count(const struct message *message, int32_t by)
{
	ASSERT(spin_held(&sockets_lock));
	for (uint32_t i = 0; i < message->nfiles; i++) {
		struct socket *socket = socket_of(message->files[i]);

		if (socket == NULL)
			continue;
		socket->nin_flight += (uint32_t)by;
		nflying += (uint32_t)by;
	}
}

void
flight_begin(const struct message *message)
{
	flight_count(message, 1);
}

void
flight_end(const struct message *message)
{
	flight_count(message, -1);
}

/* Mark what the queue of one reached socket leads to.
 * returns: whether something was not marked before */
static bool
reach_queue(const struct socket *socket)
{
	bool found = false;

	LIST_FOR(link, &socket->queue) {
		struct message *message =
		    LIST_ENTRY(link, struct message, link);

		for (uint32_t i = 0; i < message->nfiles; i++) {
			struct socket *other = socket_of(message->files[i]);

			if (other == NULL || other->reached)
				continue;
			other->reached = found = true;
		}
	}
	return found;
}

/* The same for those who wait to be accepted. */
static bool
reach_pending(const struct socket *listener)
{
	bool found = false;

	LIST_FOR(link, &listener->pending) {
		struct socket *server =
		    LIST_ENTRY(link, struct socket, pending_link);

		found |= !server->reached;
		server->reached = true;
	}
	return found;
}

/* needs: sockets_lock */
static void
reach_all(void)
{
	bool found = true;

	LIST_FOR(link, &sockets_all) {
		struct socket *socket = LIST_ENTRY(link, struct socket, all);

		socket->reached = socket->file != NULL &&
		    atomic_load(&socket->file->refs) > socket->nin_flight;
	}
	while (found) {
		found = false;
		LIST_FOR(link, &sockets_all) {
			struct socket *socket =
			    LIST_ENTRY(link, struct socket, all);

			if (!socket->reached)
				continue;
			found |= reach_queue(socket);
			found |= reach_pending(socket);
		}
	}
}

/* returns: a message in the queue of one that was not reached; NULL */
static struct message *
take_unreached(void)
{
	LIST_FOR(link, &sockets_all) {
		struct socket *socket = LIST_ENTRY(link, struct socket, all);

		/* One that is closed is being emptied by who closes it. */
		if (!socket->reached && socket->file != NULL &&
		    !list_empty(&socket->queue))
			return queue_take(socket);
	}
	return NULL;
}

void
socket_collect(void)
{
	struct list garbage = { &garbage, &garbage }, *link;
	struct message *message;

	spin_lock(&sockets_lock);
	if (nflying > 0) {
		reach_all();
		while ((message = take_unreached()) != NULL)
			list_push_back(&garbage, &message->link);
	}
	spin_unlock(&sockets_lock);
	while ((link = list_pop_front(&garbage)) != NULL)
		message_free(LIST_ENTRY(link, struct message, link));
}
