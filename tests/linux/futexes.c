/* The futex call itself: every operation, time-outs by both clocks, memory
 * shared between processes, robust mutexes, and many who wait and wake. */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

static long
futex(void *at, int operation, unsigned value, const void *time, void *second,
    unsigned last)
{
	return syscall(SYS_futex, at, operation, value, time, second, last);
}

static uint64_t
now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static struct timespec
at(clockid_t clock, uint64_t nanos)
{
	nanos += now(clock);
	return (struct timespec){ (time_t)(nanos / 1000000000u),
	    (long)(nanos % 1000000000u) };
}

static void
test_refusals(void)
{
	struct timespec wrong = { 0, 1000000000 }, short_time = { 0, 1000 };
	_Alignas(8) unsigned word = 3;

	CHECK_FAILS(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), EAGAIN);
	CHECK_FAILS(futex((char *)&word + 2, FUTEX_WAIT, 3, NULL, NULL, 0),
	    EINVAL);
	CHECK_FAILS(futex((void *)16, FUTEX_WAIT, 3, NULL, NULL, 0), EFAULT);
	CHECK_FAILS(futex((void *)-8, FUTEX_WAIT_PRIVATE, 3, NULL, NULL, 0),
	    EFAULT);
	CHECK_FAILS(futex(&word, FUTEX_WAIT, 3, &wrong, NULL, 0), EINVAL);
	CHECK_FAILS(futex(&word, FUTEX_WAIT, 3, (void *)8, NULL, 0), EFAULT);
	CHECK_FAILS(futex(&word, FUTEX_WAIT_BITSET, 3, NULL, NULL, 0), EINVAL);
	CHECK_FAILS(futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)1, &word, 4),
	    EAGAIN);
	CHECK_FAILS(futex(&word, FUTEX_WAIT, 3, &short_time, NULL, 0),
	    ETIMEDOUT);
	CHECK(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0);
	ok("what must fail fails");
}

static void
test_times(void)
{
	struct timespec span = { 0, 30000000 }, deadline;
	unsigned word = 0;
	uint64_t start;

	start = now(CLOCK_MONOTONIC);
	CHECK_FAILS(futex(&word, FUTEX_WAIT_PRIVATE, 0, &span, NULL, 0),
	    ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - start >= 30000000);
	deadline = at(CLOCK_MONOTONIC, 30000000);
	start = now(CLOCK_MONOTONIC);
	CHECK_FAILS(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &deadline, NULL,
	    1), ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - start >= 29000000);
	deadline = at(CLOCK_REALTIME, 30000000);
	start = now(CLOCK_MONOTONIC);
	CHECK_FAILS(futex(&word, FUTEX_WAIT_BITSET_PRIVATE |
	    FUTEX_CLOCK_REALTIME, 0, &deadline, NULL, 1), ETIMEDOUT);
	CHECK(now(CLOCK_MONOTONIC) - start >= 29000000);
	ok("time-outs");
}

static unsigned words[2];
static int woken;

static void *
wait_bits(void *argument)
{
	unsigned bits = (unsigned)(uintptr_t)argument;

	while (__atomic_load_n(&words[0], __ATOMIC_SEQ_CST) == 0)
		if (futex(&words[0], FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL,
		    bits) == 0)
			break;
	__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Until `count` were woken in all. */
static void
await(int count)
{
	for (int i = 0; i < 2000 && __atomic_load_n(&woken,
	    __ATOMIC_SEQ_CST) < count; i++)
		usleep(1000);
	usleep(5000);
	CHECK(__atomic_load_n(&woken, __ATOMIC_SEQ_CST) == count);
}

static void
start(pthread_t *threads, int count, const unsigned *bits)
{
	words[0] = words[1] = 0;
	woken = 0;
	for (int i = 0; i < count; i++)
		CHECK(pthread_create(&threads[i], NULL, wait_bits,
		    (void *)(uintptr_t)bits[i]) == 0);
	usleep(50000);
}

static void
test_bits_and_requeue(void)
{
	const unsigned bits[4] = { 1, 2, 4, 8 };
	pthread_t threads[4];
	unsigned set = FUTEX_OP(FUTEX_OP_SET, 7, FUTEX_OP_CMP_EQ, 0);

	start(threads, 4, bits);
	CHECK(futex(words, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 2) == 1);
	await(1);
	CHECK(futex(words, FUTEX_WAKE_BITSET_PRIVATE, 9, NULL, NULL, 16) == 0);
	CHECK(futex(words, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)9, &words[1],
	    0) == 3);
	await(2);
	CHECK(futex(words, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0) == 0);
	CHECK(futex(&words[1], FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) == 1);
	await(3);
	/* words[0] was 0: set it to 7, and wake at both. */
	CHECK(futex(&words[1], FUTEX_WAKE_OP_PRIVATE, 9, (void *)9, &words[0],
	    set) == 1);
	CHECK(words[0] == 7);
	await(4);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	ok("bits, requeueing, operations");
}

static void
nothing(int number)
{
	(void)number;
}

static void
test_signals(void)
{
	struct sigaction action = { .sa_handler = nothing };
	struct timespec span = { 0, 60000000 };
	unsigned word = 0;
	pid_t pid, parent = getpid();
	int status;

	CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
	for (int restart = 0; restart < 2; restart++) {
		pid = fork();
		CHECK(pid >= 0);
		if (pid == 0) {
			usleep(20000);
			kill(parent, SIGUSR1);
			_exit(0);
		}
		CHECK_FAILS(futex(&word, FUTEX_WAIT, 0, &span, NULL, 0),
		    restart ? ETIMEDOUT : EINTR);
		CHECK(waitpid(pid, &status, 0) == pid);
		/* Once more with a signal that does nothing. */
		signal(SIGUSR1, SIG_IGN);
	}
	ok("signals end a wait, or do not");
}

struct shared {
	unsigned turn;
	pthread_mutex_t mutex;
	unsigned count;
};

static void
test_processes(void)
{
	struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t pid;

	CHECK(shared != MAP_FAILED);
	pid = fork();
	CHECK(pid >= 0);
	for (unsigned i = 0; i < 500; i++) {
		unsigned mine = pid == 0, turn;

		while ((turn = __atomic_load_n(&shared->turn,
		    __ATOMIC_SEQ_CST)) % 2 != mine)
			futex(&shared->turn, FUTEX_WAIT, turn, NULL, NULL, 0);
		__atomic_fetch_add(&shared->turn, 1, __ATOMIC_SEQ_CST);
		futex(&shared->turn, FUTEX_WAKE, 1, NULL, NULL, 0);
	}
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(shared->turn == 1000);
	ok("taking turns with another process");
}

static void
test_robust(void)
{
	struct shared *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attributes;
	int status;
	pid_t pid;

	CHECK(shared != MAP_FAILED);
	CHECK(pthread_mutexattr_init(&attributes) == 0);
	CHECK(pthread_mutexattr_setpshared(&attributes,
	    PTHREAD_PROCESS_SHARED) == 0);
	CHECK(pthread_mutexattr_setrobust(&attributes,
	    PTHREAD_MUTEX_ROBUST) == 0);
	CHECK(pthread_mutex_init(&shared->mutex, &attributes) == 0);
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		pthread_mutex_lock(&shared->mutex);
		shared->count = 1;
		usleep(50000);
		_exit(0);		/* and keeps it */
	}
	while (__atomic_load_n(&shared->count, __ATOMIC_SEQ_CST) == 0)
		usleep(1000);
	CHECK(pthread_mutex_lock(&shared->mutex) == EOWNERDEAD);
	CHECK(pthread_mutex_consistent(&shared->mutex) == 0);
	CHECK(pthread_mutex_unlock(&shared->mutex) == 0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	ok("a robust mutex outlives its owner");
}

static pthread_mutex_t many_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t many_changed = PTHREAD_COND_INITIALIZER;
static unsigned many_turn;

static void *
many(void *argument)
{
	unsigned mine = (unsigned)(uintptr_t)argument;

	for (int i = 0; i < 200; i++) {
		pthread_mutex_lock(&many_mutex);
		while (many_turn % 8 != mine)
			pthread_cond_wait(&many_changed, &many_mutex);
		many_turn++;
		pthread_cond_broadcast(&many_changed);
		pthread_mutex_unlock(&many_mutex);
	}
	return NULL;
}

static void
test_many(void)
{
	pthread_t threads[8];

	for (uintptr_t i = 0; i < 8; i++)
		CHECK(pthread_create(&threads[i], NULL, many, (void *)i) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(many_turn == 1600);
	ok("eight threads in turn");
}

static pthread_mutex_t owned;
static int owned_count;

static void *
owner(void *argument)
{
	for (int i = 0; i < 500; i++) {
		CHECK(pthread_mutex_lock(&owned) == 0);
		owned_count++;
		if (i % 50 == 0)
			usleep(200);
		CHECK(pthread_mutex_unlock(&owned) == 0);
	}
	return argument;
}

static void *
owner_that_stays(void *argument)
{
	CHECK(pthread_mutex_lock(&owned) == 0);
	usleep(60000);
	CHECK(pthread_mutex_unlock(&owned) == 0);
	return argument;
}

/* Mutexes whose word says who holds them, as those that lend priority. */
static void
test_owners(void)
{
	uint32_t word = 0, tid = (uint32_t)gettid();
	pthread_mutexattr_t kind;
	pthread_t threads[4];
	struct timespec moment;

	CHECK(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0) == 0);
	CHECK(word == tid);
	CHECK_FAILS(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	CHECK_FAILS(futex(&word, FUTEX_TRYLOCK_PI, 0, NULL, NULL, 0), EDEADLK);
	CHECK(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	CHECK(word == 0);
	CHECK_FAILS(futex(&word, FUTEX_UNLOCK_PI, 0, NULL, NULL, 0), EPERM);
	word = 0x3ffffff0;
	CHECK_FAILS(futex(&word, FUTEX_LOCK_PI, 0, NULL, NULL, 0), ESRCH);
	CHECK_FAILS(futex((char *)&word + 1, FUTEX_LOCK_PI, 0, NULL, NULL, 0),
	    EINVAL);

	CHECK(pthread_mutexattr_init(&kind) == 0);
	CHECK(pthread_mutexattr_setprotocol(&kind, PTHREAD_PRIO_INHERIT) == 0);
	CHECK(pthread_mutex_init(&owned, &kind) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, owner, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(owned_count == 2000);
	CHECK(pthread_create(&threads[0], NULL, owner_that_stays, NULL) == 0);
	usleep(20000);
	CHECK(pthread_mutex_trylock(&owned) == EBUSY);
	moment = at(CLOCK_REALTIME, 5000000);
	CHECK(pthread_mutex_timedlock(&owned, &moment) == ETIMEDOUT);
	CHECK(pthread_mutex_lock(&owned) == 0);
	CHECK(pthread_mutex_unlock(&owned) == 0);
	CHECK(pthread_join(threads[0], NULL) == 0);
	ok("mutexes that say who holds them");
}

int
main(void)
{
	test_refusals();
	test_times();
	test_bits_and_requeue();
	test_signals();
	test_many();
	test_processes();
	test_robust();
	test_owners();
	return done();
}
