/*
 * adjtimex: how the clock is kept.  It runs as the machine's counter does, and
 * is never corrected little by little: that can be asked, not changed.
 */
#include "unix/sys/linux/linux_calls.h"

#include "core/base/errno.h"
#include "core/task/clock.h"
#include "core/vm/user.h"
#include "unix/proc/proc.h"
#include "unix/sys/linux/linux_user.h"

#define TIME_ERROR	5		/* nobody keeps it in step */
#define STA_UNSYNC	0x40
#define STA_NANO	0x2000
#define ERROR_MICROS	16000000	/* as far off as can be said */
#define TICK_MICROS_USER 10000		/* of Linux's clock interrupt */
#define OFFSET_READ	0xa001u		/* of `modes`: adjtime that asks */

struct linux_timex {
	uint32_t modes, pad;
	int64_t offset, frequency, error_max, error_estimated;
	int32_t status, pad2;
	int64_t constant, precision, tolerance;
	struct linux_timeval time;
	int64_t tick, pps_frequency, jitter;
	int32_t shift, pad3;
	int64_t stability, jitter_count, calibrations, errors, exceeded;
	int32_t tai;
	int32_t pad4[11];
};
_Static_assert(sizeof(struct linux_timex) == 208, "");

static int64_t
adjust(vaddr_t at)
{
	uint64_t now = clock_realtime_nanos();
	struct linux_timex out = {
		.error_max = ERROR_MICROS,
		.error_estimated = ERROR_MICROS,
		.status = STA_UNSYNC | STA_NANO,
		.precision = 1,
		.time = { (int64_t)(now / NANOS_PER_SECOND),
		    (int64_t)(now % NANOS_PER_SECOND) },
		.tick = TICK_MICROS_USER,
	};
	uint32_t modes;
	int err = user_read(&modes, at, sizeof(modes), NULL);

	if (err != 0)
		return err;
	if (modes != 0 && modes != OFFSET_READ)
		return credentials_privileged(proc_credentials()) ? -EINVAL :
		    -EPERM;
	out.modes = modes;
	err = user_write(at, &out, sizeof(out), NULL);
	return err != 0 ? err : TIME_ERROR;
}

int64_t
linux_adjtimex(const struct linux_args *args)
{
	return adjust(args->a[0]);
}

int64_t
linux_clock_adjtime(const struct linux_args *args)
{
	/* CLOCK_REALTIME is the only clock that could be. */
	if ((int32_t)args->a[0] != 0)
		return (int32_t)args->a[0] == 1 ? -EOPNOTSUPP : -EINVAL;
	return adjust(args->a[1]);
}
