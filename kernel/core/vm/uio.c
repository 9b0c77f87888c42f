#include "core/vm/uio.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/vm/user.h"

static const uint8_t zeros[4096];

static void
uio_one(struct uio *uio, struct uio_part *one, vaddr_t base, uint64_t len,
    bool kernel)
{
	*one = (struct uio_part){ base, len };
	/* One by one: what pads them need not be cleared. */
	uio->parts = one;
	uio->nparts = 1;
	uio->part = 0;
	uio->done_in_part = 0;
	uio->left = len;
	uio->kernel = kernel;
	uio->no_wait = false;
}

void
uio_user(struct uio *uio, struct uio_part *one, vaddr_t base, uint64_t len)
{
	uio_one(uio, one, base, len, false);
}

void
uio_kernel(struct uio *uio, struct uio_part *one, void *base, uint64_t len)
{
	uio_one(uio, one, (vaddr_t)base, len, true);
}

int
uio_user_parts(struct uio *uio, struct uio_part *parts, uint32_t nparts)
{
	uint64_t left = 0;

	for (uint32_t i = 0; i < nparts; i++) {
		if (parts[i].len > INT64_MAX - left)
			return -EINVAL;
		left += parts[i].len;
	}
	*uio = (struct uio){ .parts = parts, .nparts = nparts, .left = left };
	return 0;
}

/*
 * How many bytes can be moved in one piece, and where they are.
 * needs: uio->left > 0
 */
static size_t
uio_piece(struct uio *uio, size_t len, vaddr_t *at)
{
	const struct uio_part *part = &uio->parts[uio->part];

	while (uio->done_in_part == part->len) {
		uio->part++;
		uio->done_in_part = 0;
		part++;
	}
	*at = part->base + uio->done_in_part;
	return MIN(len, part->len - uio->done_in_part);
}

static void
uio_advance(struct uio *uio, size_t n)
{
	uio->done_in_part += n;
	uio->left -= n;
}

size_t
uio_put(struct uio *uio, const void *from, size_t len)
{
	size_t done = 0, want, moved;
	vaddr_t to;

	len = MIN(len, uio->left);
	while (done < len) {
		want = moved = uio_piece(uio, len - done, &to);
		if (uio->kernel)
			memcpy((void *)to, (const char *)from + done, want);
		else
			(void)user_write(to, (const char *)from + done, want,
			    &moved);
		uio_advance(uio, moved);
		done += moved;
		if (moved < want)
			break;
	}
	return done;
}

size_t
uio_get(struct uio *uio, void *to, size_t len)
{
	size_t done = 0, want, moved;
	vaddr_t from;

	len = MIN(len, uio->left);
	while (done < len) {
		want = moved = uio_piece(uio, len - done, &from);
		if (uio->kernel)
			memcpy((char *)to + done, (const void *)from, want);
		else
			(void)user_read((char *)to + done, from, want, &moved);
		uio_advance(uio, moved);
		done += moved;
		if (moved < want)
			break;
	}
	return done;
}

size_t
uio_put_zeros(struct uio *uio, size_t len)
{
	size_t done = 0, want, moved;

	len = MIN(len, uio->left);
	while (done < len) {
		want = MIN(len - done, sizeof(zeros));
		moved = uio_put(uio, zeros, want);
		done += moved;
		if (moved < want)
			break;
	}
	return done;
}

void
uio_back(struct uio *uio, uint64_t n)
{
	uio->left += n;
	while (n > uio->done_in_part) {
		ASSERT(uio->part > 0);
		n -= uio->done_in_part;
		uio->part--;
		uio->done_in_part = uio->parts[uio->part].len;
	}
	uio->done_in_part -= n;
}
