/* Semaphores, as the files that make them see them.  All under sysv_lock. */
#pragma once

#include "core/base/list.h"
#include "core/task/wait.h"
#include "unix/proc/sysv/sem.h"

struct semaphore {
	int32_t value;			/* [y] 0 to SEM_VALUE_MAX */
	int32_t last;			/* [y] who operated on it last */
};

struct sem_set {
	struct sysv_item item;
	struct semaphore *semaphores;	/* [c] */
	uint32_t count;			/* [c] */
	int64_t operated;		/* [y] seconds since 1970 */
	struct list waiters;		/* [y] the oldest first */
	struct list undos;		/* [y] struct sem_undo */
};

/* What is added to a set's semaphores when a process ends. */
struct sem_undo {
	struct list of_set, of_proc;	/* [y] */
	struct sem_set *set;		/* [y] */
	int32_t pid;			/* [c] */
	int16_t change[];		/* [y] one for each */
};

/* A call of semop. */
struct sem_waiter {
	struct list link;		/* [y] in set->waiters */
	const struct sem_operation *operations;	/* [c] */
	uint32_t count;			/* [c] */
	bool alters;			/* [c] not only waits for zeros */
	int32_t pid;			/* [c] */
	struct sem_undo *undo;		/* [c] NULL: none asks for it */
	uint32_t blocking;		/* [y] which operation has to wait */
	bool done;			/* [y] with this result */
	int result;			/* [y] */
	struct waitq queue;		/* [y] */
};

/* returns: 0 done; 1 if it has to wait, with waiter->blocking; -EAGAIN,
 * -ERANGE; nothing is done but for 0 */
int sem_try(struct sem_set *set, struct sem_waiter *waiter);
/* Values have changed: do what waits for it. */
void sem_serve(struct sem_set *set);
/* want: 0 asks whether the caller owns it.
 * returns: 0; -EINVAL, -EACCES, -EPERM */
int sem_find(int32_t id, uint32_t want, struct sem_set **out);
/* The set goes, and what processes have to undo with it. */
void sem_forget_undos(struct sem_set *set);
