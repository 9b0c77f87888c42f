/* Descriptors, and the flags of open files. */
#include "unix/sys/linux/linux_descriptor.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "unix/proc/limit.h"
#include "unix/proc/proc.h"

/* Those that mean one of ours, bit by bit. */
static const struct {
	uint32_t open, file;
} flags_table[] = {
	{ LINUX_O_APPEND, FILE_APPEND },
	{ LINUX_O_NONBLOCK, FILE_NONBLOCK },
	{ LINUX_O_SYNC_ONLY, FILE_SYNC },
	{ LINUX_O_DSYNC, FILE_DATA_SYNC },
	{ LINUX_O_NOATIME, FILE_NO_ATIME },
	{ LINUX_O_DIRECT, FILE_DIRECT },
	{ LINUX_O_NOCTTY, FILE_NO_TTY },
	{ LINUX_O_PATH, FILE_PATH },
};

uint32_t
linux_descriptor_limit(void)
{
	return (uint32_t)MIN(limit_get(LIMIT_NOFILE), (uint64_t)INT32_MAX);
}

int
linux_file_get(uint64_t fd, struct file **out)
{
	return descriptor_get(proc_this()->descriptors, (int32_t)fd, out);
}

static __attribute__((noinline)) struct file *
borrow_counted(struct descriptors *table, int fd, bool *counted)
{
	struct file *file;

	*counted = true;
	return descriptor_get(table, fd, &file) == 0 ? file : NULL;
}

struct file *
linux_file_borrow(uint64_t fd, bool *counted)
{
	const struct proc *proc = proc_thread_this()->proc;
	struct descriptors *table = proc->descriptors;

	/* Others may come only by what this thread does. */
	if (atomic_load_acquire(&proc->nthreads) > 1 ||
	    descriptors_shared(table))
		return borrow_counted(table, (int32_t)fd, counted);
	*counted = false;
	return descriptor_peek(table, (int32_t)fd);
}

int
linux_file_get_any(uint64_t fd, struct file **out)
{
	return descriptor_get_any(proc_this()->descriptors, (int32_t)fd, out);
}

int64_t
linux_file_give(struct file *file, bool cloexec)
{
	int fd = descriptor_add(proc_this()->descriptors, file, 0,
	    linux_descriptor_limit(), cloexec);

	/* A limit of 0 leaves no number at all. */
	if (fd == -EINVAL)
		fd = -EMFILE;
	if (fd < 0)
		file_put(file);
	return fd;
}

int
linux_vnode_get(uint64_t fd, struct vnode **out)
{
	struct file *file;
	int err = linux_file_get_any(fd, &file);

	if (err != 0)
		return err;
	*out = file->vnode;
	if (*out != NULL)
		vnode_get(*out);
	else
		err = -EINVAL;
	file_put(file);
	return err;
}

uint32_t
linux_file_flags(uint32_t open_flags)
{
	uint32_t access = open_flags & LINUX_O_ACCESS, flags = 0;

	if (!(open_flags & LINUX_O_PATH)) {
		if (access != LINUX_O_WRONLY)
			flags |= FILE_READ;
		if (access != 0)
			flags |= FILE_WRITE;
	}
	for (size_t i = 0; i < ARRAY_LEN(flags_table); i++) {
		if (open_flags & flags_table[i].open)
			flags |= flags_table[i].file;
	}
	return flags;
}

uint32_t
linux_open_flags(uint32_t file_flags)
{
	uint32_t flags = LINUX_O_LARGEFILE;

	if (file_flags & FILE_ASYNC)
		flags |= LINUX_O_ASYNC;
	if ((file_flags & (FILE_READ | FILE_WRITE)) ==
	    (FILE_READ | FILE_WRITE))
		flags |= LINUX_O_RDWR;
	else if (file_flags & FILE_WRITE)
		flags |= LINUX_O_WRONLY;
	for (size_t i = 0; i < ARRAY_LEN(flags_table); i++) {
		if (file_flags & flags_table[i].file &
		    ~(FILE_NO_TTY))
			flags |= flags_table[i].open;
	}
	return flags;
}
