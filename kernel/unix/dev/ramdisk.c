/*
 * Sector n is the bytes from n * SECTOR_BYTES on of the range that boot keeps
 * aside (core/cpu/boot.h); a transfer is a copy, done when it returns, so
 * nothing here waits, and nothing depends on how fast a device is.
 *
 * There is no lock: two transfers at once move different sectors, since the
 * block cache has each block once and locks it meanwhile.
 */
#include "unix/dev/ramdisk.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/cpu/layout.h"

static uint8_t *sectors;	/* [c] the first byte of the first */

static int
ramdisk_transfer(struct block_device *device, uint64_t sector, void *data,
    uint32_t nsectors, bool write)
{
	uint64_t nbytes = (uint64_t)nsectors * SECTOR_BYTES;
	uint8_t *place;

	if (nsectors == 0 || sector >= device->nsectors ||
	    nsectors > device->nsectors - sector)
		return -EIO;
	ASSERT(((vaddr_t)data & PAGE_MASK) + nbytes <= PAGE_BYTES);
	place = sectors + sector * SECTOR_BYTES;
	if (write)
		memcpy(place, data, nbytes);
	else
		memcpy(data, place, nbytes);
	return 0;
}

/* Nothing lasts longer than the memory, and there it is already. */
static int
ramdisk_flush(struct block_device *device)
{
	(void)device;
	return 0;
}

static struct block_device ramdisk = {
	.name = "ramdisk",
	.transfer = ramdisk_transfer,
	.flush = ramdisk_flush,
};

struct block_device *
ramdisk_init(void)
{
	uint64_t nbytes = machine()->ramdisk_end - machine()->ramdisk_start;

	if (nbytes < SECTOR_BYTES)
		return NULL;
	sectors = direct_pointer(machine()->ramdisk_start);
	ramdisk.nsectors = nbytes / SECTOR_BYTES;
	print("ramdisk: %lu KiB, gone at power-off\n", nbytes / 1024);
	return &ramdisk;
}
