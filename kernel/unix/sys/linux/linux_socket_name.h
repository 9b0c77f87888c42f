/* Socket addresses between programs and the kernel. */
#pragma once

#include "unix/fs/socket/socket.h"
#include "unix/fs/vfs.h"

/* An address that a program gave. */
struct linux_socket_address {
	struct socket_name name;
	struct vfs_path path;		/* where the name is one */
	char text[SOCKET_NAME_BYTES + 1];
};

/* returns: 0; -EINVAL, -EAFNOSUPPORT, -EFAULT */
int linux_socket_address_read(struct linux_socket_address *address,
    vaddr_t from, uint64_t len);

/*
 * Write a name as an address, cut to the `room` bytes there.
 * gives: *len, what it takes whole
 */
int linux_socket_name_write(const struct socket_name *name, vaddr_t to,
    uint32_t room, uint32_t *len);
