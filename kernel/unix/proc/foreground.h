/*
 * Who is in the foreground: whom ^C kills; and what ^P shows.
 *
 * Lock order: proc_lock, which interrupt handlers take here.
 */
#pragma once

#include "core/base/types.h"

struct proc;

/*
 * ^C kills process `pid` and its descendants from now on, until it exits.
 * 0: nobody in particular; then ^C kills all but init and its children, which
 * are the shells.
 * returns: 0 or -ESRCH
 */
int foreground_set(int32_t pid);

/* ^C and ^P were typed.  Any context. */
void foreground_interrupt(void);
void foreground_list(void);

/* `proc` exits.  needs: proc_lock */
void foreground_forget(const struct proc *proc);

/* What ps knows of one process. */
struct proc_summary {
	int32_t pid, parent;	/* pid 0: nobody; parent 0: none */
	char state;		/* 'R'unning or ready, 'S'leeping, 'Z'ombie */
	uint64_t faults;
	char name[16];
};

/* Give: what is in place `slot` of the table.
 * returns: whether there is such a place */
bool proc_summarize(uint32_t slot, struct proc_summary *summary);
