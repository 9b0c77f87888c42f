/*
 * A process's memory: a space, and what exec decided about it.  Counted:
 * threads of several processes may share one (vfork).
 *
 *	0 | program | break -> ... <- mappings | gap | stack | USER_END
 *	            ^brk_start      map_end^           ^stack_start
 */
#pragma once

#include "core/base/list.h"
#include "core/task/mutex.h"

struct proc;
struct space;
struct space_usage;
struct trapframe;
struct vnode;

/* What exec decided. */
struct memory_layout {
	vaddr_t code_start, code_end;
	vaddr_t data_start, data_end;
	vaddr_t brk_start, brk_end;	/* where the break may stand */
	vaddr_t map_end;		/* mappings go below, top down */
	vaddr_t stack_start, stack_end;	/* as promised; start: [m] */
	uint32_t stack_prot;
	/* Where its strings stand, one after the other. */
	vaddr_t arguments, arguments_end, environment, environment_end;
	vaddr_t auxv, auxv_end;
	vaddr_t vdso;			/* 0: none */
};

/* [c] constant once it runs; [a] atomic; [m] lock */
struct memory {
	uint32_t refs;			/* [a] */
	struct mutex lock;		/* moving the break */
	struct space *space;		/* [c] */
	struct vnode *program;		/* [c] what runs; nobody may write it */
	vaddr_t brk;			/* [m] to change, [a] to read; not
					 * rounded */
	uint32_t barriers;		/* [a] kinds of membarrier it registered */
	bool lock_all;			/* [a] mlockall: what is mapped is made */
	bool lock_counts;		/* [a] ... and LIMIT_MEMLOCK bounds it */
	uint64_t lock_free_pages;	/* [a] that were there before, unlocked */
	struct list attachments;	/* of segments; sysv/shm.c */
	struct memory_layout layout;	/* [c] but for what is said there */
};

void memory_init(void);			/* once, at boot */

/* For a new space; takes over the caller's reference to it where it succeeds.
 * returns: 0 or -EAGAIN.  gives: *out, one reference, fields zero */
int memory_create(struct space *space, struct memory **out);
/* It runs `program`, to which it takes a reference. */
void memory_run(struct memory *memory, struct vnode *program);
/* A copy whose space copies `memory`'s.  `frame`: of the thread that goes on
 * in both.  returns: 0, -EAGAIN, -ENOMEM */
int memory_fork(struct memory *memory, const struct trapframe *frame,
    struct memory **out);
void memory_get(struct memory *memory);
/* The last one frees it; sleeps.  NULL: nothing happens. */
void memory_put(struct memory *memory);

/*
 * The memory of the process in place `slot` of the table, or with that pid,
 * with a reference; NULL if there is none.  It need not be the caller's, and
 * may be changing.
 */
struct memory *proc_memory_at(uint32_t slot);
/* The same for one at hand.  needs: proc_lock */
struct memory *memory_of(const struct proc *proc);
struct memory *proc_memory_of(int32_t pid);

/* What the space of the process in place `slot` holds; slow.
 * gives: *usage, zero if there is no process or no space */
void proc_space_usage(uint32_t slot, struct space_usage *usage);

/*
 * Promise more stack, `bytes` in all, as far as there is room: LIMIT_STACK was
 * raised.  What is there stays.
 */
void memory_grow_stack(struct memory *memory, uint64_t bytes);

/*
 * Move the end of the process's memory.  New memory is promised; where the
 * break stands inside a page, the page stays as it is.
 *
 * returns: 0; -EINVAL below its start; -ENOMEM
 * gives:   *old, the break before
 */
int proc_move_break(int64_t delta, vaddr_t *old);
/* The same for a place, as brk(2) has it.  gives: *now, where it is then */
void proc_set_break(vaddr_t place, vaddr_t *now);
/* Where it is; another thread may be moving it. */
vaddr_t proc_break(void);
