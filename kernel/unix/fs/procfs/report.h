/*
 * Reports: text that is made as a whole and read in pieces, as the files of
 * /proc are.  It grows by pages of the heap; once memory is short it takes no
 * more, and its reader is told -ENOMEM.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"

struct uio;

struct report {
	struct list pages;
	uint64_t len;
	bool failed;			/* there was no memory for all of it */
};

void report_init(struct report *report);
/* Give its memory back; it is empty then. */
void report_clear(struct report *report);

/* Add text; sleeps: no spinlock may be held. */
void report_add(struct report *report, const void *text, size_t len);
/* ... of at most REPORT_LINE_BYTES; longer ones are cut. */
void report_print(struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
#define REPORT_LINE_BYTES 256
/* `value` in octal digits, with a 0 before them. */
void report_octal(struct report *report, uint32_t value);
/* The text with ' ', tab, newline and '\' as \ooo. */
void report_escaped(struct report *report, const char *text);

/* Move bytes from `offset` on to the reader.  returns: as a read does */
int64_t report_read(const struct report *report, struct uio *uio,
    uint64_t *offset);
