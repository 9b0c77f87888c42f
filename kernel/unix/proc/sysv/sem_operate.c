/* System V semaphores: operating on them, undoing that, setting them. */
#include "unix/proc/sysv/sem.h"

#include "core/base/errno.h"
#include "core/vm/heap.h"
#include "unix/proc/proc.h"
#include "unix/proc/sysv/sem_inner.h"

/*
 * What the caller is to undo on a set: found, or made.
 * needs: sysv_lock.  returns: NULL if there is no memory
 */
static struct sem_undo *
undo_get(struct sem_set *set)
{
	struct proc *proc = proc_this();
	struct sem_undo *undo;

	LIST_FOR(link, &proc->undos) {
		undo = LIST_ENTRY(link, struct sem_undo, of_proc);
		if (undo->set == set)
			return undo;
	}
	undo = heap_alloc(sizeof(*undo) +
	    set->count * sizeof(undo->change[0]));
	if (undo == NULL)
		return NULL;
	undo->set = set;
	undo->pid = proc->pid;
	list_push_back(&set->undos, &undo->of_set);
	list_push_back(&proc->undos, &undo->of_proc);
	return undo;
}

static void
undo_free(struct sem_undo *undo)
{
	list_remove(&undo->of_set);
	list_remove(&undo->of_proc);
	heap_free(undo);
}

void
sem_forget_undos(struct sem_set *set)
{
	while (!list_empty(&set->undos))
		undo_free(LIST_ENTRY(set->undos.next, struct sem_undo,
		    of_set));
}

/* The semaphore was set: what would be undone on it is not.  index: -1: all */
static void
undos_clear(struct sem_set *set, int32_t index)
{
	LIST_FOR(link, &set->undos) {
		struct sem_undo *undo = LIST_ENTRY(link, struct sem_undo,
		    of_set);

		for (uint32_t i = 0; i < set->count; i++) {
			if (index < 0 || (uint32_t)index == i)
				undo->change[i] = 0;
		}
	}
}

void
sem_exit(struct proc *proc)
{
	/* Nobody else adds to them any more. */
	if (list_empty(&proc->undos))
		return;
	spin_lock(&sysv_lock);
	while (!list_empty(&proc->undos)) {
		struct sem_undo *undo = LIST_ENTRY(proc->undos.next,
		    struct sem_undo, of_proc);
		struct sem_set *set = undo->set;

		for (uint32_t i = 0; i < set->count; i++) {
			struct semaphore *semaphore = &set->semaphores[i];

			if (undo->change[i] == 0)
				continue;
			semaphore->value = MIN(MAX(semaphore->value +
			    undo->change[i], 0), SEM_VALUE_MAX);
			semaphore->last = undo->pid;
		}
		undo_free(undo);
		set->operated = sysv_now();
		sem_serve(set);
	}
	spin_unlock(&sysv_lock);
}

/* Check what is asked of the set.  needs: sysv_lock.  gives: waiter->undo */
static int
waiter_check(struct sem_waiter *waiter, int32_t id, struct sem_set **out)
{
	bool undoes = false;
	int err;

	err = sem_find(id, SYSV_READ, out);
	if (err == -EINVAL)
		return err;
	for (uint32_t i = 0; i < waiter->count; i++) {
		if (waiter->operations[i].index >= (*out)->count)
			return -EFBIG;
		waiter->alters |= waiter->operations[i].change != 0;
		undoes |= waiter->operations[i].flags & SEM_UNDO;
	}
	if (waiter->alters)
		err = sem_find(id, SYSV_WRITE, out);
	if (err == 0 && undoes) {
		waiter->undo = undo_get(*out);
		if (waiter->undo == NULL)
			err = -ENOMEM;
	}
	return err;
}

int
sem_operate(int32_t id, const struct sem_operation *operations,
    uint32_t count, uint64_t deadline)
{
	struct sem_waiter waiter = {
		.operations = operations,
		.count = count,
		.pid = proc_this()->pid,
	};
	struct sem_set *set;
	int result;

	wait_init(&waiter.queue);
	spin_lock(&sysv_lock);
	result = waiter_check(&waiter, id, &set);
	if (result == 0)
		result = sem_try(set, &waiter);
	if (result == 0 && waiter.alters)
		sem_serve(set);
	if (result <= 0)
		goto unlock;
	list_push_back(&set->waiters, &waiter.link);
	result = 0;
	while (!waiter.done && result == 0)
		result = wait_killable(&waiter.queue, &sysv_lock, deadline);
	if (waiter.done)
		result = waiter.result;
	else
		list_remove(&waiter.link);
unlock:
	spin_unlock(&sysv_lock);
	return result;
}

/* How many wait for the semaphore; zero: to be 0. */
static int
count_waiting(const struct sem_set *set, uint32_t index, bool zero)
{
	int count = 0;

	LIST_FOR(link, &set->waiters) {
		const struct sem_waiter *waiter = LIST_ENTRY(link,
		    struct sem_waiter, link);
		const struct sem_operation *operation =
		    &waiter->operations[waiter->blocking];

		if (operation->index == index &&
		    (operation->change == 0) == zero)
			count++;
	}
	return count;
}

int
sem_ask(int32_t id, int32_t index, enum sem_question question)
{
	struct sem_set *set;
	int result;

	spin_lock(&sysv_lock);
	result = sem_find(id, SYSV_READ, &set);
	if (result == 0 && (index < 0 || (uint32_t)index >= set->count))
		result = -EINVAL;
	if (result != 0)
		goto unlock;
	switch (question) {
	case SEM_VALUE:
		result = set->semaphores[index].value;
		break;
	case SEM_LAST:
		result = set->semaphores[index].last;
		break;
	case SEM_WAITING_MORE:
		result = count_waiting(set, (uint32_t)index, false);
		break;
	case SEM_WAITING_ZERO:
		result = count_waiting(set, (uint32_t)index, true);
		break;
	}
unlock:
	spin_unlock(&sysv_lock);
	return result;
}

int
sem_set(int32_t id, int32_t index, int32_t value)
{
	struct sem_set *set;
	int err;

	if (value < 0 || value > SEM_VALUE_MAX)
		return -ERANGE;
	spin_lock(&sysv_lock);
	err = sem_find(id, SYSV_WRITE, &set);
	if (err == 0 && (index < 0 || (uint32_t)index >= set->count))
		err = -EINVAL;
	if (err == 0) {
		undos_clear(set, index);
		set->semaphores[index].value = value;
		set->semaphores[index].last = proc_this()->pid;
		set->item.changed = sysv_now();
		sem_serve(set);
	}
	spin_unlock(&sysv_lock);
	return err;
}

int
sem_count(int32_t id)
{
	struct sem_set *set;
	int result;

	spin_lock(&sysv_lock);
	result = sem_find(id, SYSV_WRITE, &set);
	if (result == 0)
		result = (int)set->count;
	spin_unlock(&sysv_lock);
	return result;
}

int
sem_get_all(int32_t id, uint16_t *values)
{
	struct sem_set *set;
	int result;

	spin_lock(&sysv_lock);
	result = sem_find(id, SYSV_READ, &set);
	if (result == 0) {
		for (uint32_t i = 0; i < set->count; i++)
			values[i] = (uint16_t)set->semaphores[i].value;
		result = (int)set->count;
	}
	spin_unlock(&sysv_lock);
	return result;
}

int
sem_set_all(int32_t id, const uint16_t *values)
{
	struct sem_set *set;
	int err;

	spin_lock(&sysv_lock);
	err = sem_find(id, SYSV_WRITE, &set);
	for (uint32_t i = 0; err == 0 && i < set->count; i++) {
		if (values[i] > SEM_VALUE_MAX)
			err = -ERANGE;
	}
	if (err == 0) {
		undos_clear(set, -1);
		for (uint32_t i = 0; i < set->count; i++) {
			set->semaphores[i].value = values[i];
			set->semaphores[i].last = proc_this()->pid;
		}
		set->item.changed = sysv_now();
		sem_serve(set);
	}
	spin_unlock(&sysv_lock);
	return err;
}
