/*
 * Giving and taking names.  Each is one operation: on the disk it happened or
 * it did not, as far as the cache can say so.
 *
 * What may fail for want of room (an inode, a block for a name) comes first.
 * Behind it only a damaged or failing disk gives errors, and there no repair
 * is tried: e2fsck's work.
 */
#include "unix/fs/ext2/names.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "unix/fs/ext2/alloc.h"
#include "unix/fs/ext2/directory.h"
#include "unix/fs/ext2/inode.h"
#include "unix/fs/ext2/map.h"
#include "unix/fs/ext2/super.h"

#define DEVICE_MAJOR_LAST	0xfffu
#define DEVICE_MINOR_LAST	0xfffffu

/* A symlink's text: in the inode, or in a block if it is too long. */
static int
set_target(struct vnode *symlink, const char *target)
{
	struct ext2 *fs = ext2_of(symlink);
	struct ext2_node *node = ext2_node(symlink);
	size_t len = strlen(target);
	struct buffer *buffer;
	uint32_t block;
	bool fresh;
	int err;

	symlink->size = len;
	if (len < sizeof(node->pointers)) {
		memcpy(node->pointers, target, len);
		return 0;
	}
	err = ext2_map_alloc(symlink, 0, &block, &fresh);
	if (err != 0)
		return err;
	err = buffer_zero(fs->cache, block, &buffer);
	if (err != 0)
		return err;
	memcpy(buffer->data, target, len);
	buffer_dirty(fs->cache, buffer, BUFFER_DATA);
	buffer_put(buffer);
	return 0;
}

/* The two ways to write a device's number: 8 + 8 bits, or 12 + 20. */
static void
set_device(struct vnode *device)
{
	uint32_t *pointers = ext2_node(device)->pointers;

	if (device->major < 256 && device->minor < 256)
		pointers[0] = device->major << 8 | device->minor;
	else
		pointers[1] = (device->minor & 0xff) | device->major << 8 |
		    (device->minor & ~0xffu) << 12;
}

/* Write a new inode, and what it needs to be what it is. */
static int
fill_new(struct vnode *new, struct vnode *directory,
    const struct vnode_spec *spec)
{
	int err = ext2_inode_clear(ext2_of(new), (uint32_t)new->inode);

	if (err != 0)
		return err;
	if (new->type == VNODE_DIRECTORY)
		err = ext2_directory_format(new, directory);
	else if (new->type == VNODE_SYMLINK)
		err = set_target(new, spec->target);
	else if (new->type == VNODE_DEVICE || new->type == VNODE_BLOCK_DEVICE)
		set_device(new);
	if (err != 0)
		return err;
	vnode_touch_contents(new);
	new->atime = new->btime = new->mtime;
	return ext2_store(new);
}

/* Undo what was done for an inode that got no name. */
static void
discard_new(struct vnode *new)
{
	struct ext2 *fs = ext2_of(new);

	if (ext2_has_blocks(new) && ext2_node(new)->pointers[0] != 0)
		(void)ext2_block_free(fs, ext2_node(new)->pointers[0]);
	(void)ext2_inode_clear(fs, (uint32_t)new->inode);
	(void)ext2_inode_free(fs, (uint32_t)new->inode,
	    new->type == VNODE_DIRECTORY);
}

/* needs: an operation */
static int
create(struct vnode *directory, const struct vfs_name *name,
    const struct vnode_spec *spec, uint64_t *inode)
{
	struct ext2 *fs = ext2_of(directory);
	bool is_directory = spec->type == VNODE_DIRECTORY;
	struct vnode new = {
		.mount = directory->mount,
		.type = spec->type,
		.mode = spec->mode,
		.uid = spec->uid,
		.gid = spec->gid,
		.major = spec->major,
		.minor = spec->minor,
		.nlinks = is_directory ? 2 : 1,
	};
	uint32_t number = 0;
	int err;

	err = ext2_inode_alloc(fs, (uint32_t)directory->inode, is_directory,
	    &number);
	if (err != 0)
		return err;
	new.inode = number;
	err = fill_new(&new, directory, spec);
	if (err == 0 && name != NULL)
		err = ext2_directory_add(directory, name, &new);
	if (err != 0) {
		discard_new(&new);
		return err;
	}
	*inode = number;
	if (!is_directory)
		return 0;
	directory->nlinks++;
	return ext2_store(directory);
}

int
ext2_create(struct vnode *directory, const struct vfs_name *name,
    const struct vnode_spec *spec, uint64_t *inode)
{
	struct ext2 *fs = ext2_of(directory);
	int err;

	if (spec->type == VNODE_DIRECTORY &&
	    directory->nlinks >= EXT2_LINKS_MAX)
		return -EMLINK;
	if (spec->type == VNODE_SYMLINK &&
	    strlen(spec->target) >= fs->block_bytes)
		return -ENAMETOOLONG;
	if (spec->major > DEVICE_MAJOR_LAST || spec->minor > DEVICE_MINOR_LAST)
		return -EINVAL;
	err = ext2_begin(fs);
	if (err != 0)
		return err;
	err = create(directory, name, spec, inode);
	ext2_end(fs);
	return err;
}

int
ext2_link(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(directory);
	int err;

	if (vnode->nlinks >= EXT2_LINKS_MAX)
		return -EMLINK;
	err = ext2_begin(fs);
	if (err != 0)
		return err;
	err = ext2_directory_add(directory, name, vnode);
	if (err == 0) {
		vnode->nlinks++;
		vnode_touch_inode(vnode);
		err = ext2_store(vnode);
	}
	ext2_end(fs);
	return err;
}

/* A name of `vnode` in `directory` is gone.  needs: an operation */
static int
count_unlinked(struct vnode *directory, struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(vnode);

	if (vnode->type == VNODE_DIRECTORY) {
		/* Its own "." is gone too; its ".." counted for the parent. */
		vnode->nlinks = 0;
		if (directory->nlinks <= 2)
			return ext2_corrupt(fs, "too few links has directory",
			    directory->inode);
		directory->nlinks--;
	} else {
		vnode->nlinks--;
	}
	vnode_touch_inode(vnode);
	return 0;
}

int
ext2_unlink(struct vnode *directory, const struct vfs_name *name,
    struct vnode *vnode)
{
	struct ext2 *fs = ext2_of(directory);
	int err;

	if (vnode->type == VNODE_DIRECTORY) {
		int empty = ext2_directory_is_empty(vnode);

		if (empty <= 0)
			return empty < 0 ? empty : -ENOTEMPTY;
	}
	err = ext2_begin(fs);
	if (err != 0)
		return err;
	err = ext2_directory_remove(directory, name);
	if (err == 0)
		err = count_unlinked(directory, vnode);
	if (err == 0)
		err = ext2_store(vnode);
	if (err == 0)
		err = ext2_store(directory);
	ext2_end(fs);
	return err;
}

/* A directory has another parent: its "..", and the parents' counts. */
static int
move_directory(struct vnode *vnode, struct vnode *old_directory,
    struct vnode *new_directory)
{
	const struct vfs_name dotdot = { "..", 2 };
	int err = ext2_directory_point(vnode, &dotdot, new_directory);

	if (err != 0)
		return err == -ENOENT ? ext2_corrupt(ext2_of(vnode),
		    "no parent has directory", vnode->inode) : err;
	if (old_directory->nlinks <= 2)
		return ext2_corrupt(ext2_of(vnode),
		    "too few links has directory", old_directory->inode);
	old_directory->nlinks--;
	new_directory->nlinks++;
	return 0;
}

/* needs: an operation; the arguments of ext2_rename were checked */
static int
rename(struct vnode *vnode, struct vnode *old_directory,
    const struct vfs_name *old, struct vnode *new_directory,
    const struct vfs_name *new, struct vnode *target)
{
	int err;

	if (target != NULL)
		err = ext2_directory_point(new_directory, new, vnode);
	else
		err = ext2_directory_add(new_directory, new, vnode);
	if (err == 0)
		err = ext2_directory_remove(old_directory, old);
	if (err == 0 && target != NULL)
		err = count_unlinked(new_directory, target);
	if (err == 0 && target != NULL)
		err = ext2_store(target);
	if (err == 0 && vnode->type == VNODE_DIRECTORY &&
	    old_directory != new_directory)
		err = move_directory(vnode, old_directory, new_directory);
	if (err != 0)
		return err;
	vnode_touch_inode(vnode);
	err = ext2_store(vnode);
	if (err == 0)
		err = ext2_store(old_directory);
	if (err == 0)
		err = ext2_store(new_directory);
	return err;
}

int
ext2_rename(struct vnode *vnode, struct vnode *old_directory,
    const struct vfs_name *old, struct vnode *new_directory,
    const struct vfs_name *new, struct vnode *target)
{
	struct ext2 *fs = ext2_of(vnode);
	int err;

	if (vnode->type == VNODE_DIRECTORY && target != NULL) {
		int empty = ext2_directory_is_empty(target);

		if (empty <= 0)
			return empty < 0 ? empty : -ENOTEMPTY;
	} else if (vnode->type == VNODE_DIRECTORY &&
	    new_directory->nlinks >= EXT2_LINKS_MAX) {
		return -EMLINK;
	}
	err = ext2_begin(fs);
	if (err != 0)
		return err;
	err = rename(vnode, old_directory, old, new_directory, new, target);
	ext2_end(fs);
	return err;
}

/* One half of an exchange: `vnode` gets another's name.  needs: an operation */
static int
take_name(struct vnode *vnode, struct vnode *old_directory,
    struct vnode *new_directory, const struct vfs_name *new)
{
	int err = ext2_directory_point(new_directory, new, vnode);

	if (err == 0 && vnode->type == VNODE_DIRECTORY &&
	    old_directory != new_directory)
		err = move_directory(vnode, old_directory, new_directory);
	if (err != 0)
		return err;
	vnode_touch_inode(vnode);
	return ext2_store(vnode);
}

int
ext2_exchange(struct vnode *one, struct vnode *one_directory,
    const struct vfs_name *one_name, struct vnode *other,
    struct vnode *other_directory, const struct vfs_name *other_name)
{
	struct ext2 *fs = ext2_of(one);
	int err;

	if ((one->type == VNODE_DIRECTORY) != (other->type == VNODE_DIRECTORY) &&
	    (one_directory->nlinks >= EXT2_LINKS_MAX ||
	    other_directory->nlinks >= EXT2_LINKS_MAX))
		return -EMLINK;
	err = ext2_begin(fs);
	if (err != 0)
		return err;
	err = take_name(one, one_directory, other_directory, other_name);
	if (err == 0)
		err = take_name(other, other_directory, one_directory, one_name);
	if (err == 0)
		err = ext2_store(one_directory);
	if (err == 0)
		err = ext2_store(other_directory);
	ext2_end(fs);
	return err;
}
