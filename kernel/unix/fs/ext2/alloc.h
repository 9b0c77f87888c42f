/* Which blocks and inodes are free.  All need an operation (ext2_begin). */
#pragma once

#include "unix/fs/ext2/ext2.h"

/* Give: *block, near `goal` (0: anywhere).  returns: 0, -ENOSPC, -EIO */
int ext2_block_alloc(struct ext2 *fs, uint32_t goal, uint32_t *block);
/* returns: 0; -EIO if no file can own it, or it is free already */
int ext2_block_free(struct ext2 *fs, uint32_t block);

/* Give: *inode, its table entry untouched, in the group of inode `near` if
 * there is room.  returns: 0, -ENOSPC, -EIO */
int ext2_inode_alloc(struct ext2 *fs, uint32_t near, bool directory,
    uint32_t *inode);
int ext2_inode_free(struct ext2 *fs, uint32_t inode, bool directory);
