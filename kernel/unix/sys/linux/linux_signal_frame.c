#include "unix/sys/linux/linux_signal_frame.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/cpu/csr.h"
#include "core/cpu/trap.h"
#include "core/task/thread.h"
#include "core/vm/user.h"
#include "unix/proc/memory.h"
#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_abi_signal.h"
#include "unix/sys/linux/linux_calls.h"
#include "unix/sys/linux/vdso.h"

#define FRAME_ALIGN	16

static struct signal_stack *
stack_mine(void)
{
	return &proc_thread_this()->signals.stack;
}

/* One that disarms itself is never found in use: it is not set by then. */
static bool
stack_contains(const struct signal_stack *stack, vaddr_t sp)
{
	return (stack->flags & SS_AUTODISARM) == 0 && sp > stack->base &&
	    sp - stack->base <= stack->nbytes;
}

void
linux_stack_get(struct linux_stack *out, vaddr_t sp)
{
	const struct signal_stack *stack = stack_mine();

	memset(out, 0, sizeof(*out));
	out->base = stack->base;
	out->nbytes = stack->nbytes;
	out->flags = (uint32_t)stack->flags;
	if (stack->nbytes == 0)
		out->flags |= SS_DISABLE;
	else if (stack_contains(stack, sp))
		out->flags |= SS_ONSTACK;
}

int
linux_stack_set(const struct linux_stack *new, vaddr_t sp)
{
	struct signal_stack *stack = stack_mine();
	uint32_t mode = new->flags & ~SS_AUTODISARM;

	if (stack_contains(stack, sp))
		return -EPERM;
	if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		memset(stack, 0, sizeof(*stack));
		stack->flags = new->flags & SS_AUTODISARM;
		return 0;
	}
	if (new->nbytes < LINUX_MINSIGSTKSZ)
		return -ENOMEM;
	stack->base = new->base;
	stack->nbytes = new->nbytes;
	stack->flags = new->flags & SS_AUTODISARM;
	return 0;
}

/*
 * Where the frame goes.
 * returns: false if the stack for signals, in use, has no room for it
 */
static bool
frame_place(const struct trapframe *registers, uint64_t flags, vaddr_t *place)
{
	const struct signal_stack *stack = stack_mine();
	vaddr_t sp = registers->sp;
	uint64_t len = sizeof(struct linux_signal_frame);

	if (stack_contains(stack, sp) && !stack_contains(stack, sp - len))
		return false;
	if ((flags & SA_ONSTACK) && stack->nbytes != 0 &&
	    !stack_contains(stack, sp))
		sp = stack->base + stack->nbytes;
	*place = ROUND_DOWN(sp - len, FRAME_ALIGN);
	return true;
}

static void
frame_fill(struct linux_signal_frame *out, const struct trapframe *registers,
    const struct signal_delivery *delivery)
{
	struct linux_ucontext *context = &out->context;
	struct fp_state fp;

	memset(out, 0, sizeof(*out));
	out->info.info = delivery->info;
	linux_stack_get(&context->stack, registers->sp);
	context->mask = delivery->mask;
	context->registers.pc = registers->pc;
	memcpy(context->registers.x, &registers->ra,
	    sizeof(context->registers.x));
	thread_get_fp(&fp);
	memcpy(context->fp.f, fp.f, sizeof(context->fp.f));
	context->fp.fcsr = (uint32_t)fp.fcsr;
}

int
linux_deliver_signal(struct trapframe *registers,
    const struct signal_delivery *delivery)
{
	struct linux_signal_frame frame;
	struct signal_stack *stack = stack_mine();
	vaddr_t place;

	if (!frame_place(registers, delivery->action.flags, &place))
		return -EFAULT;
	frame_fill(&frame, registers, delivery);
	if (user_write(place, &frame, sizeof(frame), NULL) != 0)
		return -EFAULT;

	if (stack->flags & SS_AUTODISARM)	/* nothing below may fail */
		memset(stack, 0, sizeof(*stack));
	registers->ra = vdso_sigreturn(proc_this()->memory->layout.vdso);
	registers->sp = place;
	registers->a0 = (uint64_t)delivery->info.signo;
	registers->a1 = place + offsetof(struct linux_signal_frame, info);
	registers->a2 = place + offsetof(struct linux_signal_frame, context);
	registers->pc = delivery->action.handler;
	return 0;
}

/* Who never computed and goes back to all zeros goes on without registers. */
static void
fp_restore(const struct linux_fp *from)
{
	static const struct linux_fp zeros;
	struct fp_state fp;

	if (!thread_has_fp() && memcmp(from, &zeros, sizeof(zeros)) == 0)
		return;
	memcpy(fp.f, from->f, sizeof(fp.f));
	fp.fcsr = from->fcsr;
	thread_set_fp(&fp);
}

/* returns: whether there is a frame that Linux could have made */
static bool
context_read(struct linux_ucontext *context, vaddr_t sp)
{
	vaddr_t place = sp + offsetof(struct linux_signal_frame, context);

	return user_read(context, place, sizeof(*context), NULL) == 0 &&
	    context->fp.reserved == 0 && context->fp.end_magic == 0 &&
	    context->fp.end_bytes == 0;
}

int64_t
linux_rt_sigreturn(const struct linux_args *args)
{
	struct trapframe *registers = linux_args_frame(args);
	struct linux_ucontext context;
	struct signal_info fault = { .signo = SIGSEGV, .code = SI_KERNEL };

	if (!context_read(&context, registers->sp)) {
		signal_fault(&fault);
		trap_return(registers);
	}
	signal_block(context.mask);
	/* One that cannot be is left as it is now, as on Linux. */
	(void)linux_stack_set(&context.stack, context.registers.x[1]);
	registers->pc = context.registers.pc;
	memcpy(&registers->ra, context.registers.x,
	    sizeof(context.registers.x));
	fp_restore(&context.fp);
	/* All registers are what they were, a0 too: this is no result. */
	trap_return(registers);
}
