/*
 * System V semaphores.
 *
 *	set --> semaphores[]
 *	    --> struct waiter, on the stack of who waits; the oldest first
 *	    --> struct undo  <-- proc->undos    what is added when it ends
 *
 * Who changes a set does for each waiter what it waits for, as far as it can
 * be done now, and wakes it with the result: a waiter never looks at the set
 * again, which may be gone.
 */
#include "unix/proc/sysv/sem.h"

#include "core/base/errno.h"
#include "core/task/wait.h"
#include "core/vm/heap.h"
#include "unix/proc/proc.h"
#include "unix/proc/sysv/sem_inner.h"

static struct sysv_table sets;		/* [y] */
static int32_t nsemaphores;		/* [y] of all sets */

static struct sem_set *
set_of(struct sysv_item *item)
{
	return CONTAINER_OF(item, struct sem_set, item);
}

static void
set_free(struct sem_set *set)
{
	if (set == NULL)
		return;
	heap_free(set->semaphores);
	heap_free(set);
}

static struct sem_set *
set_make(uint32_t count)
{
	struct sem_set *set = heap_alloc(sizeof(*set));

	if (set == NULL)
		return NULL;
	set->semaphores = heap_alloc(count * sizeof(*set->semaphores));
	if (set->semaphores == NULL) {
		heap_free(set);
		return NULL;
	}
	set->count = count;
	list_init(&set->waiters);
	list_init(&set->undos);
	return set;
}

int
sem_get(int32_t key, int32_t count, uint32_t flags)
{
	struct sem_set *fresh = NULL, *found;
	struct sysv_item *item;
	int result;

	if (count < 0 || count > SEM_SET_MAX)
		return -EINVAL;
	if (sysv_may_make(key, flags) && count > 0) {
		fresh = set_make((uint32_t)count);
		if (fresh == NULL)
			return -ENOMEM;
	}
	spin_lock(&sysv_lock);
	result = sysv_get(&sets, key, flags,
	    fresh != NULL ? &fresh->item : NULL, &item);
	if (result == -ENOENT && sysv_may_make(key, flags))
		result = -EINVAL;
	if (result == 0) {
		found = set_of(item);
		if (found == fresh) {
			nsemaphores += count;
			fresh = NULL;
		} else if ((uint32_t)count > found->count) {
			result = -EINVAL;
		} else {
			result = sysv_may(item, flags);
		}
	}
	if (result == 0)
		result = item->id;
	spin_unlock(&sysv_lock);
	set_free(fresh);
	return result;
}

/* Take back the first `done` operations.  needs: sysv_lock */
static void
operations_undo(struct sem_set *set, const struct sem_waiter *waiter,
    uint32_t done)
{
	while (done-- > 0) {
		const struct sem_operation *operation =
		    &waiter->operations[done];

		set->semaphores[operation->index].value -= operation->change;
		if (operation->flags & SEM_UNDO)
			waiter->undo->change[operation->index] +=
			    operation->change;
	}
}

/*
 * One operation.
 * returns: 0; 1 if it has to wait; -ERANGE, -EAGAIN with nothing done
 */
static int
operation_do(struct sem_set *set, const struct sem_waiter *waiter,
    const struct sem_operation *operation)
{
	struct semaphore *semaphore = &set->semaphores[operation->index];
	int32_t value = semaphore->value + operation->change;
	int32_t undo = 0;

	if (operation->change == 0 ? semaphore->value != 0 : value < 0)
		return operation->flags & IPC_NOWAIT ? -EAGAIN : 1;
	if (value > SEM_VALUE_MAX)
		return -ERANGE;
	if (operation->flags & SEM_UNDO) {
		undo = waiter->undo->change[operation->index] -
		    operation->change;
		if (undo < -SEM_VALUE_MAX - 1 || undo > SEM_VALUE_MAX)
			return -ERANGE;
		waiter->undo->change[operation->index] = (int16_t)undo;
	}
	semaphore->value = value;
	return 0;
}

int
sem_try(struct sem_set *set, struct sem_waiter *waiter)
{
	uint32_t i;
	int result = 0;

	for (i = 0; i < waiter->count && result == 0; i++)
		result = operation_do(set, waiter, &waiter->operations[i]);
	if (result != 0) {
		waiter->blocking = i - 1;
		operations_undo(set, waiter, i - 1);
		return result;
	}
	for (i = 0; i < waiter->count; i++)
		set->semaphores[waiter->operations[i].index].last =
		    waiter->pid;
	set->operated = sysv_now();
	return 0;
}

static void
waiter_end(struct sem_waiter *waiter, int result)
{
	list_remove(&waiter->link);
	waiter->result = result;
	waiter->done = true;
	wake_all(&waiter->queue);
}

void
sem_serve(struct sem_set *set)
{
	bool again = true;

	/* What one does may be what an older one waits for. */
	while (again) {
		again = false;
		LIST_FOR_SAFE(link, following, &set->waiters) {
			struct sem_waiter *waiter = LIST_ENTRY(link,
			    struct sem_waiter, link);
			int result = sem_try(set, waiter);

			if (result > 0)
				continue;
			waiter_end(waiter, result);
			again |= result == 0 && waiter->alters;
		}
	}
}

/* needs: sysv_lock.  returns: 0; -EINVAL; what sysv_may says */
int
sem_find(int32_t id, uint32_t want, struct sem_set **out)
{
	struct sysv_item *item = sysv_find(&sets, id);

	if (item == NULL)
		return -EINVAL;
	*out = set_of(item);
	return want != 0 ? sysv_may(item, want) : sysv_owns(item);
}

int
sem_remove(int32_t id)
{
	struct sem_set *set;
	int err;

	spin_lock(&sysv_lock);
	err = sem_find(id, 0, &set);
	if (err == 0) {
		sysv_leave(&sets, &set->item);
		nsemaphores -= (int32_t)set->count;
		while (!list_empty(&set->waiters))
			waiter_end(LIST_ENTRY(set->waiters.next,
			    struct sem_waiter, link), -EIDRM);
		sem_forget_undos(set);
	}
	spin_unlock(&sysv_lock);
	if (err == 0)
		set_free(set);
	return err;
}

int
sem_change(int32_t id, const struct sysv_owner *to)
{
	struct sem_set *set;
	int err;

	spin_lock(&sysv_lock);
	err = sem_find(id, 0, &set);
	if (err == 0)
		sysv_change(&set->item, to);
	spin_unlock(&sysv_lock);
	return err;
}

int
sem_status(enum sysv_which which, int32_t id, struct sem_status *out)
{
	struct sysv_item *item;
	int err;

	spin_lock(&sysv_lock);
	err = sysv_look(&sets, which, id, &item);
	if (err == 0)
		*out = (struct sem_status){
			.id = item->id,
			.owner = item->owner,
			.operated = set_of(item)->operated,
			.changed = item->changed,
			.count = set_of(item)->count,
		};
	spin_unlock(&sysv_lock);
	return err;
}

void
sem_totals(int32_t *count, int32_t *semaphores, int32_t *highest)
{
	spin_lock(&sysv_lock);
	*count = (int32_t)sets.count;
	*semaphores = nsemaphores;
	*highest = sysv_highest(&sets);
	spin_unlock(&sysv_lock);
}
