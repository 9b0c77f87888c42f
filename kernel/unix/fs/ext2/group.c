/*
 * Block groups.  Every group's bitmaps and inode table stand in the group
 * itself, behind the copies of super block and descriptors that some hold:
 *
 *	[super][descriptors] ... [block bitmap] [inode bitmap] [table ...] ...
 *
 * Disks that spread them otherwise (flex_bg, meta_bg) are not mounted.
 */
#include "unix/fs/ext2/group.h"

#include "core/base/errno.h"
#include "unix/fs/ext2/super.h"

uint32_t
ext2_group_first(const struct ext2 *fs, uint32_t group)
{
	return fs->first_block + group * fs->blocks_per_group;
}

uint32_t
ext2_group_blocks(const struct ext2 *fs, uint32_t group)
{
	uint32_t left = fs->blocks_count - ext2_group_first(fs, group);

	return MIN(left, fs->blocks_per_group);
}

uint32_t
ext2_group_of(const struct ext2 *fs, uint32_t block)
{
	return (block - fs->first_block) / fs->blocks_per_group;
}

static bool
is_power_of(uint32_t number, uint32_t base)
{
	while (number > 1 && number % base == 0)
		number /= base;
	return number == 1;
}

/* With sparse_super, groups 0, 1 and the powers of 3, 5 and 7 have copies. */
static bool
has_super(const struct ext2 *fs, uint32_t group)
{
	if (!fs->is_sparse || group <= 1)
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) ||
	    is_power_of(group, 7);
}

/* The first block of the group behind the copies. */
static uint32_t
group_body(const struct ext2 *fs, uint32_t group)
{
	uint32_t first = ext2_group_first(fs, group);

	return has_super(fs, group) ? first + 1 + fs->ngroup_blocks : first;
}

uint32_t
ext2_group_overhead(const struct ext2 *fs, uint32_t group)
{
	uint32_t copies = group_body(fs, group) - ext2_group_first(fs, group);

	return copies + 2 + fs->ntable_blocks;
}

static bool
is_sound(const struct ext2 *fs, uint32_t group,
    const struct ext2_group *descriptor)
{
	uint32_t body = group_body(fs, group);
	uint32_t end = ext2_group_first(fs, group) +
	    ext2_group_blocks(fs, group);
	uint32_t table = descriptor->inode_table;

	if (descriptor->block_bitmap < body || descriptor->block_bitmap >= end ||
	    descriptor->inode_bitmap < body || descriptor->inode_bitmap >= end ||
	    table < body || table >= end || fs->ntable_blocks > end - table)
		return false;
	if (descriptor->block_bitmap == descriptor->inode_bitmap ||
	    descriptor->block_bitmap - table < fs->ntable_blocks ||
	    descriptor->inode_bitmap - table < fs->ntable_blocks)
		return false;
	return descriptor->free_blocks <= ext2_group_blocks(fs, group) &&
	    descriptor->free_inodes <= fs->inodes_per_group;
}

int
ext2_group_get(struct ext2 *fs, uint32_t group, struct buffer **buffer,
    struct ext2_group **descriptor)
{
	uint32_t per_block = fs->block_bytes / sizeof(struct ext2_group);
	int err;

	err = buffer_read(fs->cache, fs->groups_block + group / per_block,
	    buffer);
	if (err != 0)
		return err;
	*descriptor = (struct ext2_group *)(*buffer)->data + group % per_block;
	if (is_sound(fs, group, *descriptor))
		return 0;
	buffer_put(*buffer);
	return ext2_corrupt(fs, "the descriptor is wrong of group", group);
}

int
ext2_check_block(struct ext2 *fs, uint32_t block)
{
	struct ext2_group *descriptor;
	struct buffer *buffer;
	uint32_t group;
	bool data;
	int err;

	if (block < fs->first_block || block >= fs->blocks_count)
		return ext2_corrupt(fs, "beyond the disk is block", block);
	group = ext2_group_of(fs, block);
	err = ext2_group_get(fs, group, &buffer, &descriptor);
	if (err != 0)
		return err;
	data = block >= group_body(fs, group) &&
	    block != descriptor->block_bitmap &&
	    block != descriptor->inode_bitmap &&
	    block - descriptor->inode_table >= fs->ntable_blocks;
	buffer_put(buffer);
	return data ? 0 : ext2_corrupt(fs, "not a file's is block", block);
}

int
ext2_groups_check(struct ext2 *fs)
{
	for (uint32_t group = 0; group < fs->ngroups; group++) {
		struct ext2_group *descriptor;
		struct buffer *buffer;
		int err = ext2_group_get(fs, group, &buffer, &descriptor);

		if (err != 0)
			return err;
		buffer_put(buffer);
	}
	return 0;
}
