/*
 * The simulated machine under core/mem and core/vm: RAM, harts, threads, and
 * what the layers between expect of them.  Everything runs on one host
 * thread; harts take turns at *points* (locks, fences, fills), as fibers.h
 * lets them.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"
#include "core/cpu/hart.h"
#include "core/task/thread.h"

/* RAM of `nframes` pages, and a kernel's root in front of it; starts mem and
 * vm.  Once a process. */
void machine_start(uint32_t nframes, uint32_t nharts);

/* Go on as hart `index`, whose thread is thread_of(index). */
void machine_run_on(uint32_t index);
struct thread *thread_of(uint32_t index);
/* The hart that runs, by index. */
uint32_t machine_hart(void);

/* Something another hart could come between: called by the fakes. */
void machine_point(const char *what);
/* Whether the world is stopped. */
extern bool machine_stands_still;
/* Called at each point; NULL for none. */
extern void (*machine_at_point)(const char *what);

/* Called by panic before the process ends; NULL for none. */
extern void (*machine_at_panic)(void);
/* Where the process failed, as text, before machine_at_panic. */
extern char machine_failed_at[256];
/* Do not print what the kernel logs. */
extern bool machine_quiet;
/* The exit status of a panic. */
#define MACHINE_PANICKED 66

/* The test found something wrong: as panic. */
#define CHECK(condition, ...) \
	do { \
		if (!(condition)) \
			machine_fail(__FILE__, __LINE__, #condition, \
			    __VA_ARGS__); \
	} while (0)
_Noreturn void machine_fail(const char *file, int line, const char *what,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Deterministic numbers (splitmix64). */
uint64_t random_next(uint64_t *state);
static inline uint32_t
random_below(uint64_t *state, uint32_t bound)
{
	return (uint32_t)((random_next(state) >> 32) % bound);
}
