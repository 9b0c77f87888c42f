/*
 * System V semaphores: sets of numbers; an operation changes several at once
 * or waits until it can, and may be undone when its process ends.
 */
#pragma once

#include "unix/proc/sysv/sysv.h"

struct proc;

/* One operation of several, as programs write it. */
struct sem_operation {
	uint16_t index;
	int16_t change;			/* 0: wait until it is 0 */
	int16_t flags;			/* IPC_NOWAIT, SEM_UNDO */
};

#define SEM_UNDO	0x1000

struct sem_status {
	int32_t id;
	struct sysv_owner owner;
	int64_t operated, changed;	/* seconds since 1970 */
	uint32_t count;
};

/* returns: the number; -EINVAL, -ENOENT, -EEXIST, -EACCES, -ENOSPC, -ENOMEM */
int sem_get(int32_t key, int32_t count, uint32_t flags);

/*
 * Do all of the operations, or wait until `deadline` (ticks) for it.
 * needs:   1 <= count <= SEM_OPERATIONS_MAX
 * returns: 0; -EAGAIN, -EIDRM, -EINTR, -ERANGE, -EFBIG, -EACCES, -EINVAL,
 *          -ENOMEM with none done
 */
int sem_operate(int32_t id, const struct sem_operation *operations,
    uint32_t count, uint64_t deadline);

/* What is asked about one semaphore. */
enum sem_question {
	SEM_VALUE,
	SEM_LAST,			/* who operated on it last */
	SEM_WAITING_MORE,		/* how many wait for it to grow */
	SEM_WAITING_ZERO,
};

/* returns: the answer; -EINVAL, -EACCES */
int sem_ask(int32_t id, int32_t index, enum sem_question question);
/* returns: 0; -EINVAL, -EACCES, -ERANGE */
int sem_set(int32_t id, int32_t index, int32_t value);
/* How many semaphores are to be set.  returns: that; -EINVAL, -EACCES */
int sem_count(int32_t id);
/*
 * The values of all; `values` has room for SEM_SET_MAX.
 * returns: get: how many there are; set: 0; -EINVAL, -EACCES; -ERANGE
 */
int sem_get_all(int32_t id, uint16_t *values);
int sem_set_all(int32_t id, const uint16_t *values);

/* As of shared memory. */
int sem_remove(int32_t id);
int sem_change(int32_t id, const struct sysv_owner *to);
int sem_status(enum sysv_which which, int32_t id, struct sem_status *out);
/* How many sets and semaphores there are, and the highest index (-1: none). */
void sem_totals(int32_t *sets, int32_t *semaphores, int32_t *highest);

/* The process ends: what it is to undo is undone. */
void sem_exit(struct proc *proc);
