/* Condition variables and semaphores: a queue between producers and consumers,
 * waits that time out, broadcasts, and sharing between processes. */
#define _GNU_SOURCE
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "check.h"

#define SLOTS		4
#define ITEMS		5000
#define PRODUCERS	3
#define CONSUMERS	3

static struct {
	pthread_mutex_t lock;
	pthread_cond_t not_full, not_empty;
	int slots[SLOTS];
	int head, tail, producing;
} queue = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.not_full = PTHREAD_COND_INITIALIZER,
	.not_empty = PTHREAD_COND_INITIALIZER,
	.producing = PRODUCERS,
};

static void *
produce(void *argument)
{
	for (int i = 0; i < ITEMS; i++) {
		pthread_mutex_lock(&queue.lock);
		while (queue.head - queue.tail == SLOTS)
			pthread_cond_wait(&queue.not_full, &queue.lock);
		queue.slots[queue.head++ % SLOTS] = i;
		pthread_cond_signal(&queue.not_empty);
		pthread_mutex_unlock(&queue.lock);
	}
	pthread_mutex_lock(&queue.lock);
	if (--queue.producing == 0)
		pthread_cond_broadcast(&queue.not_empty);
	pthread_mutex_unlock(&queue.lock);
	return argument;
}

static void *
consume(void *unused)
{
	long sum = 0;

	(void)unused;
	pthread_mutex_lock(&queue.lock);
	for (;;) {
		while (queue.head == queue.tail && queue.producing > 0)
			pthread_cond_wait(&queue.not_empty, &queue.lock);
		if (queue.head == queue.tail)
			break;
		sum += queue.slots[queue.tail++ % SLOTS];
		pthread_cond_signal(&queue.not_full);
	}
	pthread_mutex_unlock(&queue.lock);
	return (void *)sum;
}

static void
test_queue(void)
{
	pthread_t producers[PRODUCERS], consumers[CONSUMERS];
	long sum = 0;
	void *part;

	for (int i = 0; i < CONSUMERS; i++)
		CHECK(pthread_create(&consumers[i], NULL, consume, NULL) == 0);
	for (int i = 0; i < PRODUCERS; i++)
		CHECK(pthread_create(&producers[i], NULL, produce, NULL) == 0);
	for (int i = 0; i < PRODUCERS; i++)
		CHECK(pthread_join(producers[i], NULL) == 0);
	for (int i = 0; i < CONSUMERS; i++) {
		CHECK(pthread_join(consumers[i], &part) == 0);
		sum += (long)part;
	}
	CHECK(sum == (long)PRODUCERS * ITEMS * (ITEMS - 1) / 2);
	ok("queue");
}

static int64_t
nanos(clockid_t clock)
{
	struct timespec now;

	CHECK(clock_gettime(clock, &now) == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void
test_timed_wait(clockid_t clock)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_condattr_t attributes;
	pthread_cond_t condition;
	struct timespec until;
	int64_t start = nanos(clock), end = start + 50000000;

	CHECK(pthread_condattr_init(&attributes) == 0);
	CHECK(pthread_condattr_setclock(&attributes, clock) == 0);
	CHECK(pthread_cond_init(&condition, &attributes) == 0);
	until.tv_sec = end / 1000000000;
	until.tv_nsec = end % 1000000000;
	pthread_mutex_lock(&lock);
	CHECK(pthread_cond_timedwait(&condition, &lock, &until) == ETIMEDOUT);
	pthread_mutex_unlock(&lock);
	CHECK(nanos(clock) >= end);
	ok(clock == CLOCK_REALTIME ? "time-out" : "monotonic time-out");
}

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate = PTHREAD_COND_INITIALIZER;
static int gate_open, waiting;

static void *
wait_at_gate(void *unused)
{
	pthread_mutex_lock(&gate_lock);
	waiting++;
	while (!gate_open)
		pthread_cond_wait(&gate, &gate_lock);
	waiting--;
	pthread_mutex_unlock(&gate_lock);
	return unused;
}

static void
test_broadcast(void)
{
	pthread_t threads[10];

	for (int i = 0; i < 10; i++)
		CHECK(pthread_create(&threads[i], NULL, wait_at_gate,
		    NULL) == 0);
	for (int seen = 0; seen < 10;) {
		usleep(1000);
		pthread_mutex_lock(&gate_lock);
		seen = waiting;
		pthread_mutex_unlock(&gate_lock);
	}
	pthread_mutex_lock(&gate_lock);
	gate_open = 1;
	pthread_cond_broadcast(&gate);
	pthread_mutex_unlock(&gate_lock);
	for (int i = 0; i < 10; i++)
		CHECK(pthread_join(threads[i], NULL) == 0);
	CHECK(waiting == 0);
	ok("broadcast");
}

/* Between processes: the futex is a word of shared memory. */
static void
test_shared(void)
{
	struct {
		sem_t there, back;
		pthread_mutex_t lock;
		int count;
	} *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t attributes;
	int status;
	pid_t pid;

	CHECK(shared != MAP_FAILED);
	CHECK(pthread_mutexattr_init(&attributes) == 0);
	CHECK(pthread_mutexattr_setpshared(&attributes,
	    PTHREAD_PROCESS_SHARED) == 0);
	CHECK(pthread_mutex_init(&shared->lock, &attributes) == 0);
	CHECK(sem_init(&shared->there, 1, 0) == 0);
	CHECK(sem_init(&shared->back, 1, 0) == 0);
	pid = fork();
	CHECK(pid >= 0);
	for (int i = 0; i < 1000; i++) {
		if (pid == 0)
			CHECK(sem_wait(&shared->there) == 0);
		else
			CHECK(sem_post(&shared->there) == 0);
		pthread_mutex_lock(&shared->lock);
		shared->count++;
		pthread_mutex_unlock(&shared->lock);
		if (pid == 0)
			CHECK(sem_post(&shared->back) == 0);
		else
			CHECK(sem_wait(&shared->back) == 0);
	}
	if (pid == 0)
		_exit(0);
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(shared->count == 2000);
	ok("shared by processes");
}

int
main(void)
{
	test_queue();
	test_timed_wait(CLOCK_REALTIME);
	test_timed_wait(CLOCK_MONOTONIC);
	test_broadcast();
	test_shared();
	return done();
}
