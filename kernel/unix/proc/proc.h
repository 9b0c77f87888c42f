/*
 * Processes: a thread, an address space and open files, in a tree.
 *
 *	proc_fork -> running -> proc_exit: zombie -> proc_wait: gone
 *
 * A process dies only by its own hand: proc_kill marks it and interrupts its
 * waiting, and it exits on its way back to its program.
 *
 * [c] constant; [p] proc_lock; [o] the process's own thread; [a] atomic
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
	int32_t pid;			/* [c] */
	struct thread *thread;		/* [c] */
	struct space *space;		/* [o] */
	const struct door *door;	/* [o] how it calls the kernel */
	vaddr_t brk_start, brk;		/* [o] sbrk's memory; brk is not rounded */
	struct file *files[FILES_PER_PROC];	/* [o] */
	struct vnode *directory;	/* [o] working directory */
	struct proc *parent;		/* [p] NULL for init */
	struct list children;		/* [p] */
	struct list sibling;		/* [p] */
	struct waitq child_exited;	/* [p] */
	int32_t status;			/* [p] of a zombie */
	bool zombie;			/* [p] */
	bool by_kill;			/* [p] it was killed */
	bool killed;			/* [a] */
	char name[16];			/* [o] */
};

struct proc_status {
	int32_t pid;
	int32_t status;
	bool by_kill;
};

void proc_init(void);			/* once, at boot */
/* Start /init with `command` as its one argument, if not empty. */
int proc_start_init(const char *command);

struct proc *proc_this(void);

/* returns: the child's pid, or -EAGAIN, -ENOMEM with nothing changed */
int proc_fork(void);
_Noreturn void proc_exit(int status);
/* Wait for a child to exit.  returns: 0, -ECHILD, -EINTR (killed) */
int proc_wait(struct proc_status *out);
/* returns: 0 or -ESRCH */
int proc_kill(int32_t pid);

/* Descriptors.  proc_file takes no reference: only the process itself can
 * close its own. */
int proc_add_file(struct file *file);		/* returns: fd or -EMFILE */
struct file *proc_file(int fd);			/* NULL: no such */
int proc_close(int fd);				/* 0 or -EBADF */

/* returns: 0 with *old the break before; -ENOMEM */
int proc_move_break(int64_t delta, vaddr_t *old);

/* Kill all, put their files, unmount, stop the machine. */
_Noreturn void proc_poweroff(int status);
