/* Small things many calls of the Linux door fetch from or give to programs. */
#pragma once

#include "core/base/types.h"
#include "unix/fs/vfs.h"

/* As programs see times. */
struct linux_timespec {
	int64_t seconds;
	int64_t nanos;
};

struct linux_timeval {
	int64_t seconds;
	int64_t micros;
};

#define LINUX_NAME_MAX	255	/* bytes of a component of a path */

#define LINUX_AT_FDCWD	(-100)

/* Whether the program set only bits of `known`; calls refuse others with
 * -EINVAL where this does not hold. */
#define FLAGS_KNOWN(flags, known)	(((flags) & ~(uint64_t)(known)) == 0)

/*
 * A time span of the program at `from`.
 * returns: 0; -EFAULT; -EINVAL if it is negative or its nanoseconds are not
 *          below a second
 */
int linux_timespec_read(struct linux_timespec *time, vaddr_t from);
/* When such a span is over, in ticks of timer_now(); UINT64_MAX: never. */
uint64_t linux_deadline(const struct linux_timespec *time);
/*
 * The same for an optional span, as ppoll has it: from 0 is no deadline.
 * gives: *deadline
 */
int linux_deadline_read(uint64_t *deadline, vaddr_t from);
/* What is left of a deadline is put at `to`, if not 0. */
int linux_deadline_write(uint64_t deadline, vaddr_t to);

/*
 * Read a struct that may have grown since: `size` as the program says, of
 * which `known` bytes are put at `to`, zeros for what it does not have.
 * returns: 0; -EFAULT; -E2BIG if it has more than that, not all zero
 */
int linux_struct_read(void *to, size_t known, vaddr_t from, uint64_t size);

/* Flags of the *at family. */
#define LINUX_AT_SYMLINK_NOFOLLOW	0x100u
#define LINUX_AT_REMOVEDIR		0x200u
#define LINUX_AT_EACCESS		0x200u
#define LINUX_AT_SYMLINK_FOLLOW		0x400u
#define LINUX_AT_NO_AUTOMOUNT		0x800u	/* nothing is mounted by itself */
#define LINUX_AT_EMPTY_PATH		0x1000u

/*
 * A path, or another string of at most PATH_BYTES.
 * returns: 0; -EFAULT, -ENAMETOOLONG, -ENOENT (an empty one), -ENOMEM
 * gives:   *text, for heap_free
 */
int linux_text_read(char **text, vaddr_t from);

/* Whether a file may be `size` bytes long.  returns: 0 or -EFBIG */
int linux_size_allowed(uint64_t size);
