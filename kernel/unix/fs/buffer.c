/*
 * The block cache.
 *
 *	pages taken at boot:  | block | block | block | block |  ...
 *	buffers:                 ^       ^ one for each
 *	found by:  hash of the block number
 *	reused in: order of use, unpinned and clean ones only
 *
 * Dirty blocks are never written one by one when room is needed: all of them
 * are, in the order of enum buffer_kind, between two operations.  So what is
 * on the disk is always the outcome of whole operations, but for the moment
 * of writing itself (which a journal would cover).
 *
 * The lock is the mount's.
 */
#include "unix/fs/buffer.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/mem/frame.h"
#include "unix/dev/block.h"

#define HASH_CHAINS	512
#define BLOCK_BYTES_MIN	1024

struct buffer_cache {
	struct block_device *device;
	uint32_t block_bytes;
	uint32_t nbuffers;
	uint32_t ndirty;
	uint32_t nchanged;		/* in the operation going on */
	bool in_operation;
	bool failed_once;		/* a write failure was reported */
	bool written;			/* since the device was flushed */
	uint8_t *memory;		/* [c] npages of them */
	struct buffer *buffers;		/* [c] enough for the smallest blocks */
	uint32_t npages;		/* [c] */
	struct list recent;
	struct list hash[HASH_CHAINS];
};

static struct buffer_cache the_cache;

int
buffer_init(void)
{
	struct buffer_cache *cache = &the_cache;
	uint32_t npages = frame_count() / BUFFER_RAM_SHARE;
	uint64_t headers_bytes;

	npages = MIN(MAX(npages, BUFFER_PAGES_MIN), BUFFER_PAGES_MAX);
	headers_bytes = npages * (PAGE_BYTES / BLOCK_BYTES_MIN) *
	    sizeof(struct buffer);
	cache->buffers =
	    frame_alloc_run(ROUND_UP(headers_bytes, PAGE_BYTES) >> PAGE_SHIFT);
	cache->memory = frame_alloc_run(npages);
	if (cache->buffers == NULL || cache->memory == NULL)
		return -ENOMEM;
	cache->npages = npages;
	return 0;
}

int
buffer_open(struct block_device *device, uint32_t block_bytes,
    struct buffer_cache **out)
{
	struct buffer_cache *cache = &the_cache;

	if (cache->npages == 0)
		return -ENOMEM;
	cache->device = device;
	cache->block_bytes = block_bytes;
	cache->nbuffers = cache->npages * (PAGE_BYTES / block_bytes);
	cache->ndirty = cache->nchanged = 0;
	cache->in_operation = cache->failed_once = cache->written = false;
	list_init(&cache->recent);
	for (uint32_t i = 0; i < HASH_CHAINS; i++)
		list_init(&cache->hash[i]);
	for (uint32_t i = 0; i < cache->nbuffers; i++) {
		struct buffer *buffer = &cache->buffers[i];

		memset(buffer, 0, sizeof(*buffer));
		buffer->data = cache->memory + (uint64_t)i * block_bytes;
		list_init(&buffer->hash);
		list_push_back(&cache->recent, &buffer->recent);
	}
	*out = cache;
	return 0;
}

uint64_t
buffer_blocks(const struct buffer_cache *cache)
{
	return cache->device->nsectors / (cache->block_bytes / SECTOR_BYTES);
}

/* Say that a transfer failed, the first time. */
static void
report(struct buffer_cache *cache, uint64_t block, bool write)
{
	if (cache->failed_once)
		return;
	cache->failed_once = true;
	print("%s: cannot %s block %lu\n", cache->device->name,
	    write ? "write" : "read", (unsigned long)block);
}

static int
transfer(struct buffer_cache *cache, struct buffer *buffer, bool write)
{
	uint32_t nsectors = cache->block_bytes / SECTOR_BYTES;
	int err = -EIO;

	if (buffer->block < buffer_blocks(cache))
		err = cache->device->transfer(cache->device,
		    buffer->block * nsectors, buffer->data, nsectors, write);
	if (err != 0)
		report(cache, buffer->block, write);
	return err;
}

/* Move several blocks, in any order; each one's result is in its request.
 * needs: they are on the device */
static void
transfer_many(struct buffer_cache *cache, struct buffer *const *buffers,
    struct block_request *requests, uint32_t count, bool write)
{
	struct block_device *device = cache->device;
	uint32_t nsectors = cache->block_bytes / SECTOR_BYTES;

	for (uint32_t i = 0; i < count; i++) {
		requests[i] = (struct block_request) {
			.sector = buffers[i]->block * nsectors,
			.data = buffers[i]->data,
			.nsectors = nsectors,
		};
		if (device->transfer_many == NULL)
			requests[i].result = device->transfer(device,
			    requests[i].sector, requests[i].data, nsectors,
			    write);
	}
	if (device->transfer_many != NULL)
		device->transfer_many(device, requests, count, write);
}

int
buffer_begin(struct buffer_cache *cache)
{
	int err = 0;

	ASSERT(!cache->in_operation);
	/* Half the cache stays clean, so that reading never has to write. */
	if (cache->ndirty + OPERATION_BUFFERS > cache->nbuffers / 2 +
	    OPERATION_BUFFERS / 2)
		err = buffer_sync(cache);
	if (err != 0)
		return err;
	cache->in_operation = true;
	cache->nchanged = 0;
	return 0;
}

void
buffer_end(struct buffer_cache *cache)
{
	uint32_t nleft = cache->nchanged;

	ASSERT(cache->in_operation);
	/* What was changed was used last. */
	for (struct list *link = cache->recent.prev;
	    nleft > 0 && link != &cache->recent; link = link->prev) {
		struct buffer *buffer =
		    LIST_ENTRY(link, struct buffer, recent);

		if (buffer->in_operation) {
			buffer->in_operation = false;
			nleft--;
		}
	}
	ASSERT(nleft == 0);
	cache->in_operation = false;
}

uint32_t
buffer_changed(const struct buffer_cache *cache)
{
	return cache->nchanged;
}

static struct list *
chain_of(struct buffer_cache *cache, uint64_t block)
{
	return &cache->hash[block % HASH_CHAINS];
}

static struct buffer *
find(struct buffer_cache *cache, uint64_t block)
{
	LIST_FOR(link, chain_of(cache, block)) {
		struct buffer *buffer = LIST_ENTRY(link, struct buffer, hash);

		if (buffer->block == block)
			return buffer;
	}
	return NULL;
}

static struct buffer *
find_reusable(struct buffer_cache *cache)
{
	LIST_FOR(link, &cache->recent) {
		struct buffer *buffer =
		    LIST_ENTRY(link, struct buffer, recent);

		if (buffer->pins == 0 && !buffer->dirty)
			return buffer;
	}
	return NULL;
}

static void
mark_used(struct buffer_cache *cache, struct buffer *buffer)
{
	list_remove(&buffer->recent);
	list_push_back(&cache->recent, &buffer->recent);
}

/* A pinned buffer for `block`, whose bytes may not be there (!present). */
static int
take(struct buffer_cache *cache, uint64_t block, struct buffer **out)
{
	struct buffer *buffer = find(cache, block);

	if (buffer == NULL) {
		buffer = find_reusable(cache);
		if (buffer == NULL)
			return -EIO;
		list_remove(&buffer->hash);
		buffer->block = block;
		buffer->present = false;
		list_push_front(chain_of(cache, block), &buffer->hash);
	}
	mark_used(cache, buffer);
	buffer->pins++;
	*out = buffer;
	return 0;
}

int
buffer_read(struct buffer_cache *cache, uint64_t block, struct buffer **out)
{
	struct buffer *buffer;
	int err = take(cache, block, &buffer);

	if (err != 0)
		return err;
	if (!buffer->present) {
		err = transfer(cache, buffer, false);
		if (err != 0) {
			buffer_put(buffer);
			return err;
		}
		buffer->present = true;
	}
	*out = buffer;
	return 0;
}

bool
buffer_is_present(struct buffer_cache *cache, uint64_t block)
{
	struct buffer *buffer = find(cache, block);

	return buffer != NULL && buffer->present;
}

/* Read a batch that was taken, and put it. */
static void
read_batch(struct buffer_cache *cache, struct buffer **batch, uint32_t count)
{
	struct block_request requests[BLOCK_BATCH];

	transfer_many(cache, batch, requests, count, false);
	for (uint32_t i = 0; i < count; i++) {
		/* Who needs one that failed reads it again, and hears it. */
		batch[i]->present = requests[i].result == 0;
		buffer_put(batch[i]);
	}
}

void
buffer_prefetch(struct buffer_cache *cache, uint64_t block, uint32_t nblocks)
{
	struct buffer *batch[BLOCK_BATCH];
	uint64_t end = MIN(block + nblocks, buffer_blocks(cache));
	uint32_t count = 0;

	for (; block < end; block++) {
		if (buffer_is_present(cache, block))
			continue;
		if (take(cache, block, &batch[count]) != 0)
			break;
		if (++count == BLOCK_BATCH) {
			read_batch(cache, batch, count);
			count = 0;
		}
	}
	if (count > 0)
		read_batch(cache, batch, count);
}

int
buffer_zero(struct buffer_cache *cache, uint64_t block, struct buffer **out)
{
	int err = take(cache, block, out);

	if (err != 0)
		return err;
	memset((*out)->data, 0, cache->block_bytes);
	(*out)->present = true;
	return 0;
}

void
buffer_put(struct buffer *buffer)
{
	ASSERT(buffer->pins > 0);
	buffer->pins--;
}

void
buffer_dirty(struct buffer_cache *cache, struct buffer *buffer,
    enum buffer_kind kind)
{
	ASSERT(cache->in_operation && buffer->pins > 0 && buffer->present);
	if (!buffer->dirty) {
		buffer->dirty = true;
		cache->ndirty++;
	}
	buffer->kind = kind;
	if (!buffer->in_operation) {
		buffer->in_operation = true;
		cache->nchanged++;
		/* Those of an operation stand together at the end. */
		mark_used(cache, buffer);
	}
}

void
buffer_forget(struct buffer_cache *cache, uint64_t block)
{
	struct buffer *buffer = find(cache, block);

	if (buffer == NULL)
		return;
	if (buffer->dirty) {
		buffer->dirty = false;
		cache->ndirty--;
	}
	if (buffer->in_operation) {
		buffer->in_operation = false;
		cache->nchanged--;
	}
	/* Pinned by a block that claims to be two things: leave its bytes. */
	if (buffer->pins == 0)
		buffer->present = false;
}

int
buffer_flush(struct buffer_cache *cache)
{
	int err;

	if (!cache->written)
		return 0;
	err = cache->device->flush(cache->device);
	cache->written = err != 0;
	return err;
}

int
buffer_write(struct buffer_cache *cache, struct buffer *buffer)
{
	int err = transfer(cache, buffer, true);

	ASSERT(!cache->in_operation);
	cache->written = true;
	if (err == 0 && buffer->dirty) {
		buffer->dirty = false;
		cache->ndirty--;
	}
	return err;
}

/* Write a batch of dirty blocks.  returns: 0 or -EIO */
static int
write_batch(struct buffer_cache *cache, struct buffer **batch, uint32_t count)
{
	struct block_request requests[BLOCK_BATCH];
	int result = 0;

	cache->written = true;
	transfer_many(cache, batch, requests, count, true);
	for (uint32_t i = 0; i < count; i++) {
		if (requests[i].result != 0) {
			result = requests[i].result;
			report(cache, batch[i]->block, true);
			continue;
		}
		batch[i]->dirty = false;
		cache->ndirty--;
	}
	return result;
}

/* Write all dirty blocks of a kind. */
static int
sync_kind(struct buffer_cache *cache, enum buffer_kind kind)
{
	struct buffer *batch[BLOCK_BATCH];
	uint32_t count = 0;
	int err, result = 0;

	for (uint32_t i = 0; i < cache->nbuffers; i++) {
		if (cache->buffers[i].dirty && cache->buffers[i].kind == kind)
			batch[count++] = &cache->buffers[i];
		if (count == BLOCK_BATCH ||
		    (count > 0 && i + 1 == cache->nbuffers)) {
			err = write_batch(cache, batch, count);
			result = err != 0 ? err : result;
			count = 0;
		}
	}
	return result;
}

int
buffer_sync(struct buffer_cache *cache)
{
	int err, result = 0;

	ASSERT(!cache->in_operation);
	for (uint32_t kind = 0; kind < BUFFER_KINDS && cache->ndirty > 0;
	    kind++) {
		err = sync_kind(cache, kind);
		result = err != 0 ? err : result;
	}
	return result;
}
