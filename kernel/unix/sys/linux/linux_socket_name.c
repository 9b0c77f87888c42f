#include "unix/sys/linux/linux_socket_name.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_abi_socket.h"
#include "unix/sys/linux/linux_user.h"

#define FAMILY_BYTES	sizeof(uint16_t)

int
linux_socket_address_read(struct linux_socket_address *address,
    vaddr_t from, uint64_t len)
{
	struct linux_sockaddr_un un = { 0 };
	struct socket_name *name = &address->name;
	struct proc *proc = proc_this();
	int err;

	if (len < FAMILY_BYTES || len > sizeof(un))
		return -EINVAL;
	err = user_read(&un, from, len, NULL);
	if (err != 0)
		return err;
	if (un.family != LINUX_AF_UNIX)
		return -EINVAL;
	memset(address, 0, sizeof(*address));
	name->len = (uint32_t)(len - FAMILY_BYTES);
	if (name->len > 0 && un.path[0] != '\0')
		name->len = (uint32_t)strnlen(un.path, name->len);
	memcpy(name->bytes, un.path, name->len);
	memcpy(address->text, un.path, name->len);
	address->path = (struct vfs_path){
		.text = address->text,
		.place = proc->place,
		.who = proc_credentials(),
		.name_max = LINUX_NAME_MAX,
	};
	return 0;
}

int
linux_socket_name_write(const struct socket_name *name, vaddr_t to,
    uint32_t room, uint32_t *len)
{
	struct linux_sockaddr_un un = { .family = LINUX_AF_UNIX };
	uint8_t bytes[sizeof(un) + 1] = { 0 };

	memcpy(un.path, name->bytes, name->len);
	memcpy(bytes, &un, sizeof(un));
	*len = FAMILY_BYTES + name->len;
	/* A path comes with its NUL. */
	if (name->len > 0 && name->bytes[0] != '\0')
		*len += 1;
	return user_write(to, bytes, MIN(room, *len), NULL);
}
