/* Whom a file signals when it is ready: F_SETOWN and its kin, O_ASYNC. */
#pragma once

#include "core/base/types.h"

struct file;

/* A process, or minus a group.  returns: 0; -ESRCH, -EINVAL, -ENOMEM */
int64_t linux_owner_set(struct file *file, int32_t owner);
int64_t linux_owner_get(struct file *file);
/* The same with a struct at `from`, that can name threads; -EFAULT. */
int64_t linux_owner_set_any(struct file *file, vaddr_t from);
int64_t linux_owner_get_any(struct file *file, vaddr_t to);

/* Set FILE_STATUS_FLAGS, and begin or stop signals as FILE_ASYNC says; `fd` is
 * how the program calls the file.  returns: as file_set_flags; -ENOMEM */
int linux_file_set_flags(struct file *file, int32_t fd, uint32_t flags);
