#include "unix/fs/socket/message.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/layout.h"
#include "core/lock/spinlock.h"
#include "core/vm/heap.h"
#include "core/vm/uio.h"
#include "unix/fs/file.h"

struct chunk {
	struct list link;
	uint32_t len;
	uint8_t bytes[];
};

#define CHUNK_BYTES	(PAGE_BYTES - sizeof(struct chunk))

/* Messages to be freed, and whether somebody is at it. [d] dropped_lock */
static struct spinlock dropped_lock = SPINLOCK("dropped messages", RANK_WAIT);
static struct list dropped = { &dropped, &dropped };	/* [d] */
static bool dropping;					/* [d] */

static struct chunk *
first_chunk(const struct message *message)
{
	return LIST_ENTRY(message->chunks.next, struct chunk, link);
}

/* What it holds but its files. */
static void
message_free_memory(struct message *message)
{
	struct list *link;

	while ((link = list_pop_front(&message->chunks)) != NULL)
		heap_free(LIST_ENTRY(link, struct chunk, link));
	if (message->from != NULL)
		heap_free(message->from);
	if (message->files != NULL)
		heap_free(message->files);
	heap_free(message);
}

int
message_make(struct uio *from, uint64_t len, struct message **out)
{
	struct message *message = heap_alloc(sizeof(*message));
	int err = 0;

	if (message == NULL)
		return -ENOMEM;
	list_init(&message->link);
	list_init(&message->chunks);
	message->charge = sizeof(*message);
	while (message->len < len && err == 0) {
		uint32_t want = (uint32_t)MIN(len - message->len, CHUNK_BYTES);
		struct chunk *chunk = heap_alloc(sizeof(*chunk) + want);

		if (chunk == NULL) {
			err = -ENOMEM;
			break;
		}
		chunk->len = (uint32_t)uio_get(from, chunk->bytes, want);
		if (chunk->len < want)
			err = -EFAULT;
		message->len += chunk->len;
		message->charge += sizeof(*chunk) + want;
		list_push_back(&message->chunks, &chunk->link);
	}
	if (err != 0) {
		uio_back(from, message->len);
		message_free_memory(message);
		return err;
	}
	*out = message;
	return 0;
}

int
message_add_files(struct message *message, struct file **files,
    uint32_t nfiles)
{
	if (nfiles == 0)
		return 0;
	message->files = heap_alloc(nfiles * sizeof(*files));
	if (message->files == NULL)
		return -ENOMEM;
	memcpy(message->files, files, nfiles * sizeof(*files));
	message->nfiles = nfiles;
	return 0;
}

int
message_add_name(struct message *message, const struct socket_name *name)
{
	if (name->len == 0)
		return 0;
	message->from = heap_alloc(sizeof(*name));
	if (message->from == NULL)
		return -ENOMEM;
	*message->from = *name;
	return 0;
}

uint64_t
message_copy(const struct message *message, struct uio *to, uint64_t skip,
    uint64_t len)
{
	uint64_t done = 0;

	skip += message->start;
	len = MIN(len, message->len + message->start - skip);
	LIST_FOR(link, &message->chunks) {
		struct chunk *chunk = LIST_ENTRY(link, struct chunk, link);
		uint64_t want, put;

		if (skip >= chunk->len) {
			skip -= chunk->len;
			continue;
		}
		want = MIN(len - done, chunk->len - skip);
		put = uio_put(to, chunk->bytes + skip, want);
		done += put;
		if (put < want || done == len)
			break;
		skip = 0;
	}
	return done;
}

void
message_take(struct message *message, uint64_t len)
{
	message->len -= len;
	len += message->start;
	while (!list_empty(&message->chunks) &&
	    len >= first_chunk(message)->len) {
		struct chunk *chunk = first_chunk(message);

		len -= chunk->len;
		list_remove(&chunk->link);
		heap_free(chunk);
	}
	message->start = (uint32_t)len;
}

/* A file that is put may be a socket, which drops the messages it holds:
 * those come back here, and are left on the list for the loop below. */
static void
message_put_files(struct message *message)
{
	for (uint32_t i = 0; i < message->nfiles; i++)
		file_put(message->files[i]);
}

void
message_free(struct message *message)
{
	struct list *link;

	if (message->nfiles == 0) {
		message_free_memory(message);
		return;
	}
	spin_lock(&dropped_lock);
	list_push_back(&dropped, &message->link);
	while (!dropping && (link = list_pop_front(&dropped)) != NULL) {
		dropping = true;
		spin_unlock(&dropped_lock);
		message = LIST_ENTRY(link, struct message, link);
		message_put_files(message);
		message_free_memory(message);
		spin_lock(&dropped_lock);
		dropping = false;
	}
	spin_unlock(&dropped_lock);
}
