/* From the blocks of a file to blocks of the disk. */
#pragma once

#include "unix/fs/ext2/ext2.h"

/* The largest size of a file. */
uint64_t ext2_size_max(const struct ext2 *fs);

/* Give: *block, 0 in a hole.  returns: 0 or -EIO */
int ext2_map(struct vnode *vnode, uint64_t index, uint32_t *block);

/*
 * The same, filling a hole.  The caller writes the vnode (ext2_store).
 * needs:   an operation with room for 8 more blocks
 * returns: 0; -EFBIG, -ENOSPC, -EIO with nothing changed
 * gives:   *fresh: the block is new, its old bytes mean nothing
 */
int ext2_map_alloc(struct vnode *vnode, uint64_t index, uint32_t *block,
    bool *fresh);

/*
 * Whether block `index` is data; *next: the first index behind it of which
 * that is not known.
 */
int ext2_map_extent(struct vnode *vnode, uint64_t index, bool *data,
    uint64_t *next);

/* Free block `index`, if it is data.  needs: an operation with room for 8 more
 * blocks; the caller writes the vnode */
int ext2_map_punch(struct vnode *vnode, uint64_t index);

/*
 * Free all blocks from `first` on, in operations of its own.
 * needs:   no operation
 * returns: 0, -EROFS, -EIO
 */
int ext2_map_shrink(struct vnode *vnode, uint64_t first);
