/*
 * printf-style formatting into a buffer: %d %u %x %p %s %c %%, with the
 * length modifiers l, ll and z, field widths, zero and left ('-') padding.
 */
#pragma once

#include <stdarg.h>

#include "core/base/types.h"

/*
 * needs:   buffer has room for `size` bytes, size > 0
 * returns: the length the full text has, as snprintf does; what did not fit
 *          is cut
 * gives:   buffer holds a NUL-terminated text
 */
size_t format_text(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
size_t format_args(char *buffer, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));
