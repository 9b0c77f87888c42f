/*
 * The kernel's log, kept: its last LOG_RING_BYTES, as lines of
 * "<6>[seconds.micros] text", as Linux's syslog(2) gives them.
 */
#pragma once

#include "core/base/types.h"

/* Keep text of the log.  Any context.  alone: nobody else runs, or could let
 * go of a lock (early at boot, in a panic). */
void log_keep(const char *text, size_t len, bool alone);

/* Places in the log count bytes from the first one ever kept: where the oldest
 * that is kept stands, and where the next will. */
uint64_t log_oldest(void);
uint64_t log_end(void);
/*
 * Copy from *at on, or from the oldest there is; *at moves behind.
 * returns: how many bytes, at most `size`; 0 at the end
 */
size_t log_read(uint64_t *at, char *to, size_t size);
/* The first place from `at` on where a line begins. */
uint64_t log_line(uint64_t at);
