#include "fibers.h"

#include <stdlib.h>
#include <ucontext.h>

#include "machine.h"

#define FIBER_STACK_BYTES (256u << 10)

/* ASan wants to know of stacks; without it these are not there. */
void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom,
    size_t size) __attribute__((weak));
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom,
    size_t *size) __attribute__((weak));

static void
stack_leave(void **fake, const void *bottom, size_t size)
{
	if (__sanitizer_start_switch_fiber != NULL)
		__sanitizer_start_switch_fiber(fake, bottom, size);
}

static void
stack_come(void *fake, const void **bottom, size_t *size)
{
	if (__sanitizer_finish_switch_fiber != NULL)
		__sanitizer_finish_switch_fiber(fake, bottom, size);
}

struct fiber {
	ucontext_t context;
	void *stack;
	bool done;
	bool waiting;		/* since the others last did something */
	bool resting;		/* asleep, or out of the kernel */
	const char *waits_for;
};

static struct fiber fibers[HARTS_MAX];
static ucontext_t caller;
static const void *caller_stack;
static size_t caller_stack_bytes;
static uint32_t nfibers, current;
static bool running;
static bool stopping;		/* one fiber waits for the others, or is alone */
static int32_t alone = -1;	/* the fiber for which the others stand still */
static void (*fiber_body)(uint32_t index);
static uint32_t (*fiber_choose)(uint32_t ready, const char *what);

bool
fibers_running(void)
{
	return running;
}

static uint32_t
ready_mask(void)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < nfibers; i++)
		if (!fibers[i].done && !fibers[i].waiting &&
		    (alone < 0 || alone == (int32_t)i))
			mask |= 1u << i;
	return mask;
}

/* Leave `from` (NULL: for good) for fiber `to`. */
static void
fiber_switch(struct fiber *from, uint32_t to, bool dies)
{
	void *fake = NULL;

	current = to;
	machine_run_on(to);
	stack_leave(dies ? NULL : &fake, fibers[to].stack,
	    FIBER_STACK_BYTES);
	swapcontext(from == NULL ? &caller : &from->context,
	    &fibers[to].context);
	stack_come(fake, NULL, NULL);
}

static void
fiber_start(void)
{
	struct fiber *me;
	uint32_t ready;

	stack_come(NULL,
	    caller_stack == NULL ? &caller_stack : NULL,
	    caller_stack_bytes == 0 ? &caller_stack_bytes : NULL);
	me = &fibers[current];
	fiber_body(current);
	me->done = true;
	me->resting = true;
	for (uint32_t i = 0; i < nfibers; i++)
		fibers[i].waiting = false;
	ready = ready_mask();
	if (ready != 0) {
		fiber_switch(me, fiber_choose(ready, "done"), true);
	} else {
		stack_leave(NULL, caller_stack,
		    caller_stack_bytes);
		swapcontext(&me->context, &caller);
	}
	abort();
}

void
fibers_run(uint32_t count, void (*body)(uint32_t index),
    uint32_t (*choose)(uint32_t ready, const char *what))
{
	uint32_t home = machine_hart();

	nfibers = count;
	fiber_body = body;
	fiber_choose = choose;
	caller_stack = NULL;
	caller_stack_bytes = 0;
	for (uint32_t i = 0; i < count; i++) {
		struct fiber *fiber = &fibers[i];

		if (fiber->stack == NULL)
			fiber->stack = malloc(FIBER_STACK_BYTES);
		fiber->done = fiber->waiting = false;
		fiber->resting = true;
		getcontext(&fiber->context);
		fiber->context.uc_stack.ss_sp = fiber->stack;
		fiber->context.uc_stack.ss_size = FIBER_STACK_BYTES;
		fiber->context.uc_link = NULL;
		makecontext(&fiber->context, fiber_start, 0);
	}
	running = true;
	fiber_switch(NULL, choose(ready_mask(), "start"), false);
	running = false;
	machine_run_on(home);
}

void
fiber_point(const char *what)
{
	uint32_t to;

	if (!running)
		return;
	/* This one did something: what the others wait for may have come. */
	for (uint32_t i = 0; i < nfibers; i++)
		fibers[i].waiting = false;
	to = fiber_choose(ready_mask(), what);
	if (to != current)
		fiber_switch(&fibers[current], to, false);
}

void
fiber_wait(const char *what)
{
	uint32_t ready;

	CHECK(running, "waits for %s, and nobody can give it", what);
	fibers[current].waiting = true;
	fibers[current].waits_for = what;
	ready = ready_mask();
	CHECK(ready != 0, "deadlock: hart %u waits for %s", current, what);
	fiber_switch(&fibers[current], fiber_choose(ready, what), false);
}

void
fiber_sleep(const char *what)
{
	/* Somebody may be waiting for just that. */
	for (uint32_t i = 0; i < nfibers && !fibers[current].resting; i++)
		fibers[i].waiting = false;
	fibers[current].resting = true;
	fiber_wait(what);
}

void
fiber_enter(void)
{
	if (running)
		fibers[current].resting = false;
}

void
fiber_leave(void)
{
	if (!running)
		return;
	fibers[current].resting = true;
	fiber_point("between operations");
}

static bool
others_rest(void)
{
	for (uint32_t i = 0; i < nfibers; i++)
		if (i != current && !fibers[i].resting)
			return false;
	return true;
}

void
fibers_stop_others(void)
{
	if (!running)
		return;
	while (stopping)
		fiber_sleep("another to stop the world");
	fibers[current].resting = false;
	stopping = true;
	while (!others_rest())
		fiber_wait("the world to stop");
	alone = (int32_t)current;
}

void
fibers_resume_others(void)
{
	alone = -1;
	stopping = false;
}
