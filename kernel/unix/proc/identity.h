/* Who a process is and who its relatives are, by number. */
#pragma once

#include "core/base/types.h"

struct credentials;
struct usage;

/* Act as `who` from now on: the calling thread. */
void proc_set_credentials(const struct credentials *who);
/* Those of thread `tid` (0: the caller).  returns: 0 or -ESRCH */
int proc_credentials_of(int32_t tid, struct credentials *out);

/* The parent's number; 0: there is none. */
int32_t proc_parent_pid(void);
/* How many threads the calling process has; and all processes together. */
uint32_t proc_thread_count(void);
uint32_t proc_thread_total(void);

/* Whether the caller may change how thread `tid`'s process is scheduled: it is
 * root, or the same user.  Harts it may run on: a bit each; those that do not
 * exist are left out.
 * returns: 0; -ESRCH, -EPERM; -EINVAL if none is left */
int proc_set_harts(int32_t tid, uint32_t harts);
int proc_get_harts(int32_t tid, uint32_t *harts);

/* Whose nice value is meant. */
enum nice_which {
	NICE_PROCESS,		/* `id`; 0: the caller */
	NICE_GROUP,
	NICE_USER,
};

/* Set it for all of them, who may not become less nice unless the caller is
 * root or LIMIT_NICE allows.  returns: 0; -ESRCH, -EPERM, -EACCES */
int proc_set_nice(enum nice_which which, int32_t id, int32_t nice);
/* The least nice of them.  returns: 0 or -ESRCH */
int proc_get_nice(enum nice_which which, int32_t id, int32_t *nice);

/*
 * Policies of scheduling, by Linux's numbers, of thread `tid` (0: the caller).
 * They are kept and told; all threads have their turn alike.
 * returns: 0; -ESRCH; -EPERM: not the same user, or SCHED_IDLE is left by who
 *          could not set its nice value
 */
#define SCHED_OTHER	0
#define SCHED_FIFO	1
#define SCHED_RR	2
#define SCHED_BATCH	3
#define SCHED_IDLE	5
int proc_set_policy(int32_t tid, uint32_t policy);
int proc_get_policy(int32_t tid, uint32_t *policy);

/* How urgent threads' reads and writes are: NICE_PROCESS means one thread.
 * Kept and told.  returns: 0; -ESRCH, -EPERM */
int proc_set_io_priority(enum nice_which which, int32_t id,
    uint32_t priority);
/* The most urgent of them.  returns: 0 or -ESRCH */
int proc_get_io_priority(enum nice_which which, int32_t id,
    uint32_t *priority);

/* What the calling process has used, and what its dead children have; each
 * may be NULL. */
void proc_usage(struct usage *own, struct usage *children);

/* The calling thread's name, cut to fit. */
void proc_set_name(const char *name);
/* How late its timed waits may end; 0: as when it was made. */
void proc_set_slack(uint64_t nanos);
/* Sent to the calling process when its parent dies; 0: nothing. */
void proc_set_death_signal(int32_t signo);
/* Whether orphans below the calling process become its children. */
void proc_set_subreaper(bool subreaper);
