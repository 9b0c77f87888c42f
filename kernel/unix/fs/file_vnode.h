/* Files on a file system: the operations of regular files and directories. */
#pragma once

#include "unix/fs/file.h"

extern const struct file_ops regular_ops;
extern const struct file_ops directory_ops;

/* A vnode with ops of its own (memfd, proc) may use these. */
int64_t vnode_file_seek(struct file *file, int64_t offset, int whence);
