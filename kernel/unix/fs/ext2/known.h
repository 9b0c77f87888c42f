/*
 * Names that were looked for: what they name, or that they are not there; and
 * the other way round, a name of what was found.
 *
 * Each is remembered wholly, so what stands here is true: it goes when the
 * name is added, removed or pointed elsewhere, and all go when a disk is
 * mounted.  Long names are not remembered, nor are "." and "..", and one takes
 * the place of another of its hash.
 *
 * All of it needs the mount's lock; one ext2 is mounted at a time.
 */
#pragma once

#include "unix/fs/vnode.h"

/* A hash of a directory and a name. */
static inline uint64_t
ext2_name_hash(const struct vnode *directory, const struct vfs_name *name)
{
	uint64_t hash = directory->inode;

	for (uint32_t i = 0; i < name->len; i++)
		hash = (hash ^ (uint8_t)name->text[i]) * 0x100000001b3u;
	return hash ^ hash >> 32;
}

void ext2_known_clear(void);
/* returns: whether it is remembered; gives: *inode, 0 if it is not there */
bool ext2_known_find(const struct vnode *directory,
    const struct vfs_name *name, uint64_t *inode);
/* The name an inode was last found by, if that stands in `directory`.
 * returns: whether it is remembered; gives: entry->name */
bool ext2_known_name(const struct vnode *directory, uint64_t inode,
    struct vfs_entry *entry);
void ext2_known_set(const struct vnode *directory,
    const struct vfs_name *name, uint64_t inode);
void ext2_known_forget(const struct vnode *directory,
    const struct vfs_name *name);
