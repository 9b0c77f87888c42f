/*
 * exec's arguments and environment, on their way from one memory to another:
 * NUL-terminated strings one after the other, in a chain of pages.
 */
#pragma once

#include "core/base/types.h"

struct strings_page;

struct strings {
	struct strings_page *first, *last;
	uint64_t bytes;			/* NULs included */
	uint32_t count;
};

/* Empty is all zero. */
void strings_free(struct strings *strings);

/* Append one.  returns: 0, -ENOMEM */
int strings_add(struct strings *strings, const char *text);
/* ... of the running program, of at most `max` bytes with its NUL.
 * returns: 0, -ENOMEM, -EFAULT, -E2BIG */
int strings_add_user(struct strings *strings, vaddr_t text, uint64_t max);
/* Put all of `head`, which is empty after, before them. */
void strings_prepend(struct strings *strings, struct strings *head);
/* Take off the first one.  needs: there is one */
void strings_drop_first(struct strings *strings);

/* Reading them in order. */
struct strings_cursor {
	struct strings_page *page;
	uint32_t at;
};

struct strings_cursor strings_start(const struct strings *strings);
/* Bytes of the string at the cursor, with its NUL.  needs: there is one */
uint64_t strings_length(const struct strings_cursor *cursor);
/* Move on by `len` bytes.  needs: they are there */
void strings_skip(struct strings_cursor *cursor, uint64_t len);
/* Copy the next `len` bytes to the running program, and move on.
 * returns: 0, -EFAULT */
int strings_write(struct strings_cursor *cursor, vaddr_t to, uint64_t len);
