/*
 * Inodes on the disk, and the vnodes that stand for them.
 *
 * A vnode holds a copy of what its inode says; whoever changes it writes it
 * into the inode's block within the same operation (ext2_store).  Fields not
 * known here (owner, generation, what follows the first 128 bytes) keep
 * their values.
 */
#include "unix/fs/ext2/inode.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "unix/dev/block.h"
#include "unix/fs/ext2/alloc.h"
#include "unix/fs/ext2/group.h"
#include "unix/fs/ext2/map.h"
#include "unix/fs/ext2/super.h"

#define PERMISSIONS	0x0fff

/* The block an inode is in.  gives: *buffer pinned, *raw in it */
static int
inode_get(struct ext2 *fs, uint64_t inode, struct buffer **buffer,
    struct ext2_inode **raw)
{
	struct ext2_group *descriptor;
	uint32_t index, offset, block;
	int err;

	if (inode != EXT2_ROOT_INODE &&
	    (inode < fs->first_inode || inode > fs->inodes_count))
		return ext2_corrupt(fs, "no file can be inode", inode);
	err = ext2_group_get(fs, (uint32_t)(inode - 1) / fs->inodes_per_group,
	    buffer, &descriptor);
	if (err != 0)
		return err;
	index = (uint32_t)(inode - 1) % fs->inodes_per_group;
	offset = index % (fs->block_bytes / fs->inode_bytes) * fs->inode_bytes;
	block = descriptor->inode_table +
	    index / (fs->block_bytes / fs->inode_bytes);
	buffer_put(*buffer);
	err = buffer_read(fs->cache, block, buffer);
	if (err != 0)
		return err;
	*raw = (struct ext2_inode *)((*buffer)->data + offset);
	return 0;
}

bool
ext2_has_blocks(struct vnode *vnode)
{
	return vnode->type == VNODE_FILE || vnode->type == VNODE_DIRECTORY ||
	    (vnode->type == VNODE_SYMLINK && !ext2_is_fast_symlink(vnode));
}

bool
ext2_is_fast_symlink(struct vnode *vnode)
{
	struct ext2_node *node = ext2_node(vnode);
	uint32_t attributes = node->attributes_block == 0 ? 0 :
	    ext2_of(vnode)->block_bytes / SECTOR_BYTES;

	return node->sectors == attributes &&
	    vnode->size < sizeof(node->pointers);
}

uint8_t
ext2_record_type(const struct ext2 *fs, enum vnode_type type)
{
	static const uint8_t types[] = {
		[VNODE_FILE] = 1,
		[VNODE_DIRECTORY] = 2,
		[VNODE_DEVICE] = 3,
		[VNODE_SYMLINK] = 7,
	};

	return fs->has_types ? types[type] : 0;
}

void
ext2_touch(struct vnode *vnode)
{
	struct ext2_node *node = ext2_node(vnode);

	node->change_time = node->modify_time = ext2_now(ext2_of(vnode));
}

/* returns: whether it is a type known here */
static bool
load_type(struct vnode *vnode, const struct ext2_inode *raw)
{
	switch (raw->mode & EXT2_MODE_TYPE) {
	case EXT2_MODE_FILE:
		vnode->type = VNODE_FILE;
		return true;
	case EXT2_MODE_DIRECTORY:
		vnode->type = VNODE_DIRECTORY;
		return true;
	case EXT2_MODE_SYMLINK:
		vnode->type = VNODE_SYMLINK;
		return true;
	case EXT2_MODE_CHARDEV:
		vnode->type = VNODE_DEVICE;
		/* Two ways to write a number: 8 + 8 bits, or 12 + 20. */
		if (raw->pointers[0] != 0) {
			vnode->major = raw->pointers[0] >> 8 & 0xff;
			vnode->minor = raw->pointers[0] & 0xff;
		} else {
			vnode->major = raw->pointers[1] >> 8 & 0xfff;
			vnode->minor = (raw->pointers[1] & 0xff) |
			    (raw->pointers[1] >> 12 & 0xff00);
		}
		return true;
	default:
		return false;
	}
}

/* Sizes that the type allows. */
static int
check_size(struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);
	uint64_t disk_bytes = (uint64_t)fs->blocks_count * fs->block_bytes;
	bool sound = true;

	if (vnode->type == VNODE_DIRECTORY)
		sound = vnode->size % fs->block_bytes == 0 &&
		    vnode->size <= disk_bytes;
	else if (vnode->type == VNODE_SYMLINK)
		sound = vnode->size < fs->block_bytes;
	else if (vnode->type == VNODE_FILE)
		sound = vnode->size <= ext2_size_max(fs);
	return sound ? 0 :
	    ext2_corrupt(fs, "the size is wrong of inode", vnode->inode);
}

int
ext2_load(struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);
	struct ext2_node *node = ext2_node(vnode);
	struct ext2_inode *raw;
	struct buffer *buffer;
	int err;

	err = inode_get(fs, vnode->inode, &buffer, &raw);
	if (err != 0)
		return err;
	if (raw->nlinks == 0) {
		err = ext2_corrupt(fs, "named but free is inode", vnode->inode);
	} else if (!load_type(vnode, raw)) {
		/* Block devices, FIFOs and sockets have no use here. */
		err = -ENXIO;
	} else {
		vnode->nlinks = raw->nlinks;
		vnode->mode = raw->mode & PERMISSIONS;
		vnode->size = raw->size;
		if (fs->has_size_high && vnode->type == VNODE_FILE)
			vnode->size |= (uint64_t)raw->size_high << 32;
		memcpy(node->pointers, raw->pointers, sizeof(raw->pointers));
		node->sectors = raw->sectors;
		node->attributes_block = raw->attributes_block;
		node->flags = raw->flags;
		node->access_time = raw->access_time;
		node->change_time = raw->change_time;
		node->modify_time = raw->modify_time;
		err = check_size(vnode);
	}
	buffer_put(buffer);
	return err;
}

static uint16_t
mode_of(const struct vnode *vnode)
{
	static const uint16_t types[] = {
		[VNODE_FILE] = EXT2_MODE_FILE,
		[VNODE_DIRECTORY] = EXT2_MODE_DIRECTORY,
		[VNODE_DEVICE] = EXT2_MODE_CHARDEV,
		[VNODE_SYMLINK] = EXT2_MODE_SYMLINK,
	};

	return types[vnode->type] | (vnode->mode & PERMISSIONS);
}

int
ext2_store(struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);
	struct ext2_node *node = ext2_node(vnode);
	struct ext2_inode *raw;
	struct buffer *buffer;
	int err;

	err = inode_get(fs, vnode->inode, &buffer, &raw);
	if (err != 0)
		return err;
	raw->mode = mode_of(vnode);
	raw->nlinks = (uint16_t)vnode->nlinks;
	raw->size = (uint32_t)vnode->size;
	if (fs->has_size_high && vnode->type == VNODE_FILE)
		raw->size_high = (uint32_t)(vnode->size >> 32);
	memcpy(raw->pointers, node->pointers, sizeof(raw->pointers));
	raw->sectors = node->sectors;
	raw->attributes_block = node->attributes_block;
	raw->flags = node->flags;
	raw->access_time = node->access_time;
	raw->change_time = node->change_time;
	raw->modify_time = node->modify_time;
	buffer_dirty(fs->cache, buffer, BUFFER_INODE);
	buffer_put(buffer);
	return 0;
}

int
ext2_inode_clear(struct ext2 *fs, uint32_t inode)
{
	struct ext2_inode *raw;
	struct buffer *buffer;
	int err;

	err = inode_get(fs, inode, &buffer, &raw);
	if (err != 0)
		return err;
	memset(raw, 0, fs->inode_bytes);
	buffer_dirty(fs->cache, buffer, BUFFER_INODE);
	buffer_put(buffer);
	return 0;
}

/* Give up the block of extended attributes, which inodes may share. */
static int
release_attributes(struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);
	struct ext2_node *node = ext2_node(vnode);
	struct ext2_attributes *attributes;
	uint32_t block = node->attributes_block;
	struct buffer *buffer;
	bool last;
	int err;

	if (block == 0)
		return 0;
	err = ext2_check_block(fs, block);
	if (err == 0)
		err = buffer_read(fs->cache, block, &buffer);
	if (err != 0)
		return err;
	attributes = (struct ext2_attributes *)buffer->data;
	if (attributes->magic != EXT2_ATTRIBUTES_MAGIC) {
		buffer_put(buffer);
		return ext2_corrupt(fs, "no attributes are in block", block);
	}
	last = attributes->refs <= 1;
	if (!last) {
		attributes->refs--;
		buffer_dirty(fs->cache, buffer, BUFFER_INDIRECT);
	}
	buffer_put(buffer);
	node->attributes_block = 0;
	return last ? ext2_block_free(fs, block) : 0;
}

/* The inode itself, once it owns no blocks. */
static int
release_inode(struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);
	struct ext2_inode *raw;
	struct buffer *buffer;
	int err;

	err = inode_get(fs, vnode->inode, &buffer, &raw);
	if (err != 0)
		return err;
	raw->delete_time = ext2_now(fs);
	raw->nlinks = 0;
	raw->size = raw->size_high = raw->sectors = raw->attributes_block = 0;
	memset(raw->pointers, 0, sizeof(raw->pointers));
	buffer_dirty(fs->cache, buffer, BUFFER_INODE);
	buffer_put(buffer);
	return ext2_inode_free(fs, (uint32_t)vnode->inode,
	    vnode->type == VNODE_DIRECTORY);
}

int
ext2_release(struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);
	int err = 0;

	if (ext2_has_blocks(vnode))
		err = ext2_map_shrink(vnode, 0);
	if (err != 0)
		return err;
	err = ext2_begin(fs);
	if (err != 0)
		return err;
	err = release_attributes(vnode);
	if (err == 0)
		err = release_inode(vnode);
	ext2_end(fs);
	return err;
}
