/*
 * The foreground, and the console's ^C and ^P.
 *
 * The terminal calls from its interrupt handler, so all of this holds nothing
 * but proc_lock and the locks after it, and does bounded work: at most the
 * square of table_size() steps up the tree.
 */
#include "unix/proc/foreground.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "unix/proc/proc.h"
#include "unix/proc/table.h"

static const struct proc *foreground;	/* [p] NULL: nobody in particular */

int
foreground_set(int32_t pid)
{
	struct proc *proc = NULL;

	spin_lock(&proc_lock);
	if (pid != 0)
		proc = table_find(pid);
	if (proc != NULL && proc->zombie)
		proc = NULL;
	if (pid == 0 || proc != NULL)
		foreground = proc;
	spin_unlock(&proc_lock);
	return pid == 0 || proc != NULL ? 0 : -ESRCH;
}

void
foreground_forget(const struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	if (foreground == proc)
		foreground = NULL;
}

/* Whether ^C is for `proc`.  needs: proc_lock */
static bool
in_foreground(const struct proc *proc)
{
	uint32_t depth = 0;

	for (; proc != NULL; proc = proc->parent) {
		if (foreground != NULL && proc == foreground)
			return true;
		if (proc->parent != NULL)
			depth++;
	}
	return foreground == NULL && depth >= 2;
}

void
foreground_interrupt(void)
{
	struct proc *proc;

	spin_lock(&proc_lock);
	for (uint32_t slot = 0; slot < table_size(); slot++) {
		proc = table_at(slot);
		if (proc != NULL && !proc->zombie && in_foreground(proc))
			proc_kill_locked(proc);
	}
	spin_unlock(&proc_lock);
}

static char
proc_state(const struct proc *proc)
{
	if (proc->zombie)
		return 'Z';
	if (proc->signals.stop_signal != 0)
		return 'T';
	LIST_FOR(link, &proc->threads) {
		const struct thread *thread = LIST_ENTRY(link,
		    struct proc_thread, link)->thread;

		if (thread != NULL && thread->state != THREAD_ASLEEP)
			return 'R';
	}
	return 'S';
}

bool
proc_summarize(uint32_t slot, struct proc_summary *summary)
{
	const struct proc *proc;
	struct usage usage;

	memset(summary, 0, sizeof(*summary));
	if (slot >= table_size())
		return false;
	spin_lock(&proc_lock);
	proc = table_at(slot);
	if (proc != NULL) {
		summary->pid = proc->pid;
		summary->parent = proc->parent != NULL ? proc->parent->pid : 0;
		summary->state = proc_state(proc);
		usage_of_proc(proc, &usage);
		summary->faults = usage.faults;
		string_copy(summary->name, proc->leader->name,
		    sizeof(summary->name));
	}
	spin_unlock(&proc_lock);
	return true;
}

void
foreground_list(void)
{
	struct proc_summary summary;

	print("  pid parent state name\n");
	for (uint32_t slot = 0; proc_summarize(slot, &summary); slot++) {
		if (summary.pid != 0)
			print("%5d %6d %5c %s\n", summary.pid, summary.parent,
			    summary.state, summary.name);
	}
}
