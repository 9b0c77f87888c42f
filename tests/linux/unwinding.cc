/* Unwinding through the frame of a signal handler, as debuggers, profilers and
 * exceptions do: the vDSO's trampoline is known by its bytes. */
#include <csignal>
#include <cstdint>
#include <ucontext.h>
#include <unwind.h>

#include "check.h"

static uintptr_t frames[32], stumbled_at;
static int nframes;

static _Unwind_Reason_Code
note(struct _Unwind_Context *context, void *)
{
	if (nframes == 32)
		return _URC_END_OF_STACK;
	frames[nframes++] = _Unwind_GetIP(context);
	return _URC_NO_REASON;
}

static void
trace(int, siginfo_t *, void *context)
{
	ucontext_t *uc = static_cast<ucontext_t *>(context);
	greg_t *pc = &uc->uc_mcontext.__gregs[REG_PC];

	stumbled_at = static_cast<uintptr_t>(*pc);
	_Unwind_Backtrace(note, nullptr);
	/* Back behind the breakpoint, of two bytes or four. */
	*pc += (*reinterpret_cast<uint16_t *>(*pc) & 3) == 3 ? 4 : 2;
}

__attribute__((noinline)) static void
stumble()
{
	asm volatile("ebreak");
}

__attribute__((noinline)) static int
thrower(int value)
{
	if (value == 0)
		throw 42;
	stumble();
	return value + 1;
}

int
main()
{
	struct sigaction action = {};
	int found = 0, caught = 0;

	action.sa_flags = SA_SIGINFO;
	action.sa_sigaction = trace;
	CHECK(sigaction(SIGTRAP, &action, nullptr) == 0);
	CHECK(thrower(1) == 2);
	for (int i = 0; i < nframes; i++)
		found += frames[i] == stumbled_at;
	CHECK(found == 1 && nframes >= 5);
	ok("from a handler to what it interrupted");
	try {
		thrower(0);
	} catch (int value) {
		caught = value;
	}
	CHECK(caught == 42);
	ok("exceptions");
	return done();
}
