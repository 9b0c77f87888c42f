/* Arrays of buffers (struct iovec) on their way into a uio. */
#pragma once

#include "core/cpu/sv39.h"
#include "core/vm/uio.h"

#define LINUX_IOV_MAX	1024	/* as on Linux */
#define LINUX_IOV_AT_ONCE (PAGE_BYTES / sizeof(struct uio_part))
#define LINUX_IOV_FEW	8
/* One call moves no more, as on Linux: INT32_MAX in whole pages. */
#define LINUX_IO_MAX	0x7ffff000u

struct linux_iov {
	struct uio uio;
	struct uio_part *parts;		/* `few`, or on the heap */
	struct uio_part few[LINUX_IOV_FEW];
};

/* One buffer.  returns: 0; -EINVAL, -EFAULT (its range) */
int linux_iov_one(struct linux_iov *iov, vaddr_t base, uint64_t len);
/* `count` of them, at most LINUX_IOV_AT_ONCE, described at `from`; for
 * linux_iov_done.
 * returns: 0; -EINVAL, -EFAULT, -ENOMEM */
int linux_iov_read(struct linux_iov *iov, vaddr_t from, uint64_t count);
void linux_iov_done(struct linux_iov *iov);
