/* Devices without a device: null, zero, full, random, and the log. */
#include "unix/fs/device_inner.h"

#include "core/base/errno.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/vm/object.h"
#include "core/vm/uio.h"
#include "unix/dev/random.h"
#include "unix/fs/file.h"

/* Between looks at whether the reader was interrupted. */
#define CHUNK_BYTES	(1u << 20)
#define RANDOM_BYTES	256
#define LOG_BYTES	200

/* Their offset means nothing, and stays 0. */
static int64_t
seek_nowhere(struct file *file, int64_t offset, int whence)
{
	(void)file;
	(void)offset;
	(void)whence;
	return 0;
}

static int64_t
read_nothing(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)file;
	(void)uio;
	(void)offset;
	return 0;
}

static int64_t
write_away(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint64_t len = uio->left;

	(void)file;
	(void)offset;
	/* Nothing is looked at, so nothing can fault. */
	return (int64_t)len;
}

static int64_t
write_full(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)file;
	(void)offset;
	return uio->left > 0 ? -ENOSPC : 0;
}

/*
 * Fill what the reader asked for, a chunk at a time.
 * needs: chunk: moves up to `len` bytes; returns how many arrived
 */
static int64_t
read_endless(struct uio *uio, size_t (*chunk)(struct uio *uio, size_t len),
    size_t chunk_bytes)
{
	int64_t done = 0;

	while (uio->left > 0) {
		size_t want = MIN(uio->left, chunk_bytes), moved;

		if (done > 0 && device_reader_interrupted())
			break;
		moved = chunk(uio, want);
		done += moved;
		if (moved < want)
			return done > 0 ? done : -EFAULT;
	}
	return done;
}

static int64_t
read_zeros(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)file;
	(void)offset;
	return read_endless(uio, uio_put_zeros, CHUNK_BYTES);
}

static size_t
put_random(struct uio *uio, size_t len)
{
	uint8_t bytes[RANDOM_BYTES];

	random_bytes(bytes, len);
	return uio_put(uio, bytes, len);
}

int64_t
device_read_random(struct uio *uio)
{
	return read_endless(uio, put_random, RANDOM_BYTES);
}

static int64_t
read_random(struct file *file, struct uio *uio, uint64_t *offset)
{
	(void)file;
	(void)offset;
	return device_read_random(uio);
}

static int64_t
write_random(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint8_t bytes[RANDOM_BYTES];
	int64_t done = 0;

	(void)file;
	(void)offset;
	while (uio->left > 0) {
		size_t got = uio_get(uio, bytes, sizeof(bytes));

		if (got == 0)
			return done > 0 ? done : -EFAULT;
		random_add(bytes, got);
		done += got;
	}
	return done;
}

/* A private mapping of zeros is memory like any other; so is a shared one. */
static int
map_zeros(struct file *file, struct file_map *map)
{
	(void)file;
	map->first_page = 0;
	map->may_write = true;
	return object_create_anon((uint32_t)(map->len / PAGE_BYTES),
	    &map->object);
}

/* One write is one message; "<N>" before it is a priority, which the log does
 * not keep. */
static int64_t
write_log(struct file *file, struct uio *uio, uint64_t *offset)
{
	char text[LOG_BYTES + 1], *start = text;
	int64_t len = (int64_t)uio->left;
	size_t got;

	(void)file;
	(void)offset;
	got = uio_get(uio, text, MIN(uio->left, LOG_BYTES));
	if (got == 0)
		return len > 0 ? -EFAULT : 0;
	text[got] = '\0';
	if (text[0] == '<' && strchr(text, '>') != NULL)
		start = strchr(text, '>') + 1;
	if (text[got - 1] == '\n')
		text[got - 1] = '\0';
	print("%s\n", start);
	return len;
}

const struct file_ops device_null_ops = {
	.name = "/dev/null",
	.read = read_nothing,
	.write = write_away,
	.seek = seek_nowhere,
};

const struct file_ops device_zero_ops = {
	.name = "/dev/zero",
	.read = read_zeros,
	.write = write_away,
	.seek = seek_nowhere,
	.map = map_zeros,
};

const struct file_ops device_full_ops = {
	.name = "/dev/full",
	.read = read_zeros,
	.write = write_full,
	.seek = seek_nowhere,
};

const struct file_ops device_random_ops = {
	.name = "/dev/random",
	.read = read_random,
	.write = write_random,
	.seek = seek_nowhere,
};

const struct file_ops device_log_ops = {
	.name = "/dev/kmsg",
	.write = write_log,
};
