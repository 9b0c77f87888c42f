/* Character devices: who serves which number. */
#include "unix/fs/chardev.h"

#include "unix/dev/console.h"

static int64_t
console_device_read(uint16_t minor, vaddr_t to, size_t len)
{
	(void)minor;
	return console_read(to, len);
}

static int64_t
console_device_write(uint16_t minor, vaddr_t from, size_t len)
{
	(void)minor;
	return console_write(from, len);
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
