/*
 * Processes: a thread, an address space and open files, in a tree.
 *
 *	proc_fork -> running -> proc_exit: zombie -> proc_wait: gone
 *	                                  orphan: gone
 *
 * A process dies only by its own hand: proc_kill marks it and interrupts its
 * waiting, and it exits on its way back to its program.
 *
 * A zombie keeps its place in the table and nothing else: its thread, memory
 * and files are gone.
 *
 * [c] constant; [p] proc_lock; [o] the process's own thread; [a] atomic;
 * [op] changed by its own thread under proc_lock
 */
#pragma once

#include "core/base/list.h"
#include "core/base/params.h"
#include "core/base/types.h"
#include "core/task/wait.h"

struct door;
struct file;
struct space;
struct thread;
struct trapframe;
struct vnode;

struct proc {
	int32_t pid;			/* [p] 0: not in use, or not yet */
	struct thread *thread;		/* [op] NULL in a zombie */
	struct space *space;		/* [op] */
	uint32_t space_lent;		/* [p] others looking at it */
	const struct door *door;	/* [o] how it calls the kernel */
	vaddr_t brk_start, brk;		/* [o] sbrk's memory; brk is not rounded */
	struct file *files[FILES_PER_PROC];	/* [o] */
	struct vnode *directory;	/* [o] working directory */
	struct proc *parent;		/* [p] NULL for init */
	struct list children;		/* [p] */
	struct list sibling;		/* [p] zombies stand first */
	struct list pid_link;		/* [p] table.c */
	struct waitq child_exited;	/* [p] */
	int32_t status;			/* [p] of a zombie */
	bool zombie;			/* [p] */
	bool orphan;			/* [p] its parent is gone: nobody waits */
	bool by_kill;			/* [p] it was killed */
	bool killed;			/* [a] */
	bool traced;			/* [a] its calls are printed; inherited */
	char name[16];			/* [o] */
};

struct proc_status {
	int32_t pid;
	int32_t status;
	bool by_kill;
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

/* The process of the running thread; NULL for the kernel's own threads. */
struct proc *proc_this(void);

/* returns: the child's pid; or -EAGAIN, -ENOMEM, -EINTR (killed) with nothing
 * changed */
int proc_fork(void);
_Noreturn void proc_exit(int status);
/* The same for one that was killed. */
_Noreturn void proc_exit_killed(void);

/*
 * Wait until some child has exited; it stays, and is found again, until it is
 * reaped, so that a door can first tell its program.
 *
 * returns: 0, -ECHILD, -EINTR (killed)
 * gives:   *out where 0
 */
int proc_wait(struct proc_status *out);
/* Forget a zombie.  needs: proc_wait of the caller named it */
void proc_reap(int32_t pid);

/* returns: 0 or -ESRCH */
int proc_kill(int32_t pid);
/* The same for a process at hand.  needs: proc_lock; interrupt handlers may */
void proc_kill_locked(struct proc *proc);

/*
 * Put the files, the directory and the space of the calling process, as it
 * will not return to its program.
 */
void proc_release(struct proc *proc);
