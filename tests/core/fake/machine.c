#include "machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/panic.h"
#include "core/base/print.h"
#include "core/base/string.h"
#include "core/cpu/page.h"
#include "core/cpu/tlb.h"
#include "core/mem/frame.h"
#include "core/task/world.h"
#include "core/vm/object.h"
#include "core/vm/space.h"
#include "core/vm/zero.h"
#include "fibers.h"
#include "mmu.h"

unsigned char *fake_ram;
struct hart *fake_hart;
void (*machine_at_point)(const char *what);
void (*machine_at_panic)(void);
bool machine_quiet;
char machine_failed_at[256];

static struct hart harts[HARTS_MAX];
static struct thread threads[HARTS_MAX];
static uint32_t nharts;

void
machine_start(uint32_t nframes, uint32_t wanted_harts)
{
	size_t bytes = (size_t)(nframes + 1) * PAGE_BYTES;

	nharts = wanted_harts;
	fake_ram = aligned_alloc(4096, ROUND_UP(bytes, 4096));
	memset(fake_ram, 0xa5, bytes);
	/* The kernel's root; its half must be found in every root. */
	memset(fake_ram, 0, PAGE_BYTES);
	for (uint32_t i = ROOT_USER_ENTRIES; i < SV39_FANOUT; i++)
		((uint64_t *)(void *)fake_ram)[i] = 0x5a00 + i * 2;
	for (uint32_t i = 0; i < HARTS_MAX; i++) {
		harts[i].index = i;
		harts[i].thread = &threads[i];
		snprintf(threads[i].name, sizeof(threads[i].name), "t%u", i);
	}
	machine_run_on(0);
	mmu_init();
	frame_init(FAKE_RAM_PADDR + PAGE_BYTES, FAKE_RAM_PADDR + bytes);
	zero_init();
	space_init();
	object_init();
}

void
machine_run_on(uint32_t index)
{
	fake_hart = &harts[index];
}

struct thread *
thread_of(uint32_t index)
{
	return &threads[index];
}

uint32_t
machine_hart(void)
{
	return fake_hart->index;
}

void
machine_point(const char *what)
{
	if (machine_at_point != NULL)
		machine_at_point(what);
	fiber_point(what);
}

/* what the kernel expects */
uint32_t
harts_count(void)
{
	return nharts;
}

/* The most, which params.h beside this makes small. */
uint32_t
machine_capacity(uint32_t each_kib, uint32_t min, uint32_t max)
{
	(void)each_kib;
	(void)min;
	return max;
}

struct hart *
hart_at(uint32_t index)
{
	return &harts[index];
}

struct thread *
thread_this(void)
{
	return fake_hart->thread;
}

void
thread_pause(void)
{
}

void
thread_set_space(struct space *space)
{
	thread_this()->space = space;
	space_enter(space);
}

paddr_t
tlb_kernel_root(void)
{
	return FAKE_RAM_PADDR;
}

void
page_clear(void *page)
{
	memset(page, 0, PAGE_BYTES);
}

void
page_copy(void *to, const void *from)
{
	memcpy(to, from, PAGE_BYTES);
}

void
object_died(void)
{
}

bool machine_stands_still;

void
world_stop(void)
{
	fibers_stop_others();
	machine_stands_still = true;
}

void
world_resume(void)
{
	machine_stands_still = false;
	fibers_resume_others();
}

void
print(const char *format, ...)
{
	va_list args;

	if (machine_quiet)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
}

static _Noreturn void
machine_end(void)
{
	if (machine_at_panic != NULL)
		machine_at_panic();
	fflush(stdout);
	_exit(MACHINE_PANICKED);
}

void
panic(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(machine_failed_at, sizeof(machine_failed_at), format, args);
	va_end(args);
	if (!machine_quiet) {
		printf("panic: hart %u: ", machine_hart());
		va_start(args, format);
		vprintf(format, args);
		va_end(args);
		printf("\n");
	}
	machine_end();
}

void
machine_fail(const char *file, int line, const char *what,
    const char *format, ...)
{
	va_list args;

	snprintf(machine_failed_at, sizeof(machine_failed_at), "%s:%d", file,
	    line);
	if (!machine_quiet) {
		printf("%s:%d: %s: ", file, line, what);
		va_start(args, format);
		vprintf(format, args);
		va_end(args);
		printf("\n");
	}
	machine_end();
}

uint64_t
random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void
string_copy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
}
