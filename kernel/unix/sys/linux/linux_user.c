/* Times, in and out. */
#include "unix/sys/linux/linux_user.h"

#include "core/base/errno.h"
#include "core/base/params.h"
#include "core/base/string.h"
#include "core/cpu/sv39.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/vm/heap.h"
#include "core/vm/user.h"
#include "unix/proc/limit.h"
#include "unix/proc/signal.h"

/* More seconds than this are for ever: their nanoseconds need 64 bits. */
#define SECONDS_MAX	((int64_t)1 << 33)

int
linux_timespec_read(struct linux_timespec *time, vaddr_t from)
{
	int err = user_read(time, from, sizeof(*time), NULL);

	if (err != 0)
		return err;
	if (time->seconds < 0 || time->nanos < 0 ||
	    time->nanos >= NANOS_PER_SECOND)
		return -EINVAL;
	return 0;
}

uint64_t
linux_deadline(const struct linux_timespec *time)
{
	uint64_t nanos;

	if (time->seconds >= SECONDS_MAX)
		return UINT64_MAX;
	nanos = (uint64_t)time->seconds * NANOS_PER_SECOND +
	    (uint64_t)time->nanos;
	return timer_now() + clock_ticks_from_nanos(nanos);
}

int
linux_deadline_read(uint64_t *deadline, vaddr_t from)
{
	struct linux_timespec time;
	int err;

	*deadline = UINT64_MAX;
	if (from == 0)
		return 0;
	err = linux_timespec_read(&time, from);
	if (err == 0)
		*deadline = linux_deadline(&time);
	return err;
}

int
linux_deadline_write(uint64_t deadline, vaddr_t to)
{
	uint64_t now = timer_now(), nanos = 0;
	struct linux_timespec time;

	if (to == 0 || deadline == UINT64_MAX)
		return 0;
	if (deadline > now)
		nanos = clock_nanos_from_ticks(deadline - now);
	time.seconds = (int64_t)(nanos / NANOS_PER_SECOND);
	time.nanos = (int64_t)(nanos % NANOS_PER_SECOND);
	return user_write(to, &time, sizeof(time), NULL);
}

int
linux_struct_read(void *to, size_t known, vaddr_t from, uint64_t size)
{
	uint8_t tail[32];
	int err;

	if (size > PAGE_BYTES)
		return -E2BIG;
	memset(to, 0, known);
	err = user_read(to, from, MIN(size, known), NULL);
	for (uint64_t at = known; at < size && err == 0; at += sizeof(tail)) {
		size_t len = MIN(size - at, sizeof(tail));

		err = user_read(tail, from + at, len, NULL);
		for (size_t i = 0; i < len && err == 0; i++) {
			if (tail[i] != 0)
				err = -E2BIG;
		}
	}
	return err;
}

int
linux_text_read(char **text, vaddr_t from)
{
	int64_t len;

	*text = heap_alloc_page();
	if (*text == NULL)
		return -ENOMEM;
	len = user_read_string(*text, from, PATH_BYTES);
	if (len > 0)
		return 0;
	heap_free(*text);
	*text = NULL;
	return len == 0 ? -ENOENT : (int)len;
}

int
linux_size_allowed(uint64_t size)
{
	if (limit_allows(LIMIT_FSIZE, size))
		return 0;
	signal_raise(SIGXFSZ);
	return -EFBIG;
}
