/* POSIX message queues. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/proc/proc.h"
#include "unix/proc/sysv/mqueue.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_owner.h"
#include "unix/sys/linux/linux_time.h"
#include "unix/sys/linux/linux_user.h"

#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1

struct linux_mq_attr {
	int64_t flags, messages, bytes, count, zero[4];
};

/* The head of struct sigevent. */
struct linux_mq_event {
	uint64_t value;
	int32_t signo, notify;
};

/* The C library has cut the slash off that names begin with. */
static int
name_read(char name[MQUEUE_NAME_BYTES], vaddr_t from)
{
	int64_t len = user_read_string(name, from, MQUEUE_NAME_BYTES);

	if (len < 0)
		return (int)len;
	for (int64_t i = 0; i < len; i++) {
		if (name[i] == '/')
			return -EACCES;
	}
	return name[0] == '\0' ? -ENOENT : 0;
}

/* name, flags, mode, attributes or null */
int64_t
linux_mq_open(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[1];
	struct mqueue_request request = {
		.create = flags & LINUX_O_CREAT,
		.exclusive = flags & LINUX_O_EXCL,
		.mode = (uint32_t)args->a[2],
		.sized = args->a[3] != 0,
	};
	char name[MQUEUE_NAME_BYTES];
	struct linux_mq_attr attr = { 0 };
	struct file *file;
	int err = 0;

	if ((flags & LINUX_O_ACCESS) == LINUX_O_ACCESS)
		return -EINVAL;
	if (request.create && request.sized)
		err = user_read(&attr, args->a[3], sizeof(attr), NULL);
	if (err == 0)
		err = name_read(name, args->a[0]);
	if (err != 0)
		return err;
	request.messages = attr.messages;
	request.bytes = attr.bytes;
	err = mqueue_open(name, &request, linux_file_flags(flags &
	    (LINUX_O_ACCESS | LINUX_O_NONBLOCK)), &file);
	return err != 0 ? err : linux_file_give(file, true);
}

int64_t
linux_mq_unlink(const struct linux_args *args)
{
	char name[MQUEUE_NAME_BYTES];
	int err = name_read(name, args->a[0]);

	return err != 0 ? err : mqueue_unlink(name);
}

/* A moment of the realtime clock, as ticks; 0: never. */
static int
deadline_read(uint64_t *deadline, vaddr_t from)
{
	uint64_t time, now = clock_realtime_nanos();
	int err;

	*deadline = UINT64_MAX;
	if (from == 0)
		return 0;
	err = linux_nanos_read(&time, from);
	if (err == 0)
		*deadline = timer_now() + (time > now ?
		    clock_ticks_from_nanos(clock_monotonic_nanos() + time -
		    now) - timer_now() : 0);
	return err;
}

/* queue, bytes, length, priority, time */
int64_t
linux_mq_timedsend(const struct linux_args *args)
{
	struct mqueue_status status;
	uint64_t deadline;
	struct file *file;
	struct msg *msg = NULL;
	int err;

	if ((uint32_t)args->a[3] >= MQUEUE_PRIORITIES)
		return -EINVAL;
	err = deadline_read(&deadline, args->a[4]);
	if (err == 0)
		err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	err = mqueue_status(file, &status);
	if (err == 0 && args->a[2] > status.bytes)
		err = -EMSGSIZE;
	if (err == 0)
		msg = msg_make((uint32_t)args->a[3], args->a[2]);
	if (err == 0)
		err = msg == NULL ? -ENOMEM : msg_read(msg, args->a[1]);
	if (err == 0)
		err = mqueue_send(file, msg, deadline);
	if (err != 0 && msg != NULL)
		msg_free(msg);
	file_put(file);
	return err;
}

/* queue, bytes, length, where the priority goes, time */
int64_t
linux_mq_timedreceive(const struct linux_args *args)
{
	uint64_t deadline;
	uint32_t priority;
	struct file *file;
	struct msg *msg = NULL;
	int64_t len;
	int err;

	err = deadline_read(&deadline, args->a[4]);
	if (err == 0)
		err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	err = mqueue_receive(file, args->a[2], deadline, &msg);
	file_put(file);
	if (err != 0)
		return err;
	len = (int64_t)msg_bytes(msg);
	priority = (uint32_t)msg_type(msg);
	err = msg_write(msg, args->a[1], (uint64_t)len);
	msg_free(msg);
	if (err == 0 && args->a[3] != 0)
		err = user_write(args->a[3], &priority, sizeof(priority),
		    NULL);
	return err != 0 ? err : len;
}

int64_t
linux_mq_notify(const struct linux_args *args)
{
	struct mqueue_notice notice;
	struct linux_mq_event event;
	struct file *file;
	int err = 0;

	if (args->a[1] != 0) {
		err = user_read(&event, args->a[1], sizeof(event), NULL);
		if (err != 0)
			return err;
		/* Threads are started by way of a socket that is not there. */
		if ((event.notify != SIGEV_SIGNAL &&
		    event.notify != SIGEV_NONE) ||
		    (event.notify == SIGEV_SIGNAL && (event.signo < 1 ||
		    event.signo > SIGNAL_COUNT)))
			return -EINVAL;
		notice.signo = event.notify == SIGEV_NONE ? 0 : event.signo;
		notice.value = event.value;
	}
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	err = mqueue_notify(file, args->a[1] != 0 ? &notice : NULL);
	file_put(file);
	return err;
}

/* Of what can be set there is only O_NONBLOCK. */
int64_t
linux_mq_getsetattr(const struct linux_args *args)
{
	struct linux_mq_attr new = { 0 }, old = { 0 };
	struct mqueue_status status;
	uint32_t flags;
	struct file *file;
	int err = 0;

	if (args->a[1] != 0)
		err = user_read(&new, args->a[1], sizeof(new), NULL);
	if (err == 0 && (new.flags & ~(int64_t)LINUX_O_NONBLOCK))
		err = -EINVAL;
	if (err == 0)
		err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	err = mqueue_status(file, &status);
	flags = file_flags(file) & FILE_STATUS_FLAGS;
	if (err == 0 && args->a[1] != 0)
		err = linux_file_set_flags(file, (int32_t)args->a[0],
		    (flags & ~FILE_NONBLOCK) |
		    (new.flags != 0 ? FILE_NONBLOCK : 0));
	file_put(file);
	if (err != 0 || args->a[2] == 0)
		return err;
	old.flags = flags & FILE_NONBLOCK ? LINUX_O_NONBLOCK : 0;
	old.messages = (int64_t)status.messages;
	old.bytes = (int64_t)status.bytes;
	old.count = (int64_t)status.count;
	return user_write(args->a[2], &old, sizeof(old), NULL);
}
