/*
 * devtmpfs: a tmpfs that comes with the devices there are (device.h), and with
 * the names programs expect beside them.  Each mount is one of its own.
 */
#include "unix/fs/tmpfs/tmpfs.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "unix/fs/device.h"

static const struct device_name {
	const char *name;
	enum vnode_type type;
	uint32_t mode;
	uint32_t major, minor;
	const char *target;
} names[] = {
	{ "console", VNODE_DEVICE, 0600, DEVICE_TERMINAL, 1, NULL },
	{ "full", VNODE_DEVICE, 0666, DEVICE_MEMORY, 7, NULL },
	{ "kmsg", VNODE_DEVICE, 0600, DEVICE_MEMORY, 11, NULL },
	{ "null", VNODE_DEVICE, 0666, DEVICE_MEMORY, 3, NULL },
	{ "ptmx", VNODE_DEVICE, 0666, DEVICE_TERMINAL, 2, NULL },
	{ "random", VNODE_DEVICE, 0666, DEVICE_MEMORY, 8, NULL },
	{ "tty", VNODE_DEVICE, 0666, DEVICE_TERMINAL, 0, NULL },
	{ "ttyS0", VNODE_DEVICE, 0600, DEVICE_SERIAL, 64, NULL },
	{ "urandom", VNODE_DEVICE, 0666, DEVICE_MEMORY, 9, NULL },
	{ "vda", VNODE_BLOCK_DEVICE, 0600, DEVICE_DISK, 0, NULL },
	{ "zero", VNODE_DEVICE, 0666, DEVICE_MEMORY, 5, NULL },
	{ "pts", VNODE_DIRECTORY, 0755, 0, 0, NULL },
	{ "shm", VNODE_DIRECTORY, MODE_STICKY | 0777, 0, 0, NULL },
	{ "fd", VNODE_SYMLINK, 0777, 0, 0, "/proc/self/fd" },
	{ "stdin", VNODE_SYMLINK, 0777, 0, 0, "/proc/self/fd/0" },
	{ "stdout", VNODE_SYMLINK, 0777, 0, 0, "/proc/self/fd/1" },
	{ "stderr", VNODE_SYMLINK, 0777, 0, 0, "/proc/self/fd/2" },
};

static int
make_name(struct vnode *directory, const struct device_name *from)
{
	const struct vfs_name name = { from->name, strlen(from->name) };
	const struct vnode_spec spec = {
		.type = from->type,
		.mode = from->mode,
		.major = from->major,
		.minor = from->minor,
		.target = from->target,
	};
	uint64_t inode;

	return tmpfs_create(directory, &name, &spec, &inode);
}

static int
devtmpfs_mount(struct mount *mount, const struct mount_request *request,
    uint64_t *root)
{
	/* Nobody else ever sees this vnode: the table has none yet. */
	struct vnode *directory = heap_alloc(sizeof(*directory));
	int err;

	if (directory == NULL)
		return -ENOMEM;
	err = tmpfs_mount(mount, request, root);
	if (err != 0)
		goto free_directory;
	directory->mount = mount;
	directory->inode = *root;
	err = tmpfs_load(directory);
	tmpfs_of(directory)->root_mode = directory->mode = 0755;
	for (uint32_t i = 0; err == 0 && i < ARRAY_LEN(names); i++)
		err = make_name(directory, &names[i]);
	if (err != 0)
		tmpfs_unmount(mount);
free_directory:
	heap_free(directory);
	return err;
}

const struct vfs_ops devtmpfs_ops = {
	.name = "devtmpfs",
	.mount = devtmpfs_mount,
	TMPFS_OPS,
};
