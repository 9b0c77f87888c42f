/*
 * The RAM disk: a disk image that the loader left in memory (QEMU's -initrd),
 * read and written there.  What is written to it is gone at power-off.
 */
#pragma once

#include "unix/dev/block.h"

/* returns: the device; NULL if the loader left no image, or not a sector */
struct block_device *ramdisk_init(void);
