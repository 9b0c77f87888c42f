#include "unix/proc/usage.h"

#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/space.h"
#include "unix/proc/table.h"

void
usage_add(struct usage *to, const struct usage *from)
{
	to->user_ticks += from->user_ticks;
	to->system_ticks += from->system_ticks;
	to->faults += from->faults;
	to->faults_disk += from->faults_disk;
	to->switches += from->switches;
	to->preemptions += from->preemptions;
	to->resident_max = MAX(to->resident_max, from->resident_max);
}

void
usage_add_thread(struct usage *to, const struct proc_thread *thread)
{
	const struct thread *at = thread->thread;

	if (at == NULL)
		return;
	if (at == thread_this())
		thread_charge();
	to->user_ticks += at->user_ticks;
	to->system_ticks += at->system_ticks;
	to->faults += at->faults - at->faults_disk;
	to->faults_disk += at->faults_disk;
	to->switches += at->switches;
	to->preemptions += at->preemptions;
}

void
usage_of_thread(const struct proc_thread *thread, struct usage *out)
{
	memset(out, 0, sizeof(*out));
	usage_add_thread(out, thread);
}

void
usage_note_memory_locked(void)
{
	struct proc *proc = proc_this();
	uint32_t most;

	ASSERT(spin_held(&proc_lock));
	space_mapped(proc->space, &most);
	proc->dead_threads.resident_max = MAX(most,
	    proc->dead_threads.resident_max);
}

void
usage_note_memory(void)
{
	spin_lock(&proc_lock);
	usage_note_memory_locked();
	spin_unlock(&proc_lock);
}

void
usage_of_proc(const struct proc *proc, struct usage *out)
{
	ASSERT(spin_held(&proc_lock));
	*out = proc->dead_threads;
	LIST_FOR(link, &proc->threads)
		usage_add_thread(out, LIST_ENTRY(link, struct proc_thread,
		    link));
}
