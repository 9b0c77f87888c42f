/* The kernel's log: lines for whoever looks after the machine. */
#pragma once

#include "core/base/types.h"

/*
 * Write one formatted message to the log; a line ends with '\n'.  Knows the
 * conversions of format.h.  May be called anywhere, interrupt handlers too.
 */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Link-time hook, defined by dev/console.c (and by the host tests): put `len`
 * bytes of log text out.
 */
void log_write(const char *text, size_t len);
