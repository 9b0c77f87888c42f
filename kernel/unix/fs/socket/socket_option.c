/* What a socket can be asked about, and told to do otherwise. */
#include "unix/fs/socket/socket_inner.h"

#include "core/base/errno.h"

#define BUFFER_BYTES_MIN 4608
#define BUFFER_BYTES_MAX (8u << 20)

int
socket_option_get(struct file *file, enum socket_option option,
    uint64_t *value)
{
	struct socket *socket = socket_of(file);

	if (socket == NULL)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	switch (option) {
	case SOCKET_OPTION_TYPE:
		*value = socket->type;
		break;
	case SOCKET_OPTION_LISTENING:
		*value = socket->state == SOCKET_LISTENING;
		break;
	case SOCKET_OPTION_ERROR:
		*value = (uint64_t)socket->error;
		socket->error = 0;
		break;
	case SOCKET_OPTION_SEND_BYTES:
		*value = socket->send_bytes;
		break;
	case SOCKET_OPTION_RECEIVE_BYTES:
		*value = socket->receive_bytes;
		break;
	case SOCKET_OPTION_SEND_MICROS:
		*value = socket->send_micros;
		break;
	case SOCKET_OPTION_RECEIVE_MICROS:
		*value = socket->receive_micros;
		break;
	case SOCKET_OPTION_PASS_IDENTITY:
		*value = socket->pass_identity;
		break;
	default:
		*value = socket->kept[option - SOCKET_OPTION_KEPT];
		break;
	}
	spin_unlock(&sockets_lock);
	return 0;
}

/* Linux doubles what is asked for, and tells the double. */
static uint64_t
buffer_bytes(uint64_t asked)
{
	return MAX(2 * MIN(asked, BUFFER_BYTES_MAX), BUFFER_BYTES_MIN);
}

int
socket_option_set(struct file *file, enum socket_option option,
    uint64_t value)
{
	struct socket *socket = socket_of(file);
	int err = 0;

	if (socket == NULL)
		return -ENOTSOCK;
	spin_lock(&sockets_lock);
	switch (option) {
	case SOCKET_OPTION_SEND_BYTES:
		socket->send_bytes = buffer_bytes(value);
		break;
	case SOCKET_OPTION_RECEIVE_BYTES:
		socket->receive_bytes = buffer_bytes(value);
		break;
	case SOCKET_OPTION_SEND_MICROS:
		socket->send_micros = value;
		break;
	case SOCKET_OPTION_RECEIVE_MICROS:
		socket->receive_micros = value;
		break;
	case SOCKET_OPTION_PASS_IDENTITY:
		socket->pass_identity = value != 0;
		break;
	case SOCKET_OPTION_TYPE:
	case SOCKET_OPTION_LISTENING:
	case SOCKET_OPTION_ERROR:
		err = -ENOPROTOOPT;
		break;
	default:
		socket->kept[option - SOCKET_OPTION_KEPT] = value;
		break;
	}
	spin_unlock(&sockets_lock);
	return err;
}
