/*
 * Traps, sorted by their cause.
 *
 * From a program: interrupts are off until the cause has been read; system
 * calls and faults then run with interrupts on; all go back by way of
 * trap_on_return.  From the kernel: interrupts, and page faults of user copies
 * (usercopy.S), which end at their fixup if they cannot be served.  Whatever
 * else happens in the kernel is a panic.
 */
#include "core/cpu/trap.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/fp.h"
#include "core/cpu/hart.h"
#include "core/cpu/layout.h"
#include "core/cpu/offsets.h"
#include "core/cpu/panic.h"
#include "core/cpu/timer.h"
#include "core/cpu/trap_entry.h"

#define FRAME_CHECK(field, offset) \
	_Static_assert(offsetof(struct trapframe, field) == (offset), #field)

FRAME_CHECK(ra, FRAME_RA);
FRAME_CHECK(tp, FRAME_TP);
FRAME_CHECK(t0, FRAME_T0);
FRAME_CHECK(s0, FRAME_S0);
FRAME_CHECK(a0, FRAME_A0);
FRAME_CHECK(s2, FRAME_S2);
FRAME_CHECK(t3, FRAME_T3);
FRAME_CHECK(t6, FRAME_T6);
FRAME_CHECK(pc, FRAME_PC);
FRAME_CHECK(status, FRAME_STATUS);
FRAME_CHECK(hart, FRAME_HART);
_Static_assert(sizeof(struct trapframe) == FRAME_BYTES, "");
_Static_assert(SCAUSE_ECALL_USER == CAUSE_ECALL_USER, "");
_Static_assert(SCAUSE_FETCH_FAULT == CAUSE_FAULT_FIRST, "");
_Static_assert(SCAUSE_STORE_FAULT == CAUSE_FAULT_LAST, "");
_Static_assert(SSTATUS_SUM == STATUS_SUM && SSTATUS_SPP == STATUS_SPP, "");
_Static_assert(SSTATUS_SPIE == STATUS_SPIE && SSTATUS_SIE == STATUS_SIE, "");

#define IRQ_SOFTWARE	(SCAUSE_INTERRUPT | 1)
#define IRQ_TIMER	(SCAUSE_INTERRUPT | 5)
#define IRQ_EXTERNAL	(SCAUSE_INTERRUPT | 9)

/* One instruction of usercopy.S, and where its failure leads. */
struct exception {
	vaddr_t instruction;
	vaddr_t fixup;
};

extern const struct exception exceptions_start[], exceptions_end[];

static bool
is_page_fault(uint64_t scause)
{
	return scause == SCAUSE_LOAD_FAULT || scause == SCAUSE_STORE_FAULT ||
	    scause == SCAUSE_FETCH_FAULT;
}

static enum access
fault_access(uint64_t scause)
{
	if (scause == SCAUSE_STORE_FAULT)
		return ACCESS_WRITE;
	return scause == SCAUSE_LOAD_FAULT ? ACCESS_READ : ACCESS_EXECUTE;
}

/* needs: interrupts off.  The time in the program ends, or begins. */
static void
program_left(void)
{
	struct hart *hart = hart_this();

	hart->user_ticks += csr_read(time) - hart->left_at;
}

static void
program_entered(void)
{
	hart_this()->left_at = csr_read(time);
}

/* needs: interrupts off */
static void
trap_interrupt(const struct trapframe *frame, uint64_t scause)
{
	if (scause == IRQ_TIMER) {
		trap_on_timer();
	} else if (scause == IRQ_EXTERNAL) {
		trap_on_device();
	} else if (scause == IRQ_SOFTWARE) {
		/* Before looking, so that what comes later interrupts again. */
		csr_clear(sip, SIE_SOFTWARE);
		panic_check();
		trap_on_ipi();
	} else {
		panic_in_trap(frame, "interrupt %lx nobody asked for", scause);
	}
}

/* Why a system call wants the whole frame. */
#define CALL_NOT_MADE	1u
#define CALL_MADE	2u	/* ... but there is work on the way back */

/* Each instruction counts here: no calls but the call's own. */
__attribute__((flatten)) uint64_t
trap_call(struct trapframe *frame)
{
	bool made;

	program_left();
	csr_set(sstatus, SSTATUS_SIE);
	made = trap_on_syscall(frame, false);
	csr_clear(sstatus, SSTATUS_SIE);
	if (!made)
		return CALL_NOT_MADE;
	if (trap_has_work())
		return CALL_MADE;
	program_entered();
	return 0;
}

void
trap_call_completed(struct trapframe *frame, uint64_t why)
{
	if (why == CALL_NOT_MADE) {
		csr_set(sstatus, SSTATUS_SIE);
		trap_on_syscall(frame, true);
		csr_clear(sstatus, SSTATUS_SIE);
	}
	trap_on_return();
	program_entered();
}

/* Why a page fault does: it was served, but there is work on the way back;
 * or scause and, below, the error. */
#define FAULT_SERVED	1u
#define FAULT_CAUSE_SHIFT 32

__attribute__((flatten)) uint64_t
trap_fault(struct trapframe *frame, uint64_t scause)
{
	uint64_t stval = csr_read(stval);
	int error = -EFAULT;

	program_left();
	hart_this()->faults++;
	csr_set(sstatus, SSTATUS_SIE);
	if (stval < USER_END)
		error = trap_on_fault(stval, fault_access(scause));
	csr_clear(sstatus, SSTATUS_SIE);
	if (error != 0) {
		frame->status = stval;
		return scause << FAULT_CAUSE_SHIFT | (uint32_t)-error;
	}
	if (trap_has_work())
		return FAULT_SERVED;
	program_entered();
	return 0;
}

void
trap_fault_completed(struct trapframe *frame, uint64_t why)
{
	if (why != FAULT_SERVED) {
		csr_set(sstatus, SSTATUS_SIE);
		trap_on_crash(frame, why >> FAULT_CAUSE_SHIFT, frame->status,
		    -(int)(uint32_t)why);
		csr_clear(sstatus, SSTATUS_SIE);
	}
	trap_on_return();
	program_entered();
}

void
trap_from_user(struct trapframe *frame)
{
	uint64_t scause = csr_read(scause);

	program_left();
	if (scause & SCAUSE_INTERRUPT) {
		trap_interrupt(frame, scause);
	} else {
		uint64_t stval = csr_read(stval);

		csr_set(sstatus, SSTATUS_SIE);
		if (scause != SCAUSE_ILLEGAL || !fp_first_use(frame, stval))
			trap_on_crash(frame, scause, stval, 0);
	}
	csr_clear(sstatus, SSTATUS_SIE);
	trap_on_return();
	program_entered();
}

/* returns: the entry of the instruction at `pc`; NULL if it has none */
static const struct exception *
exception_find(vaddr_t pc)
{
	const struct exception *low = exceptions_start, *high = exceptions_end;

	while (low < high) {
		const struct exception *middle = low + (high - low) / 2;

		if (middle->instruction == pc)
			return middle;
		if (middle->instruction < pc)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static const char *
exception_name(uint64_t scause)
{
	static const char *const names[] = {
		[0] = "misaligned instruction fetch",
		[1] = "instruction access fault",
		[2] = "illegal instruction",
		[3] = "breakpoint",
		[4] = "misaligned load",
		[5] = "load access fault",
		[6] = "misaligned store",
		[7] = "store access fault",
		[SCAUSE_FETCH_FAULT] = "page fault fetching an instruction",
		[SCAUSE_LOAD_FAULT] = "page fault reading",
		[SCAUSE_STORE_FAULT] = "page fault writing",
	};

	if (scause < ARRAY_LEN(names) && names[scause] != NULL)
		return names[scause];
	return "unknown exception";
}

/* A page fault in a user copy: serve it, or end the copy.  Under a spinlock
 * nothing can be served: such copies only try (vm/user.h). */
static void
fault_from_copy(struct trapframe *frame, const struct exception *exception,
    vaddr_t addr, enum access access)
{
	bool irqs_were_on = frame->status & SSTATUS_SPIE;
	int error;

	if (hart_this()->spin_ranks != 0) {
		frame->pc = exception->fixup;
		return;
	}
	hart_this()->faults++;
	if (irqs_were_on)
		csr_set(sstatus, SSTATUS_SIE);
	error = trap_on_fault(addr, access);
	csr_clear(sstatus, SSTATUS_SIE);
	if (error != 0)
		frame->pc = exception->fixup;
}

void
trap_from_kernel(struct trapframe *frame)
{
	uint64_t scause = csr_read(scause), stval;
	const struct exception *exception;

	if (scause & SCAUSE_INTERRUPT) {
		trap_interrupt(frame, scause);
		return;
	}
	stval = csr_read(stval);
	if (is_page_fault(scause) && stval < USER_END &&
	    (frame->status & SSTATUS_SUM) != 0) {
		exception = exception_find(frame->pc);
		if (exception != NULL) {
			fault_from_copy(frame, exception, stval,
			    fault_access(scause));
			return;
		}
	}
	panic_in_trap(frame, "%s in the kernel: address %lx, scause %lx",
	    exception_name(scause), stval, scause);
}

void
trap_overflow(struct trapframe *frame)
{
	uint64_t scause = csr_read(scause);

	panic_in_trap(frame, "kernel stack overflow: sp %lx (%s, address %lx)",
	    frame->sp, exception_name(scause), csr_read(stval));
}

void
trap_while_booting(uint64_t scause, uint64_t pc, uint64_t stval)
{
	panic("%s while booting: pc %lx, address %lx", exception_name(scause),
	    pc, stval);
}

void
trap_return(struct trapframe *frame)
{
	csr_clear(sstatus, SSTATUS_SIE);
	trap_on_return();
	program_entered();
	trap_leave(frame);
}
