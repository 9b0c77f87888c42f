/* Memory, but for mmap (linux_map.c) and mremap (linux_remap.c). */
#include "unix/sys/linux/linux_memory.h"

#include "core/base/errno.h"
#include "core/cpu/layout.h"
#include "core/cpu/tlb.h"
#include "core/vm/object.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "core/vm/user.h"
#include "unix/proc/limit.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/proc/sysv/shm.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/linux_user.h"

struct space *
linux_space(void)
{
	return proc_this()->memory->space;
}

int
linux_range_check(vaddr_t start, uint64_t *len, int beyond)
{
	if (start % PAGE_BYTES != 0)
		return -EINVAL;
	if (*len > USER_END || start > USER_END - ROUND_UP(*len, PAGE_BYTES))
		return beyond;
	*len = ROUND_UP(*len, PAGE_BYTES);
	return 0;
}

bool
linux_run_next(vaddr_t at, vaddr_t end, struct space_run *run)
{
	if (at >= end ||
	    !space_next_run_before(linux_space(), at, end, run))
		return false;
	if (run->start < end) {
		run->start = MAX(run->start, at);
		run->end = MIN(run->end, end);
		return true;
	}
	if (run->object != NULL)
		object_put(run->object);
	return false;
}

bool
linux_range_mapped(vaddr_t start, uint64_t len)
{
	vaddr_t at = start, end = start + len;
	struct space_run run;

	while (at < end && linux_run_next(at, end, &run)) {
		if (run.object != NULL)
			object_put(run.object);
		if (run.start > at)
			return false;
		at = run.end;
	}
	return at >= end;
}

/* Bytes of private memory that may be written.  Slow. */
static uint64_t
data_bytes(void)
{
	struct space_run run;
	uint64_t bytes = 0;
	vaddr_t at = 0;

	while (linux_run_next(at, USER_END, &run)) {
		if (run.object != NULL)
			object_put(run.object);
		if (!run.shared && (run.prot & PROT_WRITE))
			bytes += run.end - run.start;
		at = run.end;
	}
	return bytes;
}

static __attribute__((noinline)) int
limits_check(uint64_t len, bool data)
{
	uint64_t promised = space_promised(linux_space()) * PAGE_BYTES;

	if (!limit_allows(LIMIT_AS, promised + len))
		return -ENOMEM;
	/* All that is promised bounds what is data in it; else it is counted. */
	if (data && !limit_allows(LIMIT_DATA, promised + len) &&
	    !limit_allows(LIMIT_DATA, data_bytes() + len))
		return -ENOMEM;
	return 0;
}

int
linux_limits_check(uint64_t len, bool data)
{
	/* Mostly there are none. */
	if (limit_get(LIMIT_AS) == LIMIT_NONE &&
	    (!data || limit_get(LIMIT_DATA) == LIMIT_NONE))
		return 0;
	return limits_check(len, data);
}

int64_t
linux_brk(const struct linux_args *args)
{
	vaddr_t place = args->a[0], now = proc_break();

	if (place > now && linux_locked_check(place - now, false) != 0)
		return (int64_t)now;
	proc_set_break(place, &now);
	return (int64_t)now;
}

int64_t
linux_munmap(const struct linux_args *args)
{
	uint64_t len = args->a[1];
	int err = linux_range_check(args->a[0], &len, -EINVAL);

	if (err != 0)
		return err;
	if (len == 0)
		return -EINVAL;
	err = space_unmap(linux_space(), args->a[0], len);
	if (err == 0)
		shm_unmapped(proc_this()->memory, args->a[0], len);
	return err;
}

int64_t
linux_mprotect(const struct linux_args *args)
{
	uint64_t len = args->a[1];
	int err;

	if (!FLAGS_KNOWN(args->a[2], LINUX_PROT_KNOWN))
		return -EINVAL;
	err = linux_range_check(args->a[0], &len, -ENOMEM);
	if (err != 0 || len == 0)
		return err;
	return space_protect(linux_space(), args->a[0], len,
	    args->a[2] & (PROT_READ | PROT_WRITE | PROT_EXEC));
}
