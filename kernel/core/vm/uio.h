/*
 * Where the bytes of a read or write go to or come from: parts of the
 * program's memory, or of the kernel's.
 *
 *	parts:	[base, len]  [base, len]  [base, len]
 *	                          ^ part, done_in_part bytes into it
 *
 * A uio only moves forward over what was really moved.  So whoever serves a
 * call moves bytes until one side runs out, and answers with their number; a
 * fault half way loses nothing.
 */
#pragma once

#include "core/base/types.h"
#include "core/vm/user.h"

struct uio_part {
	vaddr_t base;
	uint64_t len;			/* bytes */
};

struct uio {
	struct uio_part *parts;		/* the caller's; not changed */
	uint32_t nparts;
	uint32_t part;			/* the one at hand */
	uint64_t done_in_part;		/* bytes of it that were moved */
	uint64_t left;			/* bytes not yet moved */
	bool kernel;			/* the kernel's memory: never faults */
	bool no_wait;			/* as FILE_NONBLOCK, for this call */
};

/* One part, which stands in *one, of the program's memory. */
void uio_user(struct uio *uio, struct uio_part *one, vaddr_t base,
    uint64_t len);
/* The same of the kernel's. */
void uio_kernel(struct uio *uio, struct uio_part *one, void *base,
    uint64_t len);
/* Many parts of the program's.  returns: 0, or -EINVAL if the sum of their
 * lengths is more than INT64_MAX */
int uio_user_parts(struct uio *uio, struct uio_part *parts, uint32_t nparts);

/*
 * Move up to `len` bytes to the reader (put) or from the writer (get).
 *
 * needs:   no spinlock and no mutex above RANK_SPACE, unless it is `kernel`
 * returns: bytes moved: MIN(len, uio->left), or fewer after a fault
 */
size_t uio_put(struct uio *uio, const void *from, size_t len);
size_t uio_get(struct uio *uio, void *to, size_t len);
size_t uio_put_zeros(struct uio *uio, size_t len);

/*
 * Move `len` bytes under a spinlock, if they are in one part of the
 * program's, and in memory.
 * returns: whether all were moved; if not, none was
 */
static inline bool
uio_try_put(struct uio *uio, const void *from, size_t len)
{
	const struct uio_part *part = &uio->parts[uio->part];

	if (uio->kernel || len > part->len - uio->done_in_part ||
	    !user_try_write(part->base + uio->done_in_part, from, len))
		return false;
	uio->done_in_part += len;
	uio->left -= len;
	return true;
}

static inline bool
uio_try_get(struct uio *uio, void *to, size_t len)
{
	const struct uio_part *part = &uio->parts[uio->part];

	if (uio->kernel || len > part->len - uio->done_in_part ||
	    !user_try_read(to, part->base + uio->done_in_part, len))
		return false;
	uio->done_in_part += len;
	uio->left -= len;
	return true;
}

/* Take back the last `n` bytes, which were got but not used.
 * needs: as many were moved */
void uio_back(struct uio *uio, uint64_t n);
