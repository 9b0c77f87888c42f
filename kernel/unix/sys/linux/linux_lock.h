/* fcntl's locks on ranges of a file. */
#pragma once

#include "core/base/types.h"

struct file;

enum linux_lock_command {
	LINUX_LOCK_GET,
	LINUX_LOCK_SET,
	LINUX_LOCK_SET_WAIT,
};

/* of_file: the lock belongs to the open file (F_OFD_), not to the process.
 * at: a struct flock of the program's */
int64_t linux_lock_command(struct file *file, int32_t fd,
    enum linux_lock_command command, bool of_file, vaddr_t at);
