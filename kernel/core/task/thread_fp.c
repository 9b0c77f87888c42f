/*
 * Floating point of threads.  While a thread runs, its registers are the
 * hart's; sched.c saves them, if they changed, when another thread runs, and
 * loads those of a thread that has some.  Of one that left them alone for
 * FP_IDLE_RUNS runs they stay where they are, until it uses them again.
 */
#include "core/task/thread.h"

#include "core/base/string.h"
#include "core/task/sched.h"

void
thread_save_fp(struct thread *self)
{
	if (fp_status() == SSTATUS_FS) {
		fp_store(&self->fp);
		fp_set_clean();
	}
	self->has_fp = true;
}

const struct fp_state *
fp_kept(void)
{
	struct thread *self = thread_this();

	self->fp_idle = 0;
	return self->has_fp ? &self->fp : NULL;
}

bool
thread_has_fp(void)
{
	return thread_this()->has_fp || fp_status() != 0;
}

bool
thread_get_fp(struct fp_state *state)
{
	struct thread *self = thread_this();

	if (!thread_has_fp()) {
		memset(state, 0, sizeof(*state));
		return false;
	}
	if (fp_status() != 0)
		thread_save_fp(self);
	*state = self->fp;
	return true;
}

void
thread_set_fp(const struct fp_state *state)
{
	struct thread *self = thread_this();

	self->fp = *state;
	self->has_fp = true;
	fp_load(&self->fp);
}

void
thread_copy_fp(struct thread *to)
{
	struct thread *self = thread_this();

	to->has_fp = thread_has_fp();
	to->fp_idle = self->fp_idle;
	if (fp_status() != 0)
		fp_store(&to->fp);
	else if (to->has_fp)
		to->fp = self->fp;
}

void
thread_reset_fp(void)
{
	thread_this()->has_fp = false;
	fp_off();
}
