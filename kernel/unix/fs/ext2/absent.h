/*
 * Names that were looked for and are not there.
 *
 * Each is remembered wholly, so what stands here is true: it goes when the
 * name is added, and all go when a disk is mounted.  Long names are not
 * remembered, and one takes the place of another of its hash.
 *
 * All of it needs the mount's lock; one ext2 is mounted at a time.
 */
#pragma once

#include "unix/fs/vnode.h"

void ext2_absent_clear(void);
bool ext2_absent_has(const struct vnode *directory,
    const struct vfs_name *name);
void ext2_absent_add(const struct vnode *directory,
    const struct vfs_name *name);
void ext2_absent_remove(const struct vnode *directory,
    const struct vfs_name *name);
