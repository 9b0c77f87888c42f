/* Block devices: numbered sectors of 512 bytes. */
#pragma once

#include "core/base/types.h"

#define SECTOR_BYTES	512

struct block_device {
	const char *name;
	uint64_t nsectors;
	bool read_only;
	/*
	 * Move `nsectors` sectors between the device and `data`, which is in
	 * the direct map and does not cross a page.  Sleeps until done.
	 * returns: 0 or -EIO (out of range, the device failed)
	 */
	int (*transfer)(struct block_device *device, uint64_t sector,
	    void *data, uint32_t nsectors, bool write);
	/* Make what was written durable.  returns: 0 or -EIO */
	int (*flush)(struct block_device *device);
};
