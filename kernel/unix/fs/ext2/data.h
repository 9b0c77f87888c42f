/* The bytes of files and symlinks. */
#pragma once

#include "unix/fs/ext2/ext2.h"

int64_t ext2_read(struct vnode *vnode, void *to, uint64_t offset, size_t len);
int64_t ext2_write(struct vnode *vnode, const void *from, uint64_t offset,
    size_t len);
int ext2_truncate(struct vnode *vnode, uint64_t size);
int ext2_allocate(struct vnode *vnode, uint32_t mode, uint64_t offset,
    uint64_t len, uint64_t *done);
int ext2_seek_data(struct vnode *vnode, uint64_t offset, bool hole,
    uint64_t *at);
int64_t ext2_readlink(struct vnode *vnode, char *to, size_t size);
