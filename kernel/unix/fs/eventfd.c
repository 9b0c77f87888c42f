/*
 * Eventfd.  A read takes the number, or 1 of it, once it is not 0; a write
 * adds to it, once it fits.
 */
#include "unix/fs/eventfd.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/task/wait.h"
#include "core/vm/heap.h"

/* The highest it can stand at. */
#define COUNT_MAX	(UINT64_MAX - 1)

/* [c] constant, [l] lock */
struct eventfd {
	struct spinlock lock;
	struct waitq readable, writable;
	struct watch_list watchers;
	uint64_t count;			/* [l] */
	bool semaphore;			/* [c] */
};

/* Add `value` once it fits.  returns: 0, -EAGAIN, -ERESTARTSYS */
static int
count_add(struct eventfd *event, uint64_t value, bool nonblock)
{
	int err = 0;

	spin_lock(&event->lock);
	while (err == 0 && value > COUNT_MAX - event->count)
		err = nonblock ? -EAGAIN : wait_killable(&event->writable,
		    &event->lock, UINT64_MAX);
	if (err == 0) {
		event->count += value;
		wake_all(&event->readable);
	}
	spin_unlock(&event->lock);
	if (err == 0)
		watch_notify(&event->watchers, POLL_IN | POLL_RD_NORM);
	return err == -EINTR ? -ERESTARTSYS : err;
}

/* Take the number once it is not 0.  returns: 0, -EAGAIN, -ERESTARTSYS */
static int
count_take(struct eventfd *event, uint64_t *value, bool nonblock)
{
	int err = 0;

	spin_lock(&event->lock);
	while (err == 0 && event->count == 0)
		err = nonblock ? -EAGAIN : wait_killable(&event->readable,
		    &event->lock, UINT64_MAX);
	if (err == 0) {
		*value = event->semaphore ? 1 : event->count;
		event->count -= *value;
		wake_all(&event->writable);
	}
	spin_unlock(&event->lock);
	if (err == 0)
		watch_notify(&event->watchers, POLL_OUT | POLL_WR_NORM);
	return err == -EINTR ? -ERESTARTSYS : err;
}

static int64_t
eventfd_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct eventfd *event = file->private;
	uint64_t value;
	int err;

	(void)offset;
	if (uio->left < sizeof(value))
		return -EINVAL;
	err = count_take(event, &value, file_no_wait(file, uio));
	if (err != 0)
		return err;
	if (uio_put(uio, &value, sizeof(value)) == sizeof(value))
		return sizeof(value);
	/* It is still there for who reads next. */
	spin_lock(&event->lock);
	event->count += MIN(value, COUNT_MAX - event->count);
	wake_all(&event->readable);
	spin_unlock(&event->lock);
	watch_notify(&event->watchers, POLL_IN | POLL_RD_NORM);
	return -EFAULT;
}

static int64_t
eventfd_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint64_t value;
	int err;

	(void)offset;
	if (uio->left < sizeof(value))
		return -EINVAL;
	if (uio_get(uio, &value, sizeof(value)) != sizeof(value))
		return -EFAULT;
	if (value > COUNT_MAX)
		return -EINVAL;
	err = count_add(file->private, value, file_no_wait(file, uio));
	return err != 0 ? err : (int64_t)sizeof(value);
}

static uint32_t
eventfd_poll(struct file *file, struct poll_table *table)
{
	struct eventfd *event = file->private;
	uint32_t ready = 0;

	poll_watch(table, &event->watchers);
	spin_lock(&event->lock);
	if (event->count > 0)
		ready |= POLL_IN | POLL_RD_NORM;
	if (event->count < COUNT_MAX)
		ready |= POLL_OUT | POLL_WR_NORM;
	spin_unlock(&event->lock);
	return ready;
}

static void
eventfd_release(struct file *file)
{
	heap_free(file->private);
}

static size_t
eventfd_describe(struct file *file, char *to, size_t size)
{
	struct eventfd *event = file->private;
	uint64_t count;

	spin_lock(&event->lock);
	count = event->count;
	spin_unlock(&event->lock);
	return format_text(to, size, "eventfd-count: %16lx\n", count);
}

static const struct file_ops eventfd_ops = {
	.name = "[eventfd]",
	.release = eventfd_release,
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.describe = eventfd_describe,
};

int
eventfd_create(uint32_t initial, bool semaphore, uint32_t flags,
    struct file **out)
{
	struct eventfd *event = heap_alloc(sizeof(*event));
	int err;

	if (event == NULL)
		return -ENOMEM;
	spin_init(&event->lock, "eventfd", RANK_WAIT);
	wait_init(&event->readable);
	wait_init(&event->writable);
	watch_list_init(&event->watchers);
	event->count = initial;
	event->semaphore = semaphore;
	err = file_create(&eventfd_ops, event, FILE_READ | FILE_WRITE | flags,
	    out);
	if (err != 0)
		heap_free(event);
	return err;
}
