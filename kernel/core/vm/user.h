/*
 * Copies between the kernel and the running thread's program.
 *
 * Addresses and lengths are as the program gave them: any value is safe.
 * A copy may fault, and so sleep: no spinlock may be held, and no mutex of a
 * rank above RANK_SPACE, but by those that only try.
 */
#pragma once

#include "core/base/types.h"

/*
 * returns: 0; -EFAULT if some byte cannot be accessed (bytes before it may
 *          have been copied; *done says how many, where done is not NULL)
 */
int user_write(vaddr_t to, const void *from, size_t len, size_t *done);
int user_clear(vaddr_t to, size_t len, size_t *done);
int user_read(void *to, vaddr_t from, size_t len, size_t *done);

/*
 * The same without waiting, under a spinlock: what takes a fault is left to
 * those above.
 * needs:   a spinlock, without which faults would be served
 * returns: whether all was copied; if not, some bytes may have been
 */
bool user_try_write(vaddr_t to, const void *from, size_t len);
bool user_try_read(void *to, vaddr_t from, size_t len);

/*
 * Copy a NUL-terminated string of at most `size` bytes, NUL included.
 * returns: its length without NUL; -EFAULT; -ENAMETOOLONG if there is no NUL
 *          within `size`
 */
int64_t user_read_string(char *to, vaddr_t from, size_t size);

/*
 * One word at once, as other threads see it: read it, and put `new` there if
 * it is `expected`.
 * returns: 0, with what was found there; -EFAULT; -EINVAL if not aligned
 */
int user_load_word(vaddr_t from, uint32_t *found);
int user_swap_word(vaddr_t at, uint32_t expected, uint32_t new,
    uint32_t *found);
