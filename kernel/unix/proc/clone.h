/*
 * Making threads and processes: fork, vfork, pthread_create, posix_spawn are
 * all one call that says what the new one shares with its maker.
 */
#pragma once

#include "core/base/types.h"

struct file;
struct proc;

/* All false and 0 is what fork is, but for exit_signal. */
struct clone_request {
	bool thread;		/* one more thread of this process; it shares
				 * everything, whatever else is said */
	bool share_memory;
	bool share_files;
	bool share_place;	/* root, working directory, umask */
	bool share_signals;	/* what signals do; needs share_memory */
	bool reset_signals;	/* caught ones have their default action */
	bool wait;		/* vfork: until it runs a program or exits */
	bool sibling;		/* its parent is the caller's parent, who is
				 * told of its end as of the caller's */
	uint32_t exit_signal;	/* to its parent when it exits; 0: none */
	vaddr_t stack;		/* its stack pointer; 0: as the caller's */
	bool set_tls;
	uint64_t tls;
	vaddr_t parent_tid;	/* its tid is written there, 0: nowhere */
	vaddr_t child_tid;	/* the same, in its own memory */
	vaddr_t clear_tid;	/* set to 0, and a futex woken, when it exits */
	bool pidfd;		/* open a file that stands for it, not for a
				 * thread; its descriptor is written */
	vaddr_t pidfd_to;	/* there */
};

/*
 * returns: the new one's tid; -EAGAIN (too many, RLIMIT_NPROC), -ENOMEM,
 *          -EINTR (killed), -EMFILE, -ENFILE, -EFAULT (for the pidfd), with
 *          nothing changed
 */
int proc_clone(const struct clone_request *request);

/* As xv6 knows it.  returns: the child's pid; -errno as above */
int proc_fork(void);

/*
 * Have files, or root, directory and umask, to itself from now on (unshare).
 * returns: 0; -ENOMEM; -EINVAL in a process of several threads
 */
int proc_unshare(bool files, bool place);

/* The thread that waits for `proc` (vfork) may go on.  needs: proc_lock */
void proc_vfork_done(struct proc *proc);
