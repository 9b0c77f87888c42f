/* Files without a name: timerfd, signalfd, memfd. */
#include "unix/sys/linux/linux_descriptor.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/fs/memfd.h"
#include "unix/fs/timerfd.h"
#include "unix/proc/proc.h"
#include "unix/proc/signalfd.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_time.h"
#include "unix/sys/linux/linux_user.h"

#define CLOCK_REALTIME	0
#define CLOCK_MONOTONIC	1
#define CLOCK_BOOTTIME	7	/* the machine never sleeps */
#define CLOCK_REALTIME_ALARM 8	/* ... so none has to wake it */
#define CLOCK_BOOTTIME_ALARM 9
#define TFD_ABSTIME	1u
#define TFD_TIMER_CANCEL_ON_SET 2u

#define MFD_CLOEXEC	1u
#define MFD_ALLOW_SEALING 2u
#define MFD_EXEC	0x10u	/* what a file may be anyway */
#define MEMFD_PREFIX	"/memfd:"
#define MEMFD_NAME_BYTES 250	/* with the NUL, as on Linux */

struct linux_itimerspec {
	struct linux_timespec interval, value;
};

static uint32_t
file_flags_of(uint32_t flags)
{
	return flags & LINUX_O_NONBLOCK ? FILE_NONBLOCK : 0;
}

int64_t
linux_timerfd_create(const struct linux_args *args)
{
	uint32_t clock = (uint32_t)args->a[0], flags = (uint32_t)args->a[1];
	bool alarm = clock == CLOCK_REALTIME_ALARM ||
	    clock == CLOCK_BOOTTIME_ALARM;
	struct file *file;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_O_NONBLOCK | LINUX_O_CLOEXEC) ||
	    (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC &&
	    clock != CLOCK_BOOTTIME && !alarm))
		return -EINVAL;
	if (alarm && !credentials_privileged(proc_credentials()))
		return -EPERM;
	err = timerfd_create(clock == CLOCK_REALTIME ||
	    clock == CLOCK_REALTIME_ALARM, file_flags_of(flags), &file);
	return err != 0 ? err : linux_file_give(file, flags & LINUX_O_CLOEXEC);
}

static int
timerfd_write(const struct timerfd_time *time, vaddr_t to)
{
	const struct linux_itimerspec out = {
		.interval = linux_timespec_of(time->interval),
		.value = linux_timespec_of(time->value),
	};

	return user_write(to, &out, sizeof(out), NULL);
}

int64_t
linux_timerfd_settime(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[1];
	struct linux_timespec value, interval;
	struct timerfd_time time, old;
	struct file *file;
	int err;

	if (!FLAGS_KNOWN(flags, TFD_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	err = linux_timespec_read(&interval, args->a[2]);
	if (err == 0)
		err = linux_timespec_read(&value, args->a[2] +
		    offsetof(struct linux_itimerspec, value));
	if (err == 0)
		err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	time.value = linux_timespec_nanos(&value);
	time.interval = linux_timespec_nanos(&interval);
	/* It is for moments of the realtime clock, and there it is not known;
	 * elsewhere it means nothing. */
	if ((flags & TFD_ABSTIME) && (flags & TFD_TIMER_CANCEL_ON_SET) &&
	    timerfd_is_realtime(file))
		err = -EINVAL;
	else
		err = timerfd_set(file, flags & TFD_ABSTIME, &time, &old);
	file_put(file);
	if (err == 0 && args->a[3] != 0)
		err = timerfd_write(&old, args->a[3]);
	return err;
}

int64_t
linux_timerfd_gettime(const struct linux_args *args)
{
	struct timerfd_time time;
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	err = timerfd_get(file, &time);
	file_put(file);
	return err != 0 ? err : timerfd_write(&time, args->a[1]);
}

int64_t
linux_signalfd4(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[3];
	signal_set_t which;
	struct file *file;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_O_NONBLOCK | LINUX_O_CLOEXEC) ||
	    args->a[2] != sizeof(which))
		return -EINVAL;
	err = user_read(&which, args->a[1], sizeof(which), NULL);
	if (err != 0)
		return err;
	which &= ~SIGNALS_FIRM;
	if ((int32_t)args->a[0] == -1) {
		err = signalfd_create(which, file_flags_of(flags), &file);
		return err != 0 ? err :
		    linux_file_give(file, flags & LINUX_O_CLOEXEC);
	}
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	err = signalfd_change(file, which);
	file_put(file);
	return err != 0 ? err : (int32_t)args->a[0];
}

int64_t
linux_memfd_create(const struct linux_args *args)
{
	char path[sizeof(MEMFD_PREFIX) + MEMFD_NAME_BYTES] = MEMFD_PREFIX;
	uint32_t flags = (uint32_t)args->a[1];
	struct vnode *vnode;
	struct file *file;
	int64_t len;
	int err;

	if (!FLAGS_KNOWN(flags, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC))
		return -EINVAL;
	len = user_read_string(path + sizeof(MEMFD_PREFIX) - 1, args->a[0],
	    MEMFD_NAME_BYTES);
	if (len < 0)
		return len == -ENAMETOOLONG ? -EINVAL : len;
	err = memfd_create(0777, proc_credentials(),
	    flags & MFD_ALLOW_SEALING, &vnode);
	if (err != 0)
		return err;
	/* Who made it may run it: only who opens it again is a writer. */
	err = file_open(vnode, path, FILE_READ | FILE_WRITE | FILE_UNCOUNTED,
	    &file);
	if (err != 0) {
		vnode_put(vnode);
		return err;
	}
	return linux_file_give(file, flags & MFD_CLOEXEC);
}
