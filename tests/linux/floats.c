/* Floating-point registers: first use, switches of threads and processes,
 * fork, exec, signal handlers that compute, and contexts that are changed. */
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "check.h"

#define ROUNDS	200

static uint64_t
get_fs3(void)
{
	uint64_t bits;

	asm volatile("fmv.x.d %0, fs3" : "=r"(bits));
	return bits;
}

static void
set_fs3(uint64_t bits)
{
	asm volatile("fmv.d.x fs3, %0" : : "r"(bits) : "fs3");
}

static unsigned
get_fcsr(void)
{
	unsigned value;

	asm volatile("frcsr %0" : "=r"(value));
	return value;
}

static void
set_fcsr(unsigned value)
{
	asm volatile("fscsr %0" : : "r"(value));
}

/* Keep a value of our own in a register, and the hart from being only ours. */
static void
keep(uint64_t mine)
{
	set_fs3(mine);
	set_fcsr(mine % 5 << 5);
	for (int i = 0; i < ROUNDS; i++) {
		for (volatile int j = 0; j < 20000; j++)
			continue;
		CHECK(get_fs3() == mine);
		CHECK(get_fcsr() >> 5 == mine % 5);
	}
	set_fcsr(0);
}

static void *
keep_thread(void *argument)
{
	keep((uintptr_t)argument);
	return NULL;
}

static void
test_switches(void)
{
	pthread_t threads[6];
	int status;

	for (uintptr_t i = 0; i < 6; i++)
		CHECK(pthread_create(&threads[i], NULL, keep_thread,
		    (void *)(i + 100)) == 0);
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (pid == 0) {
			keep((uint64_t)i + 1000);
			_exit(0);
		}
	}
	keep(77);
	for (int i = 0; i < 6; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	for (int i = 0; i < 3; i++)
		CHECK(wait(&status) > 0 && status == 0);
	ok("kept while others compute");
}

static void
test_fork(void)
{
	int status;
	pid_t pid;

	set_fs3(0x123456789abcdef0);
	set_fcsr(0x61);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (get_fs3() != 0x123456789abcdef0 || get_fcsr() != 0x61)
			_exit(1);
		set_fs3(5);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(get_fs3() == 0x123456789abcdef0 && get_fcsr() == 0x61);
	set_fcsr(0);
	ok("copied by fork");
}

static volatile double sum;

static void
compute(int number)
{
	(void)number;
	set_fs3(42);
	fesetround(FE_UPWARD);
	for (int i = 1; i < 1000; i++)
		sum += 1.0 / i;
}

static void
change(int number, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)number;
	(void)info;
	uc->uc_mcontext.__fpregs.__d.__f[19] = 4711;	/* fs3 is f19 */
	uc->uc_mcontext.__fpregs.__d.__fcsr = 0x40;
}

static void
test_handlers(void)
{
	struct sigaction action = { .sa_handler = compute };

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	set_fs3(17);
	for (int i = 0; i < 100; i++)
		CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(get_fs3() == 17 && fegetround() == FE_TONEAREST && sum > 700);
	ok("handlers may compute");

	action.sa_sigaction = change;
	action.sa_flags = SA_SIGINFO;
	CHECK(sigaction(SIGUSR2, &action, NULL) == 0);
	CHECK(kill(getpid(), SIGUSR2) == 0);
	CHECK(get_fs3() == 4711 && get_fcsr() == 0x40);
	set_fcsr(0);
	ok("handlers may change what they return to");
}

static ucontext_t first, second;

static void
other(void)
{
	set_fs3(9);
	CHECK(swapcontext(&second, &first) == 0);
	CHECK(get_fs3() == 9);
}

static void
test_contexts(void)
{
	static char stack[65536];

	CHECK(getcontext(&second) == 0);
	second.uc_stack.ss_sp = stack;
	second.uc_stack.ss_size = sizeof(stack);
	second.uc_link = &first;
	makecontext(&second, other, 0);
	set_fs3(8);
	CHECK(swapcontext(&first, &second) == 0 && get_fs3() == 8);
	CHECK(swapcontext(&first, &second) == 0 && get_fs3() == 8);
	ok("swapcontext");
}

int
main(int argc, char *argv[])
{
	if (argc > 1)	/* what exec left in the registers */
		return get_fs3() == 0 && get_fcsr() >> 5 == 0 ? 0 : 1;
	test_switches();
	test_fork();
	test_handlers();
	test_contexts();
	set_fs3(33);
	if (fork() == 0) {
		execl("/proc/self/exe", argv[0], "again", NULL);
		execl(argv[0], argv[0], "again", NULL);
		_exit(2);
	}
	CHECK(wait(&argc) > 0 && argc == 0);
	ok("forgotten by exec");
	return done();
}
