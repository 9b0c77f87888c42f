/* What open files ask of the rest of the kernel, in a world of one thread. */
#include "fake.h"

#include "core/mem/frame.h"
#include "core/task/mutex.h"
#include "core/vm/reclaim.h"
#include "unix/fs/caller.h"

const struct credentials *
caller_credentials(void)
{
	return &credentials_root;
}

void
thread_pause(void)
{
}

void
thread_yield(void)
{
}

bool
caller_is_dying(void)
{
	return false;
}

uint64_t
caller_file_limit(void)
{
	return UINT64_MAX;
}

void
caller_file_too_large(void)
{
}

void *
reclaim_alloc_kernel(void)
{
	return frame_alloc_kernel();
}

void *
reclaim_alloc_page(void)
{
	return frame_alloc_kernel();
}

bool
spin_held(const struct spinlock *lock)
{
	return lock->locked != 0;
}

void
mutex_lock_as(struct mutex *mutex, enum rank rank)
{
	(void)rank;
	mutex_lock(mutex);
}
