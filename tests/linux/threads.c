/* POSIX threads: creating and joining, mutexes of all kinds, read-write locks,
 * barriers, once, cancelling, detached ones, and many at a time. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>

#include "check.h"

#define THREADS		8
#define ROUNDS		20000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long counter;

static void *
count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return argument;
}

static void
test_mutex(void)
{
	pthread_t threads[THREADS];
	void *result;

	for (long i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, count,
		    (void *)(i * 3)) == 0);
	for (long i = 0; i < THREADS; i++) {
		CHECK(pthread_join(threads[i], &result) == 0);
		CHECK(result == (void *)(i * 3));
	}
	CHECK(counter == (long)THREADS * ROUNDS);
	ok("mutex");
}

static void *
try_locked(void *argument)
{
	return (void *)(long)pthread_mutex_trylock(argument);
}

static void
test_mutex_kinds(void)
{
	pthread_mutexattr_t attributes;
	pthread_mutex_t recursive, checked;
	pthread_t thread;
	void *result;

	CHECK(pthread_mutexattr_init(&attributes) == 0);
	CHECK(pthread_mutexattr_settype(&attributes,
	    PTHREAD_MUTEX_RECURSIVE) == 0);
	CHECK(pthread_mutex_init(&recursive, &attributes) == 0);
	CHECK(pthread_mutexattr_settype(&attributes,
	    PTHREAD_MUTEX_ERRORCHECK) == 0);
	CHECK(pthread_mutex_init(&checked, &attributes) == 0);

	CHECK(pthread_mutex_lock(&recursive) == 0);
	CHECK(pthread_mutex_lock(&recursive) == 0);
	CHECK(pthread_create(&thread, NULL, try_locked, &recursive) == 0);
	CHECK(pthread_join(thread, &result) == 0 && (long)result == EBUSY);
	CHECK(pthread_mutex_unlock(&recursive) == 0);
	CHECK(pthread_mutex_unlock(&recursive) == 0);
	CHECK(pthread_mutex_unlock(&recursive) == EPERM);

	CHECK(pthread_mutex_lock(&checked) == 0);
	CHECK(pthread_mutex_lock(&checked) == EDEADLK);
	CHECK(pthread_mutex_unlock(&checked) == 0);
	ok("kinds of mutexes");
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int readers;
static int written;

static void *
read_or_write(void *argument)
{
	for (int i = 0; i < 500; i++) {
		if (argument != NULL && i % 10 == 0) {
			pthread_rwlock_wrlock(&rwlock);
			CHECK(atomic_load(&readers) == 0);
			written++;
			pthread_rwlock_unlock(&rwlock);
			continue;
		}
		pthread_rwlock_rdlock(&rwlock);
		atomic_fetch_add(&readers, 1);
		atomic_fetch_sub(&readers, 1);
		pthread_rwlock_unlock(&rwlock);
	}
	return NULL;
}

static void
test_rwlock(void)
{
	pthread_t threads[THREADS];

	for (long i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, read_or_write,
		    (void *)(i % 2)) == 0);
	for (int i = 0; i < THREADS; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(written == THREADS / 2 * 50);
	ok("read-write locks");
}

static pthread_barrier_t barrier;
static atomic_int arrived, serial;

static void *
meet(void *unused)
{
	for (int round = 1; round <= 50; round++) {
		int status;

		atomic_fetch_add(&arrived, 1);
		status = pthread_barrier_wait(&barrier);
		CHECK(atomic_load(&arrived) >= round * 4);
		if (status == PTHREAD_BARRIER_SERIAL_THREAD)
			atomic_fetch_add(&serial, 1);
		else
			CHECK(status == 0);
		pthread_barrier_wait(&barrier);
	}
	return unused;
}

static void
test_barrier(void)
{
	pthread_t threads[4];

	CHECK(pthread_barrier_init(&barrier, NULL, 4) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_create(&threads[i], NULL, meet, NULL) == 0);
	for (int i = 0; i < 4; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(serial == 50);
	ok("barriers");
}

static int cleaned;

static void
clean(void *unused)
{
	(void)unused;
	cleaned++;
}

static void *
wait_for_ever(void *unused)
{
	pthread_cleanup_push(clean, NULL);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return unused;
}

static void
test_cancel(void)
{
	pthread_t thread;
	void *result;

	CHECK(pthread_create(&thread, NULL, wait_for_ever, NULL) == 0);
	usleep(20000);
	CHECK(pthread_cancel(thread) == 0);
	CHECK(pthread_join(thread, &result) == 0);
	CHECK(result == PTHREAD_CANCELED && cleaned == 1);
	ok("cancelling");
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_count;
static atomic_int gone;

static void
run_once(void)
{
	once_count++;
}

static void *
go(void *unused)
{
	pthread_once(&once, run_once);
	atomic_fetch_add(&gone, 1);
	return unused;
}

/* Stacks and ids are used again; none is lost. */
static void
test_many(void)
{
	pthread_attr_t attributes;
	pthread_t thread;

	CHECK(pthread_attr_init(&attributes) == 0);
	CHECK(pthread_attr_setdetachstate(&attributes,
	    PTHREAD_CREATE_DETACHED) == 0);
	CHECK(pthread_attr_setstacksize(&attributes, 128 << 10) == 0);
	for (int i = 0; i < 400; i++) {
		while (pthread_create(&thread, &attributes, go, NULL) != 0)
			usleep(1000);
	}
	for (int i = 0; i < 2000 && atomic_load(&gone) < 400; i++)
		usleep(5000);
	CHECK(gone == 400 && once_count == 1);
	for (int i = 0; i < 500; i++) {
		CHECK(pthread_create(&thread, NULL, go, NULL) == 0);
		CHECK(pthread_join(thread, NULL) == 0);
	}
	ok("many threads");
}

static void *
leave_last(void *main_thread)
{
	CHECK(pthread_join(*(pthread_t *)main_thread, NULL) == 0);
	ok("first thread left first");
	exit(done());
}

int
main(void)
{
	static pthread_t main_thread;
	pthread_t thread;

	test_mutex();
	test_mutex_kinds();
	test_rwlock();
	test_barrier();
	test_cancel();
	test_many();
	main_thread = pthread_self();
	CHECK(pthread_create(&thread, NULL, leave_last, &main_thread) == 0);
	pthread_exit(NULL);
}
