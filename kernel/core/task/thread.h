/*
 * Threads: a kernel stack, saved registers, and a place in the scheduler.
 *
 *	create -> start -> ready <-> running -> exited
 *	                     ^          |
 *	                     +- asleep <+
 *
 * One queue of ready threads serves all harts; an idle hart is interrupted
 * when there is something for it.  Who wakes with some of its slice left comes
 * before all who have used theirs up.  There is no preemption inside the kernel.
 * A thread does not know what an address space is, only that one is to be
 * entered when it runs.
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"
#include "core/cpu/fp.h"
#include "core/cpu/trap.h"

struct space;
struct waitq;

enum thread_state {
	THREAD_FREE,
	THREAD_NEW,
	THREAD_READY,
	THREAD_RUNNING,
	THREAD_ASLEEP,
	THREAD_EXITED,
};

/* Callee-saved registers; switch.S knows the layout. */
struct context {
	uint64_t ra, sp, gp;
	uint64_t s[12];
};

/* [c] constant, [s] sched_lock, [o] the thread itself, [a] atomic */
struct thread {
	struct context context;		/* [s] */
	vaddr_t stack_top;		/* [c] */
	struct space *space;		/* [o] NULL: the kernel's own */
	void *owner;			/* [c] whoever made it: its process */
	enum thread_state state;	/* [s] to change, [a] to read */
	bool killable;			/* [s] asleep and thread_interrupt may wake */
	bool interrupted;		/* [a] asked to come out of waiting */
	int wake_reason;		/* [s] what the wait returns */
	uint64_t credit;		/* [s] ticks left of its slice */
	uint64_t asleep_since;		/* [s] timer ticks */
	uint32_t alarm_hart;		/* [s] whose timer is set for `deadline` */
	struct list link;		/* [s] in the ready queue or a waitq */
	struct list timed;		/* [s] among sleepers with a deadline */
	uint64_t deadline;		/* [s] timer ticks; UINT64_MAX: none */
	uint64_t slack;			/* [o] ticks its deadlines may be late */
	uint64_t held_ranks;		/* [o] a bit for each mutex held */
	uint64_t faults;		/* [o] page faults served for it */
	uint64_t faults_disk;		/* [o] ... that waited for a disk */
	uint64_t disk_reads;		/* [o] how often it did */
	uint32_t harts;			/* [s] a bit for each it may run on */
	uint64_t user_ticks;		/* [o] in its program, and in the */
	uint64_t system_ticks;		/* ... kernel, up to the last switch */
	uint64_t switches;		/* [o] how often it went to sleep, */
	uint64_t preemptions;		/* ... and gave way otherwise */
	char name[16] __attribute__((aligned(8)));	/* [o] */
	bool has_fp;			/* [o] it computed: `fp` is in use */
	uint8_t fp_idle;		/* [o] runs since one changed it */
	struct fp_state fp;		/* [o] what the hart does not hold */
};

/* Once, on the boot hart, with frames ready, before any other function of this
 * layer: gives each hart its idle thread, which is what runs until thread_idle. */
void thread_init(void);
/* Threads there can be, idle ones too. */
uint32_t thread_capacity(void);

/*
 * Make a thread that will run entry(arg), on a kernel stack of its own, with
 * no space.  It does not run before thread_start.
 *
 * returns: 0, or -EAGAIN if there are thread_capacity()
 */
int thread_create(const char *name, void (*entry)(void *), void *arg,
    struct thread **out);
void thread_start(struct thread *thread);
/* Take back a thread that was never started. */
void thread_discard(struct thread *thread);

/* The running thread. */
struct thread *thread_this(void);

/* Its slot is reused as soon as it has left its stack. Holds nothing. */
_Noreturn void thread_exit(void);

/* Let others run; returns when it is our turn again. */
void thread_yield(void);
/* The same, if our slice is over: for whatever takes long, each few thousand
 * instructions.  needs: no spinlock held */
void thread_pause(void);

/* Where a trap from its program saves registers: the top of its stack. */
struct trapframe *thread_trapframe(struct thread *thread);

/* Run in `space` (NULL: the kernel's) from now on; enters it at once. */
void thread_set_space(struct space *space);

/*
 * The floating-point registers of the calling thread's program.
 * returns: whether it ever used them; all are zero if not
 */
bool thread_get_fp(struct fp_state *state);
/* Whether it did. */
bool thread_has_fp(void);
void thread_set_fp(const struct fp_state *state);
/* Give them to a thread that was not started yet. */
void thread_copy_fp(struct thread *to);
/* Forget them: the program is another. */
void thread_reset_fp(void);

/*
 * Let it run on these harts only, from its next turn on; the calling thread
 * at once.  needs: some of them exist; the thread is kept from going away
 */
void thread_set_harts(struct thread *thread, uint32_t harts);
/* Have the times of the running thread in its fields, up to now. */
void thread_charge(void);

/*
 * Ask a thread to stop waiting: a killable wait returns -EINTR, now and until
 * thread_uninterrupt.  The caller keeps the thread from going away.
 */
void thread_interrupt(struct thread *thread);
/* Take that back: waits are ordinary again. */
void thread_uninterrupt(struct thread *thread);

/* needs: called on each hart once, on the stack that becomes its idle one.
 * Runs threads for ever. */
_Noreturn void thread_idle(void);

/*
 * Link-time hooks, both defined by vm.
 * space_enter: the hart is about to run a thread of `space` (NULL: none).
 * Interrupts are off, the scheduler's lock may be held.
 * thread_idle_work: a little background work, interrupts on; whether there
 * may be more.
 */
void space_enter(struct space *space);
bool thread_idle_work(void);

/* Link-time hook, defined by unix/proc: the running thread has used time, has
 * been charged for it, and is in a timer interrupt.  No lock is held. */
void thread_on_tick(struct thread *thread);
