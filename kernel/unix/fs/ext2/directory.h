/* Names in directories. */
#pragma once

#include "unix/fs/ext2/ext2.h"

int ext2_lookup(struct vnode *directory, const struct vfs_name *name,
    uint64_t *inode);
int ext2_readdir(struct vnode *directory, uint64_t cookie,
    struct vfs_entry *entry);

/* Whether nothing but "." and ".." is in it.  returns: 1, 0, -EIO */
int ext2_directory_is_empty(struct vnode *directory);

/* The rest need an operation, and store the directory's inode. */

/* needs: `name` is not there.  returns: 0; -ENOSPC, -EIO, nothing changed */
int ext2_directory_add(struct vnode *directory, const struct vfs_name *name,
    const struct vnode *vnode);
/* returns: 0, -ENOENT, -EIO */
int ext2_directory_remove(struct vnode *directory,
    const struct vfs_name *name);
/* Let a name that is there refer to another inode. */
int ext2_directory_point(struct vnode *directory, const struct vfs_name *name,
    const struct vnode *vnode);
/* Give a new directory its first block: "." and "..". */
int ext2_directory_format(struct vnode *directory, const struct vnode *parent);
