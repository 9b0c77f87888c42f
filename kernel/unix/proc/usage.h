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

struct usage {
	uint64_t user_ticks, system_ticks;
	uint64_t faults;		/* page faults served, none from disk */
	uint64_t faults_disk;		/* ... and those that read a file */
	uint64_t switches;		/* it went to sleep */
	uint64_t preemptions;		/* its slice was over */
	uint64_t resident_max;		/* pages, the most there were */
};

void usage_add(struct usage *to, const struct usage *from);

/* What a thread has used up to now.  needs: proc_lock, or it is the caller */
void usage_of_thread(const struct proc_thread *thread, struct usage *out);
/* Have the calling process's `resident_max` up to date. */
void usage_note_memory(void);
/* All its threads, dead ones too.  needs: proc_lock */
void usage_of_proc(const struct proc *proc, struct usage *out);
