/* Devices by number: who serves which. */
#include "unix/fs/device.h"

#include "unix/fs/device_inner.h"

static const struct {
	uint32_t major, minor;
	bool block;
	const struct file_ops *ops;
} devices[] = {
	{ DEVICE_MEMORY, 0, false, &device_tty_ops },
	{ DEVICE_MEMORY, 1, false, &device_tty_ops },
	{ DEVICE_MEMORY, 3, false, &device_null_ops },
	{ DEVICE_MEMORY, 5, false, &device_zero_ops },
	{ DEVICE_MEMORY, 7, false, &device_full_ops },
	{ DEVICE_MEMORY, 8, false, &device_random_ops },
	{ DEVICE_MEMORY, 9, false, &device_random_ops },
	{ DEVICE_MEMORY, 11, false, &device_log_ops },
	{ DEVICE_SERIAL, 64, false, &device_tty_ops },
	{ DEVICE_TERMINAL, 0, false, &device_tty_ops },
	{ DEVICE_TERMINAL, 1, false, &device_tty_ops },
	{ DEVICE_TERMINAL, 2, false, &device_ptmx_ops },
	{ DEVICE_DISK, 0, true, &device_disk_ops },
};

const struct file_ops *
device_ops(bool block, uint32_t major, uint32_t minor)
{
	if (!block && major == DEVICE_PTS)
		return &device_tty_ops;
	for (uint32_t i = 0; i < ARRAY_LEN(devices); i++)
		if (devices[i].block == block && devices[i].major == major &&
		    devices[i].minor == minor)
			return devices[i].ops;
	return NULL;
}
