/*
 * ppoll and pselect6.
 *
 * A set of pselect is a bit for each descriptor; every descriptor with a bit
 * in any of the three becomes one poll entry.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/fs/file.h"
#include "unix/fs/poll.h"
#include "unix/proc/signal.h"
#include "unix/sys/linux/linux_descriptor.h"
#include "unix/sys/linux/linux_user.h"

#define SELECT_MAX	1024		/* bits of a set, as in C libraries */
#define WORD_BITS	64
#define SET_WORDS	(SELECT_MAX / WORD_BITS)

#define SELECT_IN	(POLL_IN | POLL_RD_NORM | POLL_RD_BAND | POLL_HUP | \
			POLL_ERR)
#define SELECT_OUT	(POLL_OUT | POLL_WR_NORM | POLL_WR_BAND | POLL_ERR)
#define SELECT_PRI	POLL_PRI

struct linux_pollfd {
	int32_t fd;
	uint16_t events, ready;
};

enum { SET_IN, SET_OUT, SET_PRI, SETS };

static const uint32_t set_events[SETS] = {
	SELECT_IN, SELECT_OUT, SELECT_PRI,
};

typedef uint64_t descriptor_set[SET_WORDS];

/* The entries of one call. */
struct chain {
	struct poll_chunk *first, *last;
	uint32_t room;			/* in the last */
};

/* One more entry, `expected` of which are still to come.
 * returns: NULL if there is no memory */
static struct poll_entry *
chain_add(struct chain *chain, uint32_t expected)
{
	struct poll_chunk *chunk = chain->last;

	if (chunk == NULL || chunk->n == chain->room) {
		chain->room = MIN(expected, POLL_CHUNK_MAX);
		chunk = heap_alloc(sizeof(*chunk) +
		    chain->room * sizeof(chunk->entries[0]));
		if (chunk == NULL)
			return NULL;
		if (chain->last != NULL)
			chain->last->next = chunk;
		else
			chain->first = chunk;
		chain->last = chunk;
	}
	return &chunk->entries[chunk->n++];
}

static void
chain_put(struct chain *chain)
{
	struct poll_chunk *chunk = chain->first, *next;

	for (; chunk != NULL; chunk = next) {
		next = chunk->next;
		for (uint32_t i = 0; i < chunk->n; i++) {
			if (chunk->entries[i].file != NULL)
				file_put(chunk->entries[i].file);
		}
		heap_free(chunk);
	}
}

/* Going through the entries in order. */
struct cursor {
	struct poll_chunk *chunk;
	uint32_t at;
};

/* needs: there is one more */
static struct poll_entry *
cursor_next(struct cursor *cursor)
{
	if (cursor->at == cursor->chunk->n) {
		cursor->chunk = cursor->chunk->next;
		cursor->at = 0;
	}
	return &cursor->chunk->entries[cursor->at++];
}

/* poll_files with the caller's mask of signals (NULL: as it is) meanwhile. */
static int
poll_masked(struct chain *chain, uint64_t deadline, const signal_set_t *mask)
{
	int result;

	if (mask != NULL)
		signal_mask_lend(*mask);
	result = poll_files(chain->first, deadline);
	if (mask != NULL)
		signal_mask_return(result == -EINTR);
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

/*
 * The entry for one element of the program's array.
 * returns: whether it is not to be waited for: there is no such descriptor
 */
static bool
entry_make(struct poll_entry *entry, struct linux_pollfd *poll)
{
	poll->ready = 0;
	entry->file = NULL;
	entry->events = poll->events;
	entry->ready = 0;
	if (poll->fd < 0 ||
	    linux_file_get((uint32_t)poll->fd, &entry->file) == 0)
		return false;
	entry->file = NULL;
	poll->ready = POLL_NVAL;
	return true;
}

/* Tell the program what is ready.  returns: 0 or -EFAULT */
static int
poll_tell(vaddr_t array, const struct chain *chain, uint32_t n)
{
	struct cursor cursor = { chain->first, 0 };
	struct linux_pollfd poll;
	int err = 0;

	for (uint32_t i = 0; i < n && err == 0; i++) {
		const struct poll_entry *entry = cursor_next(&cursor);
		vaddr_t at = array + i * sizeof(poll);
		uint16_t ready = (uint16_t)entry->ready;

		err = user_read(&poll, at, sizeof(poll), NULL);
		if (err == 0 && entry->file == NULL && poll.fd >= 0)
			ready = POLL_NVAL;
		if (err == 0)
			err = user_write(at + offsetof(struct linux_pollfd,
			    ready), &ready, sizeof(ready), NULL);
	}
	return err;
}

/* returns: how many have something to tell; -EINTR ..., -EFAULT */
static int64_t
poll_run(vaddr_t array, struct chain *chain, uint32_t n, uint64_t deadline,
    const signal_set_t *mask)
{
	struct poll_entry *entry;
	struct linux_pollfd poll;
	uint32_t invalid = 0;
	int result, err;

	for (uint32_t i = 0; i < n; i++) {
		err = user_read(&poll, array + i * sizeof(poll), sizeof(poll),
		    NULL);
		if (err != 0)
			return err;
		entry = chain_add(chain, n - i);
		if (entry == NULL)
			return -ENOMEM;
		invalid += entry_make(entry, &poll);
	}
	result = poll_masked(chain, invalid > 0 ? 0 : deadline, mask);
	if (result < 0)
		return result;
	err = poll_tell(array, chain, n);
	return err != 0 ? err : result + (int64_t)invalid;
}

/* The mask that a call takes along.  gives: *mask, or *given = NULL */
static int
mask_read(signal_set_t *mask, const signal_set_t **given, vaddr_t from,
    uint64_t size)
{
	*given = NULL;
	if (from == 0)
		return 0;
	if (size != sizeof(*mask))
		return -EINVAL;
	*given = mask;
	return user_read(mask, from, sizeof(*mask), NULL);
}

int64_t
linux_ppoll(const struct linux_args *args)
{
	uint32_t n = (uint32_t)args->a[1];
	const signal_set_t *given;
	struct chain chain = { 0 };
	signal_set_t mask;
	uint64_t deadline;
	int64_t result;
	int err;

	err = linux_deadline_read(&deadline, args->a[2]);
	if (err == 0)
		err = mask_read(&mask, &given, args->a[3], args->a[4]);
	if (err == 0 && n > linux_descriptor_limit())
		err = -EINVAL;
	if (err != 0)
		return err;
	result = poll_run(args->a[0], &chain, n, deadline, given);
	chain_put(&chain);
	err = linux_deadline_write(deadline, args->a[2]);
	/* With the time that is left gone, it cannot be begun again. */
	return result == -ERESTARTNOHAND && err != 0 ? -EINTR : result;
}

static bool
set_has(const descriptor_set set, uint32_t fd)
{
	return set[fd / WORD_BITS] >> fd % WORD_BITS & 1;
}

/* returns: 0 or -EFAULT.  gives: zeros for a set that is not there */
static int
sets_read(descriptor_set sets[SETS], const vaddr_t from[SETS], uint32_t n)
{
	size_t bytes = ROUND_UP(n, WORD_BITS) / 8;
	int err = 0;

	memset(sets, 0, SETS * sizeof(sets[0]));
	for (int i = 0; i < SETS && err == 0; i++) {
		if (from[i] != 0)
			err = user_read(sets[i], from[i], bytes, NULL);
	}
	return err;
}

/*
 * Entries for all descriptors below n that are in some set, in order.
 * returns: 0; -EBADF, -ENOMEM
 */
static int
select_entries(struct chain *chain, descriptor_set sets[SETS], uint32_t n)
{
	for (uint32_t fd = 0; fd < n; fd++) {
		struct poll_entry *entry;
		uint32_t events = 0;

		for (int i = 0; i < SETS; i++) {
			if (set_has(sets[i], fd))
				events |= set_events[i];
		}
		if (events == 0)
			continue;
		entry = chain_add(chain, n - fd);
		if (entry == NULL)
			return -ENOMEM;
		entry->events = events;
		if (linux_file_get(fd, &entry->file) != 0) {
			entry->file = NULL;
			return -EBADF;
		}
	}
	return 0;
}

/* Leave in the sets what is ready.  returns: how many bits those are */
static int64_t
select_ready(const struct chain *chain, descriptor_set sets[SETS],
    uint32_t n)
{
	struct cursor cursor = { chain->first, 0 };
	int64_t count = 0;

	for (uint32_t fd = 0; fd < n; fd++) {
		uint64_t bit = (uint64_t)1 << fd % WORD_BITS;
		const struct poll_entry *entry = NULL;

		for (int i = 0; i < SETS; i++) {
			if (!set_has(sets[i], fd))
				continue;
			if (entry == NULL)
				entry = cursor_next(&cursor);
			if (entry->ready & set_events[i])
				count++;
			else
				sets[i][fd / WORD_BITS] &= ~bit;
		}
	}
	return count;
}

/* returns: bits that are set; -errno */
static int64_t
select_run(descriptor_set sets[SETS], uint32_t n, uint64_t deadline,
    const signal_set_t *mask)
{
	struct chain chain = { 0 };
	int64_t result = select_entries(&chain, sets, n);

	if (result == 0)
		result = poll_masked(&chain, deadline, mask);
	if (result >= 0)
		result = select_ready(&chain, sets, n);
	chain_put(&chain);
	return result;
}

/* The sixth argument: a mask of signals and its size. */
static int
select_mask_read(signal_set_t *mask, const signal_set_t **given, vaddr_t from)
{
	uint64_t words[2];
	int err;

	*given = NULL;
	if (from == 0)
		return 0;
	err = user_read(words, from, sizeof(words), NULL);
	return err != 0 ? err : mask_read(mask, given, words[0], words[1]);
}

int64_t
linux_pselect6(const struct linux_args *args)
{
	const vaddr_t from[SETS] = { args->a[1], args->a[2], args->a[3] };
	descriptor_set sets[SETS];
	const signal_set_t *given;
	signal_set_t mask;
	uint64_t deadline;
	int64_t result;
	uint32_t n;
	int err;

	if ((int32_t)args->a[0] < 0)
		return -EINVAL;
	n = MIN((uint32_t)args->a[0], SELECT_MAX);
	err = linux_deadline_read(&deadline, args->a[4]);
	if (err == 0)
		err = select_mask_read(&mask, &given, args->a[5]);
	if (err == 0)
		err = sets_read(sets, from, n);
	if (err != 0)
		return err;
	result = select_run(sets, n, deadline, given);
	for (int i = 0; i < SETS && result >= 0; i++) {
		if (from[i] != 0 && user_write(from[i], sets[i],
		    ROUND_UP(n, WORD_BITS) / 8, NULL) != 0)
			result = -EFAULT;
	}
	err = linux_deadline_write(deadline, args->a[4]);
	return result == -ERESTARTNOHAND && err != 0 ? -EINTR : result;
}
