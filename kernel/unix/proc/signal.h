/*
 * Signals: what is sent to a process or one of its threads, and what becomes
 * of it.
 *
 *	signal_send --> pending of the process ---+
 *	signal_send_thread --> pending of the ----+--> signal_deliver, on a
 *	                       thread                  thread's way back
 *
 * Sending puts a signal among the pending ones, unless it would be ignored,
 * and interrupts a thread that may take it.  That thread takes it when it is
 * about to return to its program: it dies, stops, or is given a handler to
 * run, by its door.  thread->interrupted says that there is something to take.
 *
 * Lock: all of it is under proc_lock, but what a thread keeps for itself.
 * What a signal needs besides (more than one of a real-time signal, who sent
 * it) is on the heap, and a standard signal is sent without if there is none.
 *
 * Numbers, flags and codes are Linux's.  [p] proc_lock, [o] the thread's own;
 * [op] changed by its own thread under proc_lock; [a] atomic
 */
#pragma once

#include "core/base/list.h"
#include "core/base/types.h"
#include "core/task/callout.h"
#include "core/task/wait.h"
#include "core/task/watch.h"

struct proc;
struct proc_thread;
struct trapframe;

#define SIGNAL_COUNT	64	/* 1 to 64 */
#define SIGNAL_REALTIME	32	/* from here on each one sent is kept */

enum signal_number {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE,
	SIGKILL, SIGUSR1, SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
	SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
	SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR,
	SIGSYS,
};

/* A set: bit n - 1 stands for signal n. */
typedef uint64_t signal_set_t;

#define SIGNAL_BIT(signo)	((signal_set_t)1 << ((signo) - 1))

/* Neither caught, nor blocked, nor ignored. */
#define SIGNALS_FIRM	(SIGNAL_BIT(SIGKILL) | SIGNAL_BIT(SIGSTOP))

/* Why, in signal_info.code. */
#define SI_USER		0
#define SI_KERNEL	0x80
#define SI_QUEUE	(-1)
#define SI_TIMER	(-2)
#define SI_TKILL	(-6)
#define ILL_ILLOPC	1
#define SEGV_MAPERR	1
#define SEGV_ACCERR	2
#define BUS_ADRALN	1
#define BUS_ADRERR	2
#define TRAP_BRKPT	1
#define CLD_EXITED	1
#define CLD_KILLED	2
#define CLD_DUMPED	3
#define CLD_STOPPED	5
#define CLD_CONTINUED	6
#define POLL_CODE_IN	1

/* What a handler is told: the bytes of Linux's siginfo, as far as used. */
struct signal_info {
	int32_t signo;
	int32_t error;
	int32_t code;
	int32_t zero;
	union {
		struct {		/* kill, sigqueue */
			int32_t pid;
			uint32_t uid;
			uint64_t value;
		} sender;
		struct {		/* SI_TIMER */
			int32_t id;
			int32_t overrun;
			uint64_t value;
		} timer;
		struct {		/* SIGCHLD */
			int32_t pid;
			uint32_t uid;
			int32_t status;
			int32_t zero;
			uint64_t user_time, system_time;
		} child;
		struct {		/* SIGSEGV, SIGBUS, SIGILL, SIGTRAP */
			vaddr_t address;
		} fault;
		struct {		/* SIGIO */
			int64_t band;
			int32_t fd;
		} poll;
		uint64_t words[4];
	};
};

#define SIGNAL_DEFAULT	((vaddr_t)0)	/* in signal_action.handler */
#define SIGNAL_IGNORE	((vaddr_t)1)

/* How a thread's stack for signals is, as sigaltstack says it. */
#define SS_ONSTACK	1u
#define SS_DISABLE	2u
#define SS_AUTODISARM	0x80000000u

#define SA_NOCLDSTOP	0x00000001u
#define SA_NOCLDWAIT	0x00000002u
#define SA_SIGINFO	0x00000004u
#define SA_ONSTACK	0x08000000u
#define SA_RESTART	0x10000000u
#define SA_NODEFER	0x40000000u
#define SA_RESETHAND	0x80000000u

struct signal_action {
	vaddr_t handler;
	uint64_t flags;
	signal_set_t mask;
};

/*
 * What a process does with each.  Those of a fork's two sides are one until
 * either changes them; shared by CLONE_SIGHAND, they change for both.
 */
struct signal_actions {
	uint32_t refs;				/* [p] */
	bool together;				/* [p] by CLONE_SIGHAND */
	signal_set_t ignored;			/* [p] by SIGNAL_IGNORE */
	struct signal_action action[SIGNAL_COUNT];	/* [p] by signo - 1 */
};

struct signal_queue {
	signal_set_t set;	/* [p] pending */
	struct list infos;	/* [p] struct signal_entry, oldest first */
};

/* Of a process. */
struct signals {
	struct signal_actions *actions;	/* [p] NULL: all SIGNAL_DEFAULT */
	signal_set_t reset;		/* [p] SIGNAL_DEFAULT, whatever they say */
	struct signal_queue pending;	/* [p] for whichever thread takes it */
	struct watch_list arrivals;	/* signals are sent (signalfd) */
	struct waitq stopped;		/* [p] its stopped threads */
	uint32_t nstopped;		/* [p] how many they are */
	uint32_t stops;			/* [p] how often it went on again */
	int32_t stop_signal;		/* [p] its threads are to stop; 0: no */
	bool stop_unseen;		/* [p] proc_wait was not told it stopped */
	bool continue_unseen;		/* [p] ... that it goes on */
};

struct signal_stack {
	vaddr_t base;
	uint64_t nbytes;		/* 0: there is none */
	uint64_t flags;			/* SS_AUTODISARM or 0 */
};

/* How an interrupted call goes on once no handler is in its way. */
struct signal_restart {
	int64_t (*function)(struct signal_restart *restart);
	uint64_t words[4];
};

/* Of a thread. */
struct thread_signals {
	struct signal_queue pending;	/* [p] */
	signal_set_t blocked;		/* [op] */
	signal_set_t waited;		/* [op] sigtimedwait takes these */
	struct waitq arrived;		/* [p] where it sleeps meanwhile */
	signal_set_t saved;		/* [o] what to block afterwards, */
	bool has_saved;			/* [o] if set */
	struct signal_stack stack;	/* [o] */
	int64_t call_result;		/* [o] -ERESTART... of the call, or 0 */
	uint64_t call_argument;		/* [o] its a0 */
	struct signal_restart restart;	/* [o] for restart_syscall */
};

/* ---- sending ---- */

/*
 * Send to a process, one of its threads, or every process of a group.
 *
 * `info` may stand anywhere; it is copied.  signo 0 sends nothing.
 * needs:   the process is held (proc_lock, or it is the caller's); _locked:
 *          proc_lock, in any context
 * returns: 0; -EAGAIN if a real-time signal found RLIMIT_SIGPENDING reached or
 *          no memory; the group's: -ESRCH if it has no process
 */
int signal_send(struct proc *proc, const struct signal_info *info);
int signal_send_locked(struct proc *proc, const struct signal_info *info);
int signal_send_thread_locked(struct proc_thread *thread,
    const struct signal_info *info);
int signal_send_group_locked(int32_t pgid, const struct signal_info *info);
int signal_send_group(int32_t pgid, const struct signal_info *info);

/* To the calling thread, as if it had sent it to itself: SIGPIPE, SIGXFSZ. */
void signal_raise(int signo);
/* To a group from the kernel, SI_KERNEL and no more: the terminal's. */
int signal_raise_group(int32_t pgid, int signo);
int signal_raise_group_locked(int32_t pgid, int signo);

/* Send `info` to the calling thread because of what its program just did: a
 * signal it blocks or ignores kills it. */
void signal_fault(const struct signal_info *info);

/* Whether the caller's process ignores `signo`, or this thread blocks it: a
 * background reader of a terminal is told -EIO then. */
bool signal_is_ignored(int signo);
bool signal_is_blocked(int signo);

/* Whether the calling thread has something to look at. */
bool signal_pending(void);

/*
 * As kill(2), tkill(2): `pid` > 0, 0 (the caller's group), -1 (all but init
 * and the caller) or minus a group; or one thread, of process `pid` if that is
 * not 0.  Checks that the caller may.
 * returns: 0; -ESRCH; -EPERM; -EAGAIN
 */
int signal_kill(int32_t pid, const struct signal_info *info);
/* One process at hand.  needs: proc_lock */
int signal_kill_locked(struct proc *proc, const struct signal_info *info);
int signal_kill_thread(int32_t pid, int32_t tid,
    const struct signal_info *info);

/* ---- actions ---- */

/*
 * Read, then set (where not NULL) what the calling process does with a signal.
 * returns: 0; -EINVAL for SIGKILL and SIGSTOP; -ENOMEM
 */
int signal_change_action(int signo, const struct signal_action *new,
    struct signal_action *old);

/* ---- waiting ---- */

/*
 * Take a signal of the set, which the caller blocks; wait for one until
 * `deadline`, in ticks.
 * returns: 0; -EAGAIN at the deadline; -EINTR
 */
int signal_wait(signal_set_t which, uint64_t deadline,
    struct signal_info *out);

/* What is pending, for the caller or its process. */
signal_set_t signal_pending_set(void);

/* ---- the way back ---- */

/*
 * Take what is pending for the calling thread: may run a handler (by the
 * door), wait while stopped, or not return.
 * needs: on the way back to the program, interrupts on
 */
void signal_deliver(struct trapframe *frame);

/*
 * A call of the program returned `result`, one of -ERESTART...; its a0 was
 * `argument`.  The program will be told -EINTR, or do the call again.
 */
void signal_call_interrupted(int64_t result, uint64_t argument);

/* What a door is given to start a handler (door->deliver_signal). */
struct signal_delivery {
	struct signal_info info;
	struct signal_action action;
	signal_set_t mask;	/* what sigreturn is to block again */
};

/* ---- masks ---- */

/* Block these from now on.  returns: what was blocked */
signal_set_t signal_block(signal_set_t blocked);

/*
 * Block `blocked` for the length of one call: until it is given back, or, if
 * the call was interrupted, until a handler was started or none was needed.
 */
void signal_mask_lend(signal_set_t blocked);
void signal_mask_return(bool interrupted);

/* ---- for proc ---- */

/*
 * The signals of a new process: the parent's actions, shared or copied;
 * nothing pending.  NULL parent: the first process.  needs: all zero
 * returns: 0 or -ENOMEM
 */
int signals_new(struct signals *signals, struct signals *parent, bool share);
/* Give them back.  needs: proc_lock; nothing is sent to it any more */
void signals_free(struct signals *signals);

/* A new thread, all zero: its maker's mask, nothing pending; and its stack for signals
 * unless it shares its memory with its maker. */
void thread_signals_new(struct thread_signals *signals,
    const struct thread_signals *maker, bool keep_stack);

/*
 * Handlers are forgotten, ignored signals stay: for exec, in the last thread
 * left, and for a clone that has not started yet.
 * returns: 0 or -ENOMEM with nothing changed
 */
int signals_reset(struct signals *signals);
int signal_exec(void);

/* A thread leaves its process: what was sent to it alone is gone, what it
 * might have taken is for the others.  needs: proc_lock; it is still in the
 * list, and counted */
void signal_thread_leave(struct proc_thread *thread);

/*
 * A process is a zombie, and has a parent: tell it, by child->exit_signal.
 * needs:   proc_lock
 * returns: whether the parent does not want it to stay until it is waited for
 */
bool signal_child_died(struct proc *child);

/*
 * A process leaves its place between its parent and its children: groups that
 * nobody in their session could continue from now on, and in which somebody
 * stopped, get SIGHUP and SIGCONT.
 * needs: proc_lock; it has its children still
 */
void signal_orphans(struct proc *leaving);

/* Every thread of the process has something to look at (it is to exit).
 * needs: proc_lock */
void signal_wake_all(struct proc *proc);

/* A thread was put into its process: it looks at what is pending there.
 * needs: proc_lock */
void signal_thread_enter(struct proc_thread *thread);
