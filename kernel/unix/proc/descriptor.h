/*
 * Descriptors: the small numbers by which a process names its open files.
 *
 * Only a process itself opens and closes its own, so what descriptor_file
 * returns stays open while it makes one system call.
 */
#pragma once

#include "unix/fs/file.h"

/* Takes over the caller's reference to `file` where it succeeds.
 * returns: the lowest free descriptor, or -EMFILE */
int descriptor_add(struct file *file);
/* Without a reference; NULL: no such. */
struct file *descriptor_file(int fd);
/* returns: 0 or -EBADF */
int descriptor_close(int fd);
