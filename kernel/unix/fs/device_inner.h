/* The kinds of devices, for the table in device.c. */
#pragma once

#include "core/base/atomic.h"
#include "core/task/thread.h"
#include "unix/fs/device.h"

/* device_memory.c */
extern const struct file_ops device_null_ops, device_zero_ops,
    device_full_ops, device_random_ops, device_log_ops;
/* device_tty.c: which one, `open` finds by the vnode's number. */
extern const struct file_ops device_tty_ops, device_ptmx_ops;
/* device_disk.c */
extern const struct file_ops device_disk_ops;

/* Whether the reader of something endless wants to come back. */
static inline bool
device_reader_interrupted(void)
{
	return atomic_load_relaxed(&thread_this()->interrupted);
}
