/* Whom a call is for, as far as files care: link-time hooks, defined by proc. */
#pragma once

#include "unix/fs/credentials.h"

/* Those of the calling thread; root's for the kernel's own threads. */
const struct credentials *caller_credentials(void);
/* Whether it will not return to its program: nobody waits for the rest of a
 * long call. */
bool caller_is_dying(void);
/* How large it may make a file (RLIMIT_FSIZE), and what it gets for trying. */
uint64_t caller_file_limit(void);
void caller_file_too_large(void);
