/* Signalfd: signals that are read instead of handled. */
#pragma once

#include "unix/fs/file.h"
#include "unix/proc/signal.h"

/* A file that gives the reader's pending signals of `which`.
 * returns: 0, -ENFILE, -ENOMEM */
int signalfd_create(signal_set_t which, uint32_t flags, struct file **out);
/* returns: 0 or -EINVAL (no such file) */
int signalfd_change(struct file *file, signal_set_t which);
