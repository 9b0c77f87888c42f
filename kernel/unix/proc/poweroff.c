/*
 * Power-off.  Processes die by their own hand, as always; so nothing is torn
 * from under anybody, and what they held is given back in the usual way.
 */
#include "unix/proc/poweroff.h"

#include "core/base/atomic.h"
#include "core/base/print.h"
#include "core/cpu/sbi.h"
#include "core/vm/reclaim.h"
#include "unix/dev/console.h"
#include "unix/fs/vfs.h"
#include "unix/proc/proc.h"
#include "unix/proc/reaper.h"
#include "unix/proc/table.h"

static bool begun;			/* [a] set under proc_lock */
static struct waitq other_gone = WAITQ(other_gone);	/* [p] */

bool
poweroff_begun(void)
{
	return atomic_load(&begun);
}

void
poweroff_proc_gone(void)
{
	if (poweroff_begun())
		wake_all(&other_gone);
}

/* Kill all but `self`.  needs: proc_lock.  returns: whether any still lives */
static bool
others_kill(const struct proc *self)
{
	bool any = false;

	for (uint32_t slot = 0; slot < table_size(); slot++) {
		struct proc *proc = table_at(slot);

		if (proc == NULL || proc == self || proc->zombie)
			continue;
		proc_kill_locked(proc);
		any = true;
	}
	return any;
}

void
proc_poweroff(int status)
{
	struct proc *self = proc_this();
	bool second;
	int err;

	spin_lock(&proc_lock);
	second = poweroff_begun();
	atomic_store(&begun, true);
	if (second) {
		spin_unlock(&proc_lock);
		proc_exit_signal(SIGKILL);
	}
	while (others_kill(self))
		wait_on(&other_gone, &proc_lock);
	proc_end_others_locked();
	spin_unlock(&proc_lock);

	/* Programs that ran hold their files until their memory is freed. */
	proc_release(self);
	reaper_stop();
	reclaim_all();
	err = vfs_unmount_all();
	if (err != 0)
		print("unmounting: error %d\n", -err);
	console_report_status(status);
	console_flush();
	sbi_poweroff(status != 0 || err != 0);
}

void
poweroff_failed(void)
{
	console_flush();
	sbi_poweroff(true);
}
