/*
 * The xv6 door's calls about files: flags, structs and quirks.
 *
 * Two quirks stand out.  Files have no holes there, so writing beyond the end
 * of a file (another opened it with O_TRUNC, say) fails; and an empty path is
 * the working directory, where one is looked up and not made.
 */
#include "unix/sys/xv6_file.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/vm/reclaim.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/proc/descriptor.h"
#include "unix/proc/proc.h"
#include "unix/sys/xv6.h"

#define FILE_MODE	0644
#define DIRECTORY_MODE	0755

/* One entry of a directory as its programs know it. */
static void
record_make(const struct vfs_entry *entry, void *bytes)
{
	struct xv6_dirent *record = bytes;

	memset(record, 0, sizeof(*record));
	record->inum = (uint16_t)entry->inode;
	/* 0 says that there is no entry, and 16 bits may say it wrongly. */
	if (record->inum == 0)
		record->inum = UINT16_MAX;
	memcpy(record->name, entry->name,
	    strnlen(entry->name, sizeof(record->name)));
}

/* Whether it is a file or directory, as opposed to a device or pipe. */
static bool
is_on_disk(const struct file *file)
{
	struct vnode *vnode = file_vnode(file);
	struct vnode_stat stat;

	return vnode != NULL && vnode_stat(vnode, &stat) == 0 &&
	    stat.type != VNODE_DEVICE;
}

int64_t
xv6_read(struct trapframe *frame)
{
	struct file *file = descriptor_file((int32_t)frame->a0);
	uint64_t len = (uint32_t)frame->a2;
	int64_t result;

	if (file == NULL)
		return -EBADF;
	/* Files take a negative length for a huge one, others for nothing. */
	if ((int32_t)frame->a2 < 0 && !is_on_disk(file))
		len = 0;
	result = file_read(file, frame->a1, len);
	if (result == -EISDIR)
		result = file_read_directory(file, frame->a1, len,
		    sizeof(struct xv6_dirent), record_make);
	return result;
}

/* Whether writing would leave a hole. */
static bool
is_past_end(const struct file *file)
{
	struct vnode *vnode = file_vnode(file);
	struct vnode_stat stat;
	uint64_t offset = file_offset(file);

	return offset > 0 && vnode != NULL && vnode_stat(vnode, &stat) == 0 &&
	    stat.type == VNODE_FILE && offset > stat.size;
}

int64_t
xv6_write(struct trapframe *frame)
{
	struct file *file = descriptor_file((int32_t)frame->a0);
	int32_t len = (int32_t)frame->a2;
	int64_t result;

	if (file == NULL)
		return -EBADF;
	if (len < 0 && is_on_disk(file))
		return -EINVAL;
	if (is_past_end(file))
		return -EINVAL;
	len = MAX(len, 0);
	result = file_write(file, frame->a1, (uint64_t)len);
	if (result == -ETXTBSY) {
		/* Perhaps who ran it has only not been freed yet. */
		reclaim_all();
		result = file_write(file, frame->a1, (uint64_t)len);
	}
	/* What was moved stays; but in xv6 a file takes all or says -1. */
	if (result >= 0 && result < len && is_on_disk(file))
		return -EIO;
	return result;
}

int64_t
xv6_close(struct trapframe *frame)
{
	return descriptor_close((int32_t)frame->a0);
}

int64_t
xv6_dup(struct trapframe *frame)
{
	struct file *file = descriptor_file((int32_t)frame->a0);
	int fd;

	if (file == NULL)
		return -EBADF;
	fd = descriptor_add(file);
	if (fd >= 0)
		file_get(file);
	return fd;
}

static int16_t
type_of(const struct vnode_stat *stat)
{
	switch (stat->type) {
	case VNODE_DIRECTORY:
		return XV6_T_DIR;
	case VNODE_DEVICE:
	case VNODE_BLOCK_DEVICE:
		return XV6_T_DEVICE;
	case VNODE_FILE:
	case VNODE_FIFO:
	case VNODE_SOCKET:
	case VNODE_SYMLINK:
		break;
	}
	return XV6_T_FILE;
}

int64_t
xv6_fstat(struct trapframe *frame)
{
	struct file *file = descriptor_file((int32_t)frame->a0);
	struct vnode_stat stat;
	struct xv6_stat out;
	int err;

	if (file == NULL)
		return -EBADF;
	err = file_stat(file, &stat);
	if (err != 0)
		return err;
	memset(&out, 0, sizeof(out));		/* its padding too */
	out.dev = (int32_t)stat.device;
	out.ino = (uint32_t)stat.inode;
	out.type = type_of(&stat);
	out.nlink = (int16_t)stat.nlinks;
	out.size = stat.size;
	return user_write(frame->a1, &out, sizeof(out), NULL);
}

int64_t
xv6_pipe(struct trapframe *frame)
{
	struct file *read_end, *write_end;
	int32_t fds[2];
	int err;

	if (file_count() + 2 > xv6_door.files_max)
		return -ENFILE;
	err = file_open_pipe(&read_end, &write_end);
	if (err != 0)
		return err;
	fds[0] = descriptor_add(read_end);
	if (fds[0] < 0) {
		err = fds[0];
		file_put(read_end);
		goto put_write_end;
	}
	fds[1] = descriptor_add(write_end);
	if (fds[1] < 0) {
		err = fds[1];
		goto close_read_end;
	}
	err = user_write(frame->a0, fds, sizeof(fds), NULL);
	if (err == 0)
		return 0;

	descriptor_close(fds[1]);
	descriptor_close(fds[0]);
	return err;

close_read_end:
	descriptor_close(fds[0]);
put_write_end:
	file_put(write_end);
	return err;
}

/* Look a path up, where the empty one is the working directory. */
static int
path_lookup(struct xv6_path *path, struct vnode **out)
{
	if (path->text[0] == '\0')
		path->path.text = ".";
	return vfs_lookup(&path->path, true, out);
}

/*
 * returns: 0; -EISDIR if it is a directory and `flags` ask for more than
 *          reading
 */
static int
open_vnode(struct xv6_path *path, int32_t flags, struct vnode **out,
    enum vnode_type *type)
{
	struct vnode_stat stat;
	int err;

	if (flags & XV6_O_CREATE)
		err = vfs_create(&path->path, FILE_MODE, false, out);
	else
		err = path_lookup(path, out);
	if (err != 0)
		return err;
	err = vnode_stat(*out, &stat);
	if (err == 0 && stat.type == VNODE_DIRECTORY && flags != XV6_O_RDONLY)
		err = -EISDIR;
	if (err != 0)
		vnode_put(*out);
	*type = stat.type;
	return err;
}

static int
vnode_empty(struct vnode *vnode)
{
	int err = vnode_truncate(vnode, 0);

	if (err == -ETXTBSY) {
		reclaim_all();		/* as in xv6_write */
		err = vnode_truncate(vnode, 0);
	}
	return err;
}

int64_t
xv6_open(struct trapframe *frame)
{
	int32_t flags = (int32_t)frame->a1;
	enum vnode_type type;
	struct xv6_path path;
	struct vnode *vnode;
	struct file *file;
	int err, fd;

	err = xv6_path_read(&path, frame->a0);
	if (err != 0)
		return err;
	if (file_count() >= xv6_door.files_max)
		return -ENFILE;
	err = open_vnode(&path, flags, &vnode, &type);
	if (err != 0)
		return err;
	err = file_open(vnode, !(flags & XV6_O_WRONLY),
	    flags & (XV6_O_WRONLY | XV6_O_RDWR), &file);
	if (err != 0) {
		vnode_put(vnode);
		return err;
	}
	fd = descriptor_add(file);
	if (fd < 0) {
		file_put(file);
		return fd;
	}
	if ((flags & XV6_O_TRUNC) && type == VNODE_FILE) {
		err = vnode_empty(vnode);
		if (err != 0) {
			descriptor_close(fd);
			return err;
		}
	}
	return fd;
}

int64_t
xv6_chdir(struct trapframe *frame)
{
	struct proc *proc = proc_this();
	struct vnode_stat stat;
	struct xv6_path path;
	struct vnode *vnode;
	int err;

	err = xv6_path_read(&path, frame->a0);
	if (err != 0)
		return err;
	err = path_lookup(&path, &vnode);
	if (err != 0)
		return err;
	err = vnode_stat(vnode, &stat);
	if (err == 0 && stat.type != VNODE_DIRECTORY)
		err = -ENOTDIR;
	if (err != 0) {
		vnode_put(vnode);
		return err;
	}
	vnode_put(proc->directory);
	proc->directory = vnode;
	return 0;
}

int64_t
xv6_mkdir(struct trapframe *frame)
{
	struct xv6_path path;
	int err;

	err = xv6_path_read(&path, frame->a0);
	return err != 0 ? err : vfs_mkdir(&path.path, DIRECTORY_MODE);
}

int64_t
xv6_mknod(struct trapframe *frame)
{
	struct xv6_path path;
	int err;

	err = xv6_path_read(&path, frame->a0);
	return err != 0 ? err : vfs_mknod(&path.path, FILE_MODE,
	    (uint16_t)frame->a1, (uint16_t)frame->a2);
}

int64_t
xv6_unlink(struct trapframe *frame)
{
	struct xv6_path path;
	int err;

	err = xv6_path_read(&path, frame->a0);
	return err != 0 ? err : vfs_unlink(&path.path);
}

int64_t
xv6_link(struct trapframe *frame)
{
	struct xv6_path old, new;
	int err;

	err = xv6_path_read(&old, frame->a0);
	if (err == 0)
		err = xv6_path_read(&new, frame->a1);
	return err != 0 ? err : vfs_link(&old.path, &new.path);
}
