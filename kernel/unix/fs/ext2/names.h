/* Giving and taking names: create, link, unlink, rename. */
#pragma once

#include "unix/fs/ext2/ext2.h"

int ext2_create(struct vnode *directory, const struct vfs_name *name,
    const struct vnode_spec *spec, uint64_t *inode);
int ext2_link(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode);
int ext2_unlink(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode);
int ext2_rename(struct vnode *vnode, struct vnode *old_directory,
    const struct vfs_name *old, struct vnode *new_directory,
    const struct vfs_name *new, struct vnode *target);
int ext2_exchange(struct vnode *one, struct vnode *one_directory,
    const struct vfs_name *one_name, struct vnode *other,
    struct vnode *other_directory, const struct vfs_name *other_name);
