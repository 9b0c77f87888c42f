/* Names: making, removing, renaming, reading directories, and where one is. */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/place.h"
#include "unix/fs/vfs.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_path.h"
#include "unix/sys/linux/linux_user.h"

#define RENAME_NOREPLACE	1u
#define RENAME_EXCHANGE		2u

int64_t
linux_mkdirat(const struct linux_args *args)
{
	struct linux_path path;
	int err = linux_path_read(&path, (int32_t)args->a[0], args->a[1]);

	if (err != 0)
		return err;
	err = vfs_mkdir(&path.path, (uint32_t)args->a[2] &
	    (MODE_PERMISSIONS & ~(MODE_SET_UID | MODE_SET_GID)));
	linux_path_done(&path);
	return err;
}

/* returns: 0 for what cannot be made by mknod */
static enum vnode_type
node_type(uint32_t mode)
{
	switch (mode & MODE_TYPE) {
	case 0:
	case MODE_FILE:
		return VNODE_FILE;
	case MODE_DEVICE:
		return VNODE_DEVICE;
	case MODE_BLOCK_DEVICE:
		return VNODE_BLOCK_DEVICE;
	case MODE_FIFO:
		return VNODE_FIFO;
	case MODE_SOCKET:
		return VNODE_SOCKET;
	default:
		return 0;
	}
}

int64_t
linux_mknodat(const struct linux_args *args)
{
	uint32_t mode = (uint32_t)args->a[2], number = (uint32_t)args->a[3];
	uint32_t major = number >> 8 & 0xfff;
	uint32_t minor = (number & 0xff) | (number >> 12 & 0xfff00);
	enum vnode_type type = node_type(mode);
	struct linux_path path;
	int err;

	if (type == 0)
		return (mode & MODE_TYPE) == MODE_DIRECTORY ? -EPERM :
		    -EINVAL;
	err = linux_path_read(&path, (int32_t)args->a[0], args->a[1]);
	if (err != 0)
		return err;
	if (type != VNODE_DEVICE && type != VNODE_BLOCK_DEVICE)
		major = minor = 0;
	err = vfs_make_node(&path.path, type, mode & MODE_PERMISSIONS, major,
	    minor);
	linux_path_done(&path);
	return err;
}

int64_t
linux_unlinkat(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[2];
	struct linux_path path;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_AT_REMOVEDIR))
		return -EINVAL;
	err = linux_path_read(&path, (int32_t)args->a[0], args->a[1]);
	if (err != 0)
		return err;
	err = flags & LINUX_AT_REMOVEDIR ? vfs_rmdir(&path.path) :
	    vfs_unlink_file(&path.path);
	linux_path_done(&path);
	return err;
}

int64_t
linux_symlinkat(const struct linux_args *args)
{
	struct linux_path path;
	char *target;
	int err = linux_text_read(&target, args->a[0]);

	if (err != 0)
		return err;
	err = linux_path_read(&path, (int32_t)args->a[1], args->a[2]);
	if (err == 0) {
		err = vfs_symlink(target, &path.path);
		linux_path_done(&path);
	}
	heap_free(target);
	return err;
}

/* Two paths, of arguments 0-1 and 2-3. */
static int
paths_read(struct linux_path *old, struct linux_path *new,
    const struct linux_args *args, bool old_may_be_empty)
{
	int err = old_may_be_empty ?
	    linux_path_read_empty(old, (int32_t)args->a[0], args->a[1]) :
	    linux_path_read(old, (int32_t)args->a[0], args->a[1]);

	if (err != 0)
		return err;
	err = linux_path_read(new, (int32_t)args->a[2], args->a[3]);
	if (err != 0)
		linux_path_done(old);
	return err;
}

int64_t
linux_linkat(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[4];
	bool empty = flags & LINUX_AT_EMPTY_PATH;
	struct linux_path old, new;
	int err;

	if (!FLAGS_KNOWN(flags, LINUX_AT_SYMLINK_FOLLOW |
	    LINUX_AT_EMPTY_PATH))
		return -EINVAL;
	err = paths_read(&old, &new, args, empty);
	if (err != 0)
		return err;
	if (!linux_path_is_empty(&old))
		err = vfs_link_at(&old.path, flags & LINUX_AT_SYMLINK_FOLLOW,
		    &new.path);
	else if (old.path.base == NULL ||
	    !credentials_privileged(proc_credentials()))
		err = -ENOENT;
	else
		err = vfs_link_vnode(old.path.base, &new.path);
	linux_path_done(&old);
	linux_path_done(&new);
	return err;
}

static int64_t
rename_common(const struct linux_args *args, uint32_t flags)
{
	struct linux_path old, new;
	int err;

	if (!FLAGS_KNOWN(flags, RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    flags == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	err = paths_read(&old, &new, args, false);
	if (err != 0)
		return err;
	err = vfs_rename_with(&old.path, &new.path,
	    (flags & RENAME_NOREPLACE ? VFS_RENAME_NO_REPLACE : 0) |
	    (flags & RENAME_EXCHANGE ? VFS_RENAME_EXCHANGE : 0));
	linux_path_done(&old);
	linux_path_done(&new);
	return err;
}

int64_t
linux_renameat(const struct linux_args *args)
{
	return rename_common(args, 0);
}

int64_t
linux_renameat2(const struct linux_args *args)
{
	return rename_common(args, (uint32_t)args->a[4]);
}

/* Where the link is the descriptor itself, opened by O_PATH | O_NOFOLLOW. */
static int64_t
readlink_run(const struct linux_path *path, char *text, size_t size)
{
	if (!linux_path_is_empty(path))
		return vfs_readlink(&path->path, text, size);
	if (path->path.base == NULL ||
	    vnode_type_of(path->path.base) != VNODE_SYMLINK)
		return -ENOENT;
	return vnode_readlink(path->path.base, text, size);
}

int64_t
linux_readlinkat(const struct linux_args *args)
{
	int32_t size = (int32_t)args->a[3];
	struct linux_path path;
	char *text;
	int64_t len;
	int err;

	if (size <= 0)
		return -EINVAL;
	len = linux_path_read_empty(&path, (int32_t)args->a[0], args->a[1]);
	if (len != 0)
		return len;
	text = heap_alloc_page();
	len = text == NULL ? -ENOMEM :
	    readlink_run(&path, text, MIN((size_t)size, PATH_BYTES));
	linux_path_done(&path);
	if (len > 0) {
		err = user_write(args->a[2], text, (size_t)len, NULL);
		if (err != 0)
			len = err;
	}
	heap_free(text);
	return len;
}

struct linux_dirent {
	uint64_t inode;
	int64_t next;
	uint16_t record_bytes;
	uint8_t type;
	char name[];
} __attribute__((packed));

/* Entries on their way to a program's buffer. */
struct dirent_reader {
	struct directory_reader reader;
	vaddr_t to;
	uint64_t room;
};

static const uint8_t dirent_types[] = {
	[VNODE_FILE] = 8, [VNODE_DIRECTORY] = 4, [VNODE_DEVICE] = 2,
	[VNODE_SYMLINK] = 10, [VNODE_FIFO] = 1, [VNODE_SOCKET] = 12,
	[VNODE_BLOCK_DEVICE] = 6,
};

static int
dirent_emit(struct directory_reader *reader, const struct vfs_entry *entry)
{
	struct dirent_reader *state = CONTAINER_OF(reader,
	    struct dirent_reader, reader);
	size_t len = strnlen(entry->name, sizeof(entry->name) - 1);
	uint8_t bytes[sizeof(struct linux_dirent) + sizeof(entry->name) + 8];
	struct linux_dirent *out = (struct linux_dirent *)bytes;
	size_t size = ROUND_UP(sizeof(*out) + len + 1, 8);
	int err;

	if (size > state->room)
		return 1;
	memset(bytes, 0, size);
	out->inode = entry->inode;
	out->next = (int64_t)entry->next;
	out->record_bytes = (uint16_t)size;
	out->type = dirent_types[entry->type];
	memcpy(out->name, entry->name, len);
	err = user_write(state->to, bytes, size, NULL);
	if (err != 0)
		return err;
	state->to += size;
	state->room -= size;
	return 0;
}

int64_t
linux_getdents64(const struct linux_args *args)
{
	struct dirent_reader state = {
		.reader = { .emit = dirent_emit },
		.to = args->a[1],
		.room = (uint32_t)args->a[2],
	};
	struct file *file;
	int err = linux_file_get(args->a[0], &file);

	if (err != 0)
		return err;
	err = file_read_directory(file, &state.reader);
	file_put(file);
	if (state.to != args->a[1])
		return (int64_t)(state.to - args->a[1]);
	/* There was something, and not even one fits. */
	return err > 0 ? -EINVAL : err;
}

/* Take `vnode`, of which the caller has a reference, as working directory
 * or root.  returns: 0, -ENOTDIR, -EACCES */
static int
place_move(struct vnode *vnode, bool root)
{
	int err = vnode_type_of(vnode) == VNODE_DIRECTORY ?
	    vnode_may(vnode, proc_credentials(), MAY_EXECUTE) : -ENOTDIR;

	if (err != 0)
		vnode_put(vnode);
	else if (root)
		place_set_root(proc_this()->place, vnode);
	else
		place_set_directory(proc_this()->place, vnode);
	return err;
}

static int64_t
place_lookup(vaddr_t from, bool root)
{
	struct linux_path path;
	struct vnode *vnode;
	int err = linux_path_read(&path, LINUX_AT_FDCWD, from);

	if (err != 0)
		return err;
	err = vfs_lookup(&path.path, true, &vnode);
	linux_path_done(&path);
	if (err == 0 && root &&
	    !credentials_privileged(proc_credentials())) {
		vnode_put(vnode);
		return -EPERM;
	}
	return err != 0 ? err : place_move(vnode, root);
}

int64_t
linux_chdir(const struct linux_args *args)
{
	return place_lookup(args->a[0], false);
}

int64_t
linux_chroot(const struct linux_args *args)
{
	return place_lookup(args->a[0], true);
}

int64_t
linux_fchdir(const struct linux_args *args)
{
	struct vnode *vnode;
	int err = linux_vnode_get(args->a[0], &vnode);

	if (err != 0)
		return err == -EINVAL ? -ENOTDIR : err;
	return place_move(vnode, false);
}

int64_t
linux_getcwd(const struct linux_args *args)
{
	struct place *place = proc_this()->place;
	struct vnode *vnode = place_directory(place);
	char *text = heap_alloc(PATH_BYTES);
	int64_t len;
	int err;

	len = text == NULL ? -ENOMEM :
	    vnode_path(vnode, place, text, PATH_BYTES);
	vnode_put(vnode);
	if (len >= 0) {
		len++;
		err = (uint64_t)len > args->a[1] ? -ERANGE :
		    user_write(args->a[0], text, (size_t)len, NULL);
		if (err != 0)
			len = err;
	}
	heap_free(text);
	return len == -ERANGE && text != NULL && args->a[1] >= PATH_BYTES ?
	    -ENAMETOOLONG : len;
}

int64_t
linux_umask(const struct linux_args *args)
{
	return place_set_umask(proc_this()->place,
	    (uint32_t)args->a[0] & 0777);
}
