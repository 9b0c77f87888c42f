/*
 * Processes, and the threads that run them.
 *
 *	proc_clone -> running -> last thread leaves: zombie -> proc_wait: gone
 *	                                             orphan: gone
 *
 * A thread dies only by its own hand: whoever ends it marks it and interrupts
 * its waiting, and it leaves on its way back to its program.
 *
 *	struct proc <-- leader (tid = pid)     its number outlives its thread
 *	            <-- thread                 gone as soon as it has left
 *	            <-- thread
 *
 * A zombie keeps its place in the table, with its leader's, and nothing else:
 * threads, memory and files are gone.
 *
 * [c] constant; [p] proc_lock; [o] the thread itself, or of a process, any
 * thread of it; [a] atomic; [op] changed by its own thread under proc_lock
 */
#pragma once

#include "core/base/list.h"
#include "core/base/params.h"
#include "core/base/types.h"
#include "core/cpu/hart.h"
#include "core/task/thread.h"
#include "core/task/wait.h"
#include "unix/fs/credentials.h"
#include "unix/proc/limit.h"
#include "unix/proc/signal.h"
#include "unix/proc/timers.h"
#include "unix/proc/usage.h"

struct door;
struct descriptors;
struct memory;
struct place;
struct thread;
struct tty;

#define PROC_NAME_BYTES	16

/* A thread of a process. */
struct proc_thread {
	struct list link;		/* [p] in proc->threads */
	struct proc *proc;		/* [c] */
	struct thread *thread;		/* [op] NULL: it has left */
	int32_t tid;			/* [p] 0: not known to anybody */
	struct list tid_link;		/* [p] table.c */
	bool dying;			/* [a] leaves when it would return */
	bool vfork_done;		/* [p] the child it waits for goes on */
	struct waitq vfork_wait;	/* [p] itself, until then */
	struct credentials credentials;	/* [op] */
	struct thread_signals signals;
	vaddr_t robust_head;		/* [o] 0, or its list of mutexes */
	vaddr_t clear_tid;		/* [o] 0, or written when it leaves */
	vaddr_t child_tid;		/* [o] 0, or written when it starts */
	uint32_t policy;		/* [p] SCHED_*; kept, not acted upon */
	uint32_t io_priority;		/* [p] of Linux's; the same */
	uint64_t slack, slack_first;	/* [o] nanoseconds; see prctl */
	char name[PROC_NAME_BYTES] __attribute__((aligned(8)));	/* [op] */
};

/* What programs are run as; Linux's numbers. */
#define ADDR_NO_RANDOMIZE	0x40000u	/* nothing at a random place */

struct proc {
	struct list threads;		/* [p] living ones, and the leader */
	int32_t pid;			/* [p] its leader's tid; 0: not known */
	uint32_t nthreads;		/* [p] living ones */
	struct proc_thread *leader;	/* [p] */
	struct waitq thread_left;	/* [p] */

	const struct door *door;	/* [o] how it calls the kernel */
	struct memory *memory;		/* [op] NULL in a zombie */
	struct space *space;		/* [op] memory's */
	struct descriptors *descriptors; /* [op] counted; NULL in a zombie */
	struct place *place;		/* [op] counted; NULL in a zombie */
	struct limit limits[LIMITS];	/* [a] each */
	struct signals signals;
	struct timers timers;
	int32_t nice;			/* [p] -20 to 19; kept, not acted upon */
	bool traced;			/* [a] its calls are printed; inherited */

	struct proc *parent;		/* [p] NULL for init */
	int32_t parent_pid;		/* [a] its number, or 0 */
	struct list children;		/* [p] */
	struct list sibling;		/* [p] zombies stand first */
	struct waitq child_changed;	/* [p] a child exited, stopped, ... */
	uint32_t exit_signal;		/* [p] to the parent */
	int32_t group, session;		/* [p] numbers; see group.h */
	struct tty *tty;		/* [p] controlling terminal, or NULL */
	bool subreaper;			/* [p] orphans below it become its own */
	int32_t death_signal;		/* [p] to itself when its parent dies */
	uint32_t personality;		/* [a] as below; inherited */
	bool no_new_rights;		/* [a] set-uid means nothing; inherited */
	bool undumpable;		/* [a] told by prctl; there are no dumps */
	bool has_execed;		/* [p] since it was made */
	int32_t oom_adjust;		/* [p] kept and told; inherited */

	struct proc_thread *vfork_waiter;	/* [p] parent's thread that
					 * waits for this one to exec or exit */

	bool ending;			/* [p] all its threads are dying */
	bool zombie;			/* [p] */
	bool orphan;			/* [p] nobody waits for it */
	int32_t status;			/* [p] what it gave to exit */
	uint32_t end_signal;		/* [p] the one that ended it, or 0 */

	struct usage dead_threads;	/* [p] what those used that have left */
	struct usage dead_children;	/* [p] ... that were waited for */
	struct list pidfds;		/* [p] files that stand for it */
	struct list undos;		/* of semaphores; sysv/sem_inner.h */
	uint64_t start_ticks;		/* [c] timer_now() at its birth */
};

void proc_init(void);			/* once, at boot */
/*
 * Make the calling kernel thread process 1, running /init with `command` as
 * its one argument, if not empty.
 *
 * needs:   the root file system is mounted; called once
 * returns: only if it cannot: -errno
 */
int proc_start_init(const char *command);

/* The process and the thread of it that run; NULL for the kernel's own. */
static inline struct proc_thread *
proc_thread_this(void)
{
	return hart_this()->thread->owner;
}

static inline struct proc *
proc_this(void)
{
	const struct proc_thread *thread = proc_thread_this();

	return thread != NULL ? thread->proc : NULL;
}

/* On whose behalf: the running thread's, which nobody else changes. */
const struct credentials *proc_credentials(void);

/* Where orphans go.  NULL before it runs. */
struct proc *proc_first(void);

/* End the calling process, all its threads. */
_Noreturn void proc_exit(int status);
/* The same for what a signal ends. */
_Noreturn void proc_exit_signal(uint32_t signo);
/* End the calling thread; with the last one goes the process, with `status`
 * unless it was given one before. */
_Noreturn void proc_thread_exit(int status);

/*
 * End a process from outside: its threads leave on their way back.  The first
 * to do so decides how it ended.
 * needs: proc_lock; interrupt handlers may
 */
void proc_end_locked(struct proc *proc, int32_t status, uint32_t signo);
/* As by SIGKILL. */
void proc_kill_locked(struct proc *proc);
/* returns: 0 or -ESRCH */
int proc_kill(int32_t pid);

/*
 * End the calling process's other threads and wait until they are gone.
 * returns: 0; -EINTR if the caller is dying itself
 */
int proc_end_others(void);
/* The same, dying or not.  needs: proc_lock; no other thread of it does so */
void proc_end_others_locked(void);

/* Let others see that the calling thread leaves its memory: robust mutexes,
 * clear_tid.  needs: it has its memory still */
void proc_thread_leave_memory(const struct proc_thread *self);
/* Whether it has such mutexes.  needs: as above */
bool proc_thread_holds_memory(const struct proc_thread *self);

/*
 * Put the files, the directory and the memory of the calling process, as it
 * will not return to its program.  needs: no other thread of it lives
 */
void proc_release(struct proc *proc);
