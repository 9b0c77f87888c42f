/*
 * The only instructions of the kernel that touch user memory: plain loads
 * and stores at the program's own address, under SUM.  A fault in them is an
 * ordinary page fault (fault.h of vm), which may sleep; if it cannot be
 * served, the copy stops there.
 *
 * These trust their arguments: vm/user.h checks ranges first.
 */
#pragma once

#include "core/base/types.h"

/* returns: how many bytes of `len` were not copied, or cleared */
size_t usercopy_to(vaddr_t to, const void *from, size_t len);
size_t usercopy_from(void *to, vaddr_t from, size_t len);
size_t usercopy_clear(vaddr_t to, size_t len);

/*
 * Copy bytes up to and including a NUL.
 * returns: bytes copied, NUL included, if one was met; `max` if none was met
 *          within it; -1 if a byte could not be read
 */
int64_t usercopy_string(char *to, vaddr_t from, size_t max);

/*
 * One aligned word, at once: read it, and put `new` where it is `expected`.
 * returns: 0, with what was found; -1 if it cannot be accessed
 */
int usercopy_load_word(vaddr_t from, uint32_t *found);
int usercopy_swap_word(vaddr_t at, uint32_t expected, uint32_t new,
    uint32_t *found);
