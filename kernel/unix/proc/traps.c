/*
 * A process on its way back to its program, and a program that cannot go on.
 *
 * Killing is only a mark; here it is looked at.  A program on another hart
 * comes by at its next timer tick at the latest.
 */
#include "unix/proc/traps.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/print.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/task/thread.h"
#include "core/task/world.h"
#include "unix/proc/door.h"
#include "unix/proc/table.h"

void
trap_on_return(void)
{
	const struct proc_thread *thread = proc_thread_this();

	/* Each turn may bring us to another hart, and take long. */
	for (;;) {
		if (atomic_load_relaxed(&thread->dying)) {
			/* Giving everything back takes long, and sleeps. */
			csr_set(sstatus, SSTATUS_SIE);
			proc_thread_exit(0);
		}
		if (!hart_this()->reschedule)
			break;
		thread_yield();
	}
	world_pause();
}

/* Exception codes of the privileged specification, table 4.2. */
static const char *const causes[] = {
	[0] = "misaligned instruction",
	[1] = "instruction access fault",
	[2] = "illegal instruction",
	[3] = "breakpoint",
	[4] = "misaligned load",
	[5] = "load access fault",
	[6] = "misaligned store",
	[7] = "store access fault",
	[12] = "instruction page fault",
	[13] = "load page fault",
	[15] = "store page fault",
};

static const char *
cause_text(uint64_t scause)
{
	if (scause < ARRAY_LEN(causes) && causes[scause] != NULL)
		return causes[scause];
	return "unknown exception";
}

static const char *
reason_text(int error)
{
	if (error == -ENOMEM)
		return "out of memory, ";
	if (error == -EIO)
		return "its file cannot be read, ";
	return "";
}

void
trap_on_crash(struct trapframe *frame, uint64_t scause, uint64_t stval,
    int error)
{
	struct proc_thread *thread = proc_thread_this();

	print("pid %d %s: killed: %s%s (scause %lu), pc 0x%lx, address 0x%lx\n",
	    thread->tid, thread->name, reason_text(error), cause_text(scause),
	    scause, frame->pc, stval);
	spin_lock(&proc_lock);
	proc_end_locked(thread->proc, thread->proc->door->crash_status,
	    SIGSEGV);
	spin_unlock(&proc_lock);
}
