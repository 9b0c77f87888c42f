/*
 * Devices by number, which are Linux's: what a VNODE_DEVICE or a
 * VNODE_BLOCK_DEVICE opens.
 *
 *	1:1 console (as xv6's programs make it)  1:3 null  1:5 zero  1:7 full
 *	1:8 random  1:9 urandom  1:11 kmsg  4:64 ttyS0  5:0 tty  5:1 console
 *	5:2 ptmx  136.. pts/N;  block 254:0 vda
 */
#pragma once

#include "core/base/types.h"

struct file_ops;

#define DEVICE_MEMORY	1	/* majors */
#define DEVICE_SERIAL	4
#define DEVICE_TERMINAL	5
#define DEVICE_PTS	136
#define DEVICE_DISK	254	/* block */

/* For device_open: do not make a terminal the opener's (O_NOCTTY). */
#define DEVICE_NO_TERMINAL	1u

/*
 * Open a device.  file_open calls it; what *ops->release gets back is *private
 * (in file->private).
 * returns: 0; -ENXIO: there is no such device; -EIO, -EAGAIN, -ENOMEM, -EBUSY
 */
int device_open(bool block, uint32_t major, uint32_t minor, uint32_t flags,
    const struct file_ops **ops, void **private);
