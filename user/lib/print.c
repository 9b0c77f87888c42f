/*
 * printf and its kin.  Text is gathered in a small buffer and written when it
 * is full or the call ends, so that a short line is one write and lines of
 * two processes do not mix.
 */
#include "cowslip.h"

#define BUFFER_BYTES	128		/* the stack is one page */

struct sink {
	char *buffer;
	size_t size;
	size_t len;			/* of the text, also what did not fit */
	int fd;				/* -1: keep what fits */
};

struct spec {
	bool left, zero, is_long;
	int width;
};

static bool failed;

bool
print_failed(void)
{
	return failed;
}

static void
sink_flush(struct sink *sink)
{
	if (sink->len > 0 && write_all(sink->fd, sink->buffer,
	    (int)sink->len) < 0)
		failed = true;
	sink->len = 0;
}

static void
sink_put(struct sink *sink, char c)
{
	if (sink->fd >= 0 && sink->len == sink->size)
		sink_flush(sink);
	if (sink->len < sink->size)
		sink->buffer[sink->len++] = c;
}

static void
sink_pad(struct sink *sink, char c, int n)
{
	while (n-- > 0)
		sink_put(sink, c);
}

static void
put_text(struct sink *sink, const char *text, size_t len, struct spec spec)
{
	int pad = spec.width - (int)len;

	if (!spec.left)
		sink_pad(sink, ' ', pad);
	while (len-- > 0)
		sink_put(sink, *text++);
	if (spec.left)
		sink_pad(sink, ' ', pad);
}

static void
put_number(struct sink *sink, unsigned long value, unsigned base,
    const char *prefix, struct spec spec)
{
	char digits[24];
	size_t at = sizeof(digits), nprefix = strlen(prefix);

	do {
		digits[--at] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (spec.zero && !spec.left) {
		while (nprefix > 0 && *prefix != '\0') {
			sink_put(sink, *prefix++);
			spec.width--;
		}
		sink_pad(sink, '0', spec.width - (int)(sizeof(digits) - at));
		spec.width = 0;
	} else {
		while (nprefix > 0)
			digits[--at] = prefix[--nprefix];
	}
	put_text(sink, digits + at, sizeof(digits) - at, spec);
}

static void
put_signed(struct sink *sink, long value, struct spec spec)
{
	if (value < 0)
		put_number(sink, 0ul - (unsigned long)value, 10, "-", spec);
	else
		put_number(sink, (unsigned long)value, 10, "", spec);
}

/* Read flags, width and length after a '%'.  returns: the conversion */
static const char *
spec_parse(const char *format, struct spec *spec)
{
	memset(spec, 0, sizeof(*spec));
	for (;; format++) {
		if (*format == '-')
			spec->left = true;
		else if (*format == '0')
			spec->zero = true;
		else
			break;
	}
	while (*format >= '0' && *format <= '9')
		spec->width = spec->width * 10 + (*format++ - '0');
	while (*format == 'l') {
		spec->is_long = true;
		format++;
	}
	return format;
}

/* Arguments are taken where they are read: a va_list passed on and used
 * again would be indeterminate, so it goes by pointer. */
struct arguments {
	va_list list;
};

static void
put_argument(struct sink *sink, char conversion, struct spec spec,
    struct arguments *arguments)
{
	unsigned long value;
	const char *text;
	char c;

	switch (conversion) {
	case 'd':
		put_signed(sink, spec.is_long ? va_arg(arguments->list, long) :
		    va_arg(arguments->list, int), spec);
		break;
	case 'u':
	case 'x':
		value = spec.is_long ? va_arg(arguments->list, unsigned long) :
		    va_arg(arguments->list, unsigned int);
		put_number(sink, value, conversion == 'u' ? 10 : 16, "", spec);
		break;
	case 'p':
		value = (unsigned long)va_arg(arguments->list, void *);
		put_number(sink, value, 16, "0x", spec);
		break;
	case 's':
		text = va_arg(arguments->list, const char *);
		if (text == NULL)
			text = "(null)";
		put_text(sink, text, strlen(text), spec);
		break;
	case 'c':
		c = (char)va_arg(arguments->list, int);
		put_text(sink, &c, 1, spec);
		break;
	default:
		sink_put(sink, '%');
		if (conversion != '%')
			sink_put(sink, conversion);
		break;
	}
}

static void
print(struct sink *sink, const char *format, struct arguments *arguments)
{
	struct spec spec;

	for (; *format != '\0'; format++) {
		if (*format != '%') {
			sink_put(sink, *format);
			continue;
		}
		format = spec_parse(format + 1, &spec);
		if (*format == '\0')
			break;
		put_argument(sink, *format, spec, arguments);
	}
}

static void
print_to_fd(int fd, const char *format, struct arguments *arguments)
{
	char buffer[BUFFER_BYTES];
	struct sink sink = { buffer, sizeof(buffer), 0, fd };

	print(&sink, format, arguments);
	sink_flush(&sink);
}

void
fprintf(int fd, const char *format, ...)
{
	struct arguments arguments;

	va_start(arguments.list, format);
	print_to_fd(fd, format, &arguments);
	va_end(arguments.list);
}

void
printf(const char *format, ...)
{
	struct arguments arguments;

	va_start(arguments.list, format);
	print_to_fd(1, format, &arguments);
	va_end(arguments.list);
}

void
snprintf(char *to, size_t size, const char *format, ...)
{
	struct sink sink = { to, size - 1, 0, -1 };
	struct arguments arguments;

	if (size == 0)
		return;
	va_start(arguments.list, format);
	print(&sink, format, &arguments);
	va_end(arguments.list);
	to[sink.len] = '\0';
}

_Noreturn void
die(const char *format, ...)
{
	struct arguments arguments;

	fprintf(2, "%s: ", program_name);
	va_start(arguments.list, format);
	print_to_fd(2, format, &arguments);
	va_end(arguments.list);
	fprintf(2, "\n");
	exit(1);
}

_Noreturn void
usage(const char *text)
{
	fprintf(2, "usage: %s %s\n", program_name, text);
	exit(2);
}
