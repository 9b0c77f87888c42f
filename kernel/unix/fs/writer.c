#include "unix/fs/writer.h"

#include "core/base/params.h"
#include "core/cpu/timer.h"
#include "core/task/clock.h"
#include "core/task/thread.h"
#include "unix/fs/mount.h"

static void
run(void *unused)
{
	(void)unused;
	for (;;) {
		(void)clock_sleep(timer_now() +
		    timer_from_micros(WRITE_BACK_MICROS));
		/* What goes wrong is in the log, and told to who syncs. */
		(void)vfs_tidy();
		(void)vfs_sync();
	}
}

int
writer_start(void)
{
	struct thread *thread;
	int err = thread_create("writer", run, NULL, &thread);

	if (err == 0)
		thread_start(thread);
	return err;
}
