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
void usage_add_thread(struct usage *to, const struct proc_thread *thread);
/* Have the calling process's `resident_max` up to date.
 * needs: _locked: proc_lock */
void usage_note_memory(void);
void usage_note_memory_locked(void);
/* All its threads, dead ones too.  needs: proc_lock */
void usage_of_proc(const struct proc *proc, struct usage *out);
