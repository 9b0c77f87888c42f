/*
 * Names of sockets.  A path is a vnode of type socket, which knows nothing of
 * the socket; whoever has a name is in one list, and is found by its vnode or
 * its abstract bytes.
 */
#include "unix/fs/socket/socket_inner.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/format.h"
#include "core/base/string.h"
#include "unix/fs/vfs.h"

#define AUTO_NAMES	(1u << 20)	/* five hexadecimal digits */

static struct list named = { &named, &named };		/* [s] */
static uint32_t next_auto;				/* [s] */

static bool
name_is_abstract(const struct socket_name *name)
{
	return name->len > 0 && name->bytes[0] == '\0';
}

/* needs: sockets_lock */
static struct socket *
find_abstract(const struct socket_name *name)
{
	LIST_FOR(link, &named) {
		struct socket *socket = LIST_ENTRY(link, struct socket, named);

		if (socket->vnode == NULL && socket->name.len == name->len &&
		    memcmp(socket->name.bytes, name->bytes, name->len) == 0)
			return socket;
	}
	return NULL;
}

/* needs: sockets_lock */
static struct socket *
find_vnode(const struct vnode *vnode)
{
	LIST_FOR(link, &named) {
		struct socket *socket = LIST_ENTRY(link, struct socket, named);

		if (socket->vnode == vnode)
			return socket;
	}
	return NULL;
}

int
socket_find(const struct socket_name *name, const struct vfs_path *path,
    struct socket **out)
{
	struct vnode *vnode = NULL;
	struct socket *socket;
	int err;

	if (!name_is_abstract(name)) {
		err = vfs_lookup(path, true, &vnode);
		if (err != 0)
			return err;
		err = path->who == NULL ? 0 :
		    vnode_may(vnode, path->who, MAY_WRITE);
		if (err != 0) {
			vnode_put(vnode);
			return err;
		}
	}
	spin_lock(&sockets_lock);
	socket = vnode != NULL ? find_vnode(vnode) : find_abstract(name);
	if (socket != NULL)
		socket_get(socket);
	spin_unlock(&sockets_lock);
	if (vnode != NULL)
		vnode_put(vnode);
	*out = socket;
	return socket != NULL ? 0 : -ECONNREFUSED;
}

struct vnode *
socket_unname(struct socket *socket)
{
	struct vnode *vnode = socket->vnode;

	ASSERT(spin_held(&sockets_lock));
	list_remove(&socket->named);
	socket->vnode = NULL;
	return vnode;
}

/* needs: sockets_lock.  returns: 0, -EINVAL, -EADDRINUSE */
static int
name_take(struct socket *socket, const struct socket_name *name,
    struct vnode *vnode)
{
	if (socket->name.len != 0 || socket->state == SOCKET_CLOSED)
		return -EINVAL;
	if (vnode == NULL && find_abstract(name) != NULL)
		return -EADDRINUSE;
	socket->name = *name;
	socket->vnode = vnode;
	list_push_back(&named, &socket->named);
	return 0;
}

/* An abstract name that nobody has. */
static int
name_invent(struct socket *socket)
{
	struct socket_name name = { .len = 6 };
	char digits[8];
	int err = -EADDRINUSE;

	spin_lock(&sockets_lock);
	/* Asked to be given a name, who has one keeps it. */
	if (socket->name.len != 0)
		err = 0;
	for (uint32_t i = 0; i < AUTO_NAMES && err == -EADDRINUSE; i++) {
		format_text(digits, sizeof(digits), "%05x",
		    next_auto++ % AUTO_NAMES);
		memcpy(name.bytes + 1, digits, 5);
		err = name_take(socket, &name, NULL);
	}
	spin_unlock(&sockets_lock);
	return err;
}

static int
bind_path(struct socket *socket, const struct socket_name *name,
    const struct vfs_path *path)
{
	struct vnode *vnode;
	int err;

	spin_lock(&sockets_lock);
	err = socket->name.len != 0 ? -EINVAL : 0;
	spin_unlock(&sockets_lock);
	if (err != 0)
		return err;
	err = vfs_make_node(path, VNODE_SOCKET, 0777, 0, 0);
	if (err == 0)
		err = vfs_lookup(path, false, &vnode);
	if (err != 0)
		return err == -EEXIST ? -EADDRINUSE : err;
	spin_lock(&sockets_lock);
	err = name_take(socket, name, vnode);
	spin_unlock(&sockets_lock);
	if (err != 0)
		vnode_put(vnode);
	return err;
}

int
socket_bind(struct file *file, const struct socket_name *name,
    const struct vfs_path *path)
{
	struct socket *socket = socket_of(file);
	int err;

	if (socket == NULL)
		return -ENOTSOCK;
	if (name->len == 0)
		return name_invent(socket);
	if (!name_is_abstract(name))
		return bind_path(socket, name, path);
	spin_lock(&sockets_lock);
	err = name_take(socket, name, NULL);
	spin_unlock(&sockets_lock);
	return err;
}
