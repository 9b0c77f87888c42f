/*
 * How busy the machine is.
 *
 * Every SAMPLE_MICROS the number of active threads goes into three averages,
 * each of which forgets a part of what it was: after n samples a past that
 * counted 1 counts exp(-n * 5 s / span).
 */
#include "core/task/load.h"

#include "core/base/atomic.h"
#include "core/cpu/hart.h"
#include "core/cpu/timer.h"
#include "core/task/callout.h"
#include "core/task/sched.h"

#define SAMPLE_MICROS	5000000

/* exp(-5 s / 1, 5, 15 min), in units of 1 / LOAD_ONE. */
static const uint32_t kept[3] = { 1884, 2014, 2037 };

static struct callout sampler;
static uint32_t averages_now[3];	/* [a] */

static void
sample(struct callout *callout)
{
	uint32_t active = sched_active_count() << LOAD_SHIFT;

	for (int i = 0; i < 3; i++) {
		uint64_t sum = (uint64_t)averages_now[i] * kept[i] +
		    (uint64_t)active * (LOAD_ONE - kept[i]);

		/* Rounded towards where it goes, so that it gets there. */
		if (active >= averages_now[i])
			sum += LOAD_ONE - 1;
		atomic_store_relaxed(&averages_now[i],
		    (uint32_t)(sum >> LOAD_SHIFT));
	}
	callout_set(callout, timer_now() + timer_from_micros(SAMPLE_MICROS));
}

void
load_init(void)
{
	callout_init(&sampler, sample);
	callout_set(&sampler, timer_now() + timer_from_micros(SAMPLE_MICROS));
}

void
load_times(uint32_t hart, struct load_times *out)
{
	uint64_t now = timer_now();
	struct sched_busy busy;

	sched_busy(hart, &busy);
	out->user = busy.user;
	out->system = busy.system;
	out->idle = now - MIN(now, out->user + out->system);
}

uint64_t
load_switches(void)
{
	uint64_t switches = 0;

	for (uint32_t i = 0; i < harts_count(); i++) {
		struct sched_busy busy;

		sched_busy(i, &busy);
		switches += busy.switches;
	}
	return switches;
}

uint32_t
load_active(void)
{
	return sched_active_count();
}

void
load_averages(uint32_t averages[3])
{
	for (int i = 0; i < 3; i++)
		averages[i] = atomic_load_relaxed(&averages_now[i]);
}
