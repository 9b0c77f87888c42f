/* What the tests want of the host that has names of the kernel's too. */
#pragma once

#include <stddef.h>

/* Cleared memory that child processes share; ends the test if there is none. */
void *host_shared_memory(size_t bytes);
