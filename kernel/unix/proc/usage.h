/*
 * What a thread, a process or its children have used.
 *
 * Times are counted where the kernel is entered and left and where threads
 * switch, in ticks of timer_now().
 */
#pragma once

#include "core/base/types.h"

struct proc;
struct proc_thread;
struct thread;

struct usage {
	uint64_t user_ticks, system_ticks;
	uint64_t faults;		/* page faults served, none from disk */
	uint64_t faults_disk;		/* ... and those that read a file */
	uint64_t switches;		/* it went to sleep */
	uint64_t preemptions;		/* its slice was over */
	uint64_t resident_max;		/* pages, the most there were */
};

void usage_add(struct usage *to, const struct usage *from);

/* Of one thread, up to now. */
void usage_of_thread(const struct proc_thread *thread, struct usage *out);
/* Of all its threads, dead ones too.  needs: proc_lock */
void usage_of_proc(const struct proc *proc, struct usage *out);
/* Of the children it has waited for, and theirs.  needs: proc_lock */
void usage_of_children(const struct proc *proc, struct usage *out);
