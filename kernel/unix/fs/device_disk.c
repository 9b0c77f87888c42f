/*
 * The disk as a file: its bytes as they are on it, past the block cache, to be
 * looked at.  It cannot be written: it is mounted.
 */
#include "unix/fs/device_inner.h"

#include "core/base/errno.h"
#include "core/mem/frame.h"
#include "core/vm/uio.h"
#include "core/vm/user.h"
#include "unix/dev/block.h"
#include "unix/fs/file.h"

/* ioctl requests of Linux's block devices */
#define BLKROGET	0x125eu
#define BLKGETSIZE	0x1260u
#define BLKSSZGET	0x1268u
#define BLKBSZGET	0x80081270u
#define BLKGETSIZE64	0x80081272u

static struct block_device *disk;	/* [c] once the root is mounted */

void
device_set_disk(struct block_device *device)
{
	disk = device;
}

static uint64_t
disk_bytes(void)
{
	return disk->nsectors * SECTOR_BYTES;
}

uint64_t
device_disk_bytes(void)
{
	return disk != NULL ? disk_bytes() : 0;
}

static int
disk_open(struct file *file)
{
	if (disk == NULL)
		return -ENXIO;
	return file->flags & FILE_WRITE ? -EBUSY : 0;
}

/* Move what one page's worth of sectors at `offset` has for the reader. */
static int64_t
read_piece(struct uio *uio, uint64_t offset, uint8_t *page)
{
	uint64_t start = ROUND_DOWN(offset, PAGE_BYTES);
	uint64_t end = MIN(start + PAGE_BYTES, disk_bytes());
	size_t moved;
	int err;

	err = disk->transfer(disk, start / SECTOR_BYTES, page,
	    (uint32_t)((end - start) / SECTOR_BYTES), false);
	if (err != 0)
		return err;
	moved = uio_put(uio, page + (offset - start),
	    MIN(end - offset, uio->left));
	return moved > 0 ? (int64_t)moved : -EFAULT;
}

static int64_t
disk_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint8_t *page = frame_alloc_kernel();
	int64_t done = 0, moved = 0;

	(void)file;
	if (page == NULL)
		return -ENOMEM;
	while (uio->left > 0 && *offset < disk_bytes()) {
		if (done > 0 && device_reader_interrupted())
			break;
		moved = read_piece(uio, *offset, page);
		if (moved < 0)
			break;
		*offset += moved;
		done += moved;
	}
	frame_free_kernel(page);
	return done > 0 ? done : MIN(moved, 0);
}

static int64_t
disk_seek(struct file *file, int64_t offset, int whence)
{
	int64_t base = whence == SEEK_SET ? 0 :
	    whence == SEEK_CUR ? (int64_t)file->offset :
	    (int64_t)disk_bytes();

	if (whence < SEEK_SET || whence > SEEK_END)
		return -EINVAL;
	if (__builtin_add_overflow(base, offset, &offset) || offset < 0 ||
	    (uint64_t)offset > disk_bytes())
		return -EINVAL;
	file->offset = (uint64_t)offset;
	return offset;
}

static int64_t
disk_ioctl(struct file *file, uint32_t request, vaddr_t argument)
{
	uint64_t value;

	(void)file;
	switch (request) {
	case BLKGETSIZE64:
		value = disk_bytes();
		return user_write(argument, &value, sizeof(value), NULL);
	case BLKGETSIZE:
		value = disk->nsectors;
		return user_write(argument, &value, sizeof(value), NULL);
	case BLKSSZGET:
	case BLKBSZGET:
		value = SECTOR_BYTES;
		return user_write(argument, &value, sizeof(uint32_t), NULL);
	case BLKROGET:
		value = disk->read_only;
		return user_write(argument, &value, sizeof(uint32_t), NULL);
	default:
		return -ENOTTY;
	}
}

const struct file_ops device_disk_ops = {
	.name = "/dev/vda",
	.open = disk_open,
	.read = disk_read,
	.seek = disk_seek,
	.ioctl = disk_ioctl,
};
