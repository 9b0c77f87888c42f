/*
 * The string and memory functions of ISO C that the kernel uses (7.24), with
 * their standard meanings.  The compiler may call the first four by itself.
 */
#pragma once

#include "core/base/types.h"

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *to, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t max);
char *strchr(const char *s, int c);

/* As memcpy, of what is aligned as words are, and the length a constant: then
 * the compiler writes it. */
static inline __attribute__((always_inline)) void
aligned_copy(void *to, const void *from, size_t len)
{
	__builtin_memcpy(__builtin_assume_aligned(to, sizeof(uint64_t)),
	    __builtin_assume_aligned(from, sizeof(uint64_t)), len);
}

/*
 * Copy a string into a fixed field: cut to fit, always NUL-terminated.
 * needs: size > 0
 */
void string_copy(char *to, const char *from, size_t size);
