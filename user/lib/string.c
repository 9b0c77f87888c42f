/*
 * Strings, memory and numbers, as in ISO C.  Moves and fills go by words
 * where both sides are aligned: pages are what is mostly moved.
 */
#include "cowslip.h"

typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD	sizeof(word_t)

static bool
is_aligned(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & (WORD - 1)) == 0;
}

void *
memcpy(void *to, const void *from, size_t len)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (is_aligned(t, f)) {
		for (; len >= WORD; len -= WORD, t += WORD, f += WORD)
			*(word_t *)t = *(const word_t *)f;
	}
	while (len-- > 0)
		*t++ = *f++;
	return to;
}

void *
memmove(void *to, const void *from, size_t len)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	/* Ascending order is right unless `to` lies inside the source. */
	if ((uintptr_t)t - (uintptr_t)f >= len)
		return memcpy(to, from, len);
	while (len-- > 0)
		t[len] = f[len];
	return to;
}

void *
memset(void *to, int byte, size_t len)
{
	unsigned char *t = to;
	word_t word = (unsigned char)byte * 0x0101010101010101ul;

	if (is_aligned(t, t)) {
		for (; len >= WORD; len -= WORD, t += WORD)
			*(word_t *)t = word;
	}
	while (len-- > 0)
		*t++ = (unsigned char)byte;
	return to;
}

int
memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *x = a, *y = b;

	for (; len > 0; len--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}

size_t
strlen(const char *s)
{
	const char *end = s;

	while (*end != '\0')
		end++;
	return end - s;
}

int
strcmp(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t max)
{
	for (; max > 0; max--, a++, b++) {
		if (*a != *b || *a == '\0')
			return (unsigned char)*a - (unsigned char)*b;
	}
	return 0;
}

char *
strcpy(char *to, const char *from)
{
	memcpy(to, from, strlen(from) + 1);
	return to;
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++) {
		if (*s == '\0')
			return NULL;
	}
	return (char *)s;
}

char *
strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++ != '\0');
	return (char *)last;
}

char *
strstr(const char *s, const char *part)
{
	size_t len = strlen(part);

	for (; strncmp(s, part, len) != 0; s++) {
		if (*s == '\0')
			return NULL;
	}
	return (char *)s;
}

/* Value of a digit in bases up to 36; 99 if it is none. */
static int
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return 99;
}

long
strtol(const char *s, char **end, int base)
{
	const char *p = s, *digits;
	unsigned long value = 0, limit;
	bool negative = false, overflow = false;
	int digit;

	while (*p == ' ' || (*p >= '\t' && *p <= '\r'))
		p++;
	if (*p == '-' || *p == '+')
		negative = *p++ == '-';
	if ((base == 0 || base == 16) && p[0] == '0' &&
	    (p[1] == 'x' || p[1] == 'X') && digit_value(p[2]) < 16) {
		p += 2;
		base = 16;
	} else if (base == 0) {
		base = *p == '0' ? 8 : 10;
	}
	limit = negative ? 1ul << 63 : (1ul << 63) - 1;
	for (digits = p; (digit = digit_value(*p)) < base; p++) {
		if (overflow || value > (limit - digit) / base)
			overflow = true;
		else
			value = value * base + digit;
	}
	if (end != NULL)
		*end = (char *)(p == digits ? s : p);
	if (overflow)
		value = limit;
	return (long)(negative ? 0 - value : value);
}

int
atoi(const char *s)
{
	return (int)strtol(s, NULL, 10);
}
