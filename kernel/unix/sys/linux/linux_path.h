/* Paths of programs: fetched, and where they start. */
#pragma once

#include "core/base/types.h"
#include "unix/fs/vfs.h"

struct file;

/* Most paths are shorter; longer ones are kept on the heap. */
#define LINUX_PATH_SHORT 200

struct linux_path {
	struct vfs_path path;
	char *text;			/* on the heap, or NULL */
	struct file *base;		/* the descriptor's, or NULL */
	char short_text[LINUX_PATH_SHORT];
};

/*
 * Read the path at `from`, relative to descriptor `fd` or AT_FDCWD.
 * returns: 0; -EFAULT, -ENAMETOOLONG, -ENOENT (an empty one), -EBADF, -ENOMEM;
 *          -ENOTDIR (`fd` is no directory, and asked for)
 * gives:   *path, for linux_path_done
 */
int linux_path_read(struct linux_path *path, int32_t fd, vaddr_t from);
/* The same, but an empty path is one too. */
int linux_path_read_empty(struct linux_path *path, int32_t fd, vaddr_t from);
void linux_path_done(struct linux_path *path);

/* Whether it is the empty path. */
static inline bool
linux_path_is_empty(const struct linux_path *path)
{
	return path->path.text[0] == '\0';
}
