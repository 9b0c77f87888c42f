/*
 * Resource limits.  Each stands in the process as two words that are read
 * without a lock: who changes one while another looks is as late as if he had
 * come after.
 */
#include "unix/proc/limit.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/params.h"
#include "unix/fs/credentials.h"
#include "unix/proc/memory.h"
#include "unix/proc/table.h"

/* Of a queue's messages, as on Linux of all of a user's. */
#define MSG_LIMIT_BYTES	819200

void
limits_init(struct limit limits[LIMITS])
{
	for (uint32_t i = 0; i < LIMITS; i++)
		limits[i] = (struct limit){ LIMIT_NONE, LIMIT_NONE };
	limits[LIMIT_STACK].soft = LINUX_STACK_BYTES;
	limits[LIMIT_CORE] = (struct limit){ 0, LIMIT_NONE };
	limits[LIMIT_NOFILE] = (struct limit){ FILES_SOFT, FILES_HARD };
	limits[LIMIT_MEMLOCK] = (struct limit){ LOCKED_BYTES, LOCKED_BYTES };
	limits[LIMIT_SIGPENDING] = (struct limit){ SIGNALS_QUEUED_MAX,
	    SIGNALS_QUEUED_MAX };
	limits[LIMIT_MSGQUEUE] = (struct limit){ MSG_LIMIT_BYTES,
	    MSG_LIMIT_BYTES };
	limits[LIMIT_NICE] = (struct limit){ 0, 0 };
	limits[LIMIT_RTPRIO] = (struct limit){ 0, 0 };
}

uint64_t
limit_get(uint32_t which)
{
	const struct proc *proc = proc_this();

	if (proc == NULL)
		return LIMIT_NONE;
	return atomic_load_relaxed(&proc->limits[which].soft);
}

bool
limit_allows(uint32_t which, uint64_t value)
{
	uint64_t limit = limit_get(which);

	return limit == LIMIT_NONE || value <= limit;
}

/* Threads of processes of user `uid`.  needs: proc_lock */
static uint64_t
threads_of(uint32_t uid)
{
	uint64_t count = 0;

	for (uint32_t slot = 0; slot < table_size(); slot++) {
		const struct proc *proc = table_at(slot);

		if (proc != NULL && proc->leader->credentials.uid == uid)
			count += proc->nthreads;
	}
	return count;
}

bool
limit_allows_thread(void)
{
	uint64_t limit = limit_get(LIMIT_NPROC);
	const struct credentials *who;
	bool allowed;

	if (limit == LIMIT_NONE)
		return true;
	who = proc_credentials();
	if (credentials_privileged(who) || who->uid == 0)
		return true;
	spin_lock(&proc_lock);
	allowed = threads_of(who->uid) < limit;
	spin_unlock(&proc_lock);
	return allowed;
}

/* Whether the caller may look at and set limits of `proc`. */
static bool
may_change(const struct credentials *who, const struct proc *proc)
{
	const struct credentials *other = &proc->leader->credentials;

	if (proc == proc_this() || credentials_privileged(who))
		return true;
	return who->uid == other->uid && who->uid == other->euid &&
	    who->uid == other->suid && who->gid == other->gid &&
	    who->gid == other->egid && who->gid == other->sgid;
}

/* needs: proc_lock */
static int
change_locked(struct proc *proc, uint32_t which, const struct limit *new,
    struct limit *old)
{
	const struct credentials *who = proc_credentials();
	struct limit *limit;

	if (!may_change(who, proc))
		return -EPERM;
	limit = &proc->limits[which];
	if (new != NULL && new->hard > limit->hard &&
	    !credentials_privileged(who))
		return -EPERM;
	if (old != NULL)
		*old = *limit;
	if (new != NULL) {
		atomic_store_relaxed(&limit->soft, new->soft);
		atomic_store_relaxed(&limit->hard, new->hard);
		if (which == LIMIT_CPU)
			timers_limit_changed(proc);
	}
	return 0;
}

int
limit_change(int32_t pid, uint32_t which, const struct limit *new,
    struct limit *old)
{
	const struct proc_thread *thread;
	struct memory *memory = NULL;
	int err = -ESRCH;

	if (which >= LIMITS || (new != NULL && new->soft > new->hard))
		return -EINVAL;
	if (new != NULL && which == LIMIT_NOFILE && new->hard > FILES_HARD)
		return -EPERM;
	spin_lock(&proc_lock);
	thread = pid == 0 ? proc_thread_this() : table_find_thread(pid);
	if (thread != NULL)
		err = change_locked(thread->proc, which, new, old);
	if (err == 0 && which == LIMIT_STACK && new != NULL)
		memory = memory_of(thread->proc);
	spin_unlock(&proc_lock);
	if (memory != NULL)
		memory_grow_stack(memory, new->soft);
	memory_put(memory);
	return err;
}
