/*
 * mremap: shrinking, growing in place, and moving; remap_file_pages.
 *
 * What is new at the end of a grown mapping is promised first, where it will
 * be; then the old part is moved there, which cannot fail half way.  What is
 * replaced goes in the same step as what replaces it comes.
 */
#include "unix/sys/linux/linux_memory.h"

#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

#define MREMAP_MAYMOVE		1u
#define MREMAP_FIXED		2u
#define MREMAP_DONTUNMAP	4u

/* One mremap, checked. */
struct remap {
	struct space *space;
	vaddr_t old, new;
	uint64_t old_len, new_len;
	uint32_t flags;
	struct space_run run;		/* what is mapped at `old` */
};

/* Promise the run's pages number `skip` to `skip + len` at `at`. */
static int
run_extend(const struct remap *remap, vaddr_t at, uint64_t skip, uint64_t len,
    uint32_t options)
{
	const struct space_run *run = &remap->run;

	if (run->object == NULL)
		return space_map_anon(remap->space, at, len, run->prot,
		    options | (run->grows ? SPACE_MAP_GROWS : 0));
	return space_map_object(remap->space, at, len, run->prot, run->shared,
	    run->may_write, run->object,
	    run->page + (uint32_t)(skip / PAGE_BYTES), options);
}

/* replace: SPACE_MAP_REPLACE, or 0: -EEXIST unless it is free */
static int
remap_to(const struct remap *remap, vaddr_t to, uint32_t replace)
{
	uint64_t more = remap->new_len - remap->old_len;
	uint32_t leave = remap->flags & MREMAP_DONTUNMAP ? SPACE_MOVE_LEAVE : 0;
	int err = 0;

	if (more > 0)
		err = run_extend(remap, to + remap->old_len, remap->old_len,
		    more, replace);
	if (err != 0)
		return err;
	/* An old length of 0 asks for a second mapping of the same. */
	if (remap->old_len > 0)
		err = space_move(remap->space, remap->old, remap->old_len, to,
		    replace | leave, remap->run.prot);
	if (err != 0 && more > 0)
		space_unmap(remap->space, to + remap->old_len, more);
	return err;
}

static int64_t
remap_anywhere(const struct remap *remap)
{
	vaddr_t to;
	int err;

	do {
		if (!linux_find_gap(remap->new_len, &to))
			return -ENOMEM;
		/* Another thread may have taken it. */
		err = remap_to(remap, to, 0);
	} while (err == -EEXIST);
	return err != 0 ? err : (int64_t)to;
}

/* Give back what is beyond the new length. */
static int
remap_shrink(struct remap *remap)
{
	int err;

	if (remap->old_len <= remap->new_len)
		return 0;
	err = space_unmap(remap->space, remap->old + remap->new_len,
	    remap->old_len - remap->new_len);
	if (err == 0)
		remap->old_len = remap->new_len;
	return err;
}

static int64_t
remap_fixed(struct remap *remap)
{
	int err;

	if (remap->new % PAGE_BYTES != 0 ||
	    remap->new > USER_END - remap->new_len)
		return -EINVAL;
	if (remap->new < remap->old + remap->old_len &&
	    remap->old < remap->new + remap->new_len)
		return -EINVAL;
	if (remap->new < LINUX_MAP_LOWEST &&
	    !credentials_privileged(proc_credentials()))
		return -EPERM;
	err = remap_shrink(remap);
	if (err == 0)
		err = remap_to(remap, remap->new, SPACE_MAP_REPLACE);
	return err != 0 ? err : (int64_t)remap->new;
}

static int64_t
remap_grow(const struct remap *remap)
{
	vaddr_t end = remap->old + remap->old_len;
	uint64_t more = remap->new_len - remap->old_len;
	int err = -EEXIST;

	if (remap->old_len > 0 && more <= USER_END - end)
		err = run_extend(remap, end, remap->old_len, more, 0);
	if (err == 0)
		return (int64_t)remap->old;
	if (err != -EEXIST)
		return err;
	if (!(remap->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	return remap_anywhere(remap);
}

/* needs: remap->run is what is mapped at remap->old */
static int64_t
remap_run(struct remap *remap)
{
	const struct space_run *run = &remap->run;
	int err;

	if (run->start > remap->old || run->end <= remap->old ||
	    run->end - remap->old < remap->old_len)
		return -EFAULT;
	if (remap->old_len == 0 && !run->shared)
		return -EINVAL;
	/* What is left behind must be what it can be said to be. */
	if ((remap->flags & MREMAP_DONTUNMAP) && run->object != NULL)
		return -EINVAL;
	if (remap->new_len > remap->old_len) {
		err = linux_limits_check(remap->new_len - remap->old_len,
		    !run->shared && (run->prot & PROT_WRITE));
		if (err != 0)
			return err;
	}
	if (remap->flags & MREMAP_FIXED)
		return remap_fixed(remap);
	if (remap->flags & MREMAP_DONTUNMAP)
		return remap_anywhere(remap);
	if (remap->new_len > remap->old_len)
		return remap_grow(remap);
	err = remap_shrink(remap);
	return err != 0 ? err : (int64_t)remap->old;
}

int64_t
linux_mremap(const struct linux_args *args)
{
	struct remap remap = {
		.space = linux_space(),
		.old = args->a[0],
		.old_len = ROUND_UP(args->a[1], PAGE_BYTES),
		.new_len = ROUND_UP(args->a[2], PAGE_BYTES),
		.flags = (uint32_t)args->a[3],
		.new = args->a[4],
	};
	int64_t result;

	if (!FLAGS_KNOWN(args->a[3], MREMAP_MAYMOVE | MREMAP_FIXED |
	    MREMAP_DONTUNMAP) ||
	    ((remap.flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) &&
	    !(remap.flags & MREMAP_MAYMOVE)) ||
	    ((remap.flags & MREMAP_DONTUNMAP) &&
	    remap.old_len != remap.new_len))
		return -EINVAL;
	if (remap.old % PAGE_BYTES != 0 || args->a[2] == 0 ||
	    remap.new_len == 0 || remap.new_len > USER_END)
		return -EINVAL;
	if (args->a[1] > USER_END || remap.old > USER_END - remap.old_len ||
	    !space_next_run(remap.space, remap.old, &remap.run))
		return -EFAULT;
	/* It may begin before `old`; from there on is what counts. */
	if (remap.run.start < remap.old) {
		remap.run.page += (uint32_t)((remap.old - remap.run.start) /
		    PAGE_BYTES);
		remap.run.start = remap.old;
	}
	result = remap_run(&remap);
	if (remap.run.object != NULL)
		object_put(remap.run.object);
	return result;
}

/* Whether all up to `end` is what `run` begins, whatever pages of its object. */
static bool
run_goes_on(const struct space_run *run, vaddr_t end)
{
	vaddr_t at = run->end;
	struct space_run next;

	while (at < end && linux_run_next(at, end, &next)) {
		bool same = next.start == at && next.object == run->object &&
		    next.shared && next.prot == run->prot &&
		    next.may_write == run->may_write;

		if (next.object != NULL)
			object_put(next.object);
		if (!same)
			return false;
		at = next.end;
	}
	return at >= end;
}

/* Show other pages of its object where a shared mapping is.  They come when they
 * are touched, so that MAP_NONBLOCK asks for nothing. */
int64_t
linux_remap_file_pages(const struct linux_args *args)
{
	vaddr_t start = ROUND_DOWN(args->a[0], PAGE_BYTES);
	uint64_t len = ROUND_DOWN(args->a[1], PAGE_BYTES);
	uint64_t first = args->a[3];
	struct space_run run;
	int err = -EINVAL;

	if (args->a[2] != 0 || len == 0 || start > USER_END ||
	    len > USER_END - start || first > UINT32_MAX)
		return -EINVAL;
	if (!linux_run_next(start, start + len, &run))
		return -EINVAL;
	if (run.start == start && run.shared && run_goes_on(&run, start + len))
		err = space_map_object(linux_space(), start, len, run.prot, true,
		    run.may_write, run.object, (uint32_t)first,
		    SPACE_MAP_REPLACE);
	if (run.object != NULL)
		object_put(run.object);
	return err;
}
