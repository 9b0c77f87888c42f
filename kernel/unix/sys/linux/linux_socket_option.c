/* Options of sockets. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/socket/socket.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_abi_socket.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_user.h"

#define OPTION_NONE	(-1)

struct linux_linger {
	int32_t on, seconds;
};

static int
option_of(int32_t name)
{
	switch (name) {
	case LINUX_SO_TYPE:
		return SOCKET_OPTION_TYPE;
	case LINUX_SO_ERROR:
		return SOCKET_OPTION_ERROR;
	case LINUX_SO_SNDBUF:
		return SOCKET_OPTION_SEND_BYTES;
	case LINUX_SO_RCVBUF:
		return SOCKET_OPTION_RECEIVE_BYTES;
	case LINUX_SO_PASSCRED:
		return SOCKET_OPTION_PASS_IDENTITY;
	case LINUX_SO_RCVTIMEO:
		return SOCKET_OPTION_RECEIVE_MICROS;
	case LINUX_SO_SNDTIMEO:
		return SOCKET_OPTION_SEND_MICROS;
	case LINUX_SO_REUSEADDR:
		return SOCKET_OPTION_REUSE_ADDRESS;
	case LINUX_SO_BROADCAST:
		return SOCKET_OPTION_BROADCAST;
	case LINUX_SO_KEEPALIVE:
		return SOCKET_OPTION_KEEP_ALIVE;
	case LINUX_SO_DONTROUTE:
		return SOCKET_OPTION_DONT_ROUTE;
	case LINUX_SO_PRIORITY:
		return SOCKET_OPTION_PRIORITY;
	case LINUX_SO_LINGER:
		return SOCKET_OPTION_LINGER;
	case LINUX_SO_ACCEPTCONN:
		return SOCKET_OPTION_LISTENING;
	}
	return OPTION_NONE;
}

/* Those that are 0 or 1, whatever they are set to. */
static bool
is_switch(int option)
{
	return option == SOCKET_OPTION_REUSE_ADDRESS ||
	    option == SOCKET_OPTION_BROADCAST ||
	    option == SOCKET_OPTION_KEEP_ALIVE ||
	    option == SOCKET_OPTION_DONT_ROUTE;
}

static bool
is_time(int option)
{
	return option == SOCKET_OPTION_RECEIVE_MICROS ||
	    option == SOCKET_OPTION_SEND_MICROS;
}

/* The value of an option as its bytes.  returns: how many, or -errno */
static int64_t
option_get(struct file *file, int32_t name, void *bytes)
{
	struct linux_timeval *time = bytes;
	int option = option_of(name), err;
	struct socket_identity who;
	uint64_t value = 0;

	if (!file_is_socket(file))
		return -ENOTSOCK;
	if (name == LINUX_SO_PEERCRED) {
		struct linux_ucred *cred = bytes;

		err = socket_peer_identity(file, &who);
		*cred = (struct linux_ucred){ who.pid, who.uid, who.gid };
		return err != 0 ? err : (int64_t)sizeof(*cred);
	}
	if (name == LINUX_SO_DOMAIN)
		value = LINUX_AF_UNIX;
	else if (name == LINUX_SO_RCVLOWAT || name == LINUX_SO_SNDLOWAT)
		value = 1;
	else if (name != LINUX_SO_PROTOCOL && option == OPTION_NONE)
		return -ENOPROTOOPT;
	if (option != OPTION_NONE) {
		err = socket_option_get(file, option, &value);
		if (err != 0)
			return err;
	}
	if (is_time(option)) {
		*time = (struct linux_timeval){ (int64_t)(value / 1000000),
		    (int64_t)(value % 1000000) };
		return sizeof(*time);
	}
	if (option == SOCKET_OPTION_LINGER) {
		*(struct linux_linger *)bytes = (struct linux_linger){
		    (int32_t)value, (int32_t)(value >> 32) };
		return sizeof(struct linux_linger);
	}
	*(int32_t *)bytes = (int32_t)value;
	return sizeof(int32_t);
}

int64_t
linux_getsockopt(const struct linux_args *args)
{
	uint64_t bytes[2];
	struct file *file;
	int32_t room;
	int64_t len;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	len = (int32_t)args->a[1] == LINUX_SOL_SOCKET ?
	    option_get(file, (int32_t)args->a[2], bytes) : -EOPNOTSUPP;
	file_put(file);
	if (len < 0)
		return len;
	err = user_read(&room, args->a[4], sizeof(room), NULL);
	if (err == 0 && room < 0)
		err = -EINVAL;
	if (err != 0)
		return err;
	room = (int32_t)MIN(room, len);
	err = user_write(args->a[3], bytes, (size_t)room, NULL);
	if (err == 0)
		err = user_write(args->a[4], &room, sizeof(room), NULL);
	return err;
}

/* A time limit, in microseconds; 0 is for ever. */
static int
micros_read(vaddr_t from, uint32_t len, uint64_t *value)
{
	struct linux_timeval time;
	int err;

	if (len < sizeof(time))
		return -EINVAL;
	err = user_read(&time, from, sizeof(time), NULL);
	if (err != 0)
		return err;
	if (time.micros < 0 || time.micros >= 1000000)
		return -EDOM;
	/* What is before now, or beyond all time, is for ever. */
	if (time.seconds < 0 || time.seconds > INT32_MAX)
		time.seconds = time.micros = 0;
	*value = (uint64_t)time.seconds * 1000000 + (uint64_t)time.micros;
	return 0;
}

static int64_t
option_set(struct file *file, int32_t name, vaddr_t from, uint32_t len)
{
	int option = option_of(name), err;
	struct linux_linger linger = { 0 };
	uint64_t value = 0;
	int32_t number;

	if (!file_is_socket(file))
		return -ENOTSOCK;
	if (option == OPTION_NONE)
		return -ENOPROTOOPT;
	if (is_time(option)) {
		err = micros_read(from, len, &value);
	} else if (option == SOCKET_OPTION_LINGER) {
		err = len < sizeof(linger) ? -EINVAL :
		    user_read(&linger, from, sizeof(linger), NULL);
		value = (uint64_t)(uint32_t)linger.seconds << 32 |
		    (linger.on != 0);
	} else {
		err = len < sizeof(number) ? -EINVAL :
		    user_read(&number, from, sizeof(number), NULL);
		if (err == 0)
			value = is_switch(option) ||
			    option == SOCKET_OPTION_PASS_IDENTITY ?
			    number != 0 : (uint32_t)number;
	}
	return err != 0 ? err : socket_option_set(file, option, value);
}

int64_t
linux_setsockopt(const struct linux_args *args)
{
	struct file *file;
	int64_t result = linux_file_get(args->a[0], &file);

	if (result != 0)
		return result;
	result = (int32_t)args->a[1] == LINUX_SOL_SOCKET ?
	    option_set(file, (int32_t)args->a[2], args->a[3],
	    (uint32_t)args->a[4]) : -EOPNOTSUPP;
	file_put(file);
	return result;
}
