/* Block devices: numbered sectors of 512 bytes. */
#pragma once

#include "core/base/types.h"

#define SECTOR_BYTES	512

/* One of several transfers that are asked for together. */
struct block_request {
	uint64_t sector;
	void *data;			/* as for transfer */
	uint32_t nsectors;
	int result;			/* given: 0 or -EIO */
};

/* How many are worth asking for at once: what a disk takes in flight. */
#define BLOCK_BATCH	16

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
	/* The same for `count` requests, in any order, each with its result.
	 * NULL: the device cannot; transfer them one by one. */
	void (*transfer_many)(struct block_device *device,
	    struct block_request *requests, uint32_t count, bool write);
	/* Make what was written durable.  returns: 0 or -EIO */
	int (*flush)(struct block_device *device);
};
