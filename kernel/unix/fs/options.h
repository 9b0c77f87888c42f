/* Mount options: "name=value,name,...", taken apart. */
#pragma once

#include "core/base/types.h"

#define OPTION_BYTES	64	/* of a name or a value; longer ones are wrong */

struct option {
	char name[OPTION_BYTES];
	char value[OPTION_BYTES];
	bool has_value;
};

/* The next option at *text, which moves behind it; what is too long has the
 * name "" or no value.  returns: whether there is one */
bool option_next(const char **text, struct option *option);

/* Digits of `base` (8 or 10) and nothing else.  returns: whether it is that */
bool option_parse_number(const char *text, size_t len, uint32_t base,
    uint64_t *value);
/* The option's value as one. */
bool option_number(const struct option *option, uint32_t base,
    uint64_t *value);

/* `value`, below 01000000, in octal digits, as format_text has none.
 * needs: `to` has 8 bytes, zeroed.  returns: `to` */
char *option_octal(char *to, uint32_t value);
