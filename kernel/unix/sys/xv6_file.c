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
#include "unix/fs/descriptor.h"
#include "unix/fs/file.h"
#include "unix/fs/place.h"
#include "unix/fs/pipe.h"
#include "unix/proc/proc.h"
#include "unix/sys/xv6.h"

#define FILE_MODE	0644
#define DIRECTORY_MODE	0755

/* All files that programs of this door have open. */
static struct file_quota quota = { .max = XV6_NFILE };

/* returns: 0, or -EBADF; gives: *out with a reference */
static int
file_at(uint64_t fd, struct file **out)
{
	return descriptor_get(proc_this()->descriptors, (int32_t)fd, out);
}

/* A descriptor for the file; takes over its reference, whatever happens. */
static int
file_enter(struct file *file)
{
	int fd = descriptor_add(proc_this()->descriptors, file, 0,
	    xv6_door.files_per_proc, false);

	if (fd < 0)
		file_put(file);
	return fd;
}

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
	struct vnode_stat stat;

	return file->vnode != NULL && vnode_stat(file->vnode, &stat) == 0 &&
	    stat.type != VNODE_DEVICE;
}

int64_t
xv6_read(struct trapframe *frame)
{
	uint64_t len = (uint32_t)frame->a2;
	struct uio_part part;
	struct file *file;
	struct uio uio;
	int64_t result;

	result = file_at(frame->a0, &file);
	if (result != 0)
		return result;
	/* Files take a negative length for a huge one, others for nothing. */
	if ((int32_t)frame->a2 < 0 && !is_on_disk(file))
		len = 0;
	uio_user(&uio, &part, frame->a1, len);
	result = file_read(file, &uio);
	if (result == -EISDIR)
		result = file_read_records(file, &uio,
		    sizeof(struct xv6_dirent), record_make);
	file_put(file);
	return result;
}

/* Whether writing would leave a hole. */
static bool
is_past_end(const struct file *file)
{
	struct vnode_stat stat;
	uint64_t offset = file_offset(file);

	return offset > 0 && file->vnode != NULL &&
	    vnode_stat(file->vnode, &stat) == 0 &&
	    stat.type == VNODE_FILE && offset > stat.size;
}

static int64_t
write_file(struct file *file, vaddr_t from, int32_t len)
{
	struct uio_part part;
	struct uio uio;
	int64_t result;

	if (len < 0 && is_on_disk(file))
		return -EINVAL;
	if (is_past_end(file))
		return -EINVAL;
	len = MAX(len, 0);
	uio_user(&uio, &part, from, (uint64_t)len);
	result = file_write(file, &uio);
	if (result == -ETXTBSY) {
		/* Perhaps who ran it has only not been freed yet. */
		reclaim_all();
		uio_user(&uio, &part, from, (uint64_t)len);
		result = file_write(file, &uio);
	}
	/* What was moved stays; but in xv6 a file takes all or says -1. */
	if (result >= 0 && result < len && is_on_disk(file))
		return -EIO;
	return result;
}

int64_t
xv6_write(struct trapframe *frame)
{
	struct file *file;
	int64_t result;

	result = file_at(frame->a0, &file);
	if (result != 0)
		return result;
	result = write_file(file, frame->a1, (int32_t)frame->a2);
	file_put(file);
	return result;
}

int64_t
xv6_close(struct trapframe *frame)
{
	return descriptor_close(proc_this()->descriptors, (int32_t)frame->a0);
}

int64_t
xv6_dup(struct trapframe *frame)
{
	struct file *file;
	int err;

	err = file_at(frame->a0, &file);
	return err != 0 ? err : file_enter(file);
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
	struct vnode_stat stat;
	struct xv6_stat out;
	struct file *file;
	int err;

	err = file_at(frame->a0, &file);
	if (err != 0)
		return err;
	err = file->vnode != NULL ? file_stat(file, &stat) : -EINVAL;
	file_put(file);
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
	struct descriptors *table = proc_this()->descriptors;
	struct file *ends[2];
	int32_t fds[2];
	int err;

	err = pipe_create(XV6_PIPESIZE, 0, ends);
	if (err != 0)
		return err;
	err = file_charge(ends[0], &quota);
	if (err == 0)
		err = file_charge(ends[1], &quota);
	if (err == 0)
		err = descriptor_add_two(table, ends, xv6_door.files_per_proc,
		    false, fds);
	if (err != 0) {
		file_put(ends[0]);
		file_put(ends[1]);
		return err;
	}
	err = user_write(frame->a0, fds, sizeof(fds), NULL);
	if (err != 0) {
		descriptor_close(table, fds[1]);
		descriptor_close(table, fds[0]);
	}
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

static uint32_t
file_flags_of(int32_t flags)
{
	uint32_t result = 0;

	if (!(flags & XV6_O_WRONLY))
		result |= FILE_READ;
	if (flags & (XV6_O_WRONLY | XV6_O_RDWR))
		result |= FILE_WRITE;
	return result;
}

/* returns: 0; gives: *out, charged to this door's programs */
static int
open_file(struct xv6_path *path, int32_t flags, struct file **out)
{
	enum vnode_type type;
	struct vnode *vnode;
	int err;

	err = open_vnode(path, flags, &vnode, &type);
	if (err != 0)
		return err;
	err = file_open(vnode, NULL, file_flags_of(flags), out);
	if (err != 0) {
		vnode_put(vnode);
		return err;
	}
	err = file_charge(*out, &quota);
	if (err == 0 && (flags & XV6_O_TRUNC) && type == VNODE_FILE)
		err = vnode_empty(vnode);
	if (err != 0)
		file_put(*out);
	return err;
}

int64_t
xv6_open(struct trapframe *frame)
{
	struct xv6_path path;
	struct file *file;
	int err;

	err = xv6_path_read(&path, frame->a0);
	if (err == 0)
		err = open_file(&path, (int32_t)frame->a1, &file);
	return err != 0 ? err : file_enter(file);
}

int64_t
xv6_chdir(struct trapframe *frame)
{
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
	place_set_directory(proc_this()->place, vnode);
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
