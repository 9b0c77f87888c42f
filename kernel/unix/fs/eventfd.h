/* Eventfd: a number that one adds to and another waits for. */
#pragma once

#include "unix/fs/file.h"

/* semaphore: a read takes 1, not all.  flags: FILE_NONBLOCK or 0.
 * returns: 0, -ENFILE, -ENOMEM */
int eventfd_create(uint32_t initial, bool semaphore, uint32_t flags,
    struct file **out);
