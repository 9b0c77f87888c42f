/*
 * The reaper.  Releasing an object may sleep (its file may have to be deleted
 * on disk), but objects die where nothing may: in the freeing of trees.  So
 * whoever sees one die rings, and this thread does the rest.
 */
#include "unix/proc/reaper.h"

#include "core/base/types.h"
#include "core/task/thread.h"
#include "core/task/wait.h"
#include "core/vm/object.h"

static struct spinlock reaper_lock = SPINLOCK("reaper", RANK_REAPER);
static struct waitq rung = WAITQ(rung);		/* reaper_lock */
static struct waitq rested = WAITQ(rested);	/* reaper_lock */
static bool objects_died;			/* reaper_lock */
static bool at_work;				/* reaper_lock */
static bool stopped;				/* reaper_lock */

void
object_died(void)
{
	spin_lock(&reaper_lock);
	objects_died = true;
	wake_one(&rung);
	spin_unlock(&reaper_lock);
}

static void
reaper_run(void *unused)
{
	(void)unused;
	for (;;) {
		spin_lock(&reaper_lock);
		at_work = false;
		wake_all(&rested);
		while (!objects_died || stopped)
			wait_on(&rung, &reaper_lock);
		objects_died = false;
		at_work = true;
		spin_unlock(&reaper_lock);
		object_reap();
	}
}

int
reaper_start(void)
{
	struct thread *thread;
	int err;

	err = thread_create("reaper", reaper_run, NULL, &thread);
	if (err != 0)
		return err;
	thread_start(thread);
	return 0;
}

void
reaper_stop(void)
{
	spin_lock(&reaper_lock);
	stopped = true;
	while (at_work)
		wait_on(&rested, &reaper_lock);
	spin_unlock(&reaper_lock);
}
