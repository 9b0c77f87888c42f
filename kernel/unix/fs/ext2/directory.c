/*
 * Names in directories: blocks full of records, each of which says how far it
 * is to the next.
 *
 *	|12 2 "."|12 2 ".."|20 14 "name" (slack) |... to the block's end|
 *
 * A new name goes into the slack behind another (which is split off) or into
 * a free record; a removed one is merged into the record before it.  A name is
 * looked for where one of its hash was found before, and then from the front,
 * unless all about it is known (known.h);
 * an index (dir_index) is not used, and dropped from a directory that changes.
 * Directories never shrink.
 */
#include "unix/fs/ext2/directory.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "unix/fs/ext2/inode.h"
#include "unix/fs/ext2/known.h"
#include "unix/fs/ext2/map.h"
#include "unix/fs/ext2/super.h"

#define RECORD_ALIGN	4

/* A record found: its block, pinned, and where in it. */
struct place {
	struct buffer *buffer;
	uint32_t offset;
	uint32_t before;	/* the record before it; itself if the first */
};

static uint32_t
record_bytes(uint32_t name_len)
{
	return (uint32_t)ROUND_UP(EXT2_RECORD_BYTES + name_len, RECORD_ALIGN);
}

static struct ext2_record *
record_at(const struct buffer *buffer, uint32_t offset)
{
	return (struct ext2_record *)(buffer->data + offset);
}

/* Give: *buffer pinned, with block `index` of the directory. */
static int
block_get(struct vnode *directory, uint64_t index, struct buffer **buffer)
{
	struct ext2 *fs = ext2_of(directory);
	uint32_t block;
	int err = ext2_map(directory, index, &block);

	if (err != 0)
		return err;
	if (block == 0)
		return ext2_corrupt(fs, "a hole is in directory",
		    directory->inode);
	return buffer_read(fs->cache, block, buffer);
}

static uint64_t
blocks_of(const struct vnode *directory)
{
	return directory->size / ext2_of(directory)->block_bytes;
}

/* Check the record at `offset`, so that it can be used and stepped over. */
static int
record_check(struct vnode *directory, const struct buffer *buffer,
    uint32_t offset)
{
	struct ext2 *fs = ext2_of(directory);
	uint32_t left = fs->block_bytes - offset;
	const struct ext2_record *record = record_at(buffer, offset);

	if (left >= EXT2_RECORD_BYTES && record->nbytes % RECORD_ALIGN == 0 &&
	    record->nbytes >= record_bytes(record->name_len) &&
	    record->nbytes <= left && record->inode <= fs->inodes_count &&
	    (record->inode == 0 || record->name_len > 0) &&
	    (fs->has_types || record->type == 0))
		return 0;
	return ext2_corrupt(fs, "a record is wrong in directory",
	    directory->inode);
}

static bool
has_name(const struct ext2_record *record, const struct vfs_name *name)
{
	return record->inode != 0 && record->name_len == name->len &&
	    memcmp(record->name, name->text, name->len) == 0;
}

/*
 * Where names were found: for a hash of directory and name, the number of a
 * block to look in first.  It may be wrong; then all blocks are looked through.
 */
static uint32_t *
hint_of(const struct vnode *directory, const struct vfs_name *name)
{
	static uint32_t hints[NAME_HINTS];

	return &hints[ext2_name_hash(directory, name) % NAME_HINTS];
}

/* returns: 0 with *place, to be put; -ENOENT; -EIO */
static int
find_in_block(struct vnode *directory, uint64_t index,
    const struct vfs_name *name, struct place *place)
{
	uint32_t block_bytes = ext2_of(directory)->block_bytes;
	int err = block_get(directory, index, &place->buffer);

	if (err != 0)
		return err;
	place->before = 0;
	for (place->offset = 0; place->offset < block_bytes;
	    place->offset += record_at(place->buffer, place->offset)->nbytes) {
		err = record_check(directory, place->buffer, place->offset);
		if (err != 0)
			break;
		if (has_name(record_at(place->buffer, place->offset), name))
			return 0;
		place->before = place->offset;
	}
	buffer_put(place->buffer);
	return err != 0 ? err : -ENOENT;
}

/* The same in all blocks. */
static int
find(struct vnode *directory, const struct vfs_name *name,
    struct place *place)
{
	uint32_t *hint = hint_of(directory, name);
	uint64_t inode;
	int err = -ENOENT;

	if (ext2_known_find(directory, name, &inode) && inode == 0)
		return -ENOENT;
	if (*hint > 0 && *hint < blocks_of(directory))
		err = find_in_block(directory, *hint, name, place);
	for (uint64_t index = 0; err == -ENOENT &&
	    index < blocks_of(directory); index++) {
		err = find_in_block(directory, index, name, place);
		if (err == 0)
			*hint = (uint32_t)index;
	}
	if (err == -ENOENT)
		ext2_known_set(directory, name, 0);
	return err;
}

int
ext2_lookup(struct vnode *directory, const struct vfs_name *name,
    uint64_t *inode)
{
	struct place place;
	int err;

	if (ext2_known_find(directory, name, inode))
		return *inode != 0 ? 0 : -ENOENT;
	err = find(directory, name, &place);
	if (err != 0)
		return err;
	*inode = record_at(place.buffer, place.offset)->inode;
	buffer_put(place.buffer);
	ext2_known_set(directory, name, *inode);
	return 0;
}

/*
 * The first record in use of a block, at or after `from`; one begins at
 * `begin`.  returns: 1 with *offset, 0 if there is none, -EIO
 */
static int
next_used(struct vnode *directory, const struct buffer *buffer,
    uint32_t begin, uint32_t from, uint32_t *offset)
{
	uint32_t block_bytes = ext2_of(directory)->block_bytes;

	for (*offset = begin; *offset < block_bytes;
	    *offset += record_at(buffer, *offset)->nbytes) {
		int err = record_check(directory, buffer, *offset);

		if (err != 0)
			return err;
		if (*offset >= from && record_at(buffer, *offset)->inode != 0)
			return 1;
	}
	return 0;
}

int
ext2_readdir(struct vnode *directory, uint64_t cookie,
    struct vfs_entry *entry)
{
	uint32_t block_bytes = ext2_of(directory)->block_bytes;
	uint32_t from = (uint32_t)(cookie % block_bytes), begin, offset;

	/* What was told last is where a record begins; else `from` may be
	 * inside one by now. */
	begin = cookie == ext2_node(directory)->next ? from : 0;
	for (uint64_t index = cookie / block_bytes;
	    index < blocks_of(directory); index++, from = begin = 0) {
		struct ext2_record *record;
		struct buffer *buffer;
		int result;

		result = block_get(directory, index, &buffer);
		if (result != 0)
			return result;
		result = next_used(directory, buffer, begin, from, &offset);
		if (result > 0) {
			record = record_at(buffer, offset);
			entry->inode = record->inode;
			entry->next = index * block_bytes + offset +
			    record->nbytes;
			ext2_node(directory)->next = entry->next;
			entry->type = ext2_type_of_record(
			    ext2_of(directory), record->type);
			memcpy(entry->name, record->name, record->name_len);
			entry->name[record->name_len] = '\0';
		}
		buffer_put(buffer);
		if (result != 0)
			return result;
	}
	return 0;
}

static bool
is_dots(const struct ext2_record *record)
{
	return record->name[0] == '.' && (record->name_len == 1 ||
	    (record->name_len == 2 && record->name[1] == '.'));
}

int
ext2_directory_is_empty(struct vnode *directory)
{
	for (uint64_t index = 0; index < blocks_of(directory); index++) {
		uint32_t from = 0, offset;
		struct buffer *buffer;
		int result = block_get(directory, index, &buffer);

		if (result != 0)
			return result;
		do {
			result = next_used(directory, buffer, 0, from, &offset);
			from = offset + 1;
		} while (result > 0 && is_dots(record_at(buffer, offset)));
		buffer_put(buffer);
		if (result != 0)
			return result < 0 ? result : 0;
	}
	return 1;
}

static void
record_fill(struct ext2 *fs, struct ext2_record *record,
    const struct vfs_name *name, const struct vnode *vnode)
{
	record->inode = (uint32_t)vnode->inode;
	record->name_len = (uint8_t)name->len;
	record->type = ext2_record_type(fs, vnode->type);
	memcpy(record->name, name->text, name->len);
}

/* The directory's block changed, and so the directory. */
static int
changed(struct vnode *directory, struct buffer *buffer)
{
	buffer_dirty(ext2_of(directory)->cache, buffer, BUFFER_DIRECTORY);
	ext2_node(directory)->flags &= ~(uint32_t)EXT2_FLAG_INDEXED;
	ext2_node(directory)->next = 0;
	vnode_touch_contents(directory);
	return ext2_store(directory);
}

/*
 * Put the name into a block where there is room.
 * returns: 1, 0 if there is none, -EIO
 */
static int
add_to_block(struct vnode *directory, struct buffer *buffer,
    const struct vfs_name *name, const struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(directory);
	uint32_t needed = record_bytes(name->len), offset, used;
	struct ext2_record *record;
	int err;

	for (offset = 0; offset < fs->block_bytes; offset += record->nbytes) {
		err = record_check(directory, buffer, offset);
		if (err != 0)
			return err;
		record = record_at(buffer, offset);
		used = record->inode == 0 ? 0 : record_bytes(record->name_len);
		if (record->nbytes - used < needed)
			continue;
		if (used > 0) {
			struct ext2_record *rest =
			    record_at(buffer, offset + used);

			rest->nbytes = (uint16_t)(record->nbytes - used);
			record->nbytes = (uint16_t)used;
			record = rest;
		}
		record_fill(fs, record, name, vnode);
		err = changed(directory, buffer);
		return err != 0 ? err : 1;
	}
	return 0;
}

/* Grow the directory by a block.  gives: *buffer pinned, all zero */
static int
append_block(struct vnode *directory, struct buffer **buffer)
{
	struct ext2 *fs = ext2_of(directory);
	uint32_t block;
	bool fresh;
	int err;

	if (directory->size + fs->block_bytes > INT32_MAX)
		return -ENOSPC;
	err = ext2_map_alloc(directory, blocks_of(directory), &block, &fresh);
	if (err != 0)
		return err;
	err = buffer_zero(fs->cache, block, buffer);
	if (err != 0)
		return err;
	directory->size += fs->block_bytes;
	return 0;
}

int
ext2_directory_add(struct vnode *directory, const struct vfs_name *name,
    const struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(directory);
	struct ext2_record *record;
	struct buffer *buffer;
	int result;

	ext2_known_forget(directory, name);
	for (uint64_t index = ext2_node(directory)->room;
	    index < blocks_of(directory); index++) {
		result = block_get(directory, index, &buffer);
		if (result != 0)
			return result;
		result = add_to_block(directory, buffer, name, vnode);
		buffer_put(buffer);
		if (result > 0) {
			ext2_node(directory)->room = (uint32_t)index;
			*hint_of(directory, name) = (uint32_t)index;
		}
		if (result != 0)
			return result < 0 ? result : 0;
	}
	result = append_block(directory, &buffer);
	if (result == -ENOSPC && ext2_node(directory)->room > 0) {
		/* A short name may fit in somewhere before. */
		ext2_node(directory)->room = 0;
		return ext2_directory_add(directory, name, vnode);
	}
	if (result != 0)
		return result;
	record = record_at(buffer, 0);
	record->nbytes = (uint16_t)fs->block_bytes;
	record_fill(fs, record, name, vnode);
	result = changed(directory, buffer);
	buffer_put(buffer);
	return result;
}

int
ext2_directory_remove(struct vnode *directory, const struct vfs_name *name)
{
	struct ext2_record *record;
	struct place place;
	int err = find(directory, name, &place);

	if (err != 0)
		return err;
	ext2_known_forget(directory, name);
	record = record_at(place.buffer, place.offset);
	record->inode = 0;
	if (place.before != place.offset)
		record_at(place.buffer, place.before)->nbytes +=
		    record->nbytes;
	/* There is room, in a block that may be before the one known. */
	ext2_node(directory)->room = 0;
	err = changed(directory, place.buffer);
	buffer_put(place.buffer);
	return err;
}

int
ext2_directory_point(struct vnode *directory, const struct vfs_name *name,
    const struct vnode *vnode)
{
	struct place place;
	int err = find(directory, name, &place);

	if (err != 0)
		return err;
	ext2_known_forget(directory, name);
	record_fill(ext2_of(directory),
	    record_at(place.buffer, place.offset), name, vnode);
	err = changed(directory, place.buffer);
	buffer_put(place.buffer);
	return err;
}

int
ext2_directory_format(struct vnode *directory, const struct vnode *parent)
{
	const struct vfs_name dot = { ".", 1 }, dotdot = { "..", 2 };
	struct ext2 *fs = ext2_of(directory);
	struct ext2_record *record;
	struct buffer *buffer;
	int err;

	err = append_block(directory, &buffer);
	if (err != 0)
		return err;
	record = record_at(buffer, 0);
	record->nbytes = (uint16_t)record_bytes(dot.len);
	record_fill(fs, record, &dot, directory);
	record = record_at(buffer, record_bytes(dot.len));
	record->nbytes = (uint16_t)(fs->block_bytes - record_bytes(dot.len));
	record_fill(fs, record, &dotdot, parent);
	err = changed(directory, buffer);
	buffer_put(buffer);
	return err;
}
