/* setjmp and longjmp, from deep calls and from signal handlers, with the mask
 * of signals and the floating-point registers as they were. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "check.h"

static jmp_buf plain;
static sigjmp_buf masked;
static char *page;

static __attribute__((noinline)) void
descend(int depth)
{
	volatile char room[256];

	room[0] = (char)depth;
	if (depth > 0)
		descend(depth - 1);
	if (room[0] == 0)
		longjmp(plain, 42);
}

static void
test_plain(void)
{
	volatile double value = 1.5;
	volatile int count = 0;
	int result = setjmp(plain);

	if (result == 0 || count < 100) {
		count++;
		value *= 1.01;
		descend(50);
	}
	CHECK(result == 42 && count == 100);
	CHECK(value > 4.0 && value < 4.1);
	ok("out of deep calls");
	if (setjmp(plain) == 0)
		longjmp(plain, 0);
	ok("0 becomes 1");
}

static void
on_segv(int number)
{
	(void)number;
	siglongjmp(masked, 1);
}

static void
test_handler(void)
{
	volatile int faults = 0;
	sigset_t now;

	page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	CHECK(signal(SIGSEGV, on_segv) != SIG_ERR);
	if (sigsetjmp(masked, 1) != 0)
		faults++;
	if (faults < 1000)
		*(volatile char *)page = 1;
	CHECK(faults == 1000);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
	CHECK(!sigismember(&now, SIGSEGV));
	ok("out of a handler, a thousand times");
	if (sigsetjmp(masked, 0) == 0)
		*(volatile char *)page = 1;
	CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
	CHECK(sigismember(&now, SIGSEGV));
	ok("the mask stays if it was not saved");
}

int
main(void)
{
	test_plain();
	test_handler();
	return done();
}
