/*
 * Waiting for children: those that exited, stopped or went on.
 */
#pragma once

#include "core/base/types.h"
#include "unix/proc/usage.h"

struct proc;

enum wait_which {
	WAIT_ANY,
	WAIT_PID,		/* `id` */
	WAIT_GROUP,		/* any of process group `id` */
};

struct wait_request {
	enum wait_which which;
	int32_t id;
	bool exited, stopped, continued;	/* what counts */
	bool no_hang;
	bool keep;		/* leave it for the next wait */
	bool clones_only;	/* those whose exit signal is not SIGCHLD */
	bool clones_too;	/* all; else only those where it is */
};

/* How it is with a child: numbers are Linux's CLD_ codes. */
#define CHILD_EXITED	1	/* status: what it gave to exit */
#define CHILD_KILLED	2	/* status: the signal */
#define CHILD_DUMPED	3
#define CHILD_STOPPED	5	/* status: the signal */
#define CHILD_CONTINUED	6

struct wait_result {
	int32_t pid;		/* 0: nothing yet, and no_hang */
	uint32_t uid;
	uint32_t code;		/* CHILD_ */
	int32_t status;
	int32_t exit_status;	/* as its door says it, also where killed */
	struct usage usage;	/* its own and its children's */
};

/*
 * returns: 0; -ECHILD (there is nobody such); -EINTR, -ERESTARTSYS
 * gives:   *out where 0; an exited one is gone after, unless `keep`
 */
int proc_wait(const struct wait_request *request, struct wait_result *out);

/* Forget a zombie.  needs: proc_wait of the caller named it, with `keep` */
void proc_reap(int32_t pid);

/* As wait(2) says it: status << 8, or the signal, and so on. */
int32_t wait_status(const struct wait_result *result);

/*
 * `child` stopped or went on: wake whoever waits for that.  SIGCHLD is
 * signal's.  needs: proc_lock
 */
void child_changed(struct proc *child);
/* `child` is a zombie now: tell its parent.  It may be gone after.
 * needs: proc_lock; it has a parent */
void child_died(struct proc *child);
