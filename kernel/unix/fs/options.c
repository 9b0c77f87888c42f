/* Mount options. */
#include "unix/fs/options.h"

#include "core/base/string.h"

static void
copy_part(char *to, const char *from, size_t len)
{
	if (len >= OPTION_BYTES)
		len = 0;
	memcpy(to, from, len);
	to[len] = '\0';
}

bool
option_next(const char **text, struct option *option)
{
	const char *start = *text, *end, *equals;

	while (*start == ',')
		start++;
	if (*start == '\0')
		return false;
	for (end = start; *end != '\0' && *end != ','; end++)
		continue;
	for (equals = start; equals < end && *equals != '='; equals++)
		continue;
	copy_part(option->name, start, (size_t)(equals - start));
	option->has_value = equals < end;
	option->value[0] = '\0';
	if (option->has_value)
		copy_part(option->value, equals + 1,
		    (size_t)(end - equals - 1));
	*text = end;
	return true;
}

bool
option_parse_number(const char *text, size_t len, uint32_t base,
    uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < len; i++) {
		uint32_t digit = (uint32_t)(text[i] - '0');

		if (digit >= base ||
		    __builtin_mul_overflow(*value, base, value) ||
		    __builtin_add_overflow(*value, digit, value))
			return false;
	}
	/* One way to write each: names of numbers must not have several. */
	return len > 0 && (base != 10 || len == 1 || text[0] != '0');
}

bool
option_number(const struct option *option, uint32_t base, uint64_t *value)
{
	return option->has_value && option_parse_number(option->value,
	    strlen(option->value), base, value);
}

char *
option_octal(char *to, uint32_t value)
{
	uint32_t ndigits = 1;

	while (value >> 3 * ndigits != 0)
		ndigits++;
	for (uint32_t i = 0; i < ndigits; i++)
		to[i] = (char)('0' + (value >> 3 * (ndigits - 1 - i) & 7));
	return to;
}
