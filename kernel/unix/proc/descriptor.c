/* Descriptors: an array in each process, its own thread's alone. */
#include "unix/proc/descriptor.h"

#include "core/base/errno.h"
#include "unix/proc/door.h"
#include "unix/proc/proc.h"

int
descriptor_add(struct file *file)
{
	struct proc *proc = proc_this();

	int limit = (int)MIN(proc->door->files_per_proc, FILES_PER_PROC);

	for (int fd = 0; fd < limit; fd++) {
		if (proc->files[fd] == NULL) {
			proc->files[fd] = file;
			return fd;
		}
	}
	return -EMFILE;
}

struct file *
descriptor_file(int fd)
{
	if (fd < 0 || fd >= FILES_PER_PROC)
		return NULL;
	return proc_this()->files[fd];
}

int
descriptor_close(int fd)
{
	struct file *file = descriptor_file(fd);

	if (file == NULL)
		return -EBADF;
	proc_this()->files[fd] = NULL;
	file_put(file);
	return 0;
}
