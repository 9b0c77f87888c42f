/*
 * The table of processes.  Places are taken at boot, so that having the most
 * processes costs no more memory than having one; pids go through a small
 * hash table, so that fork and kill do not search.
 *
 * It knows nothing of what a process does.
 */
#include "unix/proc/table.h"

#include "core/base/errno.h"
#include "core/base/panic.h"
#include "core/base/string.h"
#include "core/mem/frame.h"
#include "core/task/thread.h"


struct spinlock proc_lock = SPINLOCK("proc", RANK_PROC);

static struct proc *places;			/* [p] array of `nplaces` */
static uint32_t nplaces;			/* [c] */
static struct list free_places;			/* [p] through sibling */
static struct list *buckets;			/* [p] through pid_link; as many,
						 * so that each has one process */
static uint32_t ntaken;				/* [p] */
static int32_t last_pid;			/* [p] */

/* An array with an element for each place. */
static void *
array_alloc(size_t each)
{
	uint64_t bytes = ROUND_UP(nplaces * each, PAGE_BYTES);
	void *array = frame_alloc_run((uint32_t)(bytes >> PAGE_SHIFT));

	if (array == NULL)
		panic("no room for %u processes", nplaces);
	return array;
}

void
table_init(void)
{
	nplaces = thread_capacity();
	places = array_alloc(sizeof(*places));
	buckets = array_alloc(sizeof(*buckets));
	list_init(&free_places);
	for (uint32_t i = 0; i < nplaces; i++) {
		list_push_back(&free_places, &places[i].sibling);
		list_init(&buckets[i]);
	}
}

uint32_t
table_size(void)
{
	return nplaces;
}

int
table_take(uint32_t limit, struct proc **out)
{
	struct list *link = NULL;
	struct proc *proc;

	spin_lock(&proc_lock);
	if (ntaken < limit)
		link = list_pop_front(&free_places);
	if (link != NULL)
		ntaken++;
	spin_unlock(&proc_lock);
	if (link == NULL)
		return -EAGAIN;

	/* Its pid was 0 and stays 0, so nobody else looks at it meanwhile. */
	proc = LIST_ENTRY(link, struct proc, sibling);
	memset(proc, 0, sizeof(*proc));
	list_init(&proc->children);
	list_init(&proc->sibling);
	list_init(&proc->pid_link);
	wait_init(&proc->child_exited);
	*out = proc;
	return 0;
}

static void
place_free(struct proc *proc)
{
	proc->pid = 0;
	list_push_front(&free_places, &proc->sibling);
	ntaken--;
}

void
table_give(struct proc *proc)
{
	ASSERT(proc->pid == 0);
	spin_lock(&proc_lock);
	place_free(proc);
	spin_unlock(&proc_lock);
}

static struct list *
bucket_of(int32_t pid)
{
	return &buckets[(uint32_t)pid % nplaces];
}

void
table_enter(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	do
		last_pid = last_pid == INT32_MAX ? 1 : last_pid + 1;
	while (table_find(last_pid) != NULL);
	proc->pid = last_pid;
	list_push_front(bucket_of(proc->pid), &proc->pid_link);
}

void
table_leave(struct proc *proc)
{
	ASSERT(spin_held(&proc_lock));
	list_remove(&proc->pid_link);
	list_remove(&proc->sibling);
	place_free(proc);
}

struct proc *
table_find(int32_t pid)
{
	ASSERT(spin_held(&proc_lock));
	LIST_FOR(link, bucket_of(pid)) {
		struct proc *proc = LIST_ENTRY(link, struct proc, pid_link);

		if (proc->pid == pid)
			return proc;
	}
	return NULL;
}

struct proc *
table_at(uint32_t slot)
{
	ASSERT(spin_held(&proc_lock));
	return places[slot].pid != 0 ? &places[slot] : NULL;
}
