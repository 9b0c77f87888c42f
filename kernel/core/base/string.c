/*
 * Memory and string functions, a word at a time where both sides are aligned
 * alike.  Pages have faster ways of their own (cpu/page.h).
 *
 * HIDE keeps the compiler from recognising the loop as the very function it
 * stands in, and calling that.
 */
#include "core/base/string.h"

#define HIDE(pointer)	asm("" : "+r"(pointer))

typedef uint64_t __attribute__((may_alias)) word_t;

#define WORD_BYTES	sizeof(word_t)
#define WORD_MASK	(WORD_BYTES - 1)

/* Words a turn of the loops, so that the loops themselves are cheap. */
#define TURN_WORDS	8
#define TURN_BYTES	(TURN_WORDS * WORD_BYTES)

static inline void
turn_copy(word_t *to, const word_t *from)
{
	word_t a = from[0], b = from[1], c = from[2], d = from[3];
	word_t e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	to[7] = h;
}

static inline void
turn_copy_bytes(unsigned char *to, const unsigned char *from)
{
	unsigned char a = from[0], b = from[1], c = from[2], d = from[3];
	unsigned char e = from[4], f = from[5], g = from[6], h = from[7];

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	to[7] = h;
}

static inline void
turn_set(word_t *to, word_t word)
{
	to[0] = word;
	to[1] = word;
	to[2] = word;
	to[3] = word;
	to[4] = word;
	to[5] = word;
	to[6] = word;
	to[7] = word;
}

static bool
aligned_alike(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) & WORD_MASK) == 0;
}

static bool
word_aligned(const void *p)
{
	return ((uintptr_t)p & WORD_MASK) == 0;
}

static void
copy_up(unsigned char *to, const unsigned char *from, size_t len)
{
	if (aligned_alike(to, from)) {
		for (; len > 0 && !word_aligned(to); len--) {
			*to++ = *from++;
			HIDE(to);
		}
		for (; len >= TURN_BYTES; len -= TURN_BYTES) {
			turn_copy((word_t *)to, (const word_t *)from);
			to += TURN_BYTES;
			from += TURN_BYTES;
			HIDE(to);
		}
		for (; len >= WORD_BYTES; len -= WORD_BYTES) {
			*(word_t *)to = *(const word_t *)from;
			to += WORD_BYTES;
			from += WORD_BYTES;
			HIDE(to);
		}
	}
	for (; len >= TURN_WORDS; len -= TURN_WORDS) {
		turn_copy_bytes(to, from);
		to += TURN_WORDS;
		from += TURN_WORDS;
		HIDE(to);
	}
	for (; len > 0; len--) {
		*to++ = *from++;
		HIDE(to);
	}
}

/* From the end on, for overlapping ranges whose target lies higher. */
static void
copy_down(unsigned char *to, const unsigned char *from, size_t len)
{
	to += len;
	from += len;
	if (aligned_alike(to, from)) {
		for (; len > 0 && !word_aligned(to); len--) {
			*--to = *--from;
			HIDE(to);
		}
		for (; len >= WORD_BYTES; len -= WORD_BYTES) {
			to -= WORD_BYTES;
			from -= WORD_BYTES;
			*(word_t *)to = *(const word_t *)from;
			HIDE(to);
		}
	}
	for (; len > 0; len--) {
		*--to = *--from;
		HIDE(to);
	}
}

void *
memcpy(void *to, const void *from, size_t len)
{
	copy_up(to, from, len);
	return to;
}

void *
memmove(void *to, const void *from, size_t len)
{
	/* Unsigned: also true when `to` lies below `from`. */
	if ((uintptr_t)to - (uintptr_t)from >= len)
		copy_up(to, from, len);
	else
		copy_down(to, from, len);
	return to;
}

void *
memset(void *to, int byte, size_t len)
{
	unsigned char *at = to;
	word_t word = (unsigned char)byte * (word_t)0x0101010101010101;

	for (; len > 0 && !word_aligned(at); len--) {
		*at++ = (unsigned char)byte;
		HIDE(at);
	}
	for (; len >= TURN_BYTES; len -= TURN_BYTES) {
		turn_set((word_t *)at, word);
		at += TURN_BYTES;
		HIDE(at);
	}
	for (; len >= WORD_BYTES; len -= WORD_BYTES) {
		*(word_t *)at = word;
		at += WORD_BYTES;
		HIDE(at);
	}
	for (; len > 0; len--) {
		*at++ = (unsigned char)byte;
		HIDE(at);
	}
	return to;
}

int
memcmp(const void *a, const void *b, size_t len)
{
	const unsigned char *left = a, *right = b;

	for (; len > 0; len--, left++, right++)
		if (*left != *right)
			return *left - *right;
	return 0;
}

size_t
strlen(const char *s)
{
	const char *end = s;

	while (*end != '\0') {
		end++;
		HIDE(end);
	}
	return (size_t)(end - s);
}

size_t
strnlen(const char *s, size_t max)
{
	size_t len = 0;

	while (len < max && s[len] != '\0')
		len++;
	return len;
}

int
strcmp(const char *a, const char *b)
{
	for (; *a == *b && *a != '\0'; a++, b++)
		;
	return (unsigned char)*a - (unsigned char)*b;
}

int
strncmp(const char *a, const char *b, size_t max)
{
	for (; max > 0; max--, a++, b++) {
		if (*a != *b)
			return (unsigned char)*a - (unsigned char)*b;
		if (*a == '\0')
			return 0;
	}
	return 0;
}

char *
strchr(const char *s, int c)
{
	for (; *s != (char)c; s++)
		if (*s == '\0')
			return NULL;
	return (char *)(uintptr_t)s;
}

void
string_copy(char *to, const char *from, size_t size)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}
