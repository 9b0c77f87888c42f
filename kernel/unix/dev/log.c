/* The kernel's log, kept in a ring of bytes. */
#include "unix/dev/log.h"

#include "core/base/format.h"
#include "core/base/params.h"
#include "core/base/print.h"
#include "core/cpu/boot.h"
#include "core/cpu/timer.h"
#include "core/lock/spinlock.h"
#include "core/task/clock.h"

#define STAMP_BYTES	40
/* What Linux calls information: no message here has another priority. */
#define STAMP	"<6>[%5lu.%06lu] "

static struct spinlock log_lock = SPINLOCK("kept log", RANK_LOG);
static char ring[LOG_RING_BYTES];	/* log_lock */
static uint64_t end;			/* log_lock: bytes ever kept */
static bool in_line;			/* log_lock: a line has begun */

static void
put(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		ring[end++ % LOG_RING_BYTES] = text[i];
}

static void
put_stamp(void)
{
	char stamp[STAMP_BYTES];
	uint64_t micros = 0;

	/* The first messages come before the clock's rate is known. */
	if (machine()->timebase_hz != 0)
		micros = clock_nanos_from_ticks(timer_now()) / 1000;
	put(stamp, format_text(stamp, sizeof(stamp), STAMP,
	    micros / 1000000, micros % 1000000));
}

void
log_keep(const char *text, size_t len, bool alone)
{
	if (!alone)
		spin_lock(&log_lock);
	for (size_t i = 0; i < len; i++) {
		if (!in_line)
			put_stamp();
		put(&text[i], 1);
		in_line = text[i] != '\n';
	}
	if (!alone)
		spin_unlock(&log_lock);
}

/* needs: log_lock */
static uint64_t
oldest(void)
{
	return end > LOG_RING_BYTES ? end - LOG_RING_BYTES : 0;
}

uint64_t
log_oldest(void)
{
	uint64_t at;

	spin_lock(&log_lock);
	at = oldest();
	spin_unlock(&log_lock);
	return at;
}

uint64_t
log_end(void)
{
	uint64_t at;

	spin_lock(&log_lock);
	at = end;
	spin_unlock(&log_lock);
	return at;
}

size_t
log_read(uint64_t *at, char *to, size_t size)
{
	size_t len = 0;

	spin_lock(&log_lock);
	*at = MAX(*at, oldest());
	while (len < size && *at < end)
		to[len++] = ring[(*at)++ % LOG_RING_BYTES];
	spin_unlock(&log_lock);
	return len;
}

uint64_t
log_line(uint64_t at)
{
	spin_lock(&log_lock);
	at = MAX(at, oldest());
	/* What is left of the oldest line, if it lost its beginning, is not
	 * one. */
	while (at > 0 && at < end && (at == oldest() ||
	    ring[(at - 1) % LOG_RING_BYTES] != '\n'))
		at++;
	spin_unlock(&log_lock);
	return at;
}
