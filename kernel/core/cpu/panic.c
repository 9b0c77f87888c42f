/*
 * The end: the message, the registers if a trap led here, a backtrace, and
 * the machine stops with a failure.
 *
 * Other harts are interrupted and stay in panic_check.  One that does not
 * listen (interrupts off) is left alone: the machine is gone in a moment.
 *
 * A frame of the kernel, as -fno-omit-frame-pointer makes it:
 *
 *	fp - 8   return address
 *	fp - 16  the caller's fp
 *
 * except for a function that calls none, or never returns: that keeps only
 * the caller's fp, at fp - 8.
 */
#include "core/cpu/panic.h"

#include "core/base/atomic.h"
#include "core/base/format.h"
#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/cpu/csr.h"
#include "core/cpu/hart.h"
#include "core/cpu/layout.h"
#include "core/cpu/sbi.h"

/* Made by tools/symbols.sh when all is linked: how many functions there are,
 * their offsets from KERNEL_BASE, ascending; where each name starts in the
 * text behind that. */
extern const uint32_t symbols_start[];

extern char text_end[];

static uint32_t panicking;	/* [a] a hart is printing its last words */

const char *
symbol_name(vaddr_t addr, uint64_t *offset)
{
	uint32_t count = symbols_start[0], low = 0, high = count;
	const uint32_t *offsets = &symbols_start[1], *names = &offsets[count];
	const char *text = (const char *)&names[count];

	if (addr < KERNEL_BASE || addr >= (vaddr_t)text_end || high == 0)
		return NULL;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (KERNEL_BASE + offsets[middle] <= addr)
			low = middle;
		else
			high = middle;
	}
	*offset = addr - KERNEL_BASE - offsets[low];
	return &text[names[low]];
}

static void
print_place(vaddr_t addr)
{
	uint64_t offset;
	const char *name = symbol_name(addr, &offset);

	if (name != NULL)
		print("  %lx %s+0x%lx\n", addr, name, offset);
	else
		print("  %lx\n", addr);
}

static bool
is_text(vaddr_t addr)
{
	return addr >= KERNEL_BASE && addr < (vaddr_t)text_end;
}

static bool
is_frame(vaddr_t fp)
{
	return (fp & 7) == 0 && hart_stack_contains(fp - 16);
}

/* From frame pointer `fp` outwards; stops where it stops making sense. */
static void
print_frames(vaddr_t fp)
{
	for (int i = 0; i < BACKTRACE_MAX && is_frame(fp); i++) {
		vaddr_t caller = ((vaddr_t *)fp)[-1];
		vaddr_t outer = ((vaddr_t *)fp)[-2];

		/* The call itself: after it may stand another function. */
		if (is_text(caller))
			print_place(caller - 1);
		else
			outer = caller;
		if (outer <= fp)
			return;
		fp = outer;
	}
}

/* Those of a function that never returns, and may not have kept `caller`. */
static void
print_callers(vaddr_t caller, const vaddr_t *fp)
{
	print_place(caller - 1);
	print_frames(fp[-1] == caller ? fp[-2] : fp[-1]);
}

static void
print_registers(const struct trapframe *frame)
{
	static const char *const names[] = {
		"ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",
		"a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4",
		"s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5",
		"t6", "pc", "status",
	};
	const uint64_t *values = &frame->ra;

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		print("%6s %016lx%s", names[i], values[i],
		    i % 3 == 2 ? "\n" : " ");
}

/* One hart prints; what fails meanwhile only ends the machine sooner. */
static void
panic_begin(void)
{
	struct hart *hart = hart_this();

	csr_clear(sstatus, SSTATUS_SIE);
	if (hart->in_panic)
		sbi_poweroff(true);
	hart->in_panic = true;
	/* The last words take locks of their own, whatever was held. */
	hart->spin_ranks = 0;
	if (atomic_swap(&panicking, 1))
		for (;;)
			cpu_wait();
	for (uint32_t i = 0; i < harts_count(); i++)
		if (i != hart->index)
			sbi_interrupt(1, hart_at(i)->hartid);
}

static void
panic_say(const char *format, va_list args)
{
	char text[PRINT_BYTES / 2];

	format_args(text, sizeof(text), format, args);
	print("\npanic on hart %u (id %lu): %s\n", hart_this()->index,
	    hart_this()->hartid, text);
}

void
panic(const char *format, ...)
{
	va_list args;

	panic_begin();
	va_start(args, format);
	panic_say(format, args);
	va_end(args);
	print("backtrace:\n");
	print_callers((vaddr_t)__builtin_return_address(0),
	    __builtin_frame_address(0));
	sbi_poweroff(true);
}

void
panic_in_trap(const struct trapframe *frame, const char *format, ...)
{
	va_list args;

	panic_begin();
	va_start(args, format);
	panic_say(format, args);
	va_end(args);
	print_registers(frame);
	print("backtrace:\n");
	print_place(frame->pc);
	print_frames(frame->s0);
	sbi_poweroff(true);
}

void
panic_check(void)
{
	if (atomic_load(&panicking))
		for (;;)
			cpu_wait();
}
