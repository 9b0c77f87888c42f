/* What was used, as getrusage and wait4 tell it. */
#pragma once

#include "core/base/types.h"

struct usage;

/* Put it at `to` as a struct rusage.  returns: 0 or -EFAULT */
int linux_usage_write(const struct usage *usage, vaddr_t to);
