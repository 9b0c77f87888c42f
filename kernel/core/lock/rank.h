/*
 * The lock order, as numbers.  A hart or thread that holds a lock may only
 * take locks of a higher rank; taking one checks.  docs/locks.md says what
 * each protects and why it stands where it does.
 */
#pragma once

#include "core/base/params.h"
#include "core/base/types.h"

enum rank {
	/* Sleeping locks (task/mutex.h); user memory may be touched under
	 * those above RANK_SPACE in this list, never under those below. */
	RANK_CONSOLE,		/* one reader of a terminal at a time */
	RANK_FILE,		/* an open file's offset */
	RANK_EPOLL,		/* an epoll instance; one nested in another ... */
	RANK_EPOLL_INNERMOST = RANK_EPOLL + EPOLL_DEPTH_MAX - 1, /* ... below */
	RANK_PIPE,		/* who takes bytes from a socket */
	RANK_BREAK,		/* where a process's break is */
	RANK_VNODE,		/* a file's bytes being changed */
	RANK_SPACE,		/* an address space's tree */
	RANK_MOUNTS,		/* the table of mounts */
	RANK_REAP,		/* objects being released */
	RANK_EXEC,		/* the table of segments in use */
	RANK_MOUNT_MEMORY,	/* a file system whose files are objects */
	RANK_OBJECT,		/* a memory object being filled */
	RANK_MOUNT,		/* a mounted file system, all of it */
	RANK_WORLD,		/* stopping the world */

	/* Spinning locks (lock/spinlock.h). */
	RANK_PROC,		/* the process tree */
	RANK_PTYS,		/* the list of pseudo-terminals */
	RANK_FUTEX,		/* a bucket of futex waiters */
	RANK_SYSV,		/* System V IPC */
	RANK_WAIT,		/* conditions slept on: console, disk, clock */
	RANK_PLACE,		/* where a process stands */
	RANK_COVERS,		/* what mounts cover */
	RANK_PAGES,		/* which vnode has which object */
	RANK_VNODES,		/* the table of vnodes */
	RANK_POOL,
	RANK_CACHE,		/* cached pages of objects */
	RANK_REAPER,		/* the bell rung when an object dies */
	RANK_DEAD,		/* the queue of dropped trees */
	RANK_FRAMES_HART,	/* a hart's frames at hand */
	RANK_FRAMES,		/* the free list */
	RANK_WATCH,		/* lists of watchers */
	RANK_POLL,		/* what a notified poll or epoll notes */
	RANK_CALLOUT,		/* a hart's queue of callouts */
	RANK_SCHED,		/* run queue and wait queues */
	RANK_ASID,
	RANK_RANDOM,		/* the random generator's key */
	RANK_NODENAME,		/* what the machine is called */
	RANK_UART,
	RANK_LOG,		/* what is kept of the log */
	RANK_COUNT
};

_Static_assert(RANK_COUNT <= 64, "one bit a rank");

/* What is held is a sum of these: it may grow by a greater one only. */
#define RANK_BIT(rank)	((uint64_t)1 << (rank))
