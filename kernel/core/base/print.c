/*
 * The log's front: a message is made in a buffer of the caller's stack and
 * handed on whole, so lines of several harts do not mix.
 */
#include "core/base/print.h"

#include "core/base/format.h"
#include "core/base/params.h"

void
print(const char *format, ...)
{
	char text[PRINT_BYTES];
	va_list args;
	size_t len;

	va_start(args, format);
	len = format_args(text, sizeof(text), format, args);
	va_end(args);
	log_write(text, MIN(len, sizeof(text) - 1));
}
