/* Thread-local storage: variables with values of their own in each thread, in
 * the child of a fork, and keys whose values are destroyed. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/wait.h>

#include "check.h"

#define THREADS	6

static __thread int number = 7;
static __thread char text[64] = "fresh";
static __thread struct {
	long words[100];
} large __attribute__((aligned(64)));

static pthread_key_t key;
static int destroyed[THREADS];
static pthread_mutex_t destroyed_lock = PTHREAD_MUTEX_INITIALIZER;

static void
destroy(void *value)
{
	pthread_mutex_lock(&destroyed_lock);
	destroyed[(long)value - 1]++;
	pthread_mutex_unlock(&destroyed_lock);
}

static void *
use(void *argument)
{
	long index = (long)argument;

	CHECK(number == 7 && strcmp(text, "fresh") == 0);
	CHECK(((unsigned long)&large & 63) == 0 && large.words[99] == 0);
	CHECK(pthread_getspecific(key) == NULL);
	CHECK(pthread_setspecific(key, (void *)(index + 1)) == 0);
	number = (int)index;
	snprintf(text, sizeof(text), "thread %ld", index);
	errno = (int)index + 100;
	for (int i = 0; i < 20; i++) {
		char expected[64];

		usleep(500);
		snprintf(expected, sizeof(expected), "thread %ld", index);
		CHECK(strcmp(text, expected) == 0 && number == index);
		CHECK(pthread_getspecific(key) == (void *)(index + 1));
	}
	return &number;
}

static void
test_threads(void)
{
	pthread_t threads[THREADS];
	void *places[THREADS];

	for (long i = 0; i < THREADS; i++)
		CHECK(pthread_create(&threads[i], NULL, use, (void *)i) == 0);
	for (int i = 0; i < THREADS; i++) {
		CHECK(pthread_join(threads[i], &places[i]) == 0);
		CHECK(places[i] != &number && destroyed[i] == 1);
	}
	CHECK(number == 7);
	ok("each thread its own");
}

static void *
fork_in_thread(void *unused)
{
	int status;
	pid_t pid;

	number = 99;
	pid = fork();
	CHECK(pid >= 0);
	if (pid == 0) {
		if (number != 99)
			_exit(1);
		number = 100;
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(number == 99);
	return unused;
}

int
main(void)
{
	pthread_t thread;

	CHECK(pthread_key_create(&key, destroy) == 0);
	test_threads();
	CHECK(pthread_create(&thread, NULL, fork_in_thread, NULL) == 0);
	CHECK(pthread_join(thread, NULL) == 0);
	CHECK(number == 7);
	ok("kept by fork");
	return done();
}
