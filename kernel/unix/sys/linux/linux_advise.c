/* What programs say about their memory: advice, writing back, residence. */
#include "unix/sys/linux/linux_memory.h"

#include "core/base/errno.h"
#include "core/cpu/sv39.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/user.h"
#include "unix/fs/vfs.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

#define MADV_NORMAL	0
#define MADV_RANDOM	1
#define MADV_SEQUENTIAL	2
#define MADV_WILLNEED	3
#define MADV_DONTNEED	4
#define MADV_FREE	8
#define MADV_REMOVE	9
#define MADV_DONTDUMP	16
#define MADV_DODUMP	17
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#define MADV_DONTNEED_LOCKED 24

#define MS_ASYNC	1u
#define MS_INVALIDATE	2u
#define MS_SYNC		4u

#define MINCORE_PIECE	256	/* pages looked at in one go */

/*
 * Touch a range, as a program would; of what a program would be told by a
 * signal, the call says.
 */
static int
populate(vaddr_t start, uint64_t len, bool write)
{
	int err = space_populate(linux_space(), start, len, write);

	if (err == -EACCES)
		return -EINVAL;
	return err == -ENXIO || err == -EIO ? -EFAULT : err;
}

/* Give back the bytes of the file that is mapped there. */
static int
hole_punch(const struct space_run *run)
{
	struct vnode *vnode;
	int err;

	if (run->object == NULL)
		return -EINVAL;
	if (!run->shared || !run->may_write)
		return -EACCES;
	vnode = vnode_of_object(run->object);
	if (vnode == NULL)
		return -EINVAL;
	err = vnode_allocate(vnode, ALLOCATE_PUNCH_HOLE | ALLOCATE_KEEP_SIZE,
	    (uint64_t)run->page * PAGE_BYTES, run->end - run->start);
	vnode_put(vnode);
	return err;
}

/* Do to each mapping in the range what the advice says; all of them, though
 * there is a hole or one fails.  returns: the last error */
static int
advice_apply(vaddr_t start, uint64_t len, int32_t advice)
{
	vaddr_t at = start, end = start + len;
	struct space *space = linux_space();
	struct space_run run;
	int err = 0, failed = 0;

	while (linux_run_next(at, end, &run)) {
		uint64_t bytes = run.end - run.start;
		bool anon = run.object == NULL;

		if (advice == MADV_REMOVE)
			err = hole_punch(&run);
		if (run.object != NULL)
			object_put(run.object);
		if (run.start > at)
			failed = -ENOMEM;
		if (advice == MADV_WILLNEED)
			space_populate(space, run.start, bytes, false);
		else if (advice == MADV_FREE && !anon)
			err = -EINVAL;
		else if (advice == MADV_POPULATE_READ ||
		    advice == MADV_POPULATE_WRITE)
			err = populate(run.start, bytes,
			    advice == MADV_POPULATE_WRITE);
		else if (advice == MADV_FREE)
			err = space_discard(space, run.start, bytes, true);
		if (err != 0)
			return err;
		at = run.end;
	}
	return at < end ? -ENOMEM : failed;
}

int64_t
linux_madvise(const struct linux_args *args)
{
	int32_t advice = (int32_t)args->a[2];
	uint64_t len = args->a[1];
	int err;

	switch (advice) {
	/* Guesses at what will be used, where nothing follows from them; and
	 * dumps, which are not made. */
	case MADV_NORMAL:
	case MADV_RANDOM:
	case MADV_SEQUENTIAL:
	case MADV_COLD:
	case MADV_PAGEOUT:
	case MADV_DONTDUMP:
	case MADV_DODUMP:
	case MADV_WILLNEED:
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
	case MADV_FREE:
	case MADV_REMOVE:
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		break;
	default:
		return -EINVAL;
	}
	err = linux_range_check(args->a[0], &len, -EINVAL);
	if (err != 0)
		return err;
	/* The same to all, whatever is mapped there. */
	if (len > 0 && (advice == MADV_DONTNEED ||
	    advice == MADV_DONTNEED_LOCKED))
		return space_discard(linux_space(), args->a[0], len, false);
	return advice_apply(args->a[0], len, advice);
}

int64_t
linux_msync(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[2];
	vaddr_t at = args->a[0], end;
	uint64_t len = args->a[1];
	struct space_run run;
	int err, failed = 0;

	if (!FLAGS_KNOWN(flags, MS_ASYNC | MS_INVALIDATE | MS_SYNC) ||
	    (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	err = linux_range_check(at, &len, -ENOMEM);
	if (err != 0)
		return err;
	end = at + len;
	while (linux_run_next(at, end, &run)) {
		if (run.start > at)
			failed = -ENOMEM;
		if (run.object != NULL) {
			if (run.shared && (flags & MS_SYNC))
				err = object_write_back(run.object, run.page,
				    (uint32_t)((run.end - run.start) /
				    PAGE_BYTES));
			object_put(run.object);
		}
		if (err != 0)
			return err;
		at = run.end;
	}
	return at < end ? -ENOMEM : failed;
}

int64_t
linux_mincore(const struct linux_args *args)
{
	uint64_t len = args->a[1], done = 0, npages;
	uint8_t pages[MINCORE_PIECE];
	int err = linux_range_check(args->a[0], &len, -ENOMEM);

	if (err != 0)
		return err;
	npages = len / PAGE_BYTES;
	while (done < npages && err == 0) {
		uint32_t n = (uint32_t)MIN(npages - done, MINCORE_PIECE);

		err = space_resident(linux_space(),
		    args->a[0] + done * PAGE_BYTES, n, pages);
		if (err == 0)
			err = user_write(args->a[2] + done, pages, n, NULL);
		done += n;
	}
	return err;
}
