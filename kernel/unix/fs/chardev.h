/* Character devices by major number: what a VNODE_DEVICE opens. */
#pragma once

#include "core/base/types.h"

struct chardev {
	int64_t (*read)(uint16_t minor, vaddr_t to, size_t len);
	int64_t (*write)(uint16_t minor, vaddr_t from, size_t len);
};

#define CHARDEV_CONSOLE	1	/* the number xv6's programs make it with */

/* returns: NULL if there is none */
const struct chardev *chardev_find(uint16_t major);
