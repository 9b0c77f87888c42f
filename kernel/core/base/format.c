/*
 * Formatting.  Output goes through put(), which counts all and stores what
 * fits, so the length of the full text is known even when it was cut.
 */
#include "core/base/format.h"

#include "core/base/string.h"

/* Where the text goes. */
struct sink {
	char *buffer;
	size_t size;
	size_t len;		/* of the full text so far */
};

/* What stands between '%' and the conversion's letter. */
struct spec {
	bool left;
	bool zeros;
	int nlongs;		/* 'l's; 'z' counts as one */
	size_t width;
};

#define NUMBER_BYTES	24	/* digits and sign of a 64-bit number, and more */

static void
put(struct sink *sink, char c)
{
	if (sink->len + 1 < sink->size)
		sink->buffer[sink->len] = c;
	sink->len++;
}

static void
put_padding(struct sink *sink, size_t len, size_t width, char c)
{
	for (; len < width; len++)
		put(sink, c);
}

static void
put_text(struct sink *sink, const struct spec *spec, const char *text,
    size_t len)
{
	if (!spec->left)
		put_padding(sink, len, spec->width, ' ');
	for (size_t i = 0; i < len; i++)
		put(sink, text[i]);
	if (spec->left)
		put_padding(sink, len, spec->width, ' ');
}

/* `sign` is a prefix that zero padding follows: "", "-" or "0x". */
static void
put_number(struct sink *sink, const struct spec *spec, uint64_t value,
    unsigned base, const char *sign)
{
	char text[NUMBER_BYTES + 2];
	char digits[NUMBER_BYTES];
	size_t ndigits = 0, len = strlen(sign);

	do {
		digits[ndigits++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value != 0);
	if (spec->zeros && !spec->left) {
		for (const char *s = sign; *s != '\0'; s++)
			put(sink, *s);
		put_padding(sink, len + ndigits, spec->width, '0');
		while (ndigits > 0)
			put(sink, digits[--ndigits]);
		return;
	}
	memcpy(text, sign, len);
	while (ndigits > 0)
		text[len++] = digits[--ndigits];
	put_text(sink, spec, text, len);
}

/* returns: the first character after the flags, width and length */
static const char *
spec_parse(const char *format, struct spec *spec)
{
	*spec = (struct spec){ 0 };
	for (; *format == '-' || *format == '0'; format++) {
		if (*format == '-')
			spec->left = true;
		else
			spec->zeros = true;
	}
	for (; *format >= '0' && *format <= '9'; format++)
		spec->width = spec->width * 10 + (size_t)(*format - '0');
	for (; *format == 'l' || *format == 'z'; format++)
		spec->nlongs++;
	return format;
}

static void
put_signed(struct sink *sink, const struct spec *spec, int64_t value)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;

	put_number(sink, spec, size, 10, value < 0 ? "-" : "");
}

static void
put_string(struct sink *sink, const struct spec *spec, const char *text)
{
	if (text == NULL)
		text = "(null)";
	put_text(sink, spec, text, strlen(text));
}

size_t
format_args(char *buffer, size_t size, const char *format, va_list args)
{
	struct sink sink = { buffer, size, 0 };
	struct spec spec;
	char c;

	while ((c = *format++) != '\0') {
		if (c != '%') {
			put(&sink, c);
			continue;
		}
		format = spec_parse(format, &spec);
		c = *format;
		if (c == '\0')
			break;
		format++;
		if (c == 'd')
			put_signed(&sink, &spec, spec.nlongs > 0 ?
			    va_arg(args, long) : va_arg(args, int));
		else if (c == 'u' || c == 'x')
			put_number(&sink, &spec, spec.nlongs > 0 ?
			    va_arg(args, unsigned long) :
			    va_arg(args, unsigned), c == 'u' ? 10 : 16, "");
		else if (c == 'p')
			put_number(&sink, &spec,
			    (uintptr_t)va_arg(args, void *), 16, "0x");
		else if (c == 's')
			put_string(&sink, &spec, va_arg(args, const char *));
		else if (c == 'c')
			put_text(&sink, &spec,
			    &(char){ (char)va_arg(args, int) }, 1);
		else
			put(&sink, c);
	}
	buffer[MIN(sink.len, size - 1)] = '\0';
	return sink.len;
}

size_t
format_text(char *buffer, size_t size, const char *format, ...)
{
	va_list args;
	size_t len;

	va_start(args, format);
	len = format_args(buffer, size, format, args);
	va_end(args);
	return len;
}
