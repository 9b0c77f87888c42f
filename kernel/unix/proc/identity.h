/* Who a process is and who its relatives are, by number. */
#pragma once

#include "core/base/types.h"

struct credentials;
struct usage;

/* Act as `who` from now on: the calling thread. */
void proc_set_credentials(const struct credentials *who);
/* Those of thread `tid` (0: the caller).  returns: 0 or -ESRCH */
int proc_credentials_of(int32_t tid, struct credentials *out);

/* The parent's number; 0: there is none. */
int32_t proc_parent_pid(void);
/* How many threads the calling process has; and all processes together. */
uint32_t proc_thread_count(void);
uint32_t proc_thread_total(void);

/* What the calling process has used, and what its dead children have; each
 * may be NULL. */
void proc_usage(struct usage *own, struct usage *children);
