/*
 * The end: the message, the registers if a trap led here, a backtrace, and
 * the machine stops with a failure.
 *
 * Other harts are interrupted and stay in panic_check.  One that does not
 * listen (interrupts off) is left alone: the machine is gone in a moment.
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
#include "core/cpu/unwind.h"

/* Made by tools/symbols.sh when all is linked: how many functions there are,
 * their offsets from KERNEL_BASE, ascending; where each name starts in the
 * text behind that. */
extern const uint32_t symbols_start[];

extern char text_end[];
extern const uint8_t unwind_start[], unwind_end[];

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

/* Who called `at`, and so on outwards. */
static void
print_callers(struct unwind *at)
{
	const struct unwind_table table = { unwind_start, unwind_end };

	for (int i = 0; i < BACKTRACE_MAX && unwind_step(&table, at) &&
	    is_text(at->pc); i++)
		print_place(at->pc);
}

/* The function this is in, as it is now. */
static inline __attribute__((always_inline)) void
unwind_here(struct unwind *at)
{
	at->known = 1u << UNWIND_SP | 1u << UNWIND_S0;
	asm volatile("auipc %0, 0\n\tmv %1, sp\n\tmv %2, s0"
	    : "=&r"(at->pc), "=&r"(at->x[UNWIND_SP]), "=&r"(at->x[UNWIND_S0]));
}

/* What a trap interrupted; if that is no code of ours, who went there. */
static void
print_trap(const struct trapframe *frame, struct unwind *at)
{
	const uint64_t *registers = &frame->ra;

	at->known = ~1u;
	for (uint32_t i = 1; i < UNWIND_REGISTERS; i++)
		at->x[i] = registers[i - 1];
	at->pc = frame->pc;
	print_place(at->pc);
	if (!is_text(at->pc) && is_text(frame->ra)) {
		at->known &= ~(1u << UNWIND_RA);
		at->pc = frame->ra - 1;
		print_place(at->pc);
	}
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
	struct unwind at;
	va_list args;

	panic_begin();
	va_start(args, format);
	panic_say(format, args);
	va_end(args);
	print("backtrace:\n");
	unwind_here(&at);
	print_callers(&at);
	sbi_poweroff(true);
}

void
panic_in_trap(const struct trapframe *frame, const char *format, ...)
{
	struct unwind at;
	va_list args;

	panic_begin();
	va_start(args, format);
	panic_say(format, args);
	va_end(args);
	print_registers(frame);
	print("backtrace:\n");
	print_trap(frame, &at);
	print_callers(&at);
	sbi_poweroff(true);
}

void
panic_check(void)
{
	if (atomic_load(&panicking))
		for (;;)
			cpu_wait();
}
