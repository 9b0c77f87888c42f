/*
 * Which blocks and inodes are free: one bit each in their group's bitmaps,
 * counted in the group's descriptor and again in the super block.
 *
 * The bitmap has the say; counts only tell which groups need not be looked
 * at.  Does not keep blocks back for root.
 */
#include "unix/fs/ext2/alloc.h"

#include "core/base/errno.h"
#include "unix/fs/ext2/group.h"
#include "unix/fs/ext2/super.h"

static bool
bit_test(const uint8_t *bitmap, uint32_t bit)
{
	return bitmap[bit / 8] >> bit % 8 & 1;
}

static void
bit_flip(uint8_t *bitmap, uint32_t bit)
{
	bitmap[bit / 8] ^= (uint8_t)(1 << bit % 8);
}

/* The first clear bit in [from, to); `to` if there is none. */
static uint32_t
bit_find_clear(const uint8_t *bitmap, uint32_t from, uint32_t to)
{
	uint32_t bit = from;

	while (bit < to) {
		if (bit % 8 == 0 && bitmap[bit / 8] == 0xff)
			bit += 8;
		else if (bit_test(bitmap, bit))
			bit++;
		else
			break;
	}
	return MIN(bit, to);
}

/*
 * Set the first clear bit of a bitmap, from `start` round to it.
 * returns: 1 with *bit set; 0 if all are; -EIO
 */
static int
take_bit(struct ext2 *fs, uint32_t bitmap_block, uint32_t start,
    uint32_t nbits, uint32_t *bit)
{
	struct buffer *bitmap;
	int err = buffer_read(fs->cache, bitmap_block, &bitmap);

	if (err != 0)
		return err;
	*bit = bit_find_clear(bitmap->data, start, nbits);
	if (*bit == nbits) {
		*bit = bit_find_clear(bitmap->data, 0, start);
		if (*bit == start)
			*bit = nbits;
	}
	if (*bit < nbits) {
		bit_flip(bitmap->data, *bit);
		buffer_dirty(fs->cache, bitmap, BUFFER_BITMAP);
	}
	buffer_put(bitmap);
	return *bit < nbits;
}

/* returns: 0, or -EIO if it was clear already */
static int
drop_bit(struct ext2 *fs, uint32_t bitmap_block, uint32_t bit,
    const char *wrong, uint32_t number)
{
	struct buffer *bitmap;
	int err = buffer_read(fs->cache, bitmap_block, &bitmap);

	if (err != 0)
		return err;
	if (bit_test(bitmap->data, bit)) {
		bit_flip(bitmap->data, bit);
		buffer_dirty(fs->cache, bitmap, BUFFER_BITMAP);
	} else {
		err = ext2_corrupt(fs, wrong, number);
	}
	buffer_put(bitmap);
	return err;
}

/* Take a block of one group.  returns: 1, 0 if it has none, -EIO */
static int
alloc_in_group(struct ext2 *fs, uint32_t group, uint32_t start,
    uint32_t *block)
{
	struct ext2_group *descriptor;
	struct buffer *buffer;
	uint32_t bit;
	int result;

	result = ext2_group_get(fs, group, &buffer, &descriptor);
	if (result != 0)
		return result;
	if (descriptor->free_blocks > 0)
		result = take_bit(fs, descriptor->block_bitmap, start,
		    ext2_group_blocks(fs, group), &bit);
	if (result > 0) {
		descriptor->free_blocks--;
		buffer_dirty(fs->cache, buffer, BUFFER_BITMAP);
		fs->super->free_blocks -= MIN(fs->super->free_blocks, 1);
		ext2_super_dirty(fs);
		*block = ext2_group_first(fs, group) + bit;
	}
	buffer_put(buffer);
	return result;
}

int
ext2_block_alloc(struct ext2 *fs, uint32_t goal, uint32_t *block)
{
	uint32_t first_group = 0, start = 0;

	if (goal >= fs->first_block && goal < fs->blocks_count) {
		first_group = ext2_group_of(fs, goal);
		start = goal - ext2_group_first(fs, first_group);
	}
	for (uint32_t i = 0; i < fs->ngroups; i++) {
		uint32_t group = (first_group + i) % fs->ngroups;
		int result = alloc_in_group(fs, group, i == 0 ? start : 0,
		    block);

		if (result < 0)
			return result;
		/* A bitmap may be so wrong that it gives its own block. */
		if (result > 0)
			return ext2_check_block(fs, *block);
	}
	return -ENOSPC;
}

int
ext2_block_free(struct ext2 *fs, uint32_t block)
{
	struct ext2_group *descriptor;
	struct buffer *buffer;
	uint32_t group;
	int err;

	err = ext2_check_block(fs, block);
	if (err != 0)
		return err;
	group = ext2_group_of(fs, block);
	err = ext2_group_get(fs, group, &buffer, &descriptor);
	if (err != 0)
		return err;
	err = drop_bit(fs, descriptor->block_bitmap,
	    block - ext2_group_first(fs, group), "freed twice is block", block);
	if (err == 0) {
		if (descriptor->free_blocks < ext2_group_blocks(fs, group))
			descriptor->free_blocks++;
		buffer_dirty(fs->cache, buffer, BUFFER_BITMAP);
		if (fs->super->free_blocks < fs->blocks_count)
			fs->super->free_blocks++;
		ext2_super_dirty(fs);
		buffer_forget(fs->cache, block);
	}
	buffer_put(buffer);
	return err;
}

/* Take an inode of one group.  returns: 1, 0 if it has none, -EIO */
static int
alloc_inode_in_group(struct ext2 *fs, uint32_t group, bool directory,
    uint32_t *inode)
{
	uint32_t first = group * fs->inodes_per_group;
	uint32_t start = fs->first_inode - 1 - MIN(first, fs->first_inode - 1);
	struct ext2_group *descriptor;
	struct buffer *buffer;
	uint32_t bit;
	int result;

	/* Small groups may hold nothing but inodes that are no files'. */
	if (start >= fs->inodes_per_group)
		return 0;
	result = ext2_group_get(fs, group, &buffer, &descriptor);
	if (result != 0)
		return result;
	if (descriptor->free_inodes > 0)
		result = take_bit(fs, descriptor->inode_bitmap, start,
		    fs->inodes_per_group, &bit);
	if (result > 0) {
		descriptor->free_inodes--;
		if (directory)
			descriptor->directories++;
		buffer_dirty(fs->cache, buffer, BUFFER_BITMAP);
		fs->super->free_inodes -= MIN(fs->super->free_inodes, 1);
		ext2_super_dirty(fs);
		*inode = group * fs->inodes_per_group + bit + 1;
	}
	buffer_put(buffer);
	return result;
}

int
ext2_inode_alloc(struct ext2 *fs, uint32_t near, bool directory,
    uint32_t *inode)
{
	uint32_t first_group = (near - 1) / fs->inodes_per_group;

	for (uint32_t i = 0; i < fs->ngroups; i++) {
		int result = alloc_inode_in_group(fs,
		    (first_group + i) % fs->ngroups, directory, inode);

		if (result < 0)
			return result;
		if (result > 0 && *inode < fs->first_inode)
			return ext2_corrupt(fs, "not in use is inode", *inode);
		if (result > 0)
			return 0;
	}
	return -ENOSPC;
}

int
ext2_inode_free(struct ext2 *fs, uint32_t inode, bool directory)
{
	uint32_t group = (inode - 1) / fs->inodes_per_group;
	struct ext2_group *descriptor;
	struct buffer *buffer;
	int err;

	err = ext2_group_get(fs, group, &buffer, &descriptor);
	if (err != 0)
		return err;
	err = drop_bit(fs, descriptor->inode_bitmap,
	    (inode - 1) % fs->inodes_per_group, "freed twice is inode", inode);
	if (err == 0) {
		if (descriptor->free_inodes < fs->inodes_per_group)
			descriptor->free_inodes++;
		if (directory && descriptor->directories > 0)
			descriptor->directories--;
		buffer_dirty(fs->cache, buffer, BUFFER_BITMAP);
		if (fs->super->free_inodes < fs->inodes_count)
			fs->super->free_inodes++;
		ext2_super_dirty(fs);
	}
	buffer_put(buffer);
	return err;
}
