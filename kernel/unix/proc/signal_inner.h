/*
 * Signals, as the files that make them see them.  Everything here needs
 * proc_lock.
 */
#pragma once

#include "unix/proc/proc.h"
#include "unix/proc/signal.h"
#include "unix/proc/table.h"

struct signal_account;

/* A signal that waits to be taken, where more is to be told than its number. */
struct signal_entry {
	struct list link;		/* [p] in a queue */
	struct signal_info info;	/* [p] */
	struct signal_queue *queue;	/* [p] of somebody's own: the one it is in */
	struct signal_account *account;	/* [p] whose limit it counts against */
	/* [p] set: it is somebody's own, who is told when it is taken, and may
	 * complete `info` */
	void (*taken)(struct signal_entry *entry);
};

void signal_queue_init(struct signal_queue *queue);

/*
 * Put a signal into a queue.
 * returns: 0; -EAGAIN (for real-time signals that must tell who sent them)
 */
int signal_queue_put(struct signal_queue *queue, const struct signal_info *info,
    const struct proc *target);
/* The same with somebody's own entry, which is not in a queue. */
void signal_queue_put_own(struct signal_queue *queue,
    struct signal_entry *entry);
/* Take it out again, if it is in one. */
void signal_forget_own(struct signal_entry *entry);
/* Forget all of these. */
void signal_queue_drop(struct signal_queue *queue, signal_set_t which);
/* Take the first of these.  returns: whether there was one */
bool signal_queue_take(struct signal_queue *queue, signal_set_t which,
    struct signal_info *out);

/* Forget these wherever in the process they are pending. */
void signal_drop_everywhere(struct proc *proc, signal_set_t which);

/* What a process does with a signal; have it do SIGNAL_DEFAULT. */
struct signal_action signal_action_of(const struct proc *proc, int signo);
void signal_action_reset(struct proc *proc, int signo);

/* What SIGNAL_DEFAULT means. */
enum signal_effect {
	SIGNAL_ENDS,
	SIGNAL_IS_IGNORED,
	SIGNAL_STOPS,
	SIGNAL_CONTINUES,
};
enum signal_effect signal_effect(int signo);

/* Whether a signal would do nothing to the process. */
bool signal_is_nothing(const struct proc *proc, int signo);

/* Whether one to the process, or a thread of it if that is not NULL, need not
 * even be queued.  One that is blocked must be: its action may change before
 * it is not. */
bool signal_drops(const struct proc *proc, const struct proc_thread *thread,
    int signo);

/* Queue somebody's own entry, or find that it would do nothing. */
bool signal_send_own(struct proc *proc, struct proc_thread *thread,
    struct signal_entry *entry);

/* Say by thread->interrupted whether the calling thread, or another one, has
 * something to look at. */
void signal_look_again(struct proc_thread *thread);

/* What is pending for a thread and not blocked. */
signal_set_t signal_ready(const struct proc_thread *thread);

/* Mark a process as one that is to stop, by `signo`, or not any more; and how
 * many are. */
void signal_stop_mark(struct signals *signals, int signo);
void signal_stop_forget(struct signals *signals);
uint32_t signal_nstopped(void);

/* A process has stopped, or goes on: tell its parent. */
void signal_tell_parent(struct proc *child, int code, int status);

/* Complete a SIGCHLD by what time the child has used. */
void signal_times(const struct proc *child, struct signal_info *info);

#define SIGNALS_STOP	(SIGNAL_BIT(SIGSTOP) | SIGNAL_BIT(SIGTSTP) | \
	SIGNAL_BIT(SIGTTIN) | SIGNAL_BIT(SIGTTOU))
