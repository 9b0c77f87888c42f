/*
 * Looking at processes and threads, as /proc does: what is copied here was
 * true of one moment.
 */
#pragma once

#include "core/base/types.h"
#include "unix/fs/credentials.h"
#include "unix/proc/limit.h"
#include "unix/proc/proc.h"
#include "unix/proc/usage.h"

struct descriptors;
struct place;

/* Of a thread, and of the process it belongs to. */
struct proc_snapshot {
	int32_t tid, pid;
	int32_t parent;			/* 0: none */
	int32_t group, session;
	uint32_t tty_number;		/* as a device; 0: it has no terminal */
	int32_t tty_group;		/* in front of it; -1 */
	char state;			/* R, S, D, T or Z, as ps has it */
	char name[PROC_NAME_BYTES];
	const char *door;		/* its name */
	uint32_t nthreads;
	uint32_t exit_signal;
	struct credentials credentials;
	struct limit limits[LIMITS];
	struct usage usage;		/* the thread's, or the process's */
	struct usage children;
	uint64_t start_ticks;
	int32_t nice;
	uint32_t policy;
	uint32_t harts;			/* it may run on: a bit each */
	signal_set_t pending, pending_shared, blocked, ignored, caught;
	bool traced;
};

/* The process `pid`, or one thread.  returns: 0 or -ESRCH */
int proc_snapshot(int32_t pid, struct proc_snapshot *out);
int proc_snapshot_thread(int32_t tid, struct proc_snapshot *out);

/* Whose a process is, or a thread of it if `tid` is not 0.
 * returns: 0 or -ESRCH */
struct proc_owner {
	uint32_t uid, gid;		/* it acts for */
	uint64_t birth;			/* of the process, in ticks */
};
int proc_owner_of(int32_t pid, int32_t tid, struct proc_owner *out);

/* The lowest number above `after` of a process, or of a thread of process
 * `pid`; 0: there is none. */
int32_t proc_next(int32_t after);
int32_t proc_next_thread(int32_t pid, int32_t after);

/* What process `pid` has, with a reference; NULL if there is no such process
 * or it is a zombie.  Its memory: memory.h */
struct descriptors *proc_descriptors_of(int32_t pid);
struct place *proc_place_of(int32_t pid);
