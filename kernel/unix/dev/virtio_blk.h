/* Disks: virtio-blk over virtio-mmio (Virtual I/O Device 1.1, 4.2 and 5.2). */
#pragma once

#include "unix/dev/block.h"

/* Find the first disk.  needs: interrupts routed (irq.h)
 * returns: the device; NULL, with a line in the log, if there is none */
struct block_device *virtio_blk_init(void);
