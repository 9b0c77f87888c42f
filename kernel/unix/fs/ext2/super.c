/*
 * Mounting ext2: what a disk must look like, the mark that says whether it
 * was left in order, and the brackets around what changes it.
 *
 * Supported: revisions 0 and 1, blocks of 1, 2 and 4 KiB, filetype,
 * sparse_super, large_file.  Features that only writers must know make the
 * mount read-only; others refuse it.  The journal of an ext3 is not used.
 */
#include "unix/fs/ext2/super.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/mem/frame.h"
#include "unix/dev/block.h"
#include "unix/fs/ext2/known.h"
#include "unix/fs/ext2/data.h"
#include "unix/fs/ext2/directory.h"
#include "unix/fs/ext2/group.h"
#include "unix/fs/ext2/inode.h"
#include "unix/fs/ext2/names.h"

uint32_t
ext2_now(const struct ext2 *fs)
{
	struct timestamp now = vfs_now();

	return (uint32_t)MAX(MIN(now.seconds, UINT32_MAX), fs->last_seen);
}

int
ext2_corrupt(struct ext2 *fs, const char *what, uint64_t number)
{
	if (!fs->reported)
		print("ext2: %s is damaged: %s %lu\n", fs->mount->device->name,
		    what, (unsigned long)number);
	fs->reported = fs->corrupt = true;
	return -EIO;
}

void
ext2_super_dirty(struct ext2 *fs)
{
	buffer_dirty(fs->cache, fs->super_buffer, BUFFER_SUPER);
}

int
ext2_begin(struct ext2 *fs)
{
	int err;

	if (fs->read_only || (fs->mount->flags & MOUNT_READ_ONLY))
		return -EROFS;
	if (!fs->writing) {
		/* First of all: whoever finds the disk like this checks it. */
		fs->super->state &= (uint16_t)~EXT2_STATE_VALID;
		fs->super->mount_time = ext2_now(fs);
		fs->super->mount_count++;
		err = buffer_write(fs->cache, fs->super_buffer);
		if (err != 0)
			return err;
		fs->writing = true;
	}
	return buffer_begin(fs->cache);
}

void
ext2_end(struct ext2 *fs)
{
	buffer_end(fs->cache);
}

static int
refuse(const struct mount *mount, const char *why)
{
	print("ext2: %s: %s\n", mount->device->name, why);
	return -EINVAL;
}

/* Sizes that the rest of mounting computes with. */
static int
check_sizes(const struct mount *mount, const struct ext2_super *super)
{
	uint32_t block_bytes, nbits;

	if (super->log_block_size > 2)
		return refuse(mount, "blocks larger than 4096 bytes");
	block_bytes = EXT2_SUPER_BYTES << super->log_block_size;
	nbits = 8 * block_bytes;
	if (super->blocks_per_group == 0 || super->blocks_per_group > nbits ||
	    super->inodes_per_group == 0 || super->inodes_per_group > nbits)
		return refuse(mount, "its groups cannot be that large");
	if (super->first_data_block != (block_bytes == 1024 ? 1 : 0) ||
	    super->blocks_count <= super->first_data_block)
		return refuse(mount, "its blocks start where they cannot");
	if (super->blocks_count >
	    mount->device->nsectors / (block_bytes / SECTOR_BYTES))
		return refuse(mount, "the disk is smaller than its file "
		    "system: a truncated image?");
	if (super->revision == 0)
		return 0;
	if (super->inode_bytes < EXT2_INODE_BYTES_OLD ||
	    super->inode_bytes > block_bytes ||
	    (super->inode_bytes & (super->inode_bytes - 1)) != 0)
		return refuse(mount, "inodes of an impossible size");
	if (super->first_inode < EXT2_FIRST_INODE_OLD ||
	    super->first_inode > super->inodes_count)
		return refuse(mount, "its first inode cannot be that");
	return 0;
}

static int
check_features(const struct mount *mount, const struct ext2_super *super)
{
	uint32_t unknown = super->incompat & ~EXT2_INCOMPAT_FILETYPE;

	if (super->revision == 0 || unknown == 0)
		return 0;
	print("ext2: %s: features 0x%x are not supported "
	    "(make it with mke2fs -t ext2)\n", mount->device->name, unknown);
	return -EINVAL;
}

static void
set_features(struct ext2 *fs, const struct ext2_super *super)
{
	uint32_t unknown = super->ro_compat &
	    ~(EXT2_RO_SPARSE_SUPER | EXT2_RO_LARGE_FILE);

	fs->inode_bytes = EXT2_INODE_BYTES_OLD;
	fs->first_inode = EXT2_FIRST_INODE_OLD;
	if (super->revision == 0)
		return;
	fs->inode_bytes = super->inode_bytes;
	fs->first_inode = super->first_inode;
	fs->has_types = super->incompat & EXT2_INCOMPAT_FILETYPE;
	fs->is_sparse = super->ro_compat & EXT2_RO_SPARSE_SUPER;
	fs->has_large_files = super->ro_compat & EXT2_RO_LARGE_FILE;
	fs->has_size_high = true;
	if (unknown != 0) {
		print("ext2: %s: features 0x%x are not supported for writing; "
		    "mounted read-only\n", fs->mount->device->name, unknown);
		fs->read_only = true;
	}
}

static uint32_t
divide_up(uint32_t number, uint32_t by)
{
	return (number + by - 1) / by;
}

/* Fill in *fs from a super block that passed the checks above. */
static int
set_geometry(struct ext2 *fs, const struct ext2_super *super)
{
	fs->block_bytes = EXT2_SUPER_BYTES << super->log_block_size;
	fs->blocks_count = super->blocks_count;
	fs->first_block = super->first_data_block;
	fs->blocks_per_group = super->blocks_per_group;
	fs->inodes_count = super->inodes_count;
	fs->inodes_per_group = super->inodes_per_group;
	fs->nentries = fs->block_bytes / sizeof(uint32_t);
	fs->read_only = fs->mount->device->read_only;
	set_features(fs, super);

	fs->ngroups = divide_up(fs->blocks_count - fs->first_block,
	    fs->blocks_per_group);
	fs->ntable_blocks = divide_up(fs->inodes_per_group,
	    fs->block_bytes / fs->inode_bytes);
	fs->ngroup_blocks = divide_up(fs->ngroups,
	    fs->block_bytes / sizeof(struct ext2_group));
	fs->groups_block = fs->first_block + 1;
	/* A deletion time below the inode count would read as a list link. */
	fs->last_seen = MAX(MAX(super->mount_time, super->write_time),
	    MAX(super->check_time, fs->inodes_count));

	if ((uint64_t)fs->ngroups * fs->inodes_per_group != fs->inodes_count)
		return refuse(fs->mount, "its count of inodes is wrong");
	if (1 + fs->ngroup_blocks >= ext2_group_blocks(fs, 0))
		return refuse(fs->mount, "its first group is too small");
	if (super->free_blocks > fs->blocks_count ||
	    super->free_inodes > fs->inodes_count)
		return refuse(fs->mount, "more is free than there is");
	return 0;
}

/* Read the super block past the cache, whose block size it tells. */
static int
read_super(struct mount *mount, struct ext2_super *super)
{
	struct block_device *device = mount->device;
	void *page = frame_alloc_kernel();
	int err;

	if (page == NULL)
		return -ENOMEM;
	err = device->transfer(device, EXT2_SUPER_OFFSET / SECTOR_BYTES, page,
	    EXT2_SUPER_BYTES / SECTOR_BYTES, false);
	memcpy(super, page, sizeof(*super));
	frame_free_kernel(page);
	if (err != 0) {
		print("ext2: %s: cannot read the super block\n", device->name);
		return err;
	}
	if (super->magic != EXT2_MAGIC)
		return -ENODEV;
	if (super->revision > 1)
		return refuse(mount, "a revision that is not known");
	return 0;
}

static int
ext2_mount(struct mount *mount, const struct mount_request *request,
    uint64_t *root)
{
	/* One mount, of the one disk; both are too large for the stack. */
	static struct ext2 the_fs;
	static struct ext2_super super;
	struct ext2 *fs = &the_fs;
	int err;

	if (request->options[0] != '\0')
		return -EINVAL;
	err = read_super(mount, &super);
	if (err == 0)
		err = check_sizes(mount, &super);
	if (err == 0)
		err = check_features(mount, &super);
	if (err != 0)
		return err;
	memset(fs, 0, sizeof(*fs));
	ext2_known_clear();
	fs->mount = mount;
	err = set_geometry(fs, &super);
	if (err != 0)
		return err;
	err = buffer_open(mount->device, fs->block_bytes, &fs->cache);
	if (err != 0)
		return err;
	err = buffer_read(fs->cache, EXT2_SUPER_OFFSET / fs->block_bytes,
	    &fs->super_buffer);
	if (err != 0)
		return err;
	fs->super = (struct ext2_super *)(fs->super_buffer->data +
	    EXT2_SUPER_OFFSET % fs->block_bytes);
	err = ext2_groups_check(fs);
	if (err != 0)
		return err;
	if (!(fs->super->state & EXT2_STATE_VALID))
		print("ext2: %s was not unmounted; run e2fsck on it\n",
		    mount->device->name);
	fs->corrupt = fs->super->state & EXT2_STATE_ERROR ||
	    !(fs->super->state & EXT2_STATE_VALID);
	if (fs->read_only)
		mount->flags |= MOUNT_READ_ONLY;
	mount->private = fs;
	*root = EXT2_ROOT_INODE;
	return 0;
}

static int
ext2_sync(struct mount *mount)
{
	struct ext2 *fs = mount->private;
	int err = buffer_sync(fs->cache);

	return err != 0 ? err : buffer_flush(fs->cache);
}

/* Write all, and then that the disk is in order.  returns: 0 or -EIO */
static int
leave_clean(struct mount *mount)
{
	struct ext2 *fs = mount->private;
	int err = ext2_sync(mount);

	if (err == 0 && fs->writing) {
		fs->super->write_time = ext2_now(fs);
		/* What was found damaged stays so until it is checked. */
		if (!fs->corrupt)
			fs->super->state |= EXT2_STATE_VALID;
		err = buffer_write(fs->cache, fs->super_buffer);
		if (err == 0)
			err = buffer_flush(fs->cache);
		fs->writing = err != 0;
	}
	return err;
}

static int
ext2_unmount(struct mount *mount)
{
	struct ext2 *fs = mount->private;
	int err = leave_clean(mount);

	buffer_put(fs->super_buffer);
	return err;
}

static int
ext2_remount(struct mount *mount, const struct mount_request *request)
{
	struct ext2 *fs = mount->private;

	if (request->options[0] != '\0')
		return -EINVAL;
	if (!(request->flags & MOUNT_READ_ONLY))
		return fs->read_only ? -EROFS : 0;
	if (mount->flags & MOUNT_READ_ONLY)
		return 0;
	/* What is unlinked but held must be released on the disk later. */
	return vnode_any_unlinked(mount) ? -EBUSY : leave_clean(mount);
}

static int
ext2_statfs(struct mount *mount, struct vfs_statfs *out)
{
	const struct ext2 *fs = mount->private;
	const struct ext2_super *super = fs->super;
	uint64_t overhead = 0;

	for (uint32_t group = 0; group < fs->ngroups; group++)
		overhead += ext2_group_overhead(fs, group);
	out->block_bytes = fs->block_bytes;
	out->nblocks = fs->blocks_count - fs->first_block - overhead;
	out->free_blocks = super->free_blocks;
	out->available_blocks = super->free_blocks;
	out->ninodes = fs->inodes_count;
	out->free_inodes = super->free_inodes;
	out->name_max = EXT2_NAME_MAX;
	return 0;
}

const struct vfs_ops ext2_ops = {
	.name = "ext2",
	.magic = EXT2_MAGIC,
	.needs_device = true,
	.has_pages = true,
	.makes_unnamed = true,
	.mount = ext2_mount,
	.unmount = ext2_unmount,
	.remount = ext2_remount,
	.sync = ext2_sync,
	.statfs = ext2_statfs,
	.load = ext2_load,
	.release = ext2_release,
	.store = ext2_store_alone,
	.lookup = ext2_lookup,
	.create = ext2_create,
	.link = ext2_link,
	.unlink = ext2_unlink,
	.rename = ext2_rename,
	.exchange = ext2_exchange,
	.read = ext2_read,
	.write = ext2_write,
	.truncate = ext2_truncate,
	.allocate = ext2_allocate,
	.seek_data = ext2_seek_data,
	.readdir = ext2_readdir,
	.known_name = ext2_known_name,
	.readlink = ext2_readlink,
};
