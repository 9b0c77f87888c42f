/* Character devices: who serves which number. */
#include "unix/fs/chardev.h"

#include "core/base/errno.h"
#include "unix/dev/console.h"
#include "unix/dev/tty.h"
#include "unix/fs/device.h"

static int64_t
console_file_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)offset;
	if (console_tty() == NULL)
		return -EIO;
	return tty_read(console_tty(), uio, file_nonblock(file));
}

static int64_t
console_file_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)offset;
	if (console_tty() == NULL)
		return -EIO;
	return tty_write(console_tty(), uio, file_nonblock(file));
}

const struct file_ops console_ops = {
	.name = "console",
	.read = console_file_read,
	.write = console_file_write,
};

int
device_open(bool block, uint32_t major, uint32_t minor, uint32_t flags,
    const struct file_ops **ops, void **private)
{
	(void)minor;
	(void)flags;
	if (block || major != DEVICE_MEMORY)
		return -ENXIO;
	*ops = &console_ops;
	*private = NULL;
	return 0;
}
