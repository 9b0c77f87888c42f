/* What the files about memory share. */
#pragma once

#include "core/base/types.h"

struct space;
struct space_run;

#define LINUX_PROT_KNOWN	(1u | 2u | 4u | 8u)	/* R, W, X, SEM */
/* The lowest address a program that is not root's may map. */
#define LINUX_MAP_LOWEST	0x10000u

/* The space the caller runs in. */
struct space *linux_space(void);

/*
 * Check a range as munmap, mprotect, ... have it: its start page-aligned, its
 * length rounded up.
 * returns: 0, -EINVAL (start), `beyond` if it wraps or ends above USER_END
 */
int linux_range_check(vaddr_t start, uint64_t *len, int beyond);

/* Find room for `len` bytes where the caller's mappings go.
 * returns: whether there is.  gives: *start */
bool linux_find_gap(uint64_t len, vaddr_t *start);

/*
 * The part of the mapping at or after `at` that lies below `end`.
 * returns: whether there is one; run->object has a reference then, if any
 */
bool linux_run_next(vaddr_t at, vaddr_t end, struct space_run *run);

/* Whether all of [start, start + len) is mapped. */
bool linux_range_mapped(vaddr_t start, uint64_t len);

/* Whether `npages` more stay within LIMIT_AS (and, private and writable, within
 * LIMIT_DATA).  returns: 0 or -ENOMEM */
int linux_limits_check(uint64_t len, bool data);

/*
 * Whether `len` bytes more may be mapped, as far as they are locked: as is
 * `asked`, or as mlockall said of all that is mapped.
 * returns: 0; -EPERM (asked, and nobody may), -EAGAIN beyond LIMIT_MEMLOCK
 */
int linux_locked_check(uint64_t len, bool asked);
