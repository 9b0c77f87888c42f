/* epoll and eventfd. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/fs/epoll.h"
#include "unix/fs/eventfd.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_user.h"

#define EPOLL_CTL_ADD	1
#define EPOLL_CTL_DEL	2
#define EPOLL_CTL_MOD	3

#define EFD_SEMAPHORE	1u

/* More would not fit what a length can say. */
#define EVENTS_MAX	(INT32_MAX / sizeof(struct linux_epoll_event))

struct linux_epoll_event {
	uint32_t events, pad;
	uint64_t data;
};

/* Events on their way to a program's array. */
struct event_reader {
	struct epoll_reader reader;
	vaddr_t to;
};

int64_t
linux_epoll_create1(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[0];
	struct file *file;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_O_CLOEXEC))
		return -EINVAL;
	err = epoll_create(&file);
	return err != 0 ? err : linux_file_give(file, flags & LINUX_O_CLOEXEC);
}

/* set, operation, fd, event */
static int64_t
control(struct file *set, const struct linux_args *args)
{
	struct linux_epoll_event in = { 0 };
	int32_t operation = (int32_t)args->a[1];
	struct epoll_event event;
	struct file *file;
	int err;

	if (operation < EPOLL_CTL_ADD || operation > EPOLL_CTL_MOD)
		return -EINVAL;
	if (operation != EPOLL_CTL_DEL) {
		err = user_read(&in, args->a[3], sizeof(in), NULL);
		if (err != 0)
			return err;
	}
	err = linux_file_get(args->a[2], &file);
	if (err != 0)
		return err;
	event.events = in.events;
	event.data = in.data;
	err = epoll_control(set, operation == EPOLL_CTL_ADD ? EPOLL_ADD :
	    operation == EPOLL_CTL_DEL ? EPOLL_REMOVE : EPOLL_MODIFY,
	    (int32_t)args->a[2], file, &event);
	file_put(file);
	return err;
}

int64_t
linux_epoll_ctl(const struct linux_args *args)
{
	struct file *set;
	int64_t result = linux_file_get(args->a[0], &set);

	if (result != 0)
		return result;
	result = control(set, args);
	file_put(set);
	return result;
}

static int
event_emit(struct epoll_reader *reader, const struct epoll_event *event)
{
	struct event_reader *state = CONTAINER_OF(reader, struct event_reader,
	    reader);
	const struct linux_epoll_event out = {
		.events = event->events,
		.data = event->data,
	};
	int err = user_write(state->to, &out, sizeof(out), NULL);

	if (err == 0)
		state->to += sizeof(out);
	return err;
}

/* set, array, count, ..., mask, its size */
static int64_t
wait_common(const struct linux_args *args, uint64_t deadline)
{
	struct event_reader state = {
		.reader = { .emit = event_emit },
		.to = args->a[1],
	};
	int32_t max = (int32_t)args->a[2];
	signal_set_t mask;
	struct file *set;
	int result;

	if (max <= 0 || (uint32_t)max > EVENTS_MAX)
		return -EINVAL;
	if (args->a[4] != 0) {
		if (args->a[5] != sizeof(mask))
			return -EINVAL;
		result = user_read(&mask, args->a[4], sizeof(mask), NULL);
		if (result != 0)
			return result;
	}
	result = linux_file_get(args->a[0], &set);
	if (result != 0)
		return result;
	if (args->a[4] != 0)
		signal_mask_lend(mask);
	result = epoll_wait(set, &state.reader, (uint32_t)max, deadline);
	if (args->a[4] != 0)
		signal_mask_return(result == -EINTR);
	file_put(set);
	return result;
}

int64_t
linux_epoll_pwait(const struct linux_args *args)
{
	int32_t millis = (int32_t)args->a[3];
	uint64_t deadline = UINT64_MAX;

	if (millis == 0)
		deadline = 0;
	else if (millis > 0)
		deadline = timer_now() + clock_ticks_from_nanos(
		    (uint64_t)millis * 1000000);
	return wait_common(args, deadline);
}

int64_t
linux_epoll_pwait2(const struct linux_args *args)
{
	uint64_t deadline;
	int err = linux_deadline_read(&deadline, args->a[3]);

	return err != 0 ? err : wait_common(args, deadline);
}

int64_t
linux_eventfd2(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[1];
	struct file *file;
	int err;

	if (!FLAGS_KNOWN(flags, EFD_SEMAPHORE | LINUX_O_NONBLOCK |
	    LINUX_O_CLOEXEC))
		return -EINVAL;
	err = eventfd_create((uint32_t)args->a[0], flags & EFD_SEMAPHORE,
	    flags & LINUX_O_NONBLOCK ? FILE_NONBLOCK : 0, &file);
	return err != 0 ? err : linux_file_give(file, flags & LINUX_O_CLOEXEC);
}
