/* Mounting ext2, and its operations. */
#pragma once

#include "unix/fs/ext2/ext2.h"

/*
 * Bracket what changes the disk; see buffer_begin.
 * returns: 0, -EROFS, -EIO
 */
int ext2_begin(struct ext2 *fs);
void ext2_end(struct ext2 *fs);

/* Something on the disk cannot be: say so, the first time.
 * returns: -EIO */
int ext2_corrupt(struct ext2 *fs, const char *what, uint64_t number);

/* Seconds since 1970, not before anything the disk saw. */
uint32_t ext2_now(const struct ext2 *fs);

/* The super block's counts were changed. */
void ext2_super_dirty(struct ext2 *fs);
