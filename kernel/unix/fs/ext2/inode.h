/* Inodes on the disk, and the vnodes that stand for them. */
#pragma once

#include "unix/fs/ext2/ext2.h"

int ext2_load(struct vnode *vnode);
int ext2_release(struct vnode *vnode);

/*
 * Write what the vnode says into its inode.
 * needs:   an operation
 * returns: 0 or -EIO
 */
int ext2_store(struct vnode *vnode);
/* ... in an operation of its own. */
int ext2_store_alone(struct vnode *vnode);

/* Clear an inode that was just allocated, before its first ext2_store. */
int ext2_inode_clear(struct ext2 *fs, uint32_t inode);

/* A symlink whose text stands in the inode itself. */
bool ext2_is_fast_symlink(struct vnode *vnode);

/* Whether it owns blocks through its pointers. */
bool ext2_has_blocks(struct vnode *vnode);

/* What a record in a directory says about the inode's type, and what that
 * means (0: nothing). */
uint8_t ext2_record_type(const struct ext2 *fs, enum vnode_type type);
enum vnode_type ext2_type_of_record(const struct ext2 *fs, uint8_t type);
