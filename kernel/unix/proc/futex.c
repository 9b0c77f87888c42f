/*
 * Futexes.
 *
 *	waiter: enter the bucket; read the word; sleep unless it is another
 *	waker:  (the program changed the word;) look into the bucket
 *
 * Both take the bucket's lock, so either the waker finds the waiter, or the
 * waiter reads what the program wrote before the waker came.  The word is
 * read without a lock, as that may fault.  A waiter that is woken before it
 * has read, and then reads another word, was not waiting yet: it passes the
 * wake on.
 *
 * A waiter leaves its bucket under the bucket's lock, whoever takes it out; it
 * sleeps under its own, as its bucket may change.  One that changes buckets is
 * in none for a moment.
 */
#include "unix/proc/futex.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/list.h"
#include "core/base/panic.h"
#include "core/cpu/csr.h"
#include "core/cpu/layout.h"
#include "core/lock/spinlock.h"
#include "core/task/callout.h"
#include "core/task/wait.h"
#include "core/vm/range.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"

/* What a word is known by. */
struct futex_key {
	uint64_t words[2];
};

/* [b] its lock */
struct futex_bucket {
	struct spinlock lock;
	struct list waiters;	/* [b] */
	uint64_t entered;	/* [b] how often somebody did */
};

/* [b] its bucket's lock, [w] its own, [a] atomic */
struct futex_waiter {
	struct list link;		/* [b] */
	struct futex_bucket *bucket;	/* [ab] NULL: between two */
	struct futex_key key;		/* [b] */
	uint32_t bits;			/* [c] */
	struct spinlock lock;
	struct waitq queue;
	bool woken;			/* [w] */
	bool expired;			/* [w] */
	struct callout callout;		/* for deadlines of the realtime clock */
};

static struct futex_bucket buckets[FUTEX_BUCKETS];

void
futex_init(void)
{
	for (uint32_t i = 0; i < FUTEX_BUCKETS; i++) {
		spin_init(&buckets[i].lock, "futexes", RANK_FUTEX);
		list_init(&buckets[i].waiters);
	}
}

/* returns: 0; -EINVAL; -EFAULT; -ENOMEM */
static int
key_find(vaddr_t address, bool shared, struct futex_key *key)
{
	if (address % sizeof(uint32_t) != 0)
		return -EINVAL;
	if (address >= USER_END)
		return -EFAULT;
	if (shared)
		return space_identify(proc_this()->space, address, true,
		    key->words);
	/* As space_identify says it of what is not shared. */
	key->words[0] = (uint64_t)proc_this()->space;
	key->words[1] = address;
	return 0;
}

static struct futex_bucket *
bucket_of(const struct futex_key *key)
{
	uint64_t hash = key->words[0] ^ key->words[1] >> 2;

	hash *= 0x9e3779b97f4a7c15;	/* 2^64 divided by the golden ratio */
	return &buckets[hash >> 32 & (FUTEX_BUCKETS - 1)];
}

static bool
key_equal(const struct futex_key *a, const struct futex_key *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1];
}

/* needs: the bucket's lock */
static void
bucket_enter(struct futex_bucket *bucket, struct futex_waiter *waiter)
{
	bucket->entered++;
	list_push_back(&bucket->waiters, &waiter->link);
	atomic_store(&waiter->bucket, bucket);
}

/* End a wait.  needs: the waiter is in no bucket; it may be gone after */
static void
waiter_wake(struct futex_waiter *waiter)
{
	spin_lock(&waiter->lock);
	waiter->woken = true;
	wake_all(&waiter->queue);
	spin_unlock(&waiter->lock);
}

static void
waiter_expire(struct callout *callout)
{
	struct futex_waiter *waiter = CONTAINER_OF(callout,
	    struct futex_waiter, callout);

	spin_lock(&waiter->lock);
	waiter->expired = true;
	wake_all(&waiter->queue);
	spin_unlock(&waiter->lock);
}

/*
 * Leave the bucket, if nobody has taken the waiter out of it.
 * returns: whether it was in there; if not, it was woken, or just will be
 */
static bool
waiter_leave(struct futex_waiter *waiter)
{
	struct futex_bucket *bucket;
	bool inside;

	for (;;) {
		bucket = atomic_load(&waiter->bucket);
		if (bucket == NULL) {
			cpu_pause();
			continue;
		}
		spin_lock(&bucket->lock);
		if (atomic_load(&waiter->bucket) == bucket)
			break;
		spin_unlock(&bucket->lock);
	}
	inside = !list_empty(&waiter->link);
	list_remove(&waiter->link);
	spin_unlock(&bucket->lock);
	return inside;
}

/* Whoever took the waiter out still holds its lock, or will. */
static void
waiter_await_wake(struct futex_waiter *waiter)
{
	bool woken;

	do {
		spin_lock(&waiter->lock);
		woken = waiter->woken;
		spin_unlock(&waiter->lock);
	} while (!woken);
}

static int
waiter_sleep(struct futex_waiter *waiter, uint64_t deadline)
{
	int err = 0;

	spin_lock(&waiter->lock);
	while (!waiter->woken && !waiter->expired && err == 0)
		err = wait_killable(&waiter->queue, &waiter->lock, deadline);
	if (waiter->expired)
		err = -EAGAIN;
	spin_unlock(&waiter->lock);
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

/* Sleep as long as the deadline says.  needs: in a bucket */
static int
waiter_wait(struct futex_waiter *waiter, const struct futex_deadline *deadline)
{
	int err;

	if (!deadline->realtime)
		return waiter_sleep(waiter, deadline->time);
	callout_set_realtime(&waiter->callout, deadline->time);
	err = waiter_sleep(waiter, UINT64_MAX);
	callout_drain(&waiter->callout);
	return err;
}

static void
waiter_init(struct futex_waiter *waiter, uint32_t bits)
{
	list_init(&waiter->link);
	waiter->bits = bits;
	spin_init(&waiter->lock, "futex waiter", RANK_WAIT);
	wait_init(&waiter->queue);
	waiter->woken = false;
	waiter->expired = false;
	callout_init(&waiter->callout, waiter_expire);
}

int
futex_wait(vaddr_t address, bool shared, uint32_t expected, uint32_t bits,
    const struct futex_deadline *deadline)
{
	struct futex_waiter waiter;
	struct futex_bucket *bucket;
	uint32_t found;
	int err;

	if (bits == 0)
		return -EINVAL;
	err = key_find(address, shared, &waiter.key);
	if (err != 0)
		return err;
	waiter_init(&waiter, bits);
	bucket = bucket_of(&waiter.key);
	spin_lock(&bucket->lock);
	bucket_enter(bucket, &waiter);
	spin_unlock(&bucket->lock);

	err = user_load_word(address, &found);
	if (err == 0 && found != expected)
		err = -EAGAIN;
	if (err != 0) {
		/* Not waiting yet: a wake was meant for another. */
		if (!waiter_leave(&waiter)) {
			waiter_await_wake(&waiter);
			futex_wake(address, shared, 1, bits);
		}
		return err;
	}
	err = waiter_wait(&waiter, deadline);
	/* Woken is woken, whatever else came. */
	if (!waiter_leave(&waiter)) {
		waiter_await_wake(&waiter);
		return 0;
	}
	return err;
}

/* The next waiter for `key`, taken out; NULL: there is none.
 * needs: the bucket's lock */
static struct futex_waiter *
bucket_take(struct futex_bucket *bucket, const struct futex_key *key,
    uint32_t bits)
{
	LIST_FOR(link, &bucket->waiters) {
		struct futex_waiter *waiter = LIST_ENTRY(link,
		    struct futex_waiter, link);

		if ((waiter->bits & bits) == 0 ||
		    !key_equal(&waiter->key, key))
			continue;
		list_remove(link);
		return waiter;
	}
	return NULL;
}

/* needs: the bucket's lock.  returns: how many were woken */
static uint32_t
bucket_wake(struct futex_bucket *bucket, const struct futex_key *key,
    uint32_t max, uint32_t bits)
{
	uint32_t nwoken = 0;
	struct futex_waiter *waiter;

	while (nwoken < max &&
	    (waiter = bucket_take(bucket, key, bits)) != NULL) {
		waiter_wake(waiter);
		nwoken++;
	}
	return nwoken;
}

int64_t
futex_wake(vaddr_t address, bool shared, uint32_t max, uint32_t bits)
{
	struct futex_bucket *bucket;
	struct futex_key key;
	uint32_t nwoken;
	int err;

	if (bits == 0)
		return -EINVAL;
	err = key_find(address, shared, &key);
	if (err != 0)
		return err;
	bucket = bucket_of(&key);
	spin_lock(&bucket->lock);
	nwoken = bucket_wake(bucket, &key, max, bits);
	spin_unlock(&bucket->lock);
	return nwoken;
}

/*
 * Lock the bucket of the word at `from`, if the word is `*expected`, and
 * nobody has entered since it was read.
 * returns: 0 with the lock held; -EAGAIN; -EFAULT
 */
static int
bucket_lock_if(struct futex_bucket *bucket, vaddr_t from,
    const uint32_t *expected)
{
	uint64_t entered;
	uint32_t found;
	int err;

	spin_lock(&bucket->lock);
	while (expected != NULL) {
		entered = bucket->entered;
		spin_unlock(&bucket->lock);
		err = user_load_word(from, &found);
		if (err != 0 || found != *expected)
			return err != 0 ? err : -EAGAIN;
		spin_lock(&bucket->lock);
		if (entered == bucket->entered)
			break;
	}
	return 0;
}

/* Let at most `max` waiters wait for another word.  returns: how many */
static uint32_t
waiters_move(struct futex_bucket *from, const struct futex_key *from_key,
    struct futex_bucket *to, const struct futex_key *to_key, uint32_t max)
{
	struct futex_waiter *waiter;
	uint32_t nmoved = 0;
	struct list moving;

	list_init(&moving);
	spin_lock(&from->lock);
	while (nmoved < max &&
	    (waiter = bucket_take(from, from_key, FUTEX_ANY)) != NULL) {
		atomic_store(&waiter->bucket, NULL);
		list_push_back(&moving, &waiter->link);
		nmoved++;
	}
	spin_unlock(&from->lock);
	spin_lock(&to->lock);
	while (!list_empty(&moving)) {
		waiter = LIST_ENTRY(list_pop_front(&moving),
		    struct futex_waiter, link);
		waiter->key = *to_key;
		bucket_enter(to, waiter);
	}
	spin_unlock(&to->lock);
	return nmoved;
}

int64_t
futex_requeue(vaddr_t from, vaddr_t to, bool shared, uint32_t wake,
    uint32_t move, const uint32_t *expected)
{
	struct futex_key from_key, to_key;
	struct futex_bucket *bucket;
	uint32_t nwoken, nmoved;
	int err;

	err = key_find(from, shared, &from_key);
	if (err == 0)
		err = key_find(to, shared, &to_key);
	if (err != 0)
		return err;
	bucket = bucket_of(&from_key);
	err = bucket_lock_if(bucket, from, expected);
	if (err != 0)
		return err;
	nwoken = bucket_wake(bucket, &from_key, wake, FUTEX_ANY);
	spin_unlock(&bucket->lock);
	nmoved = waiters_move(bucket, &from_key, bucket_of(&to_key), &to_key,
	    key_equal(&from_key, &to_key) ? 0 : move);
	return expected != NULL ? nwoken + nmoved : nwoken;
}
