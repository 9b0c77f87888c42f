/*
 * From the blocks of a file to blocks of the disk.
 *
 *	pointers[0..11] -> data
 *	pointers[12] -> [n pointers] -> data
 *	pointers[13] -> [n pointers] -> [n pointers] -> data
 *	pointers[14] -> one level more;    n = block_bytes / 4
 *
 * A pointer of 0 is a hole.  A pointer block may be any block of the disk as
 * far as this code knows, itself included: depth is bounded by the level, and
 * freeing stops at the first block that is free already.
 */
#include "unix/fs/ext2/map.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "unix/dev/block.h"
#include "unix/fs/ext2/alloc.h"
#include "unix/fs/ext2/group.h"
#include "unix/fs/ext2/inode.h"
#include "unix/fs/ext2/super.h"

#define DEPTH_MAX	4

/* What an operation must have left to free one more block: bitmap,
 * descriptor, super block, inode, and the pointer blocks above. */
#define FREE_BUFFERS	8

/* Which pointer to follow at each level, from the inode down. */
struct map_path {
	uint32_t depth;
	uint32_t slot[DEPTH_MAX];
};

/* Blocks below one pointer of an inode: levels 0 to 3. */
static uint64_t
span(const struct ext2 *fs, uint32_t level)
{
	uint64_t nblocks = 1;

	while (level-- > 0)
		nblocks *= fs->nentries;
	return nblocks;
}

uint64_t
ext2_size_max(const struct ext2 *fs)
{
	uint64_t nblocks = EXT2_DIRECT + span(fs, 1) + span(fs, 2) +
	    span(fs, 3);

	if (!fs->has_large_files)
		return INT32_MAX;
	/* The inode counts sectors in 32 bits. */
	return MIN(nblocks * fs->block_bytes,
	    (uint64_t)UINT32_MAX * SECTOR_BYTES);
}

/* returns: 0, or -EFBIG */
static int
find_path(const struct ext2 *fs, uint64_t index, struct map_path *path)
{
	if (index < EXT2_DIRECT) {
		path->depth = 1;
		path->slot[0] = (uint32_t)index;
		return 0;
	}
	index -= EXT2_DIRECT;
	for (uint32_t level = 1; level < DEPTH_MAX; level++) {
		if (index >= span(fs, level)) {
			index -= span(fs, level);
			continue;
		}
		path->depth = level + 1;
		path->slot[0] = EXT2_DIRECT + level - 1;
		for (uint32_t i = level; i > 0; i--) {
			path->slot[i] = (uint32_t)(index % fs->nentries);
			index /= fs->nentries;
		}
		return 0;
	}
	return -EFBIG;
}

/* One pointer of a pointer block.  returns: 0 or -EIO */
static int
read_pointer(struct ext2 *fs, uint32_t block, uint32_t slot,
    uint32_t *pointer)
{
	struct buffer *buffer;
	int err = buffer_read(fs->cache, block, &buffer);

	if (err != 0)
		return err;
	*pointer = ((uint32_t *)buffer->data)[slot];
	buffer_put(buffer);
	return 0;
}

static int
write_pointer(struct ext2 *fs, uint32_t block, uint32_t slot,
    uint32_t pointer)
{
	struct buffer *buffer;
	int err = buffer_read(fs->cache, block, &buffer);

	if (err != 0)
		return err;
	((uint32_t *)buffer->data)[slot] = pointer;
	buffer_dirty(fs->cache, buffer, BUFFER_INDIRECT);
	buffer_put(buffer);
	return 0;
}

/*
 * Follow a path as far as it goes.
 * returns: 0 or -EIO
 * gives:   blocks[i]: what slot[i] holds; *found: how many are not 0
 */
static int
follow(struct vnode *vnode, const struct map_path *path,
    uint32_t blocks[DEPTH_MAX], uint32_t *found)
{
	struct ext2 *fs = ext2_of(vnode);

	for (*found = 0; *found < path->depth; ++*found) {
		uint32_t slot = path->slot[*found], pointer;
		int err = 0;

		if (*found == 0)
			pointer = ext2_node(vnode)->pointers[slot];
		else
			err = read_pointer(fs, blocks[*found - 1], slot,
			    &pointer);
		if (err == 0 && pointer == 0)
			break;
		if (err == 0)
			err = ext2_check_block(fs, pointer);
		if (err != 0)
			return err;
		blocks[*found] = pointer;
	}
	return 0;
}

int
ext2_map(struct vnode *vnode, uint64_t index, uint32_t *block)
{
	uint32_t blocks[DEPTH_MAX], found;
	struct map_path path;
	int err;

	*block = 0;
	if (find_path(ext2_of(vnode), index, &path) != 0)
		return 0;
	err = follow(vnode, &path, blocks, &found);
	if (err == 0 && found == path.depth)
		*block = blocks[found - 1];
	return err;
}

int
ext2_map_extent(struct vnode *vnode, uint64_t index, bool *data,
    uint64_t *next)
{
	struct ext2 *fs = ext2_of(vnode);
	uint32_t blocks[DEPTH_MAX], found;
	struct map_path path;
	uint64_t below, start = 0;
	int err;

	*data = false;
	*next = UINT64_MAX;
	if (find_path(fs, index, &path) != 0)
		return 0;
	err = follow(vnode, &path, blocks, &found);
	if (err != 0)
		return err;
	*data = found == path.depth;
	*next = index + 1;
	if (*data)
		return 0;
	/* All that the missing pointer would lead to is a hole. */
	below = span(fs, path.depth - 1 - found);
	if (path.depth > 1)
		start = EXT2_DIRECT;
	for (uint32_t level = 1; level + 1 < path.depth; level++)
		start += span(fs, level);
	*next = start + ROUND_DOWN(index - start, below) + below;
	return 0;
}

/* Where a new block would best stand: after the one before it. */
static uint32_t
goal_of(struct vnode *vnode, const struct map_path *path,
    const uint32_t *blocks, uint32_t found)
{
	struct ext2 *fs = ext2_of(vnode);
	uint32_t before = 0;

	if (found > 0 && path->slot[found] == 0)
		return blocks[found - 1] + 1;
	if (found == 0 && path->slot[0] > 0)
		before = ext2_node(vnode)->pointers[path->slot[0] - 1];
	else if (found > 0 && read_pointer(fs, blocks[found - 1],
	    path->slot[found] - 1, &before) != 0)
		before = 0;
	if (before != 0)
		return before + 1;
	return ext2_group_first(fs,
	    (uint32_t)(vnode->inode - 1) / fs->inodes_per_group);
}

static void
free_blocks(struct ext2 *fs, const uint32_t *blocks, uint32_t nblocks)
{
	while (nblocks-- > 0)
		(void)ext2_block_free(fs, blocks[nblocks]);
}

/* Make blocks[from .. depth - 2] empty pointer blocks that lead down. */
static int
build_chain(struct ext2 *fs, const struct map_path *path,
    const uint32_t *blocks, uint32_t from)
{
	for (uint32_t i = from; i + 1 < path->depth; i++) {
		struct buffer *buffer;
		int err = buffer_zero(fs->cache, blocks[i], &buffer);

		if (err != 0)
			return err;
		((uint32_t *)buffer->data)[path->slot[i + 1]] = blocks[i + 1];
		buffer_dirty(fs->cache, buffer, BUFFER_INDIRECT);
		buffer_put(buffer);
	}
	return 0;
}

int
ext2_map_alloc(struct vnode *vnode, uint64_t index, uint32_t *block,
    bool *fresh)
{
	struct ext2 *fs = ext2_of(vnode);
	uint32_t blocks[DEPTH_MAX], found, taken, goal;
	struct map_path path;
	int err;

	err = find_path(fs, index, &path);
	if (err == 0)
		err = follow(vnode, &path, blocks, &found);
	if (err != 0)
		return err;
	*fresh = found < path.depth;
	*block = blocks[path.depth - 1];
	if (!*fresh)
		return 0;

	/* All that is needed is taken before anything leads to it. */
	goal = goal_of(vnode, &path, blocks, found);
	for (taken = found; taken < path.depth; taken++) {
		err = ext2_block_alloc(fs, goal, &blocks[taken]);
		if (err != 0)
			goto free_taken;
		goal = blocks[taken] + 1;
	}
	err = build_chain(fs, &path, blocks, found);
	if (err == 0 && found > 0)
		err = write_pointer(fs, blocks[found - 1], path.slot[found],
		    blocks[found]);
	if (err != 0)
		goto free_taken;
	if (found == 0)
		ext2_node(vnode)->pointers[path.slot[0]] = blocks[0];
	vnode->blocks += (path.depth - found) *
	    (fs->block_bytes / SECTOR_BYTES);
	*block = blocks[path.depth - 1];
	return 0;

free_taken:
	free_blocks(fs, blocks + found, taken - found);
	return err;
}

static int
free_one(struct vnode *vnode, uint32_t block)
{
	struct ext2 *fs = ext2_of(vnode);
	int err = ext2_block_free(fs, block);

	if (err == 0)
		vnode->blocks -= MIN(vnode->blocks,
		    fs->block_bytes / SECTOR_BYTES);
	return err;
}

int
ext2_map_punch(struct vnode *vnode, uint64_t index)
{
	uint32_t blocks[DEPTH_MAX], found;
	struct map_path path;
	int err;

	if (find_path(ext2_of(vnode), index, &path) != 0)
		return 0;
	err = follow(vnode, &path, blocks, &found);
	if (err != 0 || found < path.depth)
		return err;
	if (found > 1)
		err = write_pointer(ext2_of(vnode), blocks[found - 2],
		    path.slot[found - 1], 0);
	else
		ext2_node(vnode)->pointers[path.slot[0]] = 0;
	return err != 0 ? err : free_one(vnode, blocks[found - 1]);
}

static bool
operation_full(struct ext2 *fs)
{
	return buffer_changed(fs->cache) + FREE_BUFFERS > OPERATION_BUFFERS;
}

/*
 * Free what the pointers of `block`, `level` above the data, lead to from the
 * block `first` of its part on, last things first.
 * returns: 0; 1 if the operation is full, to be called again; -EIO
 */
static int
free_below(struct vnode *vnode, uint32_t block, uint32_t level,
    uint64_t first)
{
	struct ext2 *fs = ext2_of(vnode);
	uint64_t below = span(fs, level - 1);

	for (uint32_t slot = fs->nentries; slot-- > first / below;) {
		uint64_t part_first =
		    slot == first / below ? first % below : 0;
		uint32_t pointer;
		int result;

		result = read_pointer(fs, block, slot, &pointer);
		if (result == 0 && pointer == 0)
			continue;
		if (result == 0)
			result = ext2_check_block(fs, pointer);
		if (result == 0 && level > 1)
			result = free_below(vnode, pointer, level - 1,
			    part_first);
		if (result == 0 && part_first > 0)
			continue;
		if (result == 0 && operation_full(fs))
			result = 1;
		if (result == 0)
			result = write_pointer(fs, block, slot, 0);
		if (result == 0)
			result = free_one(vnode, pointer);
		if (result != 0)
			return result;
	}
	return 0;
}

/* One operation's worth of ext2_map_shrink.  returns: 0 done, 1 more, -EIO */
static int
shrink_some(struct vnode *vnode, uint64_t first)
{
	struct ext2 *fs = ext2_of(vnode);
	uint32_t *pointers = ext2_node(vnode)->pointers;

	for (uint32_t slot = EXT2_POINTERS; slot-- > 0;) {
		uint32_t level = slot < EXT2_DIRECT ? 0 : slot - EXT2_DIRECT + 1;
		uint64_t start = slot, keep;
		int result = 0;

		if (level > 0) {
			start = EXT2_DIRECT;
			for (uint32_t i = 1; i < level; i++)
				start += span(fs, i);
		}
		if (pointers[slot] == 0 || start + span(fs, level) <= first)
			continue;
		keep = first > start ? first - start : 0;
		if (level > 0) {
			result = ext2_check_block(fs, pointers[slot]);
			if (result == 0)
				result = free_below(vnode, pointers[slot], level,
				    keep);
		}
		if (result == 0 && keep > 0)
			continue;
		if (result == 0 && operation_full(fs))
			result = 1;
		if (result == 0)
			result = free_one(vnode, pointers[slot]);
		if (result != 0)
			return result;
		pointers[slot] = 0;
	}
	return 0;
}

int
ext2_map_shrink(struct vnode *vnode, uint64_t first)
{
	struct ext2 *fs = ext2_of(vnode);
	int result, err;

	do {
		err = ext2_begin(fs);
		if (err != 0)
			return err;
		result = shrink_some(vnode, first);
		err = ext2_store(vnode);
		ext2_end(fs);
	} while (result > 0 && err == 0);
	return result < 0 ? result : err;
}
