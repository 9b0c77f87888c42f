/*
 * Timerfd.
 *
 * When its time has come the timer rings once, and stands still until it is
 * read, which counts how many intervals have gone by and sets it for the next:
 * so one that nobody reads costs nothing, however short its interval.
 *
 * Lock order: timer->lock, then the callouts'.
 */
#include "unix/fs/timerfd.h"

#include "core/base/errno.h"
#include "core/base/format.h"
#include "core/task/callout.h"
#include "core/task/clock.h"
#include "core/task/wait.h"
#include "core/vm/heap.h"

/* [c] constant, [l] lock */
struct timerfd {
	struct spinlock lock;
	struct waitq readable;
	struct watch_list watchers;
	struct callout callout;
	bool realtime;			/* [c] */
	bool by_realtime;		/* [l] `next` follows that clock when set */
	bool rung;			/* [l] `next` has come */
	uint64_t next;			/* [l] nanoseconds; 0: not set */
	uint64_t interval;		/* [l] */
	uint64_t count;			/* [l] taken by a read that failed */
};

static const struct file_ops timerfd_ops;

static uint64_t
now_of(const struct timerfd *timer)
{
	return timer->by_realtime ? clock_realtime_nanos() :
	    clock_monotonic_nanos();
}

/* needs: the lock */
static void
start(struct timerfd *timer)
{
	timer->rung = false;
	if (timer->by_realtime)
		callout_set_realtime(&timer->callout, timer->next);
	else
		callout_set(&timer->callout,
		    clock_ticks_from_nanos(timer->next));
}

static void
ring(struct callout *callout)
{
	struct timerfd *timer = CONTAINER_OF(callout, struct timerfd, callout);
	bool rung;

	spin_lock(&timer->lock);
	if (timer->next != 0 && !timer->rung) {
		/* It, or its clock, may have been set anew meanwhile. */
		timer->rung = now_of(timer) >= timer->next;
		if (timer->rung)
			wake_all(&timer->readable);
		else if (!callout_pending(&timer->callout))
			start(timer);
	}
	rung = timer->rung;
	spin_unlock(&timer->lock);
	if (rung)
		watch_notify(&timer->watchers, POLL_IN | POLL_RD_NORM);
}

/* Count what has gone by, and set it for the next time.
 * needs: the lock.  returns: how many times it rang since it was read */
static uint64_t
catch_up(struct timerfd *timer)
{
	uint64_t count = timer->count, times = 1;

	timer->count = 0;
	if (!timer->rung)
		return count;
	if (timer->interval == 0) {
		timer->next = 0;
		timer->rung = false;
	} else {
		times += (now_of(timer) - timer->next) / timer->interval;
		timer->next += times * timer->interval;
		start(timer);
	}
	return count + times;
}

static int64_t
timerfd_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct timerfd *timer = file->private;
	uint64_t count;
	int err = 0;

	(void)offset;
	if (uio->left < sizeof(count))
		return -EINVAL;
	spin_lock(&timer->lock);
	while (err == 0 && !timer->rung && timer->count == 0)
		err = file_no_wait(file, uio) ? -EAGAIN :
		    wait_killable(&timer->readable, &timer->lock, UINT64_MAX);
	if (err == 0)
		count = catch_up(timer);
	spin_unlock(&timer->lock);
	if (err != 0)
		return err == -EINTR ? -ERESTARTSYS : err;
	if (uio_put(uio, &count, sizeof(count)) == sizeof(count))
		return sizeof(count);
	spin_lock(&timer->lock);
	timer->count += count;
	wake_all(&timer->readable);
	spin_unlock(&timer->lock);
	return -EFAULT;
}

static uint32_t
timerfd_poll(struct file *file, struct poll_table *table)
{
	struct timerfd *timer = file->private;
	bool ready;

	poll_watch(table, &timer->watchers);
	spin_lock(&timer->lock);
	ready = timer->rung || timer->count > 0;
	spin_unlock(&timer->lock);
	return ready ? POLL_IN | POLL_RD_NORM : 0;
}

static void
timerfd_release(struct file *file)
{
	struct timerfd *timer = file->private;

	callout_drain(&timer->callout);
	heap_free(timer);
}

int
timerfd_create(bool realtime, uint32_t flags, struct file **out)
{
	struct timerfd *timer = heap_alloc(sizeof(*timer));
	int err;

	if (timer == NULL)
		return -ENOMEM;
	spin_init(&timer->lock, "timerfd", RANK_WAIT);
	wait_init(&timer->readable);
	watch_list_init(&timer->watchers);
	callout_init(&timer->callout, ring);
	timer->realtime = realtime;
	err = file_create(&timerfd_ops, timer, FILE_READ | FILE_WRITE | flags,
	    out);
	if (err != 0)
		heap_free(timer);
	return err;
}

/* What is left.  needs: the lock */
static void
time_left(struct timerfd *timer, struct timerfd_time *out)
{
	uint64_t now;

	/* One that rang goes on counting from here; a read is told of both. */
	timer->count = catch_up(timer);
	now = now_of(timer);
	out->interval = timer->interval;
	out->value = 0;
	if (timer->next != 0)
		out->value = timer->next > now ? timer->next - now : 1;
}

int
timerfd_get(struct file *file, struct timerfd_time *out)
{
	struct timerfd *timer = file->private;

	if (file->ops != &timerfd_ops)
		return -EINVAL;
	spin_lock(&timer->lock);
	time_left(timer, out);
	spin_unlock(&timer->lock);
	return 0;
}

bool
timerfd_is_realtime(const struct file *file)
{
	const struct timerfd *timer = file->private;

	return file->ops == &timerfd_ops && timer->realtime;
}

int
timerfd_set(struct file *file, bool absolute, const struct timerfd_time *time,
    struct timerfd_time *old)
{
	struct timerfd *timer = file->private;

	if (file->ops != &timerfd_ops)
		return -EINVAL;
	spin_lock(&timer->lock);
	time_left(timer, old);
	callout_cancel(&timer->callout);
	timer->count = 0;
	timer->rung = false;
	timer->interval = time->interval;
	timer->by_realtime = timer->realtime && absolute;
	timer->next = time->value;
	if (time->value != 0 && !absolute)
		timer->next = now_of(timer) + MIN(time->value, INT64_MAX);
	if (timer->next != 0)
		start(timer);
	spin_unlock(&timer->lock);
	return 0;
}

static size_t
timerfd_describe(struct file *file, char *to, size_t size)
{
	struct timerfd *timer = file->private;
	struct timerfd_time left;
	uint64_t count;

	spin_lock(&timer->lock);
	time_left(timer, &left);
	count = timer->count;
	spin_unlock(&timer->lock);
	return format_text(to, size, "clockid: %d\nticks: %lu\n"
	    "settime flags: 0%d\nit_value: (%lu, %lu)\n"
	    "it_interval: (%lu, %lu)\n", timer->realtime ? 0 : 1, count,
	    timer->by_realtime ? 1 : 0, left.value / NANOS_PER_SECOND,
	    left.value % NANOS_PER_SECOND, left.interval / NANOS_PER_SECOND,
	    left.interval % NANOS_PER_SECOND);
}

static const struct file_ops timerfd_ops = {
	.name = "[timerfd]",
	.release = timerfd_release,
	.read = timerfd_read,
	.poll = timerfd_poll,
	.describe = timerfd_describe,
};
