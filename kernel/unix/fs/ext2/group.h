/* Block groups: their descriptors, and where in them data may stand. */
#pragma once

#include "unix/fs/ext2/ext2.h"

/*
 * A group's descriptor, checked.
 * needs:   group < fs->ngroups
 * returns: 0 or -EIO
 * gives:   *buffer pinned, *descriptor in it
 */
int ext2_group_get(struct ext2 *fs, uint32_t group, struct buffer **buffer,
    struct ext2_group **descriptor);

uint32_t ext2_group_first(const struct ext2 *fs, uint32_t group);
uint32_t ext2_group_blocks(const struct ext2 *fs, uint32_t group);

/* Blocks of it that no file can have. */
uint32_t ext2_group_overhead(const struct ext2 *fs, uint32_t group);

/* Which group a block is in.  needs: it is on the disk */
uint32_t ext2_group_of(const struct ext2 *fs, uint32_t block);

/*
 * Whether a file may own `block`: it is on the disk, and neither super block,
 * descriptor, bitmap nor inode table.
 * returns: 0 or -EIO
 */
int ext2_check_block(struct ext2 *fs, uint32_t block);

/* Check all descriptors, saying what is wrong.  returns: 0 or -EIO */
int ext2_groups_check(struct ext2 *fs);
