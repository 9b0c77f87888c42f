/* What files ask about the calling process. */
#include "unix/proc/proc.h"

#include "core/base/atomic.h"
#include "unix/fs/caller.h"
#include "unix/proc/limit.h"
#include "unix/proc/signal.h"

const struct credentials *
caller_credentials(void)
{
	return proc_this() != NULL ? proc_credentials() : &credentials_root;
}

bool
caller_is_dying(void)
{
	const struct proc_thread *thread = proc_thread_this();

	return thread != NULL && atomic_load_relaxed(&thread->dying);
}

uint64_t
caller_file_limit(void)
{
	return limit_get(LIMIT_FSIZE);
}

void
caller_file_too_large(void)
{
	signal_raise(SIGXFSZ);
}
