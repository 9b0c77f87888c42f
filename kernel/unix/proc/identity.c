/* Short looks into the tree of processes, under proc_lock. */
#include "unix/proc/identity.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/clock.h"
#include "core/task/thread.h"
#include "unix/proc/proc.h"
#include "unix/proc/table.h"
#include "unix/proc/usage.h"

void
proc_set_credentials(const struct credentials *who)
{
	spin_lock(&proc_lock);
	proc_thread_this()->credentials = *who;
	spin_unlock(&proc_lock);
}

int
proc_credentials_of(int32_t tid, struct credentials *out)
{
	const struct proc_thread *thread = proc_thread_this();

	spin_lock(&proc_lock);
	if (tid != 0)
		thread = table_find_thread(tid);
	if (thread != NULL)
		*out = thread->credentials;
	spin_unlock(&proc_lock);
	return thread != NULL ? 0 : -ESRCH;
}

int32_t
proc_parent_pid(void)
{
	return atomic_load_relaxed(&proc_this()->parent_pid);
}

uint32_t
proc_thread_count(void)
{
	uint32_t count;

	spin_lock(&proc_lock);
	count = proc_this()->nthreads;
	spin_unlock(&proc_lock);
	return count;
}

uint32_t
proc_thread_total(void)
{
	uint32_t count;

	spin_lock(&proc_lock);
	count = table_threads();
	spin_unlock(&proc_lock);
	return count;
}

void
proc_usage(struct usage *own, struct usage *children)
{
	const struct proc *proc = proc_this();

	if (own != NULL)
		usage_note_memory();
	spin_lock(&proc_lock);
	if (own != NULL)
		usage_of_proc(proc, own);
	if (children != NULL)
		*children = proc->dead_children;
	spin_unlock(&proc_lock);
}

void
proc_set_name(const char *name)
{
	struct proc_thread *self = proc_thread_this();

	spin_lock(&proc_lock);
	string_copy(self->name, name, sizeof(self->name));
	spin_unlock(&proc_lock);
	string_copy(self->thread->name, name, sizeof(self->thread->name));
}

void
proc_set_slack(uint64_t nanos)
{
	struct proc_thread *self = proc_thread_this();

	self->slack = nanos != 0 ? nanos : self->slack_first;
	self->thread->slack = clock_ticks_from_nanos(self->slack);
}

void
proc_set_death_signal(int32_t signo)
{
	spin_lock(&proc_lock);
	proc_this()->death_signal = signo;
	spin_unlock(&proc_lock);
}

void
proc_set_subreaper(bool subreaper)
{
	spin_lock(&proc_lock);
	proc_this()->subreaper = subreaper;
	spin_unlock(&proc_lock);
}
