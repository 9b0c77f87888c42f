/*
 * Bytes through sockets, and what goes with them: addresses, descriptors,
 * identities.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/timer.h"
#include "core/vm/heap.h"
#include "core/vm/uio.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/socket/socket.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_abi_socket.h"
#include "unix/sys/linux/linux_control.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_io.h"
#include "unix/sys/linux/linux_socket_name.h"
#include "unix/sys/linux/linux_user.h"

#define SEND_FLAGS	(LINUX_MSG_DONTWAIT | LINUX_MSG_NOSIGNAL | \
	LINUX_MSG_MORE | LINUX_MSG_EOR | LINUX_MSG_DONTROUTE)
#define RECEIVE_FLAGS	(LINUX_MSG_DONTWAIT | LINUX_MSG_PEEK | \
	LINUX_MSG_WAITALL | LINUX_MSG_TRUNC | LINUX_MSG_CMSG_CLOEXEC | \
	LINUX_MSG_NOSIGNAL | LINUX_MSG_WAITFORONE)

/* returns: flags of socket_send; -EOPNOTSUPP, -EINVAL */
static int64_t
send_flags(uint32_t flags)
{
	if (flags & LINUX_MSG_OOB)
		return -EOPNOTSUPP;
	if (!FLAGS_KNOWN(flags, SEND_FLAGS))
		return -EINVAL;
	return flags & LINUX_MSG_DONTWAIT ? SOCKET_DONTWAIT : 0;
}

static int64_t
receive_flags(uint32_t flags)
{
	uint32_t result = 0;

	if (flags & (LINUX_MSG_OOB | LINUX_MSG_ERRQUEUE))
		return -EOPNOTSUPP;
	if (!FLAGS_KNOWN(flags, RECEIVE_FLAGS))
		return -EINVAL;
	if (flags & LINUX_MSG_DONTWAIT)
		result |= SOCKET_DONTWAIT;
	if (flags & LINUX_MSG_PEEK)
		result |= SOCKET_PEEK;
	if (flags & LINUX_MSG_WAITALL)
		result |= SOCKET_WAITALL;
	if (flags & LINUX_MSG_TRUNC)
		result |= SOCKET_REAL_LENGTH;
	return result;
}

/* A write to nobody kills, unless the program said no. */
static int64_t
send_result(int64_t result, uint32_t flags)
{
	if (result == -EPIPE && !(flags & LINUX_MSG_NOSIGNAL))
		signal_raise(SIGPIPE);
	return result;
}

int64_t
linux_sendto(const struct linux_args *args)
{
	struct linux_socket_address address;
	struct socket_outgoing outgoing = { 0 };
	int64_t flags = send_flags((uint32_t)args->a[3]), result;
	struct linux_iov from;
	struct file *file;

	if (flags < 0)
		return flags;
	outgoing.flags = (uint32_t)flags;
	if (args->a[4] != 0) {
		result = linux_socket_address_read(&address, args->a[4],
		    (uint32_t)args->a[5]);
		if (result != 0)
			return result;
		outgoing.to = &address.name;
		outgoing.path = &address.path;
	}
	result = linux_iov_one(&from, args->a[1], args->a[2]);
	if (result == 0)
		result = linux_file_get(args->a[0], &file);
	if (result != 0)
		return result;
	result = socket_send(file, &from.uio, &outgoing);
	file_put(file);
	return send_result(result, (uint32_t)args->a[3]);
}

/* Put what nobody asked for. */
static void
incoming_put_files(struct socket_incoming *incoming)
{
	for (uint32_t i = 0; i < incoming->nfiles; i++)
		file_put(incoming->files[i]);
	incoming->nfiles = 0;
}

static int64_t
receive_from(const struct linux_args *args, struct socket_incoming *incoming)
{
	uint32_t room = 0, len;
	struct linux_iov to;
	struct file *file;
	int64_t result;
	int err = linux_iov_one(&to, args->a[1], args->a[2]);

	if (err == 0 && args->a[4] != 0)
		err = user_read(&room, args->a[5], sizeof(room), NULL);
	if (err == 0 && (int32_t)room < 0)
		err = -EINVAL;
	if (err == 0)
		err = linux_file_get(args->a[0], &file);
	if (err != 0)
		return err;
	result = socket_receive(file, &to.uio, incoming);
	file_put(file);
	incoming_put_files(incoming);
	if (result < 0 || args->a[4] == 0)
		return result;
	len = 0;
	if (incoming->from.len > 0)
		err = linux_socket_name_write(&incoming->from, args->a[4],
		    room, &len);
	if (err == 0)
		err = user_write(args->a[5], &len, sizeof(len), NULL);
	return err != 0 ? err : result;
}

int64_t
linux_recvfrom(const struct linux_args *args)
{
	int64_t flags = receive_flags((uint32_t)args->a[3]), result;
	struct socket_incoming *incoming;

	if (flags < 0)
		return flags;
	incoming = heap_alloc(sizeof(*incoming));
	if (incoming == NULL)
		return -ENOMEM;
	incoming->flags = (uint32_t)flags;
	result = receive_from(args, incoming);
	heap_free(incoming);
	return result;
}

/* One message of sendmsg or recvmsg: the header, and its memory. */
struct transfer {
	struct linux_msghdr header;
	struct linux_iov iov;
};

/* returns: 0, to be undone by linux_iov_done; -EFAULT, -EMSGSIZE, -ENOMEM */
static int
transfer_open(struct transfer *transfer, vaddr_t from)
{
	struct linux_msghdr *header = &transfer->header;
	int err = user_read(header, from, sizeof(*header), NULL);

	if (err != 0)
		return err;
	if (header->iovlen > LINUX_IOV_AT_ONCE)
		return -EMSGSIZE;
	return linux_iov_read(&transfer->iov, header->iov, header->iovlen);
}

/* needs: transfer open */
static int64_t
send_transfer(struct file *file, struct transfer *transfer, uint32_t flags)
{
	const struct linux_msghdr *header = &transfer->header;
	struct linux_socket_address address;
	struct linux_control_out control = { 0 };
	struct socket_outgoing outgoing = { .flags = flags };
	int64_t result = 0;

	if (header->name != 0 && header->namelen > 0) {
		result = linux_socket_address_read(&address, header->name,
		    header->namelen);
		outgoing.to = &address.name;
		outgoing.path = &address.path;
	}
	if (result == 0)
		result = linux_control_read(&control, header->control,
		    header->controllen);
	if (result != 0)
		return result;
	outgoing.files = control.files;
	outgoing.nfiles = control.nfiles;
	outgoing.who = control.has_identity ? &control.who : NULL;
	result = socket_send(file, &transfer->iov.uio, &outgoing);
	/* Nothing of a stream was sent: nor were they. */
	linux_control_close(&control, result < 0 ||
	    (result == 0 && !socket_sends_packets(file)));
	return result;
}

static int64_t
send_message(struct file *file, vaddr_t header, uint32_t flags)
{
	int64_t own = send_flags(flags), result;
	struct transfer transfer;

	if (own < 0)
		return own;
	if (!file_is_socket(file))
		return -ENOTSOCK;
	result = transfer_open(&transfer, header);
	if (result != 0)
		return result;
	result = send_transfer(file, &transfer, (uint32_t)own);
	linux_iov_done(&transfer.iov);
	return send_result(result, flags);
}

int64_t
linux_sendmsg(const struct linux_args *args)
{
	struct file *file;
	int64_t result = linux_file_get(args->a[0], &file);

	if (result != 0)
		return result;
	result = send_message(file, args->a[1], (uint32_t)args->a[2]);
	file_put(file);
	return result;
}

/* Tell the program what came with the bytes, in the header at `to`. */
static int
message_tell(struct file *file, const struct transfer *transfer,
    struct socket_incoming *incoming, uint32_t flags, vaddr_t to)
{
	struct linux_msghdr header = transfer->header;
	bool truncated = false;
	int err = 0;

	if (header.name != 0) {
		uint32_t len = 0;

		if (incoming->from.len > 0)
			err = linux_socket_name_write(&incoming->from,
			    header.name, header.namelen, &len);
		header.namelen = len;
	}
	if (err == 0)
		err = linux_control_write(file, incoming, header.control,
		    &header.controllen, flags & LINUX_MSG_CMSG_CLOEXEC,
		    &truncated);
	header.flags = (incoming->truncated ? LINUX_MSG_TRUNC : 0) |
	    (truncated ? LINUX_MSG_CTRUNC : 0) |
	    (flags & LINUX_MSG_CMSG_CLOEXEC);
	if (err == 0)
		err = user_write(to, &header, sizeof(header), NULL);
	return err;
}

static int64_t
receive_message(struct file *file, vaddr_t header, uint32_t flags)
{
	int64_t own = receive_flags(flags), result;
	struct socket_incoming *incoming;
	struct transfer transfer;
	int err;

	if (own < 0)
		return own;
	if (!file_is_socket(file))
		return -ENOTSOCK;
	incoming = heap_alloc(sizeof(*incoming));
	if (incoming == NULL)
		return -ENOMEM;
	incoming->flags = (uint32_t)own;
	result = transfer_open(&transfer, header);
	if (result != 0)
		goto free_incoming;
	result = socket_receive(file, &transfer.iov.uio, incoming);
	if (result >= 0) {
		err = message_tell(file, &transfer, incoming, flags, header);
		result = err != 0 ? err : result;
	}
	incoming_put_files(incoming);
	linux_iov_done(&transfer.iov);
free_incoming:
	heap_free(incoming);
	return result;
}

int64_t
linux_recvmsg(const struct linux_args *args)
{
	struct file *file;
	int64_t result = linux_file_get(args->a[0], &file);

	if (result != 0)
		return result;
	result = receive_message(file, args->a[1], (uint32_t)args->a[2]);
	file_put(file);
	return result;
}

/* Many messages */

static vaddr_t
header_at(vaddr_t vector, uint32_t i)
{
	return vector + i * sizeof(struct linux_mmsghdr);
}

/* returns: 0 or -EFAULT */
static int
length_tell(vaddr_t header, int64_t len)
{
	uint32_t value = (uint32_t)len;

	return user_write(header + offsetof(struct linux_mmsghdr, len),
	    &value, sizeof(value), NULL);
}

int64_t
linux_sendmmsg(const struct linux_args *args)
{
	uint32_t n = MIN((uint32_t)args->a[2], LINUX_IOV_MAX), done;
	struct file *file;
	int64_t result = linux_file_get(args->a[0], &file);

	if (result != 0)
		return result;
	for (done = 0; done < n; done++) {
		vaddr_t header = header_at(args->a[1], done);

		result = send_message(file, header, (uint32_t)args->a[3]);
		if (result >= 0)
			result = length_tell(header, result);
		if (result < 0)
			break;
	}
	file_put(file);
	return done > 0 ? (int64_t)done : result;
}

int64_t
linux_recvmmsg(const struct linux_args *args)
{
	uint32_t n = MIN((uint32_t)args->a[2], LINUX_IOV_MAX), done;
	uint32_t flags = (uint32_t)args->a[3];
	uint64_t deadline;
	struct file *file;
	int64_t result = linux_deadline_read(&deadline, args->a[4]);

	if (result == 0)
		result = linux_file_get(args->a[0], &file);
	if (result != 0)
		return result;
	for (done = 0; done < n; done++) {
		vaddr_t header = header_at(args->a[1], done);

		result = receive_message(file, header, flags);
		if (result >= 0)
			result = length_tell(header, result);
		/* As on Linux, the time limit is looked at between two. */
		if (result < 0 || timer_now() >= deadline)
			break;
		if (flags & LINUX_MSG_WAITFORONE)
			flags |= LINUX_MSG_DONTWAIT;
	}
	file_put(file);
	done += result == 0 && done < n;
	if (done == 0)
		return result;
	result = linux_deadline_write(deadline, args->a[4]);
	return result != 0 ? result : (int64_t)done;
}
