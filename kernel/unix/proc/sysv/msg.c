/*
 * System V message queues.
 *
 * Whoever waits holds a reference to its queue, which is freed with the last
 * one after it was removed.  Waiters are woken by every change and look again.
 */
#include "unix/proc/sysv/msg.h"

#include "core/base/errno.h"
#include "core/base/list.h"
#include "core/base/panic.h"
#include "core/task/wait.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"

#define PIECE_BYTES	4096u
#define PIECES		(MSG_BYTES_MAX / PIECE_BYTES)

_Static_assert(MSG_BYTES_MAX % PIECE_BYTES == 0, "whole pieces");

struct msg {
	struct list link;		/* [y] in queue->messages */
	int64_t type;			/* [c] */
	uint64_t nbytes;		/* [c] */
	void *pieces[PIECES];		/* [c] as far as there are bytes */
};

struct queue {
	struct sysv_item item;
	uint32_t refs;			/* [y] its number's, and waiters' */
	bool removed;			/* [y] */
	struct list messages;		/* [y] the oldest first */
	uint64_t nbytes, count;		/* [y] of the messages */
	uint64_t bytes_max;		/* [y] */
	int64_t sent, received;		/* [y] seconds since 1970 */
	int32_t sender, receiver;	/* [y] */
	struct waitq senders, receivers;
};

static struct sysv_table queues;		/* [y] */
static uint64_t all_messages, all_bytes;	/* [y] */

static struct queue *
queue_of(struct sysv_item *item)
{
	return CONTAINER_OF(item, struct queue, item);
}

/* ---- messages ---- */

struct msg *
msg_make(int64_t type, uint64_t nbytes)
{
	struct msg *msg = heap_alloc(sizeof(*msg));

	ASSERT(nbytes <= MSG_BYTES_MAX);
	if (msg == NULL)
		return NULL;
	list_init(&msg->link);
	msg->type = type;
	msg->nbytes = nbytes;
	for (uint64_t done = 0; done < nbytes; done += PIECE_BYTES) {
		void *piece = heap_alloc(MIN(nbytes - done, PIECE_BYTES));

		if (piece == NULL) {
			msg_free(msg);
			return NULL;
		}
		msg->pieces[done / PIECE_BYTES] = piece;
	}
	return msg;
}

void
msg_free(struct msg *msg)
{
	for (uint32_t i = 0; i < PIECES; i++)
		heap_free(msg->pieces[i]);
	heap_free(msg);
}

int64_t
msg_type(const struct msg *msg)
{
	return msg->type;
}

uint64_t
msg_bytes(const struct msg *msg)
{
	return msg->nbytes;
}

int
msg_read(struct msg *msg, vaddr_t from)
{
	int err = 0;

	for (uint64_t done = 0; done < msg->nbytes && err == 0;
	    done += PIECE_BYTES)
		err = user_read(msg->pieces[done / PIECE_BYTES], from + done,
		    MIN(msg->nbytes - done, PIECE_BYTES), NULL);
	return err;
}

int
msg_write(const struct msg *msg, vaddr_t to, uint64_t nbytes)
{
	int err = 0;

	for (uint64_t done = 0; done < nbytes && err == 0;
	    done += PIECE_BYTES)
		err = user_write(to + done, msg->pieces[done / PIECE_BYTES],
		    MIN(nbytes - done, PIECE_BYTES), NULL);
	return err;
}

/* ---- queues ---- */

/* needs: sysv_lock */
static void
queue_put(struct queue *queue)
{
	if (--queue->refs == 0)
		heap_free(queue);
}

int
msg_get(int32_t key, uint32_t flags)
{
	struct queue *fresh = NULL;
	struct sysv_item *item;
	int result;

	if (sysv_may_make(key, flags)) {
		fresh = heap_alloc(sizeof(*fresh));
		if (fresh == NULL)
			return -ENOMEM;
		fresh->refs = 1;
		fresh->bytes_max = MSG_QUEUE_BYTES;
		list_init(&fresh->messages);
		wait_init(&fresh->senders);
		wait_init(&fresh->receivers);
	}
	spin_lock(&sysv_lock);
	result = sysv_get(&queues, key, flags,
	    fresh != NULL ? &fresh->item : NULL, &item);
	if (result == 0 && queue_of(item) != fresh)
		result = sysv_may(item, flags);
	else if (result == 0)
		fresh = NULL;
	if (result == 0)
		result = item->id;
	spin_unlock(&sysv_lock);
	heap_free(fresh);
	return result;
}

/* With a reference.  needs: sysv_lock.  returns: 0; -EINVAL, -EACCES */
static int
queue_get(int32_t id, uint32_t want, struct queue **out)
{
	struct sysv_item *item = sysv_find(&queues, id);
	int err = item == NULL ? -EINVAL : sysv_may(item, want);

	if (err == 0) {
		*out = queue_of(item);
		(*out)->refs++;
	}
	return err;
}

static void
queue_count(struct queue *queue, int64_t messages, int64_t nbytes)
{
	queue->count += messages;
	queue->nbytes += nbytes;
	all_messages += messages;
	all_bytes += nbytes;
}

static bool
queue_has_room(const struct queue *queue, uint64_t nbytes)
{
	return queue->nbytes + nbytes <= queue->bytes_max &&
	    queue->count + 1 <= queue->bytes_max;
}

int
msg_send(int32_t id, struct msg *msg, bool nowait)
{
	struct queue *queue;
	int err;

	spin_lock(&sysv_lock);
	err = queue_get(id, SYSV_WRITE, &queue);
	if (err != 0) {
		spin_unlock(&sysv_lock);
		return err;
	}
	while (err == 0 && !queue_has_room(queue, msg->nbytes)) {
		err = nowait ? -EAGAIN : wait_killable(&queue->senders,
		    &sysv_lock, UINT64_MAX);
		if (queue->removed)
			err = -EIDRM;
		else if (err == 0)
			err = sysv_may(&queue->item, SYSV_WRITE);
	}
	if (err == 0) {
		list_push_back(&queue->messages, &msg->link);
		queue_count(queue, 1, (int64_t)msg->nbytes);
		queue->sent = sysv_now();
		queue->sender = proc_this()->pid;
		wake_all(&queue->receivers);
	}
	queue_put(queue);
	spin_unlock(&sysv_lock);
	return err;
}

/* NULL: there is none such. */
static struct msg *
message_find(const struct queue *queue, const struct msg_request *request)
{
	/* The type's magnitude, also of the lowest there is. */
	int64_t limit = request->type == INT64_MIN ? INT64_MAX :
	    -request->type;
	struct msg *found = NULL;

	LIST_FOR(link, &queue->messages) {
		struct msg *msg = LIST_ENTRY(link, struct msg, link);

		if (request->type < 0) {
			if (msg->type <= limit &&
			    (found == NULL || msg->type < found->type))
				found = msg;
		} else if (request->type == 0 ||
		    (msg->type == request->type) != request->except) {
			return msg;
		}
	}
	return found;
}

int
msg_receive(int32_t id, const struct msg_request *request, struct msg **out)
{
	struct queue *queue;
	struct msg *msg;
	int err;

	spin_lock(&sysv_lock);
	err = queue_get(id, SYSV_READ, &queue);
	if (err != 0) {
		spin_unlock(&sysv_lock);
		return err;
	}
	while ((msg = message_find(queue, request)) == NULL && err == 0) {
		err = request->nowait ? -ENOMSG : wait_killable(
		    &queue->receivers, &sysv_lock, UINT64_MAX);
		if (queue->removed)
			err = -EIDRM;
		else if (err == 0)
			err = sysv_may(&queue->item, SYSV_READ);
	}
	if (err == 0 && msg->nbytes > request->bytes_max && !request->cut)
		err = -E2BIG;
	if (err == 0) {
		list_remove(&msg->link);
		queue_count(queue, -1, -(int64_t)msg->nbytes);
		queue->received = sysv_now();
		queue->receiver = proc_this()->pid;
		wake_all(&queue->senders);
		*out = msg;
	}
	queue_put(queue);
	spin_unlock(&sysv_lock);
	return err;
}

int
msg_remove(int32_t id)
{
	struct sysv_item *item;
	struct queue *queue;
	int err = -EINVAL;

	spin_lock(&sysv_lock);
	item = sysv_find(&queues, id);
	if (item != NULL)
		err = sysv_owns(item);
	if (err != 0)
		goto unlock;
	queue = queue_of(item);
	sysv_leave(&queues, item);
	queue->removed = true;
	while (!list_empty(&queue->messages)) {
		struct msg *msg = LIST_ENTRY(queue->messages.next, struct msg,
		    link);

		list_remove(&msg->link);
		queue_count(queue, -1, -(int64_t)msg->nbytes);
		msg_free(msg);
	}
	wake_all(&queue->senders);
	wake_all(&queue->receivers);
	queue_put(queue);
unlock:
	spin_unlock(&sysv_lock);
	return err;
}

int
msg_change(int32_t id, const struct sysv_owner *to, uint64_t bytes_max)
{
	struct sysv_item *item;
	int err = -EINVAL;

	spin_lock(&sysv_lock);
	item = sysv_find(&queues, id);
	if (item != NULL)
		err = sysv_owns(item);
	if (err == 0 && bytes_max > MSG_QUEUE_BYTES &&
	    !credentials_privileged(proc_credentials()))
		err = -EPERM;
	if (err == 0) {
		sysv_change(item, to);
		queue_of(item)->bytes_max = bytes_max;
		/* What they wait for, or may, is another thing now. */
		wake_all(&queue_of(item)->senders);
		wake_all(&queue_of(item)->receivers);
	}
	spin_unlock(&sysv_lock);
	return err;
}

int
msg_status(enum sysv_which which, int32_t id, struct msg_status *out)
{
	struct sysv_item *item;
	int err;

	spin_lock(&sysv_lock);
	err = sysv_look(&queues, which, id, &item);
	if (err == 0) {
		const struct queue *queue = queue_of(item);

		*out = (struct msg_status){
			.id = item->id,
			.owner = item->owner,
			.sent = queue->sent,
			.received = queue->received,
			.changed = item->changed,
			.nbytes = queue->nbytes,
			.count = queue->count,
			.bytes_max = queue->bytes_max,
			.sender = queue->sender,
			.receiver = queue->receiver,
		};
	}
	spin_unlock(&sysv_lock);
	return err;
}

void
msg_totals(struct msg_totals *out)
{
	spin_lock(&sysv_lock);
	*out = (struct msg_totals){
		.count = (int32_t)queues.count,
		.highest = sysv_highest(&queues),
		.messages = all_messages,
		.nbytes = all_bytes,
	};
	spin_unlock(&sysv_lock);
}
