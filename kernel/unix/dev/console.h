/*
 * The console: an ns16550 UART with line editing, and the log.
 *
 * Input is a line at a time: backspace and DEL erase, ^U kills the line, ^W
 * the last word, ^D ends the file, ^C calls console_on_interrupt, ^P
 * console_on_list.  What is typed while nobody reads is kept (4 KiB), so
 * pasted text is not lost.
 *
 * Framed output (argument `console=framed`): for tools/, which must tell a
 * program's output from the kernel's log.  Byte 0x1c escapes: 0x1c 'K' starts
 * log text, 0x1c 'U' ends it, 0x1c 'X' is followed by a decimal exit status
 * and '\n', 0x1c 0x1c is a literal 0x1c from a program.
 */
#pragma once

#include "core/base/types.h"

/* Needs the device tree read; before it log text goes to SBI's console. */
void console_init(void);
/* From the interrupt controller. */
void console_interrupt(void);

/*
 * Read at most one line of what was typed.
 * returns: bytes read, 0 at ^D; -EINTR if the thread was interrupted;
 *          -EFAULT with nothing lost
 */
int64_t console_read(vaddr_t to, size_t len);
/* returns: bytes written; -EFAULT if none could be read from the program */
int64_t console_write(vaddr_t from, size_t len);

/* In framed mode: say the status of the command that ran (0x1c 'X'). */
void console_report_status(int status);
/* Wait until all output has left; polls, works in a panic too. */
void console_flush(void);

/* Link-time hooks, defined by proc: ^C and ^P were typed. Interrupt context. */
void console_on_interrupt(void);
void console_on_list(void);
