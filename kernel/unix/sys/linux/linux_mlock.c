/*
 * mlock, and looking into another process's memory.
 *
 * Nothing is swapped, and a page that is mapped is not dropped: so locked
 * memory is memory that is there, and unlocking changes nothing.
 */
#include "unix/sys/linux/linux_memory.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/vm/heap.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "core/vm/user.h"
#include "unix/proc/identity.h"
#include "unix/proc/limit.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_io.h"
#include "unix/sys/linux/linux_user.h"

#define MLOCK_ONFAULT	1u
#define MCL_CURRENT	1u
#define MCL_FUTURE	2u
#define MCL_ONFAULT	4u

#define COPY_BYTES	PAGE_BYTES

/* needs: 0 or more bytes.  returns: 0; -EPERM, -ENOMEM */
static int
locking_allowed(uint64_t len)
{
	if (credentials_privileged(proc_credentials()))
		return 0;
	if (limit_get(LIMIT_MEMLOCK) == 0)
		return -EPERM;
	return limit_allows(LIMIT_MEMLOCK, len) ? 0 : -ENOMEM;
}

int
linux_locked_check(uint64_t len, bool asked)
{
	const struct memory *memory = proc_this()->memory;
	uint64_t promised, before, locked = 0;

	if (credentials_privileged(proc_credentials()))
		return 0;
	if (asked && limit_get(LIMIT_MEMLOCK) == 0)
		return -EPERM;
	if (atomic_load_relaxed(&memory->lock_counts)) {
		promised = space_promised(memory->space);
		before = atomic_load_relaxed(&memory->lock_free_pages);
		locked = (promised - MIN(before, promised)) * PAGE_BYTES;
	} else if (!asked) {
		return 0;
	}
	return limit_allows(LIMIT_MEMLOCK, locked + len) ? 0 : -EAGAIN;
}

/* Make everything in [start, end) be there that may be looked at. */
static int
range_make(vaddr_t start, vaddr_t end)
{
	struct space_run run;
	vaddr_t at = start;
	int err = 0;

	while (err == 0 && linux_run_next(at, end, &run)) {
		if (run.object != NULL)
			object_put(run.object);
		if (run.prot != PROT_NONE)
			err = space_populate(linux_space(), run.start,
			    run.end - run.start,
			    (run.prot & PROT_WRITE) && !run.shared);
		at = run.end;
	}
	/* Past a file's end there is nothing to be made. */
	return err == -ENXIO ? 0 : err;
}

/* start, len; the start may stand inside a page */
static int
range_read(const struct linux_args *args, vaddr_t *start, uint64_t *len)
{
	uint64_t skip = args->a[0] % PAGE_BYTES;

	*start = args->a[0] - skip;
	*len = args->a[1];
	if (*len > USER_END)
		return *len > UINT64_MAX - PAGE_BYTES ? -EINVAL : -ENOMEM;
	*len += skip;
	return linux_range_check(*start, len, -ENOMEM);
}

static int64_t
lock_common(const struct linux_args *args, bool lock, bool make)
{
	vaddr_t start;
	uint64_t len;
	int err = range_read(args, &start, &len);

	if (err != 0)
		return err;
	if (lock)
		err = locking_allowed(len);
	if (err == 0 && !linux_range_mapped(start, len))
		err = -ENOMEM;
	if (err == 0 && make)
		err = range_make(start, start + len);
	return err;
}

int64_t
linux_mlock(const struct linux_args *args)
{
	return lock_common(args, true, true);
}

int64_t
linux_mlock2(const struct linux_args *args)
{
	if (!FLAGS_KNOWN((uint32_t)args->a[2], MLOCK_ONFAULT))
		return -EINVAL;
	/* What is made when it is touched stays anyway. */
	return lock_common(args, true,
	    !((uint32_t)args->a[2] & MLOCK_ONFAULT));
}

int64_t
linux_munlock(const struct linux_args *args)
{
	return lock_common(args, false, false);
}

int64_t
linux_mlockall(const struct linux_args *args)
{
	uint32_t flags = (uint32_t)args->a[0];
	struct memory *memory = proc_this()->memory;
	uint64_t promised;
	int err;

	if (flags == 0 || flags == MCL_ONFAULT ||
	    !FLAGS_KNOWN(flags, MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		return -EINVAL;
	promised = space_promised(memory->space);
	err = locking_allowed(flags & MCL_CURRENT ?
	    promised * PAGE_BYTES : 0);
	if (err != 0)
		return err;
	atomic_store_relaxed(&memory->lock_free_pages,
	    flags & MCL_CURRENT ? 0 : promised);
	atomic_store_relaxed(&memory->lock_counts, flags & MCL_FUTURE);
	atomic_store_relaxed(&memory->lock_all, (flags & MCL_FUTURE) &&
	    !(flags & MCL_ONFAULT));
	if ((flags & MCL_CURRENT) && !(flags & MCL_ONFAULT))
		err = range_make(0, USER_END);
	return err;
}

int64_t
linux_munlockall(const struct linux_args *args)
{
	struct memory *memory = proc_this()->memory;

	(void)args;
	atomic_store_relaxed(&memory->lock_all, false);
	atomic_store_relaxed(&memory->lock_counts, false);
	return 0;
}

/* Who may look into whose memory: root, and the same user.
 * returns: 0; -ESRCH, -EPERM */
static int
look_check(int32_t pid)
{
	const struct credentials *self = proc_credentials();
	struct credentials who;
	int err = proc_credentials_of(pid, &who);

	if (err != 0 || credentials_privileged(self))
		return err;
	if (self->uid != who.uid || self->uid != who.euid ||
	    self->uid != who.suid || self->gid != who.gid ||
	    self->gid != who.egid || self->gid != who.sgid)
		return -EPERM;
	return 0;
}

/* Copy between the caller's buffers and one stretch of the other's memory.
 * returns: bytes, fewer after a fault of either; -EFAULT before the first */
static int64_t
stretch_copy(struct space *space, vaddr_t addr, struct uio *own,
    uint64_t len, bool write, void *buffer)
{
	uint64_t done = 0;

	while (done < len && own->left > 0) {
		size_t piece = MIN(MIN(len - done, own->left), COPY_BYTES);
		int64_t n;

		if (write) {
			piece = uio_get(own, buffer, piece);
			n = piece == 0 ? -EFAULT : space_write(space,
			    addr + done, buffer, piece);
		} else {
			n = space_read(space, addr + done, buffer, piece);
			if (n > 0)
				n = (int64_t)uio_put(own, buffer, (size_t)n);
		}
		if (n <= 0)
			return done > 0 ? (int64_t)done : -EFAULT;
		done += (uint64_t)n;
		if ((size_t)n < piece)
			break;
	}
	return (int64_t)done;
}

static int64_t
remote_copy(struct space *space, struct linux_iov *own,
    const struct linux_iov *other, bool write)
{
	void *buffer = heap_alloc(COPY_BYTES);
	int64_t total = 0, n = 0;

	if (buffer == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < other->uio.nparts; i++) {
		const struct uio_part *part = &other->parts[i];

		if (part->len == 0)
			continue;
		n = stretch_copy(space, part->base, &own->uio, part->len,
		    write, buffer);
		if (n < 0)
			break;
		total += n;
		if ((uint64_t)n < part->len)
			break;
	}
	heap_free(buffer);
	return total > 0 ? total : n;
}

/* pid, own parts and their count, the other's, flags */
static int64_t
remote_common(const struct linux_args *args, bool write)
{
	struct linux_iov own, other;
	struct memory *memory;
	int64_t result;

	if (args->a[5] != 0)
		return -EINVAL;
	result = look_check((int32_t)args->a[0]);
	if (result == 0)
		result = linux_iov_read(&own, args->a[1], args->a[2]);
	if (result != 0)
		return result;
	result = linux_iov_read(&other, args->a[3], args->a[4]);
	if (result != 0)
		goto own_done;
	memory = proc_memory_of((int32_t)args->a[0]);
	result = -ESRCH;
	if (memory != NULL) {
		result = remote_copy(memory->space, &own, &other, write);
		memory_put(memory);
	}
	linux_iov_done(&other);
own_done:
	linux_iov_done(&own);
	return result;
}

int64_t
linux_process_vm_readv(const struct linux_args *args)
{
	return remote_common(args, false);
}

int64_t
linux_process_vm_writev(const struct linux_args *args)
{
	return remote_common(args, true);
}
