/* Character devices: who serves which number. */
#include "unix/fs/chardev.h"

#include "core/base/errno.h"
#include "core/vm/uio.h"
#include "unix/dev/console.h"
#include "unix/dev/tty.h"

static int64_t
console_device_read(uint16_t minor, vaddr_t to, size_t len)
{
	struct uio_part part;
	struct uio uio;

	(void)minor;
	if (console_tty() == NULL)
		return -EIO;
	uio_user(&uio, &part, to, len);
	return tty_read(console_tty(), &uio, false);
}

static int64_t
console_device_write(uint16_t minor, vaddr_t from, size_t len)
{
	struct uio_part part;
	struct uio uio;

	(void)minor;
	if (console_tty() == NULL)
		return -EIO;
	uio_user(&uio, &part, from, len);
	return tty_write(console_tty(), &uio, false);
}

static const struct chardev devices[] = {
	[CHARDEV_CONSOLE] = { console_device_read, console_device_write },
};

const struct chardev *
chardev_find(uint16_t major)
{
	if (major >= ARRAY_LEN(devices) || devices[major].read == NULL)
		return NULL;
	return &devices[major];
}
