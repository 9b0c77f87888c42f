/*
 * What the parts of ext2 share.
 *
 *	super.c      mounting; what a disk must look like; operations
 *	group.c      block groups: where bitmaps, inodes and data stand
 *	alloc.c      bitmaps: which blocks and inodes are free
 *	inode.c      inodes on the disk <-> vnodes
 *	map.c        from a block of a file to a block of the disk
 *	data.c       reading, writing, truncating
 *	directory.c  names in directories
 *	names.c      create, link, unlink, rename
 *
 * Everything read from the disk is checked before it is used; what is wrong
 * gives -EIO, and once a line in the log.  All of it runs under the mount's
 * lock.
 */
#pragma once

#include "unix/fs/buffer.h"
#include "unix/fs/ext2/format.h"
#include "unix/fs/vnode.h"

/* A mounted ext2.  All constant after mounting, but for the last part. */
struct ext2 {
	struct mount *mount;
	struct buffer_cache *cache;
	struct buffer *super_buffer;	/* pinned */
	struct ext2_super *super;	/* in it; only its counts are used */
	uint32_t block_bytes;
	uint32_t blocks_count;
	uint32_t first_block;
	uint32_t blocks_per_group;
	uint32_t inodes_count;
	uint32_t inodes_per_group;
	uint32_t ngroups;
	uint32_t inode_bytes;
	uint32_t first_inode;
	uint32_t nentries;		/* block pointers in a block */
	uint32_t groups_block;		/* where the descriptors start */
	uint32_t ngroup_blocks;
	uint32_t ntable_blocks;		/* inode table of one group */
	bool has_types;			/* records name the inode's type */
	bool has_large_files;
	bool is_sparse;			/* few groups hold a super block */
	bool has_size_high;
	bool read_only;
	uint32_t last_seen;		/* seconds: the disk's own latest time */

	bool writing;			/* marked as in use on the disk */
	bool corrupt;			/* something is wrong with it */
	bool reported;			/* the log says what */
};

/* A vnode's private part. */
struct ext2_node {
	uint32_t pointers[EXT2_POINTERS];
	uint32_t attributes_block;
	uint32_t flags;
	uint64_t ahead;			/* block read ahead up to */
	uint32_t room;			/* in a directory: blocks before it
					 * have had none for a name */
	uint64_t next;			/* ... where a record begins, for sure:
					 * the cookie told last */
};

_Static_assert(sizeof(struct ext2_node) <= VNODE_PRIVATE_WORDS * 8, "private");

static inline struct ext2 *
ext2_of(const struct vnode *vnode)
{
	return vnode->mount->private;
}

static inline struct ext2_node *
ext2_node(struct vnode *vnode)
{
	return (struct ext2_node *)vnode->private;
}
