/*
 * The block cache: a fixed number of disk blocks in memory, written back
 * later.
 *
 * Changes come in operations: what an operation changes reaches the disk
 * after its end, never before, so that a journal can be put between the two.
 *
 *	buffer_begin(cache);
 *	buffer_read(...), change its data, buffer_dirty(...), buffer_put(...)
 *	buffer_end(cache);
 *
 * All functions sleep, and need the lock of the mount the cache belongs to.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"

struct block_device;
struct buffer_cache;

/*
 * What a block holds.  Blocks are written back in this order, so that what a
 * block refers to is on the disk before the reference: a file's bytes before
 * the file, the file before its name.
 */
enum buffer_kind {
	BUFFER_DATA,
	BUFFER_INDIRECT,
	BUFFER_BITMAP,
	BUFFER_INODE,
	BUFFER_DIRECTORY,
	BUFFER_SUPER,
	BUFFER_KINDS,
};

/* All fields under the mount's lock. */
struct buffer {
	uint8_t *data;			/* [c] block_bytes of them */
	uint64_t block;
	uint32_t pins;
	enum buffer_kind kind;		/* while dirty */
	bool present;			/* stands for `block` */
	bool dirty;
	bool in_operation;		/* changed by the one going on */
	struct list hash;
	struct list recent;		/* least recently used first */
};

/* Take the cache's memory: once, at boot.  returns: 0 or -ENOMEM */
int buffer_init(void);

/*
 * A cache for `device`, empty; the one before it is gone.
 *
 * needs:   block_bytes is 1024, 2048 or 4096
 * returns: 0, or -ENOMEM where buffer_init did not succeed
 */
int buffer_open(struct block_device *device, uint32_t block_bytes,
    struct buffer_cache **out);

/* How many blocks the device has. */
uint64_t buffer_blocks(const struct buffer_cache *cache);

/*
 * Start an operation, which may change up to OPERATION_BUFFERS blocks.
 * returns: 0, or -EIO if room for them cannot be made
 */
int buffer_begin(struct buffer_cache *cache);
void buffer_end(struct buffer_cache *cache);
/* How many blocks the operation changed so far. */
uint32_t buffer_changed(const struct buffer_cache *cache);

/* Give: *out, pinned, with the block's bytes.  returns: 0 or -EIO */
int buffer_read(struct buffer_cache *cache, uint64_t block,
    struct buffer **out);
/* The same for a block whose bytes do not matter: all zero, not read. */
int buffer_zero(struct buffer_cache *cache, uint64_t block,
    struct buffer **out);
void buffer_put(struct buffer *buffer);
/* Whether its bytes are in memory. */
bool buffer_is_present(struct buffer_cache *cache, uint64_t block);
/* Read those of `nblocks` blocks that are not in memory, at once, as far as
 * there is room; what fails is left out. */
void buffer_prefetch(struct buffer_cache *cache, uint64_t block,
    uint32_t nblocks);

/* Its data was changed, or is about to be.  needs: an operation, a pin */
void buffer_dirty(struct buffer_cache *cache, struct buffer *buffer,
    enum buffer_kind kind);
/* The block was freed: its bytes need not be written. */
void buffer_forget(struct buffer_cache *cache, uint64_t block);

/* Write one block now.  needs: pinned, no operation.  returns: 0 or -EIO */
int buffer_write(struct buffer_cache *cache, struct buffer *buffer);
/* Have the device make durable what was written.  returns: 0 or -EIO */
int buffer_flush(struct buffer_cache *cache);
/* Write all that is dirty.  needs: no operation.  returns: 0 or -EIO */
int buffer_sync(struct buffer_cache *cache);
