/*
 * Inodes on the disk, and the vnodes that stand for them.
 *
 * A vnode holds a copy of what its inode says; whoever changes it writes it
 * into the inode's block within the same operation (ext2_store).  Fields not
 * known here (generation, attributes behind the times) keep their values.
 */
#include "unix/fs/ext2/inode.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "unix/dev/block.h"
#include "unix/fs/ext2/alloc.h"
#include "unix/fs/ext2/group.h"
#include "unix/fs/ext2/map.h"
#include "unix/fs/ext2/super.h"

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

	return vnode->blocks == attributes &&
	    vnode->size < sizeof(node->pointers);
}

/* What records in directories call the types. */
static const uint8_t record_types[] = {
	[VNODE_FILE] = 1,
	[VNODE_DIRECTORY] = 2,
	[VNODE_DEVICE] = 3,
	[VNODE_BLOCK_DEVICE] = 4,
	[VNODE_FIFO] = 5,
	[VNODE_SOCKET] = 6,
	[VNODE_SYMLINK] = 7,
};

uint8_t
ext2_record_type(const struct ext2 *fs, enum vnode_type type)
{
	return fs->has_types ? record_types[type] : 0;
}

enum vnode_type
ext2_type_of_record(const struct ext2 *fs, uint8_t record)
{
	for (uint32_t type = VNODE_FILE; type < ARRAY_LEN(record_types); type++) {
		if (fs->has_types && record_types[type] == record)
			return type;
	}
	return 0;
}

/* Device numbers, written in one of two ways: 8 + 8 bits, or 12 + 20. */
static void
load_device(struct vnode *vnode, const struct ext2_inode *raw)
{
	uint32_t old = raw->pointers[0], new = raw->pointers[1];

	if (old != 0) {
		vnode->major = old >> 8 & 0xff;
		vnode->minor = old & 0xff;
	} else {
		vnode->major = new >> 8 & 0xfff;
		vnode->minor = (new & 0xff) | (new >> 12 & 0xfff00);
	}
}

/* returns: whether it is a type known here */
static bool
load_type(struct vnode *vnode, const struct ext2_inode *raw)
{
	for (uint32_t type = VNODE_FILE; type < ARRAY_LEN(record_types); type++) {
		if (vnode_type_mode(type) != (raw->mode & MODE_TYPE))
			continue;
		vnode->type = type;
		if (type == VNODE_DEVICE || type == VNODE_BLOCK_DEVICE)
			load_device(vnode, raw);
		return true;
	}
	return false;
}

/* ---- Times: 32 bits of seconds, and more where the inode is larger -------- */

/* The part of a larger inode that holds `field`; NULL if it has none. */
static struct ext2_inode_extra *
extra_with(const struct ext2 *fs, struct ext2_inode *raw, size_t field_end)
{
	struct ext2_inode_extra *extra = (struct ext2_inode_extra *)(raw + 1);

	if (fs->inode_bytes < sizeof(*raw) + field_end ||
	    extra->extra_bytes < field_end)
		return NULL;
	return extra;
}

#define EXTRA_WITH(fs, raw, field) \
	extra_with(fs, raw, offsetof(struct ext2_inode_extra, field) + \
	    sizeof(uint32_t))

static struct timestamp
load_time(uint32_t seconds, const uint32_t *extra)
{
	struct timestamp time = { .seconds = (int32_t)seconds };

	if (extra != NULL) {
		time.seconds += (int64_t)(*extra & 3) << 32;
		time.nanos = MIN(*extra >> 2, 999999999u);
	}
	return time;
}

/* What 32 bits cannot hold is cut to what they can. */
static void
store_time(const struct timestamp *time, uint32_t *seconds, uint32_t *extra)
{
	const int64_t last = extra != NULL ?
	    ((int64_t)3 << 32) + INT32_MAX : INT32_MAX;
	int64_t value = MAX(MIN(time->seconds, last), INT32_MIN);

	*seconds = (uint32_t)value;
	if (extra != NULL)
		*extra = time->nanos << 2 |
		    (uint32_t)((value - (int32_t)value) >> 32 & 3);
}

static void
load_times(struct vnode *vnode, struct ext2_inode *raw)
{
	const struct ext2 *fs = ext2_of(vnode);
	struct ext2_inode_extra *extra = EXTRA_WITH(fs, raw, access_extra);

	vnode->atime = load_time(raw->access_time,
	    extra != NULL ? &extra->access_extra : NULL);
	vnode->mtime = load_time(raw->modify_time,
	    extra != NULL ? &extra->modify_extra : NULL);
	vnode->ctime = load_time(raw->change_time,
	    extra != NULL ? &extra->change_extra : NULL);
	extra = EXTRA_WITH(fs, raw, birth_extra);
	if (extra != NULL)
		vnode->btime = load_time(extra->birth_time,
		    &extra->birth_extra);
}

static void
store_times(const struct vnode *vnode, struct ext2_inode *raw)
{
	const struct ext2 *fs = ext2_of(vnode);
	struct ext2_inode_extra *extra = EXTRA_WITH(fs, raw, access_extra);

	store_time(&vnode->atime, &raw->access_time,
	    extra != NULL ? &extra->access_extra : NULL);
	store_time(&vnode->mtime, &raw->modify_time,
	    extra != NULL ? &extra->modify_extra : NULL);
	store_time(&vnode->ctime, &raw->change_time,
	    extra != NULL ? &extra->change_extra : NULL);
	extra = EXTRA_WITH(fs, raw, birth_extra);
	if (extra != NULL)
		store_time(&vnode->btime, &extra->birth_time,
		    &extra->birth_extra);
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
		err = ext2_corrupt(fs, "of no known type is inode",
		    vnode->inode);
	} else {
		vnode->nlinks = raw->nlinks;
		vnode->mode = raw->mode & MODE_PERMISSIONS;
		vnode->uid = raw->uid | (uint32_t)raw->uid_high << 16;
		vnode->gid = raw->gid | (uint32_t)raw->gid_high << 16;
		vnode->size = raw->size;
		if (fs->has_size_high && vnode->type == VNODE_FILE)
			vnode->size |= (uint64_t)raw->size_high << 32;
		vnode->blocks = raw->sectors;
		memcpy(node->pointers, raw->pointers, sizeof(raw->pointers));
		node->attributes_block = raw->attributes_block;
		node->flags = raw->flags;
		load_times(vnode, raw);
		err = check_size(vnode);
	}
	buffer_put(buffer);
	return err;
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
	raw->mode = (uint16_t)(vnode_type_mode(vnode->type) | vnode->mode);
	raw->uid = (uint16_t)vnode->uid;
	raw->uid_high = (uint16_t)(vnode->uid >> 16);
	raw->gid = (uint16_t)vnode->gid;
	raw->gid_high = (uint16_t)(vnode->gid >> 16);
	raw->nlinks = (uint16_t)vnode->nlinks;
	raw->size = (uint32_t)vnode->size;
	if (fs->has_size_high && vnode->type == VNODE_FILE)
		raw->size_high = (uint32_t)(vnode->size >> 32);
	memcpy(raw->pointers, node->pointers, sizeof(raw->pointers));
	raw->sectors = (uint32_t)vnode->blocks;
	raw->attributes_block = node->attributes_block;
	raw->flags = node->flags;
	store_times(vnode, raw);
	buffer_dirty(fs->cache, buffer, BUFFER_INODE);
	buffer_put(buffer);
	return 0;
}

int
ext2_store_alone(struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);
	int err = ext2_begin(fs);

	if (err != 0)
		return err;
	err = ext2_store(vnode);
	ext2_end(fs);
	return err;
}

int
ext2_inode_clear(struct ext2 *fs, uint32_t inode)
{
	struct ext2_inode_extra *extra;
	struct ext2_inode *raw;
	struct buffer *buffer;
	int err;

	err = inode_get(fs, inode, &buffer, &raw);
	if (err != 0)
		return err;
	memset(raw, 0, fs->inode_bytes);
	extra = (struct ext2_inode_extra *)(raw + 1);
	if (fs->inode_bytes >= sizeof(*raw) + sizeof(*extra))
		extra->extra_bytes = sizeof(*extra);
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
