/* Paths: read once, into the struct itself or, if long, onto the heap. */
#include "unix/sys/linux/linux_path.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_user.h"

static int
text_read(struct linux_path *path, vaddr_t from)
{
	int64_t len = user_read_string(path->short_text, from,
	    sizeof(path->short_text));

	path->path.text = path->short_text;
	if (len != -ENAMETOOLONG)
		return len < 0 ? (int)len : 0;
	len = linux_text_read(&path->text, from);
	path->path.text = path->text;
	return (int)len;
}

int
linux_path_read_empty(struct linux_path *path, int32_t fd, vaddr_t from)
{
	struct proc *proc = proc_this();
	int err;

	path->text = NULL;
	path->base = NULL;
	path->path.base = NULL;
	path->path.place = proc->place;
	path->path.who = proc_credentials();
	path->path.name_max = LINUX_NAME_MAX;
	err = text_read(path, from);
	if (err != 0 || path->path.text[0] == '/' || fd == LINUX_AT_FDCWD)
		return err;
	err = linux_file_get_any((uint32_t)fd, &path->base);
	if (err != 0) {
		path->base = NULL;
		linux_path_done(path);
		return err;
	}
	path->path.base = path->base->vnode;
	/* What was never in a directory is no place to start at. */
	if (path->path.base == NULL && path->path.text[0] != '\0') {
		linux_path_done(path);
		return -ENOTDIR;
	}
	return 0;
}

int
linux_path_read(struct linux_path *path, int32_t fd, vaddr_t from)
{
	int err = linux_path_read_empty(path, fd, from);

	if (err == 0 && linux_path_is_empty(path)) {
		linux_path_done(path);
		return -ENOENT;
	}
	return err;
}

void
linux_path_done(struct linux_path *path)
{
	heap_free(path->text);
	path->text = NULL;
	if (path->base != NULL)
		file_put(path->base);
	path->base = NULL;
}
