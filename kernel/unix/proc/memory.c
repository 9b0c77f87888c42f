/*
 * A process's memory, seen from the process.
 *
 * Whoever wants to look at another's (ps) takes a reference under proc_lock;
 * who drops the last one frees it, be it the process or the one who looked.
 *
 * Lock order: memory->lock (RANK_BREAK) before the space's.
 */
#include "unix/proc/memory.h"

#include "core/base/atomic.h"
#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/cpu/boot.h"
#include "core/mem/pool.h"
#include "core/task/thread.h"
#include "core/vm/range.h"
#include "core/vm/space.h"
#include "unix/fs/vfs.h"
#include "unix/proc/door.h"
#include "unix/proc/sysv/shm.h"
#include "unix/proc/table.h"

static struct pool memories;

void
memory_init(void)
{
	pool_init(&memories, "memories", sizeof(struct memory),
	    machine_capacity(SPACES_EACH_KIB, SPACES_MIN, SPACES_MAX));
}

int
memory_create(struct space *space, struct memory **out)
{
	struct memory *memory = pool_alloc(&memories);

	if (memory == NULL)
		return -EAGAIN;
	memory->refs = 1;
	memory->space = space;
	mutex_init(&memory->lock, "break", RANK_BREAK);
	list_init(&memory->attachments);
	*out = memory;
	return 0;
}

void
memory_run(struct memory *memory, struct vnode *program)
{
	vnode_get(program);
	vnode_deny_writes(program);
	memory->program = program;
}

int
memory_fork(struct memory *memory, const struct trapframe *frame,
    struct memory **out)
{
	struct space *space;
	struct memory *copy;
	int err;

	err = space_fork(memory->space, frame->pc, frame->sp, &space);
	if (err != 0)
		return err;
	err = memory_create(space, &copy);
	if (err != 0) {
		space_put(space);
		return err;
	}
	copy->layout = memory->layout;
	copy->barriers = atomic_load_relaxed(&memory->barriers);
	copy->brk = atomic_load_relaxed(&memory->brk);
	if (memory->program != NULL)
		memory_run(copy, memory->program);
	err = shm_fork(copy, memory);
	if (err != 0)
		memory_put(copy);
	else
		*out = copy;
	return err;
}

void
memory_get(struct memory *memory)
{
	atomic_add_relaxed(&memory->refs, 1);
}

void
memory_put(struct memory *memory)
{
	if (memory == NULL || atomic_sub(&memory->refs, 1) != 1)
		return;
	shm_release(memory);
	space_put(memory->space);
	if (memory->program != NULL) {
		vnode_allow_writes(memory->program);
		vnode_put(memory->program);
	}
	pool_free(&memories, memory);
}

struct memory *
memory_of(const struct proc *proc)
{
	if (proc == NULL || proc->memory == NULL)
		return NULL;
	memory_get(proc->memory);
	return proc->memory;
}

struct memory *
proc_memory_at(uint32_t slot)
{
	struct memory *memory;

	spin_lock(&proc_lock);
	memory = memory_of(table_at(slot));
	spin_unlock(&proc_lock);
	return memory;
}

struct memory *
proc_memory_of(int32_t pid)
{
	struct memory *memory;

	spin_lock(&proc_lock);
	memory = memory_of(table_find(pid));
	spin_unlock(&proc_lock);
	return memory;
}

void
proc_space_usage(uint32_t slot, struct space_usage *usage)
{
	struct memory *memory = proc_memory_at(slot);

	memset(usage, 0, sizeof(*usage));
	if (memory != NULL)
		space_usage(memory->space, usage);
	memory_put(memory);
}

void
memory_grow_stack(struct memory *memory, uint64_t bytes)
{
	struct memory_layout *layout = &memory->layout;
	vaddr_t lowest = layout->map_end + STACK_GUARD_BYTES, start;

	mutex_lock(&memory->lock);
	start = lowest;
	if (lowest < layout->stack_end && bytes < layout->stack_end - lowest)
		start = ROUND_UP(layout->stack_end - bytes, PAGE_BYTES);
	/* Something may have been put there: then that is all the room. */
	if (start < layout->stack_start && space_map_anon(memory->space, start,
	    layout->stack_start - start, layout->stack_prot, 0) == 0)
		layout->stack_start = start;
	mutex_unlock(&memory->lock);
}

/* needs: memory->lock.  returns: 0 with the break at `place`, -ENOMEM */
static int
break_set(struct memory *memory, vaddr_t place)
{
	vaddr_t from = ROUND_UP(memory->brk, PAGE_BYTES);
	vaddr_t to = ROUND_UP(place, PAGE_BYTES);
	int err = 0;

	if (to > from)
		err = space_map_anon(memory->space, from, to - from,
		    PROT_READ | PROT_WRITE, 0);
	else if (to < from)
		err = space_unmap(memory->space, to, from - to);
	if (err == 0)
		atomic_store_relaxed(&memory->brk, place);
	return err == 0 ? 0 : -ENOMEM;
}

int
proc_move_break(int64_t delta, vaddr_t *old)
{
	struct memory *memory = proc_this()->memory;
	vaddr_t brk;
	int err;

	mutex_lock(&memory->lock);
	brk = memory->brk;
	if (delta < 0 && 0 - (uint64_t)delta > brk - memory->layout.brk_start)
		err = -EINVAL;
	else if (delta > 0 &&
	    (uint64_t)delta > memory->layout.brk_end - brk)
		err = -ENOMEM;
	else
		err = break_set(memory, brk + (uint64_t)delta);
	mutex_unlock(&memory->lock);
	*old = brk;
	return err;
}

/* needs: memory->lock.  Whether limits let the break go up to `place`. */
static bool
growth_allowed(struct memory *memory, vaddr_t place)
{
	uint64_t promised = space_promised(memory->space) * PAGE_BYTES;

	return limit_allows(LIMIT_DATA, place - memory->layout.data_start) &&
	    limit_allows(LIMIT_AS, promised + (place - memory->brk));
}

vaddr_t
proc_break(void)
{
	return atomic_load_relaxed(&proc_this()->memory->brk);
}

void
proc_set_break(vaddr_t place, vaddr_t *now)
{
	struct memory *memory = proc_this()->memory;
	const struct memory_layout *layout = &memory->layout;

	mutex_lock(&memory->lock);
	if (place >= layout->brk_start && place <= layout->brk_end &&
	    (place <= memory->brk || growth_allowed(memory, place)))
		break_set(memory, place);
	*now = memory->brk;
	mutex_unlock(&memory->lock);
}
