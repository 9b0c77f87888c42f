/*
 * Devices by number, which are Linux's: what a VNODE_DEVICE or a
 * VNODE_BLOCK_DEVICE opens.
 *
 *	1:0, 1:1 console (as xv6's programs make it)  1:3 null  1:5 zero  1:7 full
 *	1:8 random  1:9 urandom  1:11 kmsg  4:64 ttyS0  5:0 tty  5:1 console
 *	5:2 ptmx  136:N pts/N;  block 254:0 vda
 */
#pragma once

#include "core/base/types.h"

struct block_device;
struct file_ops;
struct uio;

#define DEVICE_MEMORY	1	/* majors */
#define DEVICE_SERIAL	4
#define DEVICE_TERMINAL	5
#define DEVICE_PTS	136
#define DEVICE_DISK	254	/* block */

/*
 * Which ops serve a device; their `open` does the rest.
 * returns: NULL: there is no such device
 */
const struct file_ops *device_ops(bool block, uint32_t major, uint32_t minor);

/* What /dev/random gives, for getrandom too.
 * returns: bytes; -EFAULT if there are none; fewer after an interruption */
int64_t device_read_random(struct uio *uio);

/* The disk behind vda; NULL: there is none.  Once, at boot. */
void device_set_disk(struct block_device *disk);
/* Its size; 0 without one. */
uint64_t device_disk_bytes(void);
