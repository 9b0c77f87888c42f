/*
 * The console: a terminal (tty.h) over an ns16550 UART, and the log.
 *
 * Framed output (argument `console=framed`): for tools/, which must tell a
 * program's output from the kernel's log.  Byte 0x1c escapes: 0x1c 'K' starts
 * log text, 0x1c 'U' ends it, 0x1c 'X' is followed by a decimal exit status
 * and '\n', 0x1c 0x1c is a literal 0x1c from a program.  Nothing is echoed and
 * no output processed there unless a program asks for it.
 */
#pragma once

#include "core/base/types.h"

struct tty;

/* Needs the device tree read; before it log text goes to SBI's console. */
void console_init(void);

/* The console as a terminal; NULL if the machine has no serial port. */
struct tty *console_tty(void);
/*
 * Whose terminal it will be: of programs that know Linux's modes, or of the
 * xv6 door's (the default).  Before the first program runs.
 */
void console_set_plain(bool plain);

/* In framed mode: say the status of the command that ran (0x1c 'X'). */
void console_report_status(int status);
/* Wait until all output has left; polls, works in a panic too. */
void console_flush(void);
