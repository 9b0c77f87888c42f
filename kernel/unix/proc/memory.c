/*
 * A process's memory, seen from the process.
 *
 * Only its own thread uses a process's space, and destroys it.  Whoever else
 * wants to look (ps) borrows it under proc_lock; exec and exit wait for it to
 * come back before the space goes.
 */
#include "unix/proc/memory.h"

#include "core/base/errno.h"
#include "core/base/string.h"
#include "core/task/thread.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "unix/proc/door.h"
#include "unix/proc/proc.h"
#include "unix/proc/table.h"

/* Somebody has done with a space that was lent. [p] */
static struct waitq space_returned = WAITQ(space_returned);

struct space *
proc_change_space(struct space *space)
{
	struct proc *proc = proc_this();
	struct space *old;

	thread_set_space(space);
	spin_lock(&proc_lock);
	while (proc->space_lent > 0)
		wait_on(&space_returned, &proc_lock);
	old = proc->space;
	proc->space = space;
	spin_unlock(&proc_lock);
	return old;
}

void
proc_space_usage(uint32_t slot, struct space_usage *usage)
{
	struct proc *proc;
	struct space *space = NULL;

	memset(usage, 0, sizeof(*usage));
	spin_lock(&proc_lock);
	proc = table_at(slot);
	if (proc != NULL)
		space = proc->space;
	if (space != NULL)
		proc->space_lent++;
	spin_unlock(&proc_lock);
	if (space == NULL)
		return;

	space_usage(space, usage);

	/* A process whose space is lent cannot die, so its place is its own. */
	spin_lock(&proc_lock);
	proc->space_lent--;
	wake_all(&space_returned);
	spin_unlock(&proc_lock);
}

int
proc_move_break(int64_t delta, vaddr_t *old)
{
	struct proc *proc = proc_this();
	vaddr_t end = proc->door->memory_end;
	uint64_t from, to;
	int err = 0;

	if (delta < 0 && 0 - (uint64_t)delta > proc->brk - proc->brk_start)
		return -EINVAL;
	if (delta > 0 && (uint64_t)delta > end - proc->brk)
		return -ENOMEM;
	from = ROUND_UP(proc->brk, PAGE_BYTES);
	to = ROUND_UP(proc->brk + (uint64_t)delta, PAGE_BYTES);
	if (to > from)
		err = space_map_anon(proc->space, from, to - from,
		    PROT_READ | PROT_WRITE, 0);
	else if (to < from)
		err = space_unmap(proc->space, to, from - to);
	if (err != 0)
		return err;
	*old = proc->brk;
	proc->brk += (uint64_t)delta;
	return 0;
}
