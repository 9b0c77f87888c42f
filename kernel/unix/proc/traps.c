/*
 * A process on its way back to its program, and a program that cannot go on.
 *
 * What is sent to a thread, and its end, is only a mark: thread->interrupted.
 * Here it is looked at.  A program on another hart is interrupted for it.
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

bool
trap_has_work(void)
{
	const struct hart *hart = hart_this();

	return atomic_load_relaxed(&hart->thread->interrupted) ||
	    hart->reschedule;
}

static __attribute__((noinline)) void
work_on_return(void)
{
	struct thread *thread = thread_this();

	/* Each turn may bring us to another hart, and take long. */
	for (;;) {
		if (atomic_load_relaxed(&thread->interrupted)) {
			/* Dying, stopping, writing to its stack: it sleeps. */
			csr_set(sstatus, SSTATUS_SIE);
			signal_deliver(thread_trapframe(thread));
			csr_clear(sstatus, SSTATUS_SIE);
		} else if (hart_this()->reschedule) {
			thread_yield();
		} else {
			break;
		}
	}
	world_pause();
}

void
trap_on_return(void)
{
	if (trap_has_work())
		work_on_return();
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

/* Tell, and end the process: its program cannot, or need not, know. */
static void
crash_end(const struct trapframe *frame, uint64_t scause, uint64_t stval,
    int error)
{
	struct proc_thread *thread = proc_thread_this();

	print("pid %d %s: killed: %s%s (scause %lu), pc 0x%lx, address 0x%lx\n",
	    thread->tid, thread->name, reason_text(error), cause_text(scause),
	    scause, frame->pc, stval);
	spin_lock(&proc_lock);
	proc_end_locked(thread->proc, thread->proc->door->crash_status,
	    error == -ENOMEM ? SIGKILL : SIGSEGV);
	spin_unlock(&proc_lock);
}

/* What a page fault is as a signal. */
static void
fault_info(struct signal_info *info, int error)
{
	info->signo = SIGSEGV;
	info->code = error == -EACCES ? SEGV_ACCERR : SEGV_MAPERR;
	if (error == -ENXIO || error == -EIO || error == -ENOSPC) {
		info->signo = SIGBUS;
		info->code = BUS_ADRERR;
	}
}

/* What any other exception is. */
static void
exception_info(struct signal_info *info, uint64_t scause, vaddr_t pc)
{
	switch (scause) {
	case 2:
		info->signo = SIGILL;
		info->code = ILL_ILLOPC;
		info->fault.address = pc;
		break;
	case 3:
		info->signo = SIGTRAP;
		info->code = TRAP_BRKPT;
		info->fault.address = pc;
		break;
	case 0: case 4: case 6:
		info->signo = SIGBUS;
		info->code = BUS_ADRALN;
		break;
	default:
		info->signo = SIGSEGV;
		info->code = SEGV_ACCERR;
		break;
	}
}

void
trap_on_crash(struct trapframe *frame, uint64_t scause, uint64_t stval,
    int error)
{
	struct signal_info info = { .fault.address = stval };

	if (error == -ENOMEM ||
	    proc_this()->door->deliver_signal == NULL) {
		crash_end(frame, scause, stval, error);
		return;
	}
	if (error != 0)
		fault_info(&info, error);
	else
		exception_info(&info, scause, frame->pc);
	signal_fault(&info);
}
