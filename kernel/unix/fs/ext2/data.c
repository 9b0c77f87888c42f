/*
 * The bytes of files and symlinks.
 *
 * A write is cut into operations of a few blocks each, so that none changes
 * more than the cache can hold back; what was written before the disk was
 * full is there.  The bytes of the last block behind the end of a file are
 * kept zero, so that growing it shows nothing old.
 */
#include "unix/fs/ext2/data.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "unix/fs/caller.h"
#include "unix/fs/ext2/inode.h"
#include "unix/fs/ext2/map.h"
#include "unix/fs/ext2/super.h"

/* Read ahead: that much where reading goes on behind what was read, and a
 * little where it jumped. */
#define AHEAD_BYTES		65536
#define AHEAD_JUMP_BYTES	16384

/* What one more block may change: itself, three pointer blocks, bitmaps and
 * descriptors of four groups, inode and super block. */
#define WRITE_BUFFERS	14

/* After that others may use the mount. */
#define ALLOCATE_AT_ONCE (1u << 20)

/*
 * Block `block` is needed, number `index` of the file: read what stands behind
 * both on file and disk as well, in one go.
 */
static void
read_ahead(struct vnode *vnode, uint64_t index, uint32_t block)
{
	struct ext2 *fs = ext2_of(vnode);
	struct ext2_node *node = ext2_node(vnode);
	bool follows = index == 0 || index == node->ahead;
	uint32_t count = 1, next, max;
	uint64_t end = (vnode->size + fs->block_bytes - 1) / fs->block_bytes;

	if (buffer_is_present(fs->cache, block))
		return;
	max = (follows ? AHEAD_BYTES : AHEAD_JUMP_BYTES) / fs->block_bytes;
	while (count < max && index + count < end &&
	    ext2_map(vnode, index + count, &next) == 0 &&
	    next == block + count)
		count++;
	node->ahead = index + count;
	if (count > 1)
		buffer_prefetch(fs->cache, block, count);
}

int64_t
ext2_read(struct vnode *vnode, void *to, uint64_t offset, size_t len)
{
	struct ext2 *fs = ext2_of(vnode);
	size_t done = 0;

	if (offset >= vnode->size)
		return 0;
	len = MIN(len, vnode->size - offset);
	while (done < len) {
		uint32_t start = (uint32_t)((offset + done) % fs->block_bytes);
		size_t n = MIN(len - done, fs->block_bytes - start);
		uint32_t block;
		struct buffer *buffer;
		int err;

		err = ext2_map(vnode, (offset + done) / fs->block_bytes, &block);
		if (err == 0 && block != 0) {
			read_ahead(vnode, (offset + done) / fs->block_bytes,
			    block);
			err = buffer_read(fs->cache, block, &buffer);
		}
		if (err != 0)
			return done > 0 ? (int64_t)done : err;
		if (block == 0) {
			memset((char *)to + done, 0, n);
		} else {
			memcpy((char *)to + done, buffer->data + start, n);
			buffer_put(buffer);
		}
		done += n;
	}
	return (int64_t)done;
}

/* Write within one block.  needs: an operation; the caller stores the vnode */
static int
write_block(struct vnode *vnode, const void *from, uint64_t offset, size_t len)
{
	struct ext2 *fs = ext2_of(vnode);
	uint32_t block;
	struct buffer *buffer;
	bool fresh;
	int err;

	err = ext2_map_alloc(vnode, offset / fs->block_bytes, &block, &fresh);
	if (err != 0)
		return err;
	if (fresh || len == fs->block_bytes)
		err = buffer_zero(fs->cache, block, &buffer);
	else
		err = buffer_read(fs->cache, block, &buffer);
	if (err != 0)
		return err;
	memcpy(buffer->data + offset % fs->block_bytes, from, len);
	buffer_dirty(fs->cache, buffer, BUFFER_DATA);
	buffer_put(buffer);
	vnode->size = MAX(vnode->size, offset + len);
	return 0;
}

/* One operation's worth of ext2_write.  returns: bytes, or -errno for none */
static int64_t
write_some(struct vnode *vnode, const char *from, uint64_t offset, size_t len)
{
	struct ext2 *fs = ext2_of(vnode);
	size_t done = 0;
	int err;

	err = ext2_begin(fs);
	if (err != 0)
		return err;
	while (err == 0 && done < len &&
	    buffer_changed(fs->cache) + WRITE_BUFFERS <= OPERATION_BUFFERS) {
		uint32_t start = (uint32_t)((offset + done) % fs->block_bytes);
		size_t n = MIN(len - done, fs->block_bytes - start);

		err = write_block(vnode, from + done, offset + done, n);
		if (err == 0)
			done += n;
	}
	if (done > 0) {
		vnode_touch_contents(vnode);
		err = ext2_store(vnode);
		if (err != 0)
			done = 0;
	}
	ext2_end(fs);
	return done > 0 ? (int64_t)done : err;
}

int64_t
ext2_write(struct vnode *vnode, const void *from, uint64_t offset, size_t len)
{
	uint64_t size_max = ext2_size_max(ext2_of(vnode));
	size_t done = 0;

	if (len == 0)
		return 0;
	if (offset >= size_max)
		return -EFBIG;
	len = MIN(len, size_max - offset);
	while (done < len) {
		int64_t n = write_some(vnode, (const char *)from + done,
		    offset + done, len - done);

		if (n < 0)
			return done > 0 ? (int64_t)done : n;
		done += n;
	}
	return (int64_t)done;
}

/* Zero the bytes from `size` to the end of its block, if there is one. */
static int
clear_tail(struct vnode *vnode, uint64_t size)
{
	struct ext2 *fs = ext2_of(vnode);
	uint32_t start = (uint32_t)(size % fs->block_bytes), block;
	struct buffer *buffer;
	int err;

	if (start == 0)
		return 0;
	err = ext2_map(vnode, size / fs->block_bytes, &block);
	if (err != 0 || block == 0)
		return err;
	err = buffer_read(fs->cache, block, &buffer);
	if (err != 0)
		return err;
	memset(buffer->data + start, 0, fs->block_bytes - start);
	buffer_dirty(fs->cache, buffer, BUFFER_DATA);
	buffer_put(buffer);
	return 0;
}

int
ext2_truncate(struct vnode *vnode, uint64_t size)
{
	struct ext2 *fs = ext2_of(vnode);
	uint64_t old_size = vnode->size;
	int err;

	if (size > ext2_size_max(fs))
		return -EFBIG;
	err = ext2_begin(fs);
	if (err != 0)
		return err;
	if (size < old_size)
		err = clear_tail(vnode, size);
	if (err == 0) {
		vnode->size = size;
		vnode_touch_contents(vnode);
		err = ext2_store(vnode);
	}
	ext2_end(fs);
	if (err != 0 || size >= old_size)
		return err;
	return ext2_map_shrink(vnode,
	    (size + fs->block_bytes - 1) / fs->block_bytes);
}

int64_t
ext2_readlink(struct vnode *vnode, char *to, size_t size)
{
	size_t len = MIN(size, vnode->size);

	if (!ext2_is_fast_symlink(vnode))
		return ext2_read(vnode, to, 0, len);
	memcpy(to, ext2_node(vnode)->pointers, len);
	return (int64_t)len;
}

/* ---- Holes ---------------------------------------------------------------- */

/* Write zeros to [offset, offset + len), which is within one block, or make
 * it data.  needs: an operation; the caller stores the vnode */
static int
zero_in_block(struct vnode *vnode, uint64_t offset, size_t len, bool clear)
{
	struct ext2 *fs = ext2_of(vnode);
	struct buffer *buffer;
	uint32_t block;
	bool fresh;
	int err;

	err = ext2_map_alloc(vnode, offset / fs->block_bytes, &block, &fresh);
	if (err != 0 || (!fresh && !clear))
		return err;
	err = fresh ? buffer_zero(fs->cache, block, &buffer) :
	    buffer_read(fs->cache, block, &buffer);
	if (err != 0)
		return err;
	memset(buffer->data + offset % fs->block_bytes, 0, len);
	buffer_dirty(fs->cache, buffer, BUFFER_DATA);
	buffer_put(buffer);
	return 0;
}

/* The same, or the other way: a whole block becomes a hole, and of another the
 * bytes become zero where it is not one. */
static int
punch_in_block(struct vnode *vnode, uint64_t offset, size_t len)
{
	struct ext2 *fs = ext2_of(vnode);
	uint64_t index = offset / fs->block_bytes;
	uint32_t block;
	int err;

	if (len == fs->block_bytes)
		return ext2_map_punch(vnode, index);
	err = ext2_map(vnode, index, &block);
	if (err != 0 || block == 0)
		return err;
	return zero_in_block(vnode, offset, len, true);
}

/* One operation's worth, from *at on. */
static int
allocate_some(struct vnode *vnode, uint32_t mode, uint64_t *at, uint64_t end)
{
	struct ext2 *fs = ext2_of(vnode);
	int err = ext2_begin(fs), store_err;

	if (err != 0)
		return err;
	while (err == 0 && *at < end &&
	    buffer_changed(fs->cache) + WRITE_BUFFERS <= OPERATION_BUFFERS) {
		size_t n = fs->block_bytes - *at % fs->block_bytes;

		n = MIN(n, end - *at);
		if (mode & ALLOCATE_PUNCH_HOLE)
			err = punch_in_block(vnode, *at, n);
		else
			err = zero_in_block(vnode, *at, n,
			    mode & ALLOCATE_ZERO_RANGE);
		if (err == 0)
			*at += n;
	}
	vnode_touch_contents(vnode);
	store_err = ext2_store(vnode);
	ext2_end(fs);
	return err != 0 ? err : store_err;
}

/* Where the next data is, so that holes need not be punched block by block. */
static int
skip_hole(struct vnode *vnode, uint64_t *at, uint64_t end)
{
	struct ext2 *fs = ext2_of(vnode);

	while (*at < end) {
		uint64_t next;
		bool data;
		int err = ext2_map_extent(vnode, *at / fs->block_bytes, &data,
		    &next);

		if (err != 0 || data)
			return err;
		if (next >= end / fs->block_bytes + 1)
			*at = end;
		else
			*at = MAX(*at, next * fs->block_bytes);
	}
	return 0;
}

int
ext2_allocate(struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len, uint64_t *done)
{
	struct ext2 *fs = ext2_of(vnode);
	uint64_t end = offset + len, at = offset;
	bool punch = mode & ALLOCATE_PUNCH_HOLE;
	int err = 0;

	*done = 0;
	if (punch)
		end = MIN(end, ROUND_UP(vnode->size, fs->block_bytes));
	else if (end > ext2_size_max(fs))
		return -EFBIG;
	/* Blocks behind a file's end cannot be told of on this disk. */
	else if ((mode & ALLOCATE_KEEP_SIZE) &&
	    end > ROUND_UP(vnode->size, fs->block_bytes))
		return -EOPNOTSUPP;
	while (err == 0 && at < end && at - offset < ALLOCATE_AT_ONCE) {
		if (caller_is_dying()) {
			err = -EINTR;
			break;
		}
		if (punch)
			err = skip_hole(vnode, &at, end);
		if (err == 0 && at < end)
			err = allocate_some(vnode, mode, &at, end);
		if (!(mode & ALLOCATE_KEEP_SIZE) && MIN(at, end) > vnode->size) {
			/* What was made is part of the file at once. */
			vnode->size = MIN(at, end);
			if (err == 0)
				err = ext2_store_alone(vnode);
			else
				(void)ext2_store_alone(vnode);
		}
	}
	*done = err == 0 && at >= end ? len : at - offset;
	return err;
}

int
ext2_seek_data(struct vnode *vnode, uint64_t offset, bool hole, uint64_t *at)
{
	struct ext2 *fs = ext2_of(vnode);

	*at = offset;
	while (*at < vnode->size) {
		uint64_t next;
		bool data;
		int err = ext2_map_extent(vnode, *at / fs->block_bytes, &data,
		    &next);

		if (err != 0)
			return err;
		if (data != hole)
			return 0;
		if (next > vnode->size / fs->block_bytes)
			break;
		*at = next * fs->block_bytes;
	}
	*at = vnode->size;
	return 0;
}
