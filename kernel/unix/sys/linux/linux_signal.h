/* Sets of signals, for the calls that take one besides. */
#pragma once

#include "unix/proc/signal.h"

/* returns: 0; -EINVAL if a set has not `nbytes`; -EFAULT */
int linux_sigset_read(signal_set_t *set, vaddr_t from, uint64_t nbytes);
