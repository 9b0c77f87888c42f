/* The end: every process gone, the disk clean, the machine off. */
#pragma once

#include "core/base/types.h"

/*
 * Kill all other processes and wait for them, put the caller's own files,
 * unmount, say `status` on the console and stop the machine, with a failure
 * unless status is 0.  Who comes second dies instead.
 */
_Noreturn void proc_poweroff(int status);

bool poweroff_begun(void);
/* A process became a zombie.  needs: proc_lock */
void poweroff_proc_gone(void);

/* Stop a machine that has no processes (yet), with a failure. */
_Noreturn void poweroff_failed(void);
