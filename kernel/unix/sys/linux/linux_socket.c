/*
 * Sockets: making, naming, connecting.  Only AF_UNIX exists; bytes move in
 * linux_message.c, options are linux_socket_option.c's.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/vm/user.h"
#include "unix/fs/descriptor.h"
#include "unix/fs/file.h"
#include "unix/fs/socket/socket.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_abi_socket.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_socket_name.h"
#include "unix/sys/linux/linux_user.h"

/* What `type` says, of socket, socketpair and accept4.
 * returns: flags of the file; -EINVAL */
static int64_t
file_flags_of(uint32_t type)
{
	if (type & ~(LINUX_SOCK_NONBLOCK | LINUX_SOCK_CLOEXEC))
		return -EINVAL;
	return type & LINUX_SOCK_NONBLOCK ? FILE_NONBLOCK : 0;
}

/* What socket and socketpair are asked for. */
struct request {
	enum socket_type type;
	uint32_t flags;			/* of the file */
	bool cloexec;
};

static int
request_read(const struct linux_args *args, struct request *request)
{
	uint32_t type = (uint32_t)args->a[1];
	int64_t flags = file_flags_of(type & ~LINUX_SOCK_TYPE_MASK);
	int32_t protocol = (int32_t)args->a[2];

	if ((int32_t)args->a[0] != LINUX_AF_UNIX)
		return -EAFNOSUPPORT;
	if (flags < 0)
		return (int)flags;
	if (protocol != 0 && protocol != LINUX_AF_UNIX)
		return -EPROTONOSUPPORT;
	request->flags = (uint32_t)flags;
	request->cloexec = type & LINUX_SOCK_CLOEXEC;
	switch (type & LINUX_SOCK_TYPE_MASK) {
	case SOCKET_STREAM:
	case SOCKET_DATAGRAM:
	case SOCKET_SEQPACKET:
		request->type = type & LINUX_SOCK_TYPE_MASK;
		return 0;
	case LINUX_SOCK_RAW:
		request->type = SOCKET_DATAGRAM;
		return 0;
	}
	return -ESOCKTNOSUPPORT;
}

int64_t
linux_socket(const struct linux_args *args)
{
	struct request request;
	struct file *file;
	int err = request_read(args, &request);

	if (err == 0)
		err = socket_open(request.type, request.flags, &file);
	if (err != 0)
		return err;
	return linux_file_give(file, request.cloexec);
}

int64_t
linux_socketpair(const struct linux_args *args)
{
	struct descriptors *table = proc_this()->descriptors;
	struct request request;
	struct file *files[2];
	int fds[2], err = request_read(args, &request);

	if (err == 0)
		err = socket_open_pair(request.type, request.flags, files);
	if (err != 0)
		return err;
	err = descriptor_add_two(table, files, linux_descriptor_limit(),
	    request.cloexec, fds);
	if (err != 0) {
		file_put(files[0]);
		file_put(files[1]);
		return err;
	}
	err = user_write(args->a[3], fds, sizeof(fds), NULL);
	if (err != 0) {
		descriptor_close(table, fds[0]);
		descriptor_close(table, fds[1]);
	}
	return err;
}

/* bind and connect: a socket and an address. */
static int64_t
with_address(const struct linux_args *args,
    int (*call)(struct file *, const struct socket_name *,
    const struct vfs_path *))
{
	struct linux_socket_address address;
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	err = file_is_socket(file) ? linux_socket_address_read(&address,
	    args->a[1], (uint32_t)args->a[2]) : -ENOTSOCK;
	if (err == 0)
		err = call(file, &address.name, &address.path);
	file_put(file);
	return err;
}

int64_t
linux_bind(const struct linux_args *args)
{
	return with_address(args, socket_bind);
}

/* An unnamed address is AF_UNSPEC's: a datagram socket forgets its peer. */
int64_t
linux_connect(const struct linux_args *args)
{
	const struct socket_name nobody = { 0 };
	uint16_t family;
	struct file *file;
	int err;

	if ((uint32_t)args->a[2] < sizeof(family) ||
	    user_read(&family, args->a[1], sizeof(family), NULL) != 0 ||
	    family != 0)
		return with_address(args, socket_connect);
	err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	err = socket_connect(file, &nobody, NULL);
	file_put(file);
	return err;
}

int64_t
linux_listen(const struct linux_args *args)
{
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	err = socket_listen(file, (int32_t)args->a[1]);
	file_put(file);
	return err;
}

/* Tell a socket's name, or its peer's, if the program asks (`to` is not 0). */
static int
name_tell(const struct socket_name *name, vaddr_t to, vaddr_t len_at)
{
	uint32_t room, len;
	int err;

	if (to == 0)
		return 0;
	err = user_read(&room, len_at, sizeof(room), NULL);
	if (err == 0 && (int32_t)room < 0)
		err = -EINVAL;
	if (err == 0)
		err = linux_socket_name_write(name, to, room, &len);
	if (err == 0)
		err = user_write(len_at, &len, sizeof(len), NULL);
	return err;
}

static int64_t
accept_socket(const struct linux_args *args, uint32_t type)
{
	int64_t flags = file_flags_of(type), result;
	struct socket_name name = { 0 };
	struct file *listener, *file;

	if (flags < 0)
		return flags;
	result = linux_file_get(args->a[0], &listener);
	if (result != 0)
		return result;
	result = socket_accept(listener, (uint32_t)flags, &file);
	file_put(listener);
	if (result != 0)
		return result;
	(void)socket_peer_name(file, &name);	/* gone: without a name */
	result = name_tell(&name, args->a[1], args->a[2]);
	if (result != 0) {
		file_put(file);
		return result;
	}
	return linux_file_give(file, type & LINUX_SOCK_CLOEXEC);
}

int64_t
linux_accept(const struct linux_args *args)
{
	return accept_socket(args, 0);
}

int64_t
linux_accept4(const struct linux_args *args)
{
	return accept_socket(args, (uint32_t)args->a[3]);
}

static int64_t
tell(const struct linux_args *args,
    int (*call)(struct file *, struct socket_name *))
{
	struct socket_name name;
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	err = call(file, &name);
	file_put(file);
	if (err == 0)
		err = args->a[1] == 0 ? -EFAULT :
		    name_tell(&name, args->a[1], args->a[2]);
	return err;
}

int64_t
linux_getsockname(const struct linux_args *args)
{
	return tell(args, socket_name);
}

int64_t
linux_getpeername(const struct linux_args *args)
{
	return tell(args, socket_peer_name);
}

int64_t
linux_shutdown(const struct linux_args *args)
{
	int32_t how = (int32_t)args->a[1];
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	if (!file_is_socket(file))
		err = -ENOTSOCK;
	else if (how < LINUX_SHUT_RD || how > LINUX_SHUT_RDWR)
		err = -EINVAL;
	else
		err = socket_shutdown(file, how != LINUX_SHUT_WR,
		    how != LINUX_SHUT_RD);
	file_put(file);
	return err;
}
