/* The firmware's services (RISC-V Supervisor Binary Interface 1.0). */
#pragma once

#include "core/base/types.h"

/* Stop the machine (SRST, else legacy shutdown); `failed` ends QEMU with a
 * failure status. */
_Noreturn void sbi_poweroff(bool failed);
/* One byte to the firmware's console: for use before there is a driver. */
void sbi_putc(char c);
